package loyalty

import (
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/guanxi-crm/guanxi/libs/fault"
)

// Reward is what points are redeemed for.
type Reward struct {
	ID         uuid.UUID `db:"reward_id"`
	Revision   int64     `db:"revision"`
	LabelEn    string    `db:"label_en"`
	LabelZh    string    `db:"label_zh"`
	Points     int64     `db:"points"`
	Active     bool      `db:"active"`
	Stock      *int64    `db:"stock"` // nil: no limit
	CreateTime time.Time `db:"create_time"`
	UpdateTime time.Time `db:"update_time"`
}

// Check holds a reward to its rules.
func (r *Reward) Check() []fault.Violation {
	var wrong []fault.Violation
	for _, label := range []struct{ field, text string }{{"label_en", r.LabelEn}, {"label_zh", r.LabelZh}} {
		if strings.TrimSpace(label.text) == "" {
			wrong = append(wrong, fault.Field(label.field, "REQUIRED", fault.Text{En: "must be given", Zh: "必须填写"}))
		}
	}
	if r.Points < 1 {
		wrong = append(wrong, fault.Field("points", "RANGE", fault.Text{En: "must be at least 1", Zh: "不得小于 1"}))
	}
	return wrong
}
