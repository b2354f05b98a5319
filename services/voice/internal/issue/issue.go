// Package issue groups cases that tell of the same issue [共性问题], and tells where most of them come from (Pareto).
//
// A case is compared by the words of its text, its product and its cause (Similarity) with the groups that share its rarest words, which an inverted index in the database finds,
// and joins the most similar one above a threshold or begins one of its own (Grouping). Cases go in batches: what is read and written for one is a fixed number of statements.
package issue

import (
	"time"

	"github.com/google/uuid"
	"google.golang.org/grpc/codes"

	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/resource"
)

// State is what has become of a group; the numbers are those of the API.
type State int16

// The states.
const (
	Candidate State = iota + 1
	Formed
	Merged
)

// Group is a group as one caller sees it.
type Group struct {
	ID         uuid.UUID     `db:"group_id"`
	State      State         `db:"state"`
	NameZh     string        `db:"name_zh"`
	NameEn     string        `db:"name_en"`
	Cause      string        `db:"cause"`
	Action     string        `db:"action"`
	Keywords   []string      `db:"-"`
	Line       string        `db:"product_line"`
	Code       string        `db:"product_code"`
	Size       int           `db:"size"`      // of all its cases
	Announced  int           `db:"announced"` // the greatest step that was
	FormTime   *time.Time    `db:"form_time"`
	MergedInto uuid.NullUUID `db:"merged_into"`
	Revision   int64         `db:"revision"`
	CreateTime time.Time     `db:"create_time"`
	UpdateTime time.Time     `db:"update_time"`

	// What is within the caller's territories.
	Seen  int        `db:"seen"`
	First *time.Time `db:"seen_first"`
	Last  *time.Time `db:"seen_last"`
}

// Name is the resource name of a group.
func Name(id uuid.UUID) string { return resource.Name("issueGroups", id) }

// Name is the resource name.
func (g *Group) Name() string { return Name(g.ID) }

// Member is a case of a group.
type Member struct {
	Group      uuid.UUID `db:"group_id"`
	Customer   uuid.UUID `db:"customer_id"`
	Case       uuid.UUID `db:"case_id"`
	Title      string    `db:"title"`
	Line       string    `db:"product_line"`
	Code       string    `db:"product_code"`
	Cause      string    `db:"cause"`
	Received   time.Time `db:"received_time"`
	Similarity float64   `db:"similarity"`
	Pinned     bool      `db:"pinned"`
}

func mergedError(g *Group) error {
	into := Name(g.MergedInto.UUID)
	return fault.New(codes.FailedPrecondition, "MERGED", fault.Text{En: g.Name() + " is part of " + into, Zh: g.Name() + " 已并入 " + into}).With("into", into)
}

func territoryError() error {
	return fault.Denied("TERRITORY", fault.Text{
		En: "it holds cases of customers outside of your territories", Zh: "该组包含您权限区域之外客户的案件",
	})
}

// shownCode is a product or cause that all cases have in common.
func shownCode(code string) string {
	if code == Differ {
		return ""
	}
	return code
}
