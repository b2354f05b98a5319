package person

import (
	"context"
	"errors"
	"slices"

	"github.com/google/uuid"
	"github.com/lib/pq"
	"google.golang.org/grpc/codes"

	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/fault"
	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
	"github.com/guanxi-crm/guanxi/services/profile/internal/contact"
)

// The rules that take the other people of the customer: whoever is reported to exists, nobody reports to himself through others, an external id is of one person.
const (
	superiorExists = `select exists (select 1 from people where customer_id = $1 and person_id = $2 and (not senior or $3 >= 2))`
	circleExists   = `with recursive chain as (
			select reports_to from people where customer_id = $1 and person_id = $2
			union select p.reports_to from people p join chain on p.person_id = chain.reports_to where p.customer_id = $1
		) select exists (select 1 from chain where reports_to = $2)`
	keyTaken = `select exists (
			select 1 from vault.person_keys k join people p on p.person_id = k.person_id where k.blinds && $3 and p.customer_id = $1 and p.person_id <> $2
		)`
)

// checkOthers runs after the write, in its transaction: the customer's row is locked by then, so no other writer can come between. A superior who was there
// before is not asked about again: the caller may not even be allowed to know him.
func (s *Store) checkOthers(ctx context.Context, p *Person, before uuid.NullUUID, had []contact.ExternalID) error {
	if p.ReportsTo.Valid && p.ReportsTo != before {
		if ok, err := s.ask(ctx, superiorExists, p.CustomerID, p.ReportsTo.UUID, int32(auth.From(ctx).Level)); err != nil || !ok {
			return errors.Join(err, reportsToError("PERSON_UNKNOWN", fault.Text{En: "is not a person of this customer", Zh: "不是该客户的人员"}))
		}
		if ring, err := s.ask(ctx, circleExists, p.CustomerID, p.ID); err != nil || ring {
			return errors.Join(err, reportsToError("CIRCLE", circle))
		}
	}
	// Nor is an id that he had: after a merge of customers two people may have the same one.
	fresh := slices.DeleteFunc(slices.Clone(p.ExternalIDs), func(id contact.ExternalID) bool { return slices.Contains(had, id) })
	if len(fresh) == 0 {
		return nil
	}
	taken, err := s.ask(ctx, keyTaken, p.CustomerID, p.ID, externalBlinds(s.box.Keys, fresh))
	if err != nil || !taken {
		return err
	}
	return fault.New(codes.AlreadyExists, "EXTERNAL_ID_TAKEN", fault.Text{
		En: "person.external_ids: one of the ids belongs to another person of the customer", Zh: "person.external_ids：其中一个外部编号已属于该客户的另一人员",
	})
}

func (s *Store) ask(ctx context.Context, query string, args ...any) (yes bool, err error) {
	err = s.db.Get(ctx, &yes, query, args...)
	return yes, err
}

func reportsToError(rule string, text fault.Text) error {
	return fault.Invalid(fault.Field("person.reports_to", rule, text))
}

// hideSuperiors leaves out whom people report to when he is above the caller's level.
func (s *Store) hideSuperiors(ctx context.Context, people []*Person) error {
	if auth.From(ctx).Level >= typev1.Level_MANAGER {
		return nil
	}
	var superiors []uuid.UUID
	for _, p := range people {
		if p.ReportsTo.Valid {
			superiors = append(superiors, p.ReportsTo.UUID)
		}
	}
	var senior []uuid.UUID
	if err := s.db.Select(ctx, &senior, `select person_id from people where person_id = any($1) and senior`, pq.Array(superiors)); err != nil {
		return err
	}
	hidden := map[uuid.UUID]bool{}
	for _, id := range senior {
		hidden[id] = true
	}
	for _, p := range people {
		if hidden[p.ReportsTo.UUID] {
			p.ReportsTo = uuid.NullUUID{}
		}
	}
	return nil
}
