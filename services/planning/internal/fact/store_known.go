package fact

import (
	"context"

	"github.com/google/uuid"
	"github.com/lib/pq"

	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/postgres"
	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
)

// PersonUnknown is what is wrong with a person of a customer, rule PERSON_UNKNOWN, whom planning does not know.
var PersonUnknown = fault.Text{En: "is no person of the customer that planning knows", Zh: "不是规划服务已知的该客户人员"}

const selectKnown = `select person_id from people where customer_id = $1 and person_id = any($2)`

// Known are those of the people whom planning knows as the customer's. Asked while the customer is held, the answer stays true until the transaction ends for all who forget people
// by Forget: that holds the customer, too.
func Known(ctx context.Context, db *postgres.DB, customer uuid.UUID, people []uuid.UUID) (map[uuid.UUID]bool, error) {
	var found []uuid.UUID
	if err := db.Select(ctx, &found, selectKnown, customer, pq.Array(people)); err != nil {
		return nil, err
	}
	known := make(map[uuid.UUID]bool, len(found))
	for _, id := range found {
		known[id] = true
	}
	return known, nil
}

const selectVisible = `select exists (select from people where customer_id = $1 and person_id = $2 and (not senior or $3))`

// RequireKnown refuses a person of a customer of whom the caller may not know, or nobody does, naming the field.
func RequireKnown(ctx context.Context, db *postgres.DB, field string, customer, person uuid.UUID) error {
	var there bool
	err := db.Get(ctx, &there, selectVisible, customer, person, auth.From(ctx).Level >= typev1.Level_MANAGER)
	if err != nil || there {
		return err
	}
	return fault.Invalid(fault.Field(field, "PERSON_UNKNOWN", PersonUnknown))
}
