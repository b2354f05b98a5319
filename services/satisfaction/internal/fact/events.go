package fact

import (
	"context"
	"fmt"

	"github.com/google/uuid"
	"google.golang.org/protobuf/proto"

	"github.com/guanxi-crm/guanxi/libs/events"
	"github.com/guanxi-crm/guanxi/libs/mirror"
	"github.com/guanxi-crm/guanxi/libs/resource"
	profilev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/profile/v1"
	satisfactionv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/satisfaction/v1"
)

// Subscriptions build the projection. Events of one customer come one after the other, those of several side by side.
func (s *Store) Subscriptions() []events.Subscription {
	return []events.Subscription{
		{
			Name: Consumer, Subjects: []string{mirror.Subject, "guanxi.profile.order.*.v1", mirror.PersonDeleted, mirror.PersonErased},
			Handle: s.project, Workers: 8,
		},
		{Name: StandingsConsumer, Subjects: append(mirror.StandingSubjects(), lifecycleChanged), Handle: s.projectStanding, Workers: 8},
	}
}

// project brings an event of profile into the projection. One of a kind that is not known is of a newer service and of no concern here.
func (s *Store) project(ctx context.Context, d events.Delivery) error {
	switch d.Subject {
	case "guanxi.profile.order.recorded.v1":
		return mirror.Decode(ctx, d, func(ctx context.Context, d events.Delivery, m *profilev1.OrderRecorded) error {
			return s.orderSaid(ctx, d, m.GetOrder(), m.GetAfter())
		})
	case "guanxi.profile.order.corrected.v1":
		return mirror.Decode(ctx, d, func(ctx context.Context, d events.Delivery, m *profilev1.OrderCorrected) error {
			return s.orderSaid(ctx, d, m.GetOrder(), m.GetAfter())
		})
	case mirror.PersonDeleted, mirror.PersonErased:
		return s.personGone(ctx, d)
	}
	return s.customers.Handle(ctx, d)
}

func (s *Store) orderSaid(ctx context.Context, d events.Delivery, name string, p *profilev1.Order) error {
	ids, err := resource.Parse("order", name, "customers", "orders")
	if err != nil {
		return events.Permanent(err)
	}
	o, err := orderOf(ids[0], ids[1], p)
	if err != nil {
		return events.Permanent(fmt.Errorf("fact: %s: %w", name, err))
	}
	if err := s.standings.Know(ctx, o.Customer, d.Time); err != nil {
		return err
	}
	if err := s.putOrder(ctx, o); err != nil || !o.Unlined {
		return err
	}
	return s.wants.Wish(ctx, o.Customer, o.ID)
}

// personGone forgets a person whom profile has removed or erased.
func (s *Store) personGone(ctx context.Context, d events.Delivery) error {
	f := mirror.Forgetter{
		DB: s.db, Now: s.now, Know: s.standings.Know,
		Confirmed: func(person string) proto.Message { return &satisfactionv1.PersonForgotten{Person: person} },
	}
	return f.Handle(ctx, d, func(ctx context.Context, customer, person uuid.UUID) error {
		for _, forget := range s.forget {
			if err := forget(ctx, customer, person); err != nil {
				return err
			}
		}
		return nil
	})
}
