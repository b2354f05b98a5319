// Package supply is our share of what customers buy [占有率], by product line, with the competitors and theirs.
package supply

import (
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/shopspring/decimal"

	"github.com/guanxi-crm/guanxi/libs/fault"
)

// Position is who supplies a customer with a product line as of a day. Shares are in percent.
type Position struct {
	CustomerID  uuid.UUID       `db:"customer_id"`
	ID          uuid.UUID       `db:"position_id"`
	Revision    int64           `db:"revision"`
	ProductLine string          `db:"product_line"`
	OurShare    decimal.Decimal `db:"our_share"`
	Competitors []Competitor    `db:"-"`
	AsOf        time.Time       `db:"as_of"` // midnight UTC of the day
	Reason      string          `db:"reason"`
	Source      string          `db:"source"`
	Author      string          `db:"author"`
	Current     bool            `db:"current"` // the newest of its product line, when it was read
	CreateTime  time.Time       `db:"create_time"`
	UpdateTime  time.Time       `db:"update_time"`
}

// Competitor is another supplier.
type Competitor struct {
	Name  string           `json:"name"`
	Share *decimal.Decimal `json:"share,omitempty"` // nil: not known
}

// Key is what a position is known by: of a product line there is one a day.
type Key struct {
	CustomerID  uuid.UUID
	ProductLine string
	AsOf        time.Time
}

// Key returns the position's key.
func (p *Position) Key() Key { return Key{p.CustomerID, p.ProductLine, p.AsOf} }

var hundred = decimal.NewFromInt(100)

// Check brings texts into their stored form and holds the position to its rules. today is a day at which nobody's tomorrow has begun: a date after it is one to come.
func (p *Position) Check(today time.Time) []fault.Violation {
	var wrong []fault.Violation
	add := func(broken bool, field, rule, en, zh string) {
		if broken {
			wrong = append(wrong, fault.Field(field, rule, fault.Text{En: en, Zh: zh}))
		}
	}
	p.ProductLine = strings.TrimSpace(p.ProductLine)
	add(p.ProductLine == "", "product_line", "REQUIRED", "must be given", "必须填写")
	add(outside(p.OurShare), "our_share_percent", "RANGE", "must be from 0 to 100", "须为 0 至 100")
	add(p.AsOf.After(today), "as_of_date", "FUTURE", "must not be after today, "+today.Format(time.DateOnly), "不得晚于今日 "+today.Format(time.DateOnly))
	sum, seen := p.OurShare, map[string]bool{}
	for i := range p.Competitors {
		c := &p.Competitors[i]
		field := "competitors[" + strconv.Itoa(i) + "]"
		c.Name = strings.TrimSpace(c.Name)
		add(c.Name == "", field+".display_name", "REQUIRED", "must be given", "必须填写")
		add(c.Name != "" && seen[c.Name], field+".display_name", "UNIQUE", "stands in the list twice", "重复出现")
		seen[c.Name] = true
		if c.Share != nil {
			add(outside(*c.Share), field+".share_percent", "RANGE", "must be from 0 to 100", "须为 0 至 100")
			sum = sum.Add(*c.Share)
		}
	}
	add(len(wrong) == 0 && sum.GreaterThan(hundred), "competitors", "SHARES",
		"all shares together must not be above 100, and are "+sum.String(), "各方占有率之和不得超过 100，现为 "+sum.String())
	return wrong
}

func outside(share decimal.Decimal) bool { return share.IsNegative() || share.GreaterThan(hundred) }
