// Package rebate is what customers get back: for reaching a sales target [返利] and for paying ahead of time [退费].
package rebate

import (
	"strconv"
	"time"

	"github.com/google/uuid"
	"github.com/shopspring/decimal"
	"golang.org/x/text/currency"

	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/resource"
)

// Kind is what a rebate is for; the numbers are those of the API.
type Kind int16

// The kinds.
const (
	Target Kind = iota + 1
	Prepayment
)

// Tier is from where on which rate holds. Threshold is in percent of the target, or an amount that was prepaid.
type Tier struct {
	Threshold decimal.Decimal `json:"threshold"`
	Rate      decimal.Decimal `json:"rate"` // percent
}

// Agreement is what was agreed with a customer for a fiscal year.
type Agreement struct {
	Customer     uuid.UUID           `db:"customer_id"`
	ID           uuid.UUID           `db:"agreement_id"`
	Kind         Kind                `db:"kind"`
	FiscalYear   int32               `db:"fiscal_year"`
	Currency     string              `db:"currency"`
	Target       decimal.NullDecimal `db:"target"`
	PrepaidDays  int32               `db:"prepaid_days"`
	Tiers        []Tier              `db:"-"` // from the lowest
	Author       string              `db:"author"`
	CreateTime   time.Time           `db:"create_time"`
	CancelTime   *time.Time          `db:"cancel_time"`
	CancelReason string              `db:"cancel_reason"`
}

// Check holds an agreement to its rules. An agreement is in the currency that customers are compared in.
func (a *Agreement) Check(inForce string) []fault.Violation {
	var wrong []fault.Violation
	switch a.Kind {
	case Target:
		wrong = a.checkTarget(inForce)
	case Prepayment:
		if a.Target.Valid {
			wrong = append(wrong, fault.Field("target", "NOT_ALLOWED", fault.Text{En: "is for TARGET only", Zh: "仅用于 TARGET"}))
		}
	}
	for i, t := range a.Tiers {
		if i > 0 && !t.Threshold.GreaterThan(a.Tiers[i-1].Threshold) {
			wrong = append(wrong, fault.Field("tiers["+strconv.Itoa(i)+"].threshold", "ORDER", fault.Text{En: "must be above the one before", Zh: "必须高于前一档"}))
		}
		if t.Rate.GreaterThan(decimal.NewFromInt(100)) {
			wrong = append(wrong, fault.Field("tiers["+strconv.Itoa(i)+"].rate_percent", "RANGE", fault.Text{En: "must not be above 100", Zh: "不得大于 100"}))
		}
	}
	return wrong
}

func (a *Agreement) checkTarget(inForce string) []fault.Violation {
	var wrong []fault.Violation
	switch {
	case !a.Target.Valid:
		wrong = append(wrong, fault.Field("target", "REQUIRED", fault.Text{En: "must be given", Zh: "必须填写"}))
	case !a.Target.Decimal.IsPositive():
		wrong = append(wrong, fault.Field("target", "POSITIVE", fault.Text{En: "must be above 0", Zh: "必须大于 0"}))
	case a.Currency != inForce:
		wrong = append(wrong, fault.Field("target.currency_code", "CURRENCY", fault.Text{En: "must be " + inForce, Zh: "必须为 " + inForce}))
	}
	if a.PrepaidDays != 0 {
		wrong = append(wrong, fault.Field("prepaid_days", "NOT_ALLOWED", fault.Text{En: "is for PREPAYMENT only", Zh: "仅用于 PREPAYMENT"}))
	}
	return wrong
}

// Reached is the highest tier that the base reaches, or nil. It is compared exactly, without dividing.
func (a *Agreement) Reached(base decimal.Decimal) *Tier {
	var reached *Tier
	for i := range a.Tiers {
		if a.measure(base).GreaterThanOrEqual(a.edge(a.Tiers[i])) {
			reached = &a.Tiers[i]
		}
	}
	return reached
}

func (a *Agreement) measure(base decimal.Decimal) decimal.Decimal {
	if a.Kind == Target {
		return base.Shift(2)
	}
	return base
}

func (a *Agreement) edge(t Tier) decimal.Decimal {
	if a.Kind == Target {
		return t.Threshold.Mul(a.Target.Decimal)
	}
	return t.Threshold
}

// Total is what the base gives: the rate of the tier on all of it, rounded half away from zero to the smallest unit of the currency. It is never below 0.
func (a *Agreement) Total(base decimal.Decimal) decimal.Decimal {
	reached := a.Reached(base)
	if reached == nil || !base.IsPositive() {
		return decimal.Zero
	}
	return base.Mul(reached.Rate).Shift(-2).Round(places(a.Currency))
}

// Attainment is the base in percent of the target, cut off after six decimals.
func (a *Agreement) Attainment(base decimal.Decimal) decimal.Decimal {
	percent, _ := base.Shift(2).QuoRem(a.Target.Decimal, 6)
	return percent
}

// places is how many decimals the smallest unit of a currency has.
func places(code string) int32 {
	unit, err := currency.ParseISO(code)
	if err != nil { // it has passed as a currency before
		return 2
	}
	scale, _ := currency.Standard.Rounding(unit)
	return int32(scale)
}

// Posting is a rebate that was posted, or would be. Settlements keep their first ones as JSON under these names.
type Posting struct {
	Customer   uuid.UUID           `db:"customer_id" json:"customer_id"`
	ID         uuid.UUID           `db:"rebate_id" json:"rebate_id"` // nil in a dry run
	Agreement  uuid.UUID           `db:"agreement_id" json:"agreement_id"`
	Number     int32               `db:"posting_number" json:"posting_number"`
	Kind       Kind                `db:"kind" json:"kind"`
	FiscalYear int32               `db:"fiscal_year" json:"fiscal_year"`
	Currency   string              `db:"currency" json:"currency"`
	Amount     decimal.Decimal     `db:"amount" json:"amount"`
	Total      decimal.Decimal     `db:"total" json:"total"`
	Base       decimal.Decimal     `db:"base" json:"base"`
	Target     decimal.NullDecimal `db:"target" json:"target"`
	Threshold  decimal.NullDecimal `db:"threshold" json:"threshold"`
	Rate       decimal.Decimal     `db:"rate_percent" json:"rate_percent"`
	Unrated    int32               `db:"unrated" json:"unrated"`
	Author     string              `db:"author" json:"author"`
	Time       time.Time           `db:"post_time" json:"post_time"`
}

// settle makes the posting that brings what was posted before to what the base gives. Its amount may be 0: then there is nothing to post.
func (a *Agreement) settle(base, posted decimal.Decimal, unrated int32) *Posting {
	total := a.Total(base)
	p := &Posting{
		Customer: a.Customer, Agreement: a.ID, Kind: a.Kind, FiscalYear: a.FiscalYear, Currency: a.Currency, Amount: total.Sub(posted), Total: total,
		Base: base, Target: a.Target, Unrated: unrated,
	}
	if reached := a.Reached(base); reached != nil {
		p.Threshold, p.Rate = decimal.NewNullDecimal(reached.Threshold), reached.Rate
	}
	return p
}

func agreementName(customer, id uuid.UUID) string {
	return resource.Name("customers", customer, "rebateAgreements", id)
}

func rebateName(customer, id uuid.UUID) string {
	return resource.Name("customers", customer, "rebates", id)
}
