// Package card is what we know and undertake about one key person of a customer [关键客户拓展卡片], readable by the card's members alone.
package card

import (
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"
	"google.golang.org/grpc/codes"

	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/resource"
)

// State is what came of a commitment; the numbers are those of the API.
type State int16

// The states.
const (
	Open State = iota + 1
	Met
	Missed
)

// Card is one card.
type Card struct {
	Customer   uuid.UUID  `db:"customer_id"`
	ID         uuid.UUID  `db:"card_id"`
	Person     uuid.UUID  `db:"person_id"`
	Owner      string     `db:"owner"`
	NextReview *time.Time `db:"next_review"` // nil: closed
	Revision   int64      `db:"revision"`
	CreateTime time.Time  `db:"create_time"`
	UpdateTime time.Time  `db:"update_time"`
	CloseTime  *time.Time `db:"close_time"`
	Content    `db:"-"`
	Reviews    []Review `db:"-"` // the latest first
}

// Content is what a card says.
type Content struct {
	Sponsor     *Sponsor     `json:"sponsor,omitempty"`
	Needs       []Need       `json:"needs"`
	Commitments []Commitment `json:"commitments"`
	Members     []string     `json:"members"`
}

// Sponsor is an executive of ours, matched to the person on five points.
type Sponsor struct {
	Subject     string `json:"subject"`
	Rank        string `json:"rank"`
	Field       string `json:"field"`
	History     string `json:"history"`
	Ability     string `json:"ability"`
	Willingness string `json:"willingness"`
}

// Need is something that the person needs; kind and level are numbers of the API.
type Need struct {
	Kind        int16     `json:"kind"`
	Level       int16     `json:"level"`
	Description string    `json:"description"`
	Evidence    string    `json:"evidence"`
	Day         time.Time `json:"day"`
}

// Commitment is something that we have undertaken.
type Commitment struct {
	ID          string    `json:"id"`
	Goal        string    `json:"goal"`
	Measure     string    `json:"measure"`
	Due         time.Time `json:"due"`
	State       State     `json:"state"`
	Responsible string    `json:"responsible"`
}

// Review is one look back.
type Review struct {
	Day     time.Time
	Summary string
	Gaps    string
	Met     []string
	Missed  []string
	Author  string
}

func (c *Card) name() string   { return resource.Name("customers", c.Customer, "cards", c.ID) }
func (c *Card) person() string { return resource.Name("customers", c.Customer, "people", c.Person) }

// readers are all who may read the card.
func (c *Card) readers() []string {
	readers := append([]string{c.Owner}, c.Members...)
	if c.Sponsor != nil {
		readers = append(readers, c.Sponsor.Subject)
	}
	slices.Sort(readers)
	return slices.Compact(readers)
}

// restricted says whether two states of a card differ in what its owner alone may change.
func restricted(before, after *Card) bool {
	sponsor := (before.Sponsor == nil) != (after.Sponsor == nil) || before.Sponsor != nil && *before.Sponsor != *after.Sponsor
	return sponsor || before.Owner != after.Owner || !slices.Equal(before.Members, after.Members)
}

var errOwnerOnly = fault.Denied("OWNER_ONLY", fault.Text{En: "Only the owner of the card may do this.", Zh: "只有卡片负责人可以执行此操作。"})

func closedError(c *Card) error {
	return fault.New(codes.FailedPrecondition, "CLOSED", fault.Text{En: c.name() + " is closed", Zh: c.name() + " 已关闭"})
}

// Check holds a card to what the API's constraints cannot say. months is how far commitments reach.
func (c *Card) Check(today time.Time, months int32) []fault.Violation {
	var wrong []fault.Violation
	if c.Owner == "" {
		wrong = append(wrong, fault.Field("owner", "REQUIRED", fault.Text{En: "must be given", Zh: "必须填写"}))
	}
	for i, n := range c.Needs {
		if n.Day.After(today) {
			wrong = append(wrong, fault.Field(fmt.Sprintf("needs[%d].evidence_date", i), "FUTURE", fault.Text{
				En: "must not be after today, " + today.Format(time.DateOnly), Zh: "不得晚于今日 " + today.Format(time.DateOnly),
			}))
		}
	}
	horizon := today.AddDate(0, int(months), 0)
	seen := map[string]bool{}
	for i, p := range c.Commitments {
		if seen[p.ID] {
			wrong = append(wrong, fault.Field(fmt.Sprintf("commitments[%d].id", i), "UNIQUE", fault.Text{En: "stands twice", Zh: "重复"}))
		}
		seen[p.ID] = true
		if p.State == Open && p.Due.After(horizon) {
			wrong = append(wrong, fault.Field(fmt.Sprintf("commitments[%d].due_date", i), "HORIZON", fault.Text{
				En: "must not be after " + horizon.Format(time.DateOnly), Zh: "不得晚于 " + horizon.Format(time.DateOnly),
			}))
		}
	}
	return wrong
}

// keepStates leaves what reviews have judged as it is: a commitment that a change brings is open.
func (c *Card) keepStates(before []Commitment) {
	judged := map[string]State{}
	for _, p := range before {
		judged[p.ID] = p.State
	}
	for i := range c.Commitments {
		c.Commitments[i].State = Open
		if s, known := judged[c.Commitments[i].ID]; known {
			c.Commitments[i].State = s
		}
	}
}

// Take records a review: it judges commitments and sets the day of the next one, so many months later.
func (c *Card) Take(r Review, months int32) []fault.Violation {
	var wrong []fault.Violation
	judge := func(field string, ids []string, to State) {
		for i, id := range ids {
			at := slices.IndexFunc(c.Commitments, func(p Commitment) bool { return p.ID == id })
			switch {
			case at < 0:
				wrong = append(wrong, fault.Field(fmt.Sprintf("%s[%d]", field, i), "UNKNOWN", fault.Text{En: "is no commitment of the card", Zh: "不是该卡片上的承诺"}))
			case c.Commitments[at].State != Open:
				wrong = append(wrong, fault.Field(fmt.Sprintf("%s[%d]", field, i), "JUDGED", fault.Text{En: "has been judged already", Zh: "已评定"}))
			default:
				c.Commitments[at].State = to
			}
		}
	}
	judge("met_commitments", r.Met, Met)
	judge("missed_commitments", r.Missed, Missed)
	next := r.Day.AddDate(0, int(months), 0)
	c.NextReview = &next
	c.Reviews = append([]Review{r}, c.Reviews...)
	return wrong
}
