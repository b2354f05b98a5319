// Package budget is what may be spent on customers [预算]: an amount, what is committed and spent of it, and every change of that as an entry. Package gate and package activity
// spend from it.
package budget

import (
	"time"

	"github.com/google/uuid"
	"github.com/shopspring/decimal"
	"google.golang.org/grpc/codes"

	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/resource"
)

// Budget is what may be spent in a fiscal year.
type Budget struct {
	ID         uuid.UUID       `db:"budget_id"`
	Label      string          `db:"label"`
	FiscalYear int32           `db:"fiscal_year"`
	Owner      string          `db:"owner"`
	Territory  string          `db:"territory"`
	Customer   uuid.NullUUID   `db:"customer_id"`
	Plan       string          `db:"plan"`
	Activity   uuid.NullUUID   `db:"activity_id"`
	Currency   string          `db:"currency"`
	Amount     decimal.Decimal `db:"amount"`
	Overrun    decimal.Decimal `db:"overrun"`
	Committed  decimal.Decimal `db:"committed"`
	Actual     decimal.Decimal `db:"actual"`
	Closed     bool            `db:"closed"`
	Author     string          `db:"author"`
	CreateTime time.Time       `db:"create_time"`
	UpdateTime time.Time       `db:"update_time"`
	Revision   int64           `db:"revision"`
}

// Kind is what an entry is of; the numbers are those of the API.
type Kind int16

// The kinds.
const (
	Amount Kind = iota + 1
	Overrun
	Commit
	Release
	Actual
)

// Entry is one change of a balance, by how much.
type Entry struct {
	Budget     uuid.UUID       `db:"budget_id"`
	ID         uuid.UUID       `db:"entry_id"`
	Kind       Kind            `db:"kind"`
	Amount     decimal.Decimal `db:"amount"`
	Overrun    decimal.Decimal `db:"overrun"`
	Committed  decimal.Decimal `db:"committed"`
	Actual     decimal.Decimal `db:"actual"`
	Reference  string          `db:"reference"`
	Reason     string          `db:"reason"`
	Author     string          `db:"author"`
	CreateTime time.Time       `db:"create_time"`
}

// Name is the resource name.
func Name(id uuid.UUID) string { return resource.Name("budgets", id) }

// Name is the resource name.
func (b *Budget) Name() string { return Name(b.ID) }

// Available is what may still be committed or spent.
func (b *Budget) Available() decimal.Decimal {
	return b.Amount.Add(b.Overrun).Sub(b.Committed).Sub(b.Actual)
}

// Exceeded says whether more was spent than the amount, by an approved overrun.
func (b *Budget) Exceeded() bool { return b.Actual.GreaterThan(b.Amount) }

// Pays says whether the budget is for that customer, of that territory, and that activity (Nil: none). One for an activity pays for nothing else.
func (b *Budget) Pays(customer uuid.UUID, territory string, activity uuid.UUID) bool {
	switch {
	case b.Customer.Valid && b.Customer.UUID != customer, b.Activity.Valid && b.Activity.UUID != activity:
		return false
	}
	return b.Territory == "" || within(territory, b.Territory)
}

// within says whether a territory is another one or below it.
func within(territory, above string) bool {
	return territory == above || len(territory) > len(above) && territory[:len(above)] == above && territory[len(above)] == '/'
}

// Apply is the budget after an entry, if that may be.
func (b *Budget) Apply(e *Entry) (*Budget, error) {
	after := *b
	after.Amount, after.Overrun = b.Amount.Add(e.Amount), b.Overrun.Add(e.Overrun)
	after.Committed, after.Actual = b.Committed.Add(e.Committed), b.Actual.Add(e.Actual)
	switch {
	case b.Closed && (e.Kind == Commit || e.Kind == Overrun) && e.Committed.Add(e.Overrun).IsPositive(),
		b.Closed && e.Kind == Actual && e.Committed.Add(e.Actual).IsPositive():
		return nil, closedError(b)
	case after.Available().IsNegative():
		return nil, shortError(b, after.Available().Neg())
	}
	return &after, nil
}

func closedError(b *Budget) error {
	return fault.New(codes.FailedPrecondition, "BUDGET_CLOSED", fault.Text{En: b.Name() + " is closed", Zh: b.Name() + " 已关闭"})
}

func shortError(b *Budget, missing decimal.Decimal) error {
	short := missing.String() + " " + b.Currency
	return fault.New(codes.FailedPrecondition, "BUDGET_SHORT", fault.Text{
		En: b.Name() + " is short of " + short + "; an overrun has to be approved first", Zh: b.Name() + " 尚缺 " + short + "；须先批准超支",
	}).With("budget", b.Name())
}

// CheckCurrency refuses an amount in another currency than the budget's: no rate is implied anywhere.
func (b *Budget) CheckCurrency(currency string) error {
	if currency == b.Currency {
		return nil
	}
	return fault.New(codes.FailedPrecondition, "CURRENCY_MISMATCH", fault.Text{
		En: b.Name() + " is in " + b.Currency + " and not in " + currency, Zh: b.Name() + " 的货币是 " + b.Currency + "，不是 " + currency,
	})
}

func selfApprovalError() error {
	return fault.Denied("SELF_APPROVAL", fault.Text{En: "nobody approves for his own budget", Zh: "不得为自己负责的预算批准超支"})
}

// Decimals is how many places amounts have at most.
const Decimals = 4

var most = decimal.New(1, 12)

// CheckAmount holds an amount to what can be kept. positive: it must be more than nothing.
func CheckAmount(field string, amount decimal.Decimal, positive bool) []fault.Violation {
	var wrong []fault.Violation
	if !amount.Equal(amount.Round(Decimals)) {
		wrong = append(wrong, fault.Field(field, "DECIMALS", fault.Text{En: "must have at most 4 decimals", Zh: "小数不得超过 4 位"}))
	}
	if amount.IsNegative() || amount.GreaterThan(most) || positive && amount.IsZero() {
		text := fault.Text{En: "must be from 0 to 1,000,000,000,000", Zh: "须为 0 至 1,000,000,000,000"}
		if positive {
			text = fault.Text{En: "must be greater than 0 and at most 1,000,000,000,000", Zh: "须大于 0 且不超过 1,000,000,000,000"}
		}
		wrong = append(wrong, fault.Field(field, "RANGE", text))
	}
	return wrong
}
