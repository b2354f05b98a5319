package issue

import (
	"cmp"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/guanxi-crm/guanxi/services/voice/internal/settings"
)

// Case is a case to be grouped.
type Case struct {
	Customer uuid.UUID
	ID       uuid.UUID
	Received time.Time
	Document
}

// NewCase is a case as its text and facts have it.
func NewCase(customer, id uuid.UUID, received time.Time, text string, facts Facts) *Case {
	c := &Case{Customer: customer, ID: id, Received: received, Document: Document{Terms: Terms(text), Counts: map[string]int{}, Line: facts.Line, Code: facts.Code, Cause: facts.Cause}}
	slices.Sort(c.Terms)
	for _, term := range c.Terms {
		c.Counts[term] = 1
	}
	return c
}

// Facts are what a case says of its product and root cause.
type Facts struct{ Line, Code, Cause string }

// Profile is a group as it is compared, with those of its terms that the cases at hand have.
type Profile struct {
	ID          uuid.UUID
	Formed      bool
	Size        int
	First, Last time.Time
	Document
	// New says that it was begun by one of the cases at hand, Touched that one joined it.
	New, Touched bool
}

// Placed is a case that has found its group.
type Placed struct {
	*Case
	Group      *Profile
	Similarity float64
}

const (
	// probes is by how many of its terms, the rarest, a case looks for groups.
	probes = 8
	// surest is how many of them it looks by even when they are frequent: it may have no others.
	surest = 3
	// A term is frequent when more than one of so many cases has it, and more than a few: it leads to many groups and tells little of which.
	frequent, few = 100, 50
	// Nearest is how many of the groups found so a case is compared with.
	Nearest = 8
)

// Probes are the terms by which a case looks for groups.
func (c *Corpus) Probes(d *Document) []string {
	out := slices.Clone(d.Terms)
	slices.SortStableFunc(out, func(a, b string) int { return cmp.Compare(c.Of[a], c.Of[b]) })
	most, n := max(few, c.Cases/frequent), min(len(out), probes)
	for n > surest && c.Of[out[n-1]] > most {
		n--
	}
	return out[:n]
}

// Grouping places cases, one after the other.
type Grouping struct {
	Rules  *settings.Issue
	Corpus *Corpus
	// NewID makes the ids of new groups.
	NewID func() uuid.UUID

	groups map[uuid.UUID]*Profile
	begun  map[string][]*Profile // new and touched ones by their cases' terms, as the index has the others
}

// NewGrouping begins with the groups that are there.
func NewGrouping(r *settings.Issue, c *Corpus, newID func() uuid.UUID, known []*Profile) *Grouping {
	g := &Grouping{Rules: r, Corpus: c, NewID: newID, groups: map[uuid.UUID]*Profile{}, begun: map[string][]*Profile{}}
	for _, p := range known {
		g.groups[p.ID] = p
	}
	return g
}

// Place finds the best group among those given and those that cases before it have come to, or begins a new one. The corpus is left as it is.
func (g *Grouping) Place(c *Case, near []uuid.UUID) Placed {
	g.Corpus.Measure(&c.Document)
	keys := g.Corpus.Probes(&c.Document)
	best := Placed{Case: c, Similarity: -1}
	tried := map[uuid.UUID]bool{}
	try := func(p *Profile) {
		if p == nil || tried[p.ID] || !g.open(p, c) {
			return
		}
		tried[p.ID] = true
		if s := Similarity(g.Rules, g.Corpus, &c.Document, &p.Document); s >= g.Rules.Threshold && better(s, p, &best) {
			best.Group, best.Similarity = p, s
		}
	}
	for _, id := range near {
		try(g.groups[id])
	}
	for _, key := range keys {
		for _, p := range g.begun[key] {
			try(p)
		}
	}
	if best.Group == nil {
		best.Group, best.Similarity = g.begin(c), 1
	} else {
		g.join(best.Group, c)
	}
	for _, term := range c.Terms {
		if !slices.Contains(g.begun[term], best.Group) {
			g.begun[term] = append(g.begun[term], best.Group)
		}
	}
	return best
}

// better prefers, of groups as similar, a formed one, then the larger, then the older.
func better(s float64, p *Profile, than *Placed) bool {
	switch {
	case s != than.Similarity:
		return s > than.Similarity
	case p.Formed != than.Group.Formed:
		return p.Formed
	case p.Size != than.Group.Size:
		return p.Size > than.Group.Size
	default:
		return p.ID.String() < than.Group.ID.String()
	}
}

// open says whether a group takes in a case: a candidate only within the window of its others. A case that says nothing has nothing in common with any.
func (g *Grouping) open(p *Profile, c *Case) bool {
	if len(c.Terms) == 0 {
		return false
	}
	return p.Formed || !c.Received.After(p.Last.Add(g.Rules.Window)) && !c.Received.Before(p.First.Add(-g.Rules.Window))
}

func (g *Grouping) begin(c *Case) *Profile {
	p := &Profile{ID: g.NewID(), Size: 1, First: c.Received, Last: c.Received, Document: c.Document, New: true, Touched: true}
	p.Counts = map[string]int{}
	for _, term := range c.Terms {
		p.Counts[term] = 1
	}
	g.groups[p.ID] = p
	return p
}

func (g *Grouping) join(p *Profile, c *Case) {
	for _, term := range c.Terms {
		n := p.Counts[term]
		p.Counts[term] = n + 1
		p.Square += square(g.Corpus.Weight(term)) * float64(2*n+1)
	}
	p.Size++
	p.Touched = true
	if c.Received.Before(p.First) {
		p.First = c.Received
	}
	if c.Received.After(p.Last) {
		p.Last = c.Received
	}
	p.Line, p.Code, p.Cause = common(p.Line, c.Line), common(p.Code, c.Code), common(p.Cause, c.Cause)
}

// Step is the greatest size at which growth is announced that a group has reached; 0 none.
func Step(steps []int, size int) int {
	reached := 0
	for _, step := range steps {
		if step <= size {
			reached = step
		}
	}
	return reached
}
