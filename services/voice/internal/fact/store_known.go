package fact

import (
	"context"
	"time"

	"github.com/google/uuid"
	"github.com/lib/pq"

	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/postgres"
	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
)

// PersonUnknown is what is wrong with a person of a customer, rule PERSON_UNKNOWN, whom voice does not know.
var PersonUnknown = fault.Text{En: "is no person of the customer that voice knows", Zh: "不是客户声音服务已知的该客户人员"}

const selectVisible = `select exists (select from people where customer_id = $1 and person_id = $2 and (not senior or $3))`

// RequireKnown refuses a person of a customer of whom the caller may not know, or nobody does, naming the field. Asked while the customer is held, the answer stays true until the
// transaction ends for all who forget people by Forget: that holds the customer, too.
func RequireKnown(ctx context.Context, db *postgres.DB, field string, customer, person uuid.UUID) error {
	var there bool
	err := db.Get(ctx, &there, selectVisible, customer, person, seesSeniors(ctx))
	if err != nil || there {
		return err
	}
	return fault.Invalid(fault.Field(field, "PERSON_UNKNOWN", PersonUnknown))
}

const selectSeniors = `select person_id from people where customer_id = $1 and person_id = any($2) and senior`

// Hidden are those of the people of a customer of whom the caller may not know: below MANAGER the senior ones. Answers leave them out.
func Hidden(ctx context.Context, db *postgres.DB, customer uuid.UUID, people []uuid.UUID) (map[uuid.UUID]bool, error) {
	hidden := map[uuid.UUID]bool{}
	if seesSeniors(ctx) || len(people) == 0 {
		return hidden, nil
	}
	var found []uuid.UUID
	if err := db.Select(ctx, &found, selectSeniors, customer, pq.Array(people)); err != nil {
		return nil, err
	}
	for _, id := range found {
		hidden[id] = true
	}
	return hidden, nil
}

func seesSeniors(ctx context.Context) bool { return auth.From(ctx).Level >= typev1.Level_MANAGER }

// Know makes sure that there is a row for a customer of whom another service has told something, and has it asked for if there was none.
func (s *Store) Know(ctx context.Context, customer uuid.UUID, at time.Time) error {
	return s.standings.Know(ctx, customer, at)
}
