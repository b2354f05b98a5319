package survey

import (
	"fmt"
	"strings"

	"github.com/shopspring/decimal"

	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/services/satisfaction/internal/stats"
)

// Method is how it is decided who is asked.
type Method int16

// The methods.
const (
	Automatic  Method = iota + 1 // a census of a small population, else a sample
	Census                       // everybody
	Stratified                   // a stratified random sample
)

// Dimension is what strata are made of.
type Dimension int16

// The dimensions, in the order in which labels name them.
const (
	ByClass Dimension = iota + 1
	ByTier
	ByTerritory
)

// Allocation is how a sample is shared out among strata.
type Allocation int16

// The allocations.
const (
	Proportional Allocation = iota + 1 // by their sizes
	Neyman                             // by their sizes, deviations and costs
)

// Plan is how the sample is to be.
type Plan struct {
	Method     Method      `json:"method"`
	Confidence float64     `json:"confidence"` // 0: that of settings
	Error      float64     `json:"error"`      // half the width of the interval of a proportion
	Proportion float64     `json:"proportion"` // that is expected
	Size       int64       `json:"size"`       // 0: it follows from confidence and error
	By         []Dimension `json:"by,omitempty"`
	Depth      int32       `json:"depth"` // how many parts of the territory ByTerritory looks at
	Allocation Allocation  `json:"allocation"`
	Expected   []Expected  `json:"expected,omitempty"`
}

// Expected is what is expected of a stratum, for Neyman.
type Expected struct {
	Label     string  `json:"label"`
	Deviation float64 `json:"deviation"`
	Cost      float64 `json:"cost"` // 0: not given
}

// Stratum is a part of the population [层].
type Stratum struct {
	Number  int16           `db:"stratum"` // from 1 on
	Label   string          `db:"label"`
	Size    int64           `db:"size"`
	Planned int64           `db:"planned"`
	Weight  decimal.Decimal `db:"weight"`
}

// weightPlaces is how many decimals the weights of strata have.
const weightPlaces = 12

// MostStrata is how many strata there can be.
const MostStrata = 1000

// label writes what makes a stratum.
func (p *Plan) label(class, tier int32, territory string) string {
	var parts []string
	for _, d := range p.By {
		switch d {
		case ByClass:
			parts = append(parts, fmt.Sprintf("class=%d", class))
		case ByTier:
			parts = append(parts, fmt.Sprintf("tier=%d", tier))
		case ByTerritory:
			parts = append(parts, "territory="+territory)
		}
	}
	if len(parts) == 0 {
		return "all"
	}
	return strings.Join(parts, ",")
}

// Allocate decides how many are asked of each stratum, whose sizes are given. small is up to how many a population is asked whole, confidence the usual one.
func (p *Plan) Allocate(strata []Stratum, small int64, confidence float64) (census bool, err error) {
	var population int64
	for _, s := range strata {
		population += s.Size
	}
	if population == 0 {
		return false, failed("POPULATION_EMPTY", "no customer in your reach belongs to the population", "权限范围内没有符合总体条件的客户")
	}
	if p.Method == Census || p.Method == Automatic && p.Size == 0 && population <= small {
		for i := range strata {
			strata[i].Planned = strata[i].Size
		}
		return true, nil
	}
	total, err := p.size(population, confidence)
	if err != nil {
		return false, err
	}
	total = min(max(total, int64(len(strata))), population) // one of each stratum at least
	sizes := make([]stats.Stratum, len(strata))
	for i, s := range strata {
		sizes[i] = stats.Stratum{Size: s.Size}
	}
	share := stats.Proportional
	if p.Allocation == Neyman {
		share = stats.Neyman
		p.expect(strata, sizes)
	}
	parts, err := share(total, sizes)
	if err != nil {
		return false, planError(err)
	}
	for i := range strata {
		strata[i].Planned = parts[i]
	}
	return total == population, nil
}

// weigh adds the strata up, and gives each its part of the population.
func (s *Survey) weigh() {
	s.PopulationSize, s.SampleSize = 0, 0
	for _, t := range s.Strata {
		s.PopulationSize += t.Size
		s.SampleSize += t.Planned
	}
	for i := range s.Strata {
		s.Strata[i].Weight = decimal.NewFromInt(s.Strata[i].Size).DivRound(decimal.NewFromInt(s.PopulationSize), weightPlaces)
	}
}

func (p *Plan) size(population int64, confidence float64) (int64, error) {
	if p.Size > 0 {
		return p.Size, nil
	}
	if p.Confidence > 0 {
		confidence = p.Confidence
	}
	n, err := stats.SampleSize(population, confidence, p.Error, p.Proportion)
	if err != nil {
		return 0, planError(err)
	}
	return n, nil
}

// expect puts what is expected into strata; of which nothing is said the deviation is the mean of those of which something is, and the cost theirs.
func (p *Plan) expect(strata []Stratum, sizes []stats.Stratum) {
	said := map[string]Expected{}
	var usual Expected
	for _, e := range p.Expected {
		said[e.Label] = e
		usual.Deviation += e.Deviation / float64(len(p.Expected))
		usual.Cost += e.Cost / float64(len(p.Expected))
	}
	for i, s := range strata {
		e, ok := said[s.Label]
		if !ok {
			e = usual
		}
		sizes[i].Deviation, sizes[i].Cost = e.Deviation, e.Cost
	}
}

// planError tells of a sample that cannot be computed.
func planError(err error) error {
	return stats.Violation(err, "plan")
}

// usualError and usualProportion are those of a plan that does not say: five points, and the most careful proportion.
const usualError, usualProportion = 0.05, 0.5

// Complete fills in what is left out, and says what is wrong.
func (p *Plan) Complete() []fault.Violation {
	p.Method, p.Allocation = max(p.Method, Automatic), max(p.Allocation, Proportional)
	if p.Error == 0 {
		p.Error = usualError
	}
	if p.Proportion == 0 {
		p.Proportion = usualProportion
	}
	var wrong []fault.Violation
	add := func(broken bool, field, rule, en, zh string) {
		if broken {
			wrong = append(wrong, fault.Field("plan."+field, rule, fault.Text{En: en, Zh: zh}))
		}
	}
	costs := 0
	for i, d := range p.By {
		add(i > 0 && d <= p.By[i-1], "strata", "ORDER", "must stand in the order CLASS, TIER, TERRITORY, each once", "须按 CLASS、TIER、TERRITORY 的顺序，各不重复")
		if d == ByTerritory && p.Depth == 0 {
			p.Depth = 2
		}
	}
	for _, e := range p.Expected {
		if e.Cost > 0 {
			costs++
		}
	}
	add(p.Allocation == Neyman && len(p.Expected) == 0, "expected", "REQUIRED", "must be given for this allocation", "该分配方式必须给出")
	add(p.Allocation == Neyman && len(p.By) == 0, "strata", "REQUIRED", "must be given for this allocation", "该分配方式必须给出")
	add(costs != 0 && costs != len(p.Expected), "expected", "COST", "must have a cost in all strata or in none", "各层须全部给出成本，或全部不给")
	return wrong
}
