package churn

import (
	"time"

	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/services/segmentation/internal/settings"
)

// defaultHorizon is the horizon of a back-test that names none, in days.
const defaultHorizon = 180

// Trial is what a back-test tries. It is kept as JSON under these names.
type Trial struct {
	AsOf       time.Time      `json:"as_of"`
	Horizon    int32          `json:"horizon"`     // days
	ActiveDays int32          `json:"active_days"` // 0: no matter how long ago the last order was
	Rules      settings.Churn `json:"rules"`
	Version    int32          `json:"version"` // of the settings that all other numbers are of

	Numbers *settings.Numbers `json:"-"` // all other numbers
}

// Outcome is what a back-test has found so far. It is kept as JSON under these names.
type Outcome struct {
	Customers int64                        `json:"customers"`
	Churned   int64                        `json:"churned"`
	Results   [ProbabilityAlive + 1]Result `json:"results"`   // by reason; 0: any
	Model     *Model                       `json:"model"`     // nil: could not be fitted
	ByProfit  bool                         `json:"by_profit"` // customers are banded by gross profit, else by sales
}

// Result is what came of the warnings for one reason. What follows from the counts is worked out at the end.
type Result struct {
	Warned    int64    `json:"warned"`
	Hits      int64    `json:"hits"`
	Missed    int64    `json:"-"`
	Precision *float64 `json:"-"` // nil where it is not defined, as the next two
	Recall    *float64 `json:"-"`
	F1        *float64 `json:"-"`
}

// BaseRate is the share of the customers that left.
func (o *Outcome) BaseRate() float64 {
	if o.Customers == 0 {
		return 0
	}
	return float64(o.Churned) / float64(o.Customers)
}

// add counts customers in; the numbers of figures are those of the statement.
func (o *Outcome) add(c count) {
	if c.Reason < 0 {
		o.Customers, o.Churned = o.Customers+c.Customers, o.Churned+c.Churned
		return
	}
	r := &o.Results[c.Reason]
	r.Warned, r.Hits = r.Warned+c.Customers, r.Hits+c.Churned
}

// finish works the shares out.
func (o *Outcome) finish() {
	for i := range o.Results {
		r := &o.Results[i]
		r.Missed = o.Churned - r.Hits
		r.Precision, r.Recall, r.F1 = share(r.Hits, r.Warned), share(r.Hits, o.Churned), share(2*r.Hits, r.Warned+o.Churned)
	}
}

func share(part, whole int64) *float64 {
	if whole == 0 {
		return nil
	}
	return new(float64(part) / float64(whole))
}

// count is how many customers were warned of for a reason and left.
type count struct {
	Reason    Reason `db:"reason"` // 0: any; -1: all customers, warned of or not
	Customers int64  `db:"customers"`
	Churned   int64  `db:"churned"`
}

// check refuses a day whose horizon is not over at the last day of which something is known.
func (t *Trial) check(known time.Time) error {
	if t.AsOf.AddDate(0, 0, int(t.Horizon)).After(known) {
		day := known.Format(time.DateOnly)
		return fault.Invalid(fault.Field("as_of_date", "HORIZON", fault.Text{
			En: "with horizon_days must not reach beyond the last day of which orders are known, " + day,
			Zh: "加上 horizon_days 后不得晚于已知订单的最后一天 " + day,
		}))
	}
	return nil
}

// meaning says what the figures of a back-test are.
var meaning = fault.Text{
	En: "Customers: all with an order by as_of_date (and within active_days of it), deleted ones left out. Left: no order in the horizon_days days after as_of_date. " +
		"Precision: share of those warned of who left. Recall: share of those who left who were warned of. F1: their harmonic mean. " +
		"Base rate: share of all who left, which is the precision of warning of everybody. Returns are no orders.",
	Zh: "客户：截至 as_of_date 有订单（且在 active_days 内）的全部客户，不含已删除客户。流失：as_of_date 之后 horizon_days 天内无订单。" +
		"精确率：被预警客户中实际流失的比例。召回率：流失客户中曾被预警的比例。F1：两者的调和平均。基准率：全部客户中流失的比例，即对所有客户都预警时的精确率。退货不计为订单。",
}
