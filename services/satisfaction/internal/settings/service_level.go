package settings

// ServiceLevel says how orders are judged, and when.
type ServiceLevel struct {
	// Days are where the buckets of how long orders take begin.
	Days []int32
	// Comparison, Due and Done are what being on time means where nothing else is said; the numbers are those of the API.
	Comparison, Due, Done int16
	// SettleDays are those after a month until its targets are judged, MinimumCount of how many a figure is to announce that one is missed.
	SettleDays   int32
	MinimumCount int64
}
