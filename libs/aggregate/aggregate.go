// Package aggregate is the customer as every service locks, numbers and guards it, whatever else the service knows of him.
//
// It asks of the service's database that there be a table
//
//	customers (customer_id uuid primary key, sequence bigint, territory text, delete_time timestamptz, ...)
//
// in which sequence is the number of the customer's last event in this service, from 0 on without gaps, and delete_time is null while the customer is alive. In
// the profile service that is the customer itself, in others what they have heard of it by events. What is done for a caller is limited to his territories;
// background work puts a Principal of auth.Anywhere into its context.
package aggregate

import (
	"context"
	"errors"

	"github.com/google/uuid"
	"google.golang.org/grpc/codes"

	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/libs/resource"
	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
)

// Name writes the resource name of a customer.
func Name(id uuid.UUID) string { return resource.Name("customers", id) }

const visible = `select delete_time is not null as deleted, exists (select from aliases a where a.customer_id = $1) as merged
	from customers where customer_id = $1 and guanxi_covers(territory, $2)`

type sight struct {
	Deleted bool `db:"deleted"`
	Merged  bool `db:"merged"`
}

// Visible answers nil when the caller may read the customer, a deleted one too, and else the error of resource.Missing.
func Visible(ctx context.Context, db *postgres.DB, id uuid.UUID) error {
	_, err := look(ctx, db, id)
	return err
}

// Explain tells why a write that asks for a living customer within the caller's territories found none.
func Explain(ctx context.Context, db *postgres.DB, id uuid.UUID) error {
	seen, err := look(ctx, db, id)
	switch {
	case err != nil:
		return err
	case seen.Merged:
		return MergedError(id)
	case seen.Deleted:
		return GoneError(id)
	default: // it came back between the two questions
		return fault.Aborted(Name(id))
	}
}

func look(ctx context.Context, db *postgres.DB, id uuid.UUID) (seen sight, err error) {
	err = db.Get(ctx, &seen, visible, id, auth.From(ctx).Scope())
	if errors.Is(err, postgres.ErrNoRows) {
		return seen, resource.Missing(ctx, Name(id), typev1.Level_BASIC)
	}
	return seen, err
}

// GoneError says that a deleted customer takes no changes.
func GoneError(id uuid.UUID) error {
	return fault.New(codes.FailedPrecondition, "DELETED", fault.Text{En: Name(id) + " is deleted", Zh: Name(id) + " 已被删除"})
}

// MergedError says that a customer was merged into another one while the call was on its way. Repeated, it concerns the survivor.
func MergedError(id uuid.UUID) error {
	return fault.New(codes.Aborted, "MERGED", fault.Text{
		En: Name(id) + " has just been merged into another customer; repeat the call", Zh: Name(id) + " 刚刚被合并到另一客户，请重试",
	})
}
