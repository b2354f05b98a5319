package casefile

import (
	"time"

	"github.com/google/uuid"
	"google.golang.org/grpc/codes"

	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/resource"
)

// ActionKind is what an action is for; the numbers are those of the API.
type ActionKind int16

// The kinds of actions.
const (
	Corrective ActionKind = iota + 1
	Preventive
)

// Action is something to be done so that what went wrong is mended, or does not come again.
type Action struct {
	Customer   uuid.UUID  `db:"customer_id"`
	Case       uuid.UUID  `db:"case_id"`
	ID         uuid.UUID  `db:"action_id"`
	Kind       ActionKind `db:"kind"`
	Title      string     `db:"title"`
	Owner      string     `db:"owner"`
	Due        time.Time  `db:"due_date"`
	Done       *time.Time `db:"done_time"`
	Result     string     `db:"result"`
	Verified   *time.Time `db:"verify_time"`
	Verifier   string     `db:"verifier"`
	Overdue    *time.Time `db:"overdue_time"`
	Author     string     `db:"author"`
	CreateTime time.Time  `db:"create_time"`
	UpdateTime time.Time  `db:"update_time"`
	Revision   int64      `db:"revision"`
}

// ActionName is the resource name of an action.
func ActionName(c, id uuid.UUID) string { return resource.Name("cases", c, "actions", id) }

// Name is its resource name.
func (a *Action) Name() string { return ActionName(a.Case, a.ID) }

// Check holds an action to what the API's constraints cannot say.
func (a *Action) Check() []fault.Violation {
	var wrong []fault.Violation
	add := func(missing bool, field string) {
		if missing {
			wrong = append(wrong, fault.Field(field, "REQUIRED", fault.Text{En: "must be given", Zh: "必须填写"}))
		}
	}
	add(a.Kind == 0, "kind")
	add(a.Title == "", "title")
	add(a.Owner == "", "owner")
	add(a.Due.IsZero(), "due_date")
	return wrong
}

// Verify says whether an action that is done has helped; when it has not it is open again.
func (a *Action) Verify(effective bool, by string, at time.Time) error {
	switch {
	case a.Owner == by:
		return fault.Denied("SELF_VERIFICATION", fault.Text{En: "nobody verifies what is his own", Zh: "不得验证自己负责的措施"})
	case a.Done == nil:
		return fault.New(codes.FailedPrecondition, "ACTION_NOT_DONE", fault.Text{En: a.Name() + " is not done", Zh: a.Name() + " 尚未完成"})
	case a.Verified != nil:
		return fault.New(codes.FailedPrecondition, "ACTION_VERIFIED", fault.Text{En: a.Name() + " is verified already", Zh: a.Name() + " 已验证"})
	}
	if !effective {
		a.Done = nil
		return nil
	}
	a.Verified, a.Verifier = &at, by
	return nil
}

func doneError(a *Action) error {
	return fault.New(codes.FailedPrecondition, "ACTION_DONE", fault.Text{En: a.Name() + " is done", Zh: a.Name() + " 已完成"})
}
