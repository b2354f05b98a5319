// Package delphi has experts weigh the items of an index model, round after round, until they agree [德尔菲法]. Who said what is told to nobody.
package delphi

import (
	"cmp"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/shopspring/decimal"

	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/resource"
	"github.com/guanxi-crm/guanxi/services/satisfaction/internal/settings"
	"github.com/guanxi-crm/guanxi/services/satisfaction/internal/stats"
)

// State is how far a round is; the numbers are those of the API.
type State int16

// The states.
const (
	Open State = iota + 1
	Closed
)

// Round is a round of weighing.
type Round struct {
	Model           uuid.UUID  `db:"model_id"`
	ID              uuid.UUID  `db:"round_id"`
	Number          int32      `db:"round"`
	ModelVersion    int32      `db:"model_version"`
	State           State      `db:"state"`
	Experts         int32      `db:"experts"`
	Rated           int32      `db:"rated"`
	Stable          bool       `db:"stable"`
	SettingsVersion int32      `db:"settings_version"`
	CreateTime      time.Time  `db:"create_time"`
	CloseTime       *time.Time `db:"close_time"`
	ApplyTime       *time.Time `db:"apply_time"`
	ApplyReason     string     `db:"apply_reason"`
	Outcome         `db:"-"`
	Codes           []string `db:"-"`
}

// Outcome is what experts said together; empty when too few did.
type Outcome struct {
	Opinions    []Opinion
	Concordance *stats.Concordance // nil: nothing is told, or all weigh all alike
	Ballots     Ballots
}

// Opinion is what they said together of one item.
type Opinion struct {
	Code string `json:"code"`
	stats.Opinion
	Movement *float64 `json:"movement,omitempty"` // nil: the round before does not have it
	Moving   bool     `json:"moving"`
	Varying  bool     `json:"varying"`
}

// Ballots are weights, an array per expert in the order of the codes.
type Ballots [][]decimal.Decimal

// Name is the resource name.
func (r *Round) Name() string { return resource.Name("indexModels", r.Model, "delphiRounds", r.ID) }

// Weights are what an expert gives, by code.
type Weights map[string]decimal.Decimal

// Rules of weights.
const weightPlaces = 4

var mostWeight = decimal.NewFromInt(1000)

// Check says what is wrong with the weights at the positions of a request: each item of the round has one, and nothing else has.
func (r *Round) Check(codes []string, weights []decimal.Decimal, at func(i int, field string) string) []fault.Violation {
	var wrong []fault.Violation
	seen := map[string]bool{}
	for i, code := range codes {
		switch {
		case !slices.Contains(r.Codes, code):
			wrong = append(wrong, fault.Field(at(i, "code"), "CODE", fault.Text{En: "is no item of this round", Zh: "不是本轮的指标"}))
		case seen[code]:
			wrong = append(wrong, fault.Field(at(i, "code"), "UNIQUE", fault.Text{En: "stands twice", Zh: "重复"}))
		}
		seen[code] = true
		if w := weights[i]; !w.IsPositive() || w.GreaterThan(mostWeight) || !w.Equal(w.Round(weightPlaces)) {
			wrong = append(wrong, fault.Field(at(i, "weight"), "RANGE", fault.Text{En: "must be above 0 and at most 1,000, with at most 4 decimals", Zh: "须大于 0 且不超过 1,000，小数不超过 4 位"}))
		}
	}
	for _, code := range r.Codes {
		if !seen[code] {
			wrong = append(wrong, fault.Field("ratings", "MISSING", fault.Text{En: "must have a weight for " + code, Zh: "缺少 " + code + " 的权重"}))
		}
	}
	return wrong
}

// shuffled are the ballots in the order of their values: whose is whose cannot be told from it.
func (b Ballots) shuffled() Ballots {
	out := slices.Clone(b)
	slices.SortFunc(out, func(x, y []decimal.Decimal) int {
		return slices.CompareFunc(x, y, decimal.Decimal.Cmp)
	})
	return out
}

// Close sums up what experts said, by the rules of the settings; before is the round before, nil in the first one. Of fewer experts than it takes nothing is told.
func (r *Round) Close(ballots Ballots, before *Round, rules settings.Delphi) error {
	r.State, r.Rated, r.Stable, r.Outcome = Closed, int32(len(ballots)), false, Outcome{}
	if len(ballots) < int(max(rules.MinimumExperts, 1)) {
		return nil
	}
	r.Ballots = ballots.shuffled()
	round, previous := make([]*stats.Opinion, len(r.Codes)), make([]*stats.Opinion, len(r.Codes))
	for i, code := range r.Codes {
		column := make([]decimal.Decimal, len(ballots))
		for e := range r.Ballots {
			column[e] = r.Ballots[e][i]
		}
		opinion, err := stats.OpinionOf(column)
		if err != nil {
			return err
		}
		round[i], previous[i] = opinion, before.opinion(code)
		r.Opinions = append(r.Opinions, Opinion{Code: code, Opinion: *opinion})
		if previous[i] != nil {
			r.Opinions[i].Movement = new(opinion.Movement(previous[i]))
		}
	}
	stability := stats.Stability{MostMovementPercent: decimal.NewFromFloat(rules.MostMovementPercent), MostVariation: decimal.NewFromFloat(rules.MostVariation)}
	stable, moving, varying := stability.Holds(round, previous)
	r.Stable = stable
	for _, i := range moving {
		r.Opinions[i].Moving = true
	}
	for _, i := range varying {
		r.Opinions[i].Varying = true
	}
	if agreement, err := stats.ConcordanceOf(r.Ballots.numbers()); err == nil { // or else all weigh all alike, and there is no order to agree on
		r.Concordance = agreement
	}
	return nil
}

// opinion is what was said of an item; nil when nothing was, or there is no round.
func (r *Round) opinion(code string) *stats.Opinion {
	if r == nil {
		return nil
	}
	for i := range r.Opinions {
		if r.Opinions[i].Code == code {
			return &r.Opinions[i].Opinion
		}
	}
	return nil
}

func (b Ballots) numbers() [][]float64 {
	out := make([][]float64, len(b))
	for i, ballot := range b {
		for _, w := range ballot {
			out[i] = append(out[i], w.InexactFloat64())
		}
	}
	return out
}

// means are the mean weights, as index models keep them.
func (r *Round) means(places int32) map[string]decimal.Decimal {
	out := make(map[string]decimal.Decimal, len(r.Opinions))
	for _, o := range r.Opinions {
		out[o.Code] = o.Sum.DivRound(decimal.NewFromInt(int64(cmp.Or(o.N, 1))), places)
	}
	return out
}

// Expert is somebody who is asked: by his login, or by a link.
type Expert struct {
	Number  int32  `db:"expert"`
	Subject string `db:"subject"`
	Secret  string `db:"-"` // of a link, known while the round is made
	Hash    []byte `db:"secret_hash"`
}
