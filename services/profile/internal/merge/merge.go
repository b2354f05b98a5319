// Package merge makes one of customers that are one and the same [客户合并], and takes that back: which may be merged, what moves and what stays.
//
// Fields are blended (package blend), rows of facts move with libs/rekey, the old name goes on resolving by libs/alias.
package merge

import (
	"fmt"
	"time"

	"github.com/google/uuid"
	"google.golang.org/grpc/codes"

	"github.com/guanxi-crm/guanxi/libs/aggregate"
	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/services/profile/internal/customer"
	"github.com/guanxi-crm/guanxi/services/profile/internal/receipt"
)

// Duplicate is a customer to be merged, with the etag that it must have.
type Duplicate struct {
	ID  uuid.UUID
	Tag string
}

// Merge is a merge that was.
type Merge struct {
	ID           uuid.UUID  `db:"merge_id"`
	SurvivorID   uuid.UUID  `db:"survivor_id"`
	MergedID     uuid.UUID  `db:"merged_id"`
	Fields       []string   `db:"-"`
	Actor        string     `db:"actor"`
	MergeTime    time.Time  `db:"merge_time"`
	UnmergeActor string     `db:"unmerge_actor"`
	UnmergeTime  *time.Time `db:"unmerge_time"`
	// Receipts are of the merge, Undone of its being taken back.
	Receipts, Undone []receipt.Receipt
}

// CheckDistinct refuses a customer that is to be merged with itself, or twice. Names were resolved before, so that one which is merged into the survivor already is it.
func CheckDistinct(survivor uuid.UUID, duplicates []Duplicate) error {
	seen := map[uuid.UUID]bool{survivor: true}
	for i, d := range duplicates {
		if seen[d.ID] {
			return fault.Invalid(fault.Field(fmt.Sprintf("duplicates[%d]", i), "DISTINCT", fault.Text{
				En: "is the survivor or another of the duplicates, by itself or by an earlier merge", Zh: "与保留客户或另一重复客户相同（或先前已合并）",
			}))
		}
		seen[d.ID] = true
	}
	return nil
}

// Mergeable says whether one customer can be merged into the other.
func Mergeable(survivor, merged *customer.Customer) error {
	for _, c := range []*customer.Customer{survivor, merged} {
		switch {
		case c.MergedInto.Valid: // since the names were resolved
			return aggregate.MergedError(c.ID)
		case c.DeleteTime != nil:
			return aggregate.GoneError(c.ID)
		}
	}
	if survivor.Kind != merged.Kind {
		return fault.New(codes.FailedPrecondition, "KIND_DIFFERS", fault.Text{
			En: "an organization and a person cannot be merged", Zh: "单位客户与个人客户不能合并",
		})
	}
	return nil
}

// Unmergeable says whether a merge into this survivor can be taken back.
func Unmergeable(survivor *customer.Customer) error {
	switch {
	case survivor.MergedInto.Valid:
		name := aggregate.Name(survivor.ID)
		return fault.New(codes.FailedPrecondition, "SURVIVOR_MERGED", fault.Text{
			En: name + ", which has its facts, is itself merged into another customer; unmerge " + name + " first", Zh: "其资料所在的 " + name + " 本身已被合并，请先取消 " + name + " 的合并",
		}).With("customer", name)
	case survivor.DeleteTime != nil:
		return aggregate.GoneError(survivor.ID)
	}
	return nil
}

// notMerged says that there is nothing to take back.
func notMerged(id uuid.UUID) error {
	name := aggregate.Name(id)
	return fault.New(codes.FailedPrecondition, "NOT_MERGED", fault.Text{En: name + " is not merged into another customer", Zh: name + " 未被合并"}).With("customer", name)
}

// inGroup says that the survivor belongs to the other one through a third, which would make a circle of them.
func inGroup(survivor, merged uuid.UUID) error {
	return fault.New(codes.FailedPrecondition, "IN_GROUP", fault.Text{
		En: aggregate.Name(survivor) + " belongs to " + aggregate.Name(merged) + " through another company; change its parent first, or let the upper one survive",
		Zh: aggregate.Name(survivor) + " 通过其他公司隶属于 " + aggregate.Name(merged) + "，请先更改其上级公司，或保留上级客户",
	})
}
