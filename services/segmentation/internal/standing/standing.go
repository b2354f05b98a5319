// Package standing tells where each customer stands: class and ABC by its rank of value, tier by its monthly contribution, stage and role in the lifecycle. Rules of
// domain.md, 2.2 to 2.4; they are applied by the database to all customers of a scope at once.
package standing

import (
	"time"

	"github.com/google/uuid"
	"github.com/shopspring/decimal"

	"github.com/guanxi-crm/guanxi/services/segmentation/internal/settings"
)

// Dimension is a respect in which customers are judged. The numbers are those of the API.
type Dimension int16

// The dimensions.
const (
	Class Dimension = iota + 1
	ABC
	Tier
	InnerLevel
	Stage
	Role
	Engagement
)

// Place is where a customer stands in the dimensions, by the numbers of the API; 0 = not judged yet.
type Place struct {
	Class      int16 `db:"class"`
	ABC        int16 `db:"abc"`
	Tier       int16 `db:"tier"`
	InnerLevel int16 `db:"inner_level"`
	Stage      int16 `db:"stage"`
	Role       int16 `db:"role"`
	Engagement int16 `db:"engagement"`
}

// in is where it stands in one dimension.
func (p Place) in(d Dimension) int16 {
	return [...]int16{Class: p.Class, ABC: p.ABC, Tier: p.Tier, InnerLevel: p.InnerLevel, Stage: p.Stage, Role: p.Role, Engagement: p.Engagement}[d]
}

// Move is a change in one dimension.
type Move struct {
	Customer  uuid.UUID
	Dimension Dimension
	From, To  int16
	Value     decimal.Decimal
}

// Border is the last customer above a border between classes: who has more value, or as much and no greater id, is above.
type Border struct {
	Value    decimal.Decimal `json:"value"`
	Customer uuid.UUID       `json:"customer"`
}

// Borders are those of one ranking by name. A share of no customers has no border: nobody is above.
type Borders map[string]Border

// The names of borders, from the top: two of the classes' three are of ABC too, four of the tiers by rank.
const (
	belowCore      = "class_core"
	belowImportant = "class_important"
	belowOrdinary  = "class_ordinary"
	belowA         = "abc_a"
	belowB         = "abc_b"
	belowProject   = "tier_project"
	belowVIP       = "tier_vip"
	belowMid       = "tier_mid"
	belowRegular   = "tier_regular"
)

// places says behind which rank each border is, of so many customers: a share is rounded up to whole customers, so that the best of a few is core.
func places(n *settings.Numbers, count int64) map[string]int64 {
	out := map[string]int64{}
	add := func(name string, shares ...float64) {
		sum := decimal.Zero // floats would make 20.000000000000004 of 1 % and 19 %
		for _, s := range shares {
			sum = sum.Add(decimal.NewFromFloat(s))
		}
		out[name] = min(sum.Mul(decimal.NewFromInt(count)).Ceil().IntPart(), count)
	}
	c, a, t := n.ClassShares, n.ABCShares, n.TierRankShares
	add(belowCore, c.Core)
	add(belowImportant, c.Core, c.Important)
	add(belowOrdinary, c.Core, c.Important, c.Ordinary)
	add(belowA, a.Core)
	add(belowB, a.Core, a.Important)
	add(belowProject, t.Project)
	add(belowVIP, t.Project, t.VIP)
	add(belowMid, t.Project, t.VIP, t.Mid)
	add(belowRegular, t.Project, t.VIP, t.Mid, t.Ordinary)
	return out
}

// Ranking is the order of all customers with orders by value, as far as it is needed to tell a customer's class.
type Ranking struct {
	ID      int64           `db:"ranking_id"`
	Day     time.Time       `db:"ranking_day"`
	Time    time.Time       `db:"record_time"`
	Basis   settings.Basis  `db:"basis"` // gross profit or sales
	Count   int64           `db:"customer_count"`
	Total   decimal.Decimal `db:"total_value"`
	Borders Borders         `db:"-"`
}
