// Package segment keeps segments [客户群]: named sets of customers by rule. It sees to it that their lists of members follow the facts, and announces who enters
// and who leaves.
package segment

import (
	"strings"
	"time"

	"github.com/google/uuid"
	"google.golang.org/grpc/codes"

	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/resource"
	"github.com/guanxi-crm/guanxi/services/segmentation/internal/rule"
)

// maxActive is how many segments can be active: each of their rules is asked at each change of a customer.
const maxActive = 200

// State says whether a segment is kept up to date; the numbers are those of the API.
type State int16

// The states.
const (
	Active State = iota + 1
	Paused
)

// Segment is a set of customers by rule.
type Segment struct {
	ID            uuid.UUID `db:"segment_id"`
	Revision      int64     `db:"revision"`
	LabelEn       string    `db:"label_en"`
	LabelZh       string    `db:"label_zh"`
	DescriptionEn string    `db:"description_en"`
	DescriptionZh string    `db:"description_zh"`
	Rule          string    `db:"rule"`
	// Level is that of the rule, or that of the rule before where it is higher and the members are still those of before.
	Level       rule.Level `db:"level"`
	State       State      `db:"state"`
	Round       int64      `db:"round"` // of gathering the members
	RefreshTime *time.Time `db:"refresh_time"`
	Author      string     `db:"author"`
	CreateTime  time.Time  `db:"create_time"`
	UpdateTime  time.Time  `db:"update_time"`
	MemberCount int64      `db:"member_count"` // in the territories of who reads it
}

// Name writes the resource name of a segment.
func Name(id uuid.UUID) string { return resource.Name("segments", id) }

// check holds what people write to its rules, but for the segment's rule.
func (s *Segment) check() error {
	s.LabelEn, s.LabelZh = strings.TrimSpace(s.LabelEn), strings.TrimSpace(s.LabelZh)
	if s.LabelEn == "" && s.LabelZh == "" {
		return fault.Invalid(fault.Field("label_en", "LABEL_MISSING", fault.Text{En: "label_en or label_zh must be given", Zh: "label_en 与 label_zh 至少填写一个"}))
	}
	if s.State == 0 {
		s.State = Active
	}
	return nil
}

// regather says that from now on the members are to be those of the rule, whatever they are.
func (s *Segment) regather() {
	s.Round++
	s.RefreshTime = nil
}

func tooMany() error {
	return fault.New(codes.FailedPrecondition, "TOO_MANY_SEGMENTS", fault.Text{
		En: "200 segments are active already; pause or delete one first", Zh: "已有 200 个启用的客户群；请先暂停或删除其中之一",
	})
}
