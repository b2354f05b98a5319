// Package forecast is what the owners of customers expect to sell them in a fiscal year [预计销售额].
package forecast

import (
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/money"
)

// Forecast is the expectation of one fiscal year, of a product line or, under the empty one, of all together.
type Forecast struct {
	CustomerID  uuid.UUID   `db:"customer_id"`
	ID          uuid.UUID   `db:"sales_id"`
	Revision    int64       `db:"revision"`
	FiscalYear  int32       `db:"fiscal_year"`
	ProductLine string      `db:"product_line"`
	Amount      money.Money `db:"-"`
	Note        string      `db:"note"`
	Author      string      `db:"author"`
	CreateTime  time.Time   `db:"create_time"`
	UpdateTime  time.Time   `db:"update_time"`
}

// Check brings the product line into its stored form and holds the forecast to its rules.
func (f *Forecast) Check() []fault.Violation {
	f.ProductLine = strings.TrimSpace(f.ProductLine)
	if f.Amount.Amount.IsNegative() {
		return []fault.Violation{fault.Field("amount", "NEGATIVE", fault.Text{En: "must not be negative", Zh: "不得为负"})}
	}
	return nil
}
