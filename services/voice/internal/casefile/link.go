package casefile

import (
	"time"

	"github.com/google/uuid"
	"google.golang.org/grpc/codes"

	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/services/voice/internal/recall"
)

// LinkKind is how a case hangs together with another one, or with a recall; the numbers are those of the API.
type LinkKind int16

// The kinds of links. The first two go from a case to its original or cause, and never round in circles.
const (
	DuplicateOf LinkKind = iota + 1
	CausedBy
	Related
	PartOfRecall
)

// Link is one of them, from a case to another.
type Link struct {
	Customer      uuid.UUID `db:"customer_id"`
	Case          uuid.UUID `db:"case_id"`
	Kind          LinkKind  `db:"kind"`
	OtherCustomer uuid.UUID `db:"other_customer_id"`
	Other         uuid.UUID `db:"other_case_id"`
	Author        string    `db:"author"`
	Time          time.Time `db:"create_time"`
}

// directed says whether links of the kind must not go round in circles.
func (k LinkKind) directed() bool { return k == DuplicateOf || k == CausedBy }

// CheckLink holds a link between two cases to what can be said without looking at others.
func CheckLink(k LinkKind, from, to *Case) error {
	switch {
	case from.ID == to.ID:
		return fault.Invalid(fault.Field("target", "SELF", fault.Text{En: "is the case itself", Zh: "就是该案件本身"}))
	case k == DuplicateOf && from.Customer != to.Customer:
		return fault.Invalid(fault.Field("target", "CUSTOMER", fault.Text{
			En: "is of another customer; what several customers tell of is an issue group", Zh: "属于其他客户；多个客户反映的同一问题属于共性问题",
		}))
	}
	return nil
}

func cycleError(c *Case) error {
	return fault.New(codes.FailedPrecondition, "LINK_CYCLE", fault.Text{En: "the target leads back to " + c.Name(), Zh: "目标案件已指回 " + c.Name()})
}

func recallError(c *Case) error {
	name := recall.Name(c.Recall.UUID)
	return fault.New(codes.FailedPrecondition, "RECALL_LINKED", fault.Text{
		En: c.Name() + " is part of " + name + " already; cut that link first", Zh: c.Name() + " 已属于 " + name + "，请先解除该关联",
	}).With("recall", name)
}

func originalError(c *Case) error {
	return fault.New(codes.FailedPrecondition, "HAS_ORIGINAL", fault.Text{En: c.Name() + " is a duplicate of another case already", Zh: c.Name() + " 已是其他案件的重复件"})
}
