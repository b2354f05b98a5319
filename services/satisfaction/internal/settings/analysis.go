package settings

// Analysis says what answers are analysed by. Items are called by their codes in index models.
type Analysis struct {
	// Overall are the items that ask of satisfaction all in all; the first that is asked counts.
	Overall []string
	// Behaviour are the items by which behaviour is told.
	Behaviour []Behaviour
	// Depth is how many parts of a territory make a group.
	Depth int
	// CompetitorSuffix is what a question has behind another one's code that asks the same of a competitor.
	CompetitorSuffix string
}

// Behaviour is an item that tells of a behaviour; the numbers are those of the API.
type Behaviour struct {
	Indicator int32
	Item      string
}
