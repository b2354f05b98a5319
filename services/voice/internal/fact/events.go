package fact

import (
	"context"

	"google.golang.org/protobuf/proto"

	"github.com/guanxi-crm/guanxi/libs/events"
	"github.com/guanxi-crm/guanxi/libs/mirror"
	"github.com/guanxi-crm/guanxi/libs/policybook"
	"github.com/guanxi-crm/guanxi/libs/resource"
	profilev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/profile/v1"
	voicev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/voice/v1"
)

// Subscriptions build the projection. Events of one customer come one after the other, those of several side by side.
func (s *Store) Subscriptions() []events.Subscription {
	return []events.Subscription{
		{Name: Consumer, Subjects: []string{mirror.Subject, "guanxi.profile.person.*.v1", "guanxi.profile.order.*.v1"}, Handle: s.project, Workers: 8},
		{Name: StandingsConsumer, Subjects: append(mirror.StandingSubjects(), policybook.Published), Handle: s.projectStanding, Workers: 8},
	}
}

// project brings an event of profile into the projection. One of a kind that is not known is of a newer service and of no concern here.
func (s *Store) project(ctx context.Context, d events.Delivery) error {
	switch d.Subject {
	case "guanxi.profile.person.created.v1":
		return mirror.Decode(ctx, d, func(ctx context.Context, d events.Delivery, m *profilev1.PersonCreated) error {
			return s.personSaid(ctx, d, m.GetPerson())
		})
	case "guanxi.profile.person.changed.v1":
		return mirror.Decode(ctx, d, func(ctx context.Context, d events.Delivery, m *profilev1.PersonChanged) error {
			return s.personSaid(ctx, d, m.GetPerson())
		})
	case mirror.PersonDeleted, mirror.PersonErased:
		return s.personGone(ctx, d)
	case "guanxi.profile.order.recorded.v1":
		return mirror.Decode(ctx, d, func(ctx context.Context, d events.Delivery, m *profilev1.OrderRecorded) error {
			return s.orderSaid(ctx, d, m.GetOrder(), m.GetAfter())
		})
	case "guanxi.profile.order.corrected.v1":
		return mirror.Decode(ctx, d, func(ctx context.Context, d events.Delivery, m *profilev1.OrderCorrected) error {
			return s.orderSaid(ctx, d, m.GetOrder(), m.GetAfter())
		})
	}
	return s.customers.Handle(ctx, d)
}

// projectStanding brings an event of segmentation into the projection.
func (s *Store) projectStanding(ctx context.Context, d events.Delivery) error {
	if d.Subject == policybook.Published {
		return s.policies.Wish(ctx)
	}
	return s.standings.Handle(ctx, d)
}

func (s *Store) personSaid(ctx context.Context, d events.Delivery, name string) error {
	ids, err := resource.Parse("person", name, "customers", "people")
	if err != nil {
		return events.Permanent(err)
	}
	if err := s.standings.Know(ctx, ids[0], d.Time); err != nil {
		return err
	}
	return s.wants.Wish(ctx, ids[0], ids[1])
}

// personGone forgets a person whom profile has removed or erased.
func (s *Store) personGone(ctx context.Context, d events.Delivery) error {
	f := mirror.Forgetter{
		DB: s.db, Now: s.now, Know: s.standings.Know,
		Confirmed: func(person string) proto.Message { return &voicev1.PersonForgotten{Person: person} },
	}
	return f.Handle(ctx, d, s.forgetPerson)
}

func (s *Store) orderSaid(ctx context.Context, d events.Delivery, name string, p *profilev1.Order) error {
	ids, err := resource.Parse("order", name, "customers", "orders")
	if err != nil {
		return events.Permanent(err)
	}
	if err := s.standings.Know(ctx, ids[0], d.Time); err != nil {
		return err
	}
	return s.putOrder(ctx, orderOf(ids[0], ids[1], p))
}
