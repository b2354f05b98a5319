package fact

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/shopspring/decimal"
	"google.golang.org/protobuf/proto"

	"github.com/guanxi-crm/guanxi/libs/events"
	"github.com/guanxi-crm/guanxi/libs/mirror"
	"github.com/guanxi-crm/guanxi/libs/resource"
	planningv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/planning/v1"
	profilev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/profile/v1"
	segmentationv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/segmentation/v1"
	voicev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/voice/v1"
)

// Subscription builds the projection. Events of one customer come one after the other, those of several side by side.
func (s *Store) Subscription() events.Subscription {
	return events.Subscription{
		Name: Consumer,
		Subjects: []string{
			"guanxi.profile.customer.*.v1", "guanxi.profile.order.*.v1", "guanxi.profile.payment.*.v1", supplySubjects, expectedSubjects,
			mirror.PersonDeleted, mirror.PersonErased,
		},
		Handle:  s.project,
		Workers: 8,
	}
}

// Relationships keeps what planning announces of relationships as signals.
func (s *Store) Relationships() events.Subscription {
	return events.Subscription{
		Name: RelationshipsConsumer, Subjects: []string{"guanxi.planning.relationship_level.changed.v1"}, Workers: 2,
		Handle: func(ctx context.Context, d events.Delivery) error { return handle(ctx, d, s.relationship) },
	}
}

// Voices keeps the complaints among what customers told us as signals.
func (s *Store) Voices() events.Subscription {
	return events.Subscription{
		Name: VoicesConsumer, Subjects: []string{voiceReceived, voiceIdentified}, Workers: 2,
		Handle: func(ctx context.Context, d events.Delivery) error {
			if d.Subject == voiceIdentified {
				return handle(ctx, d, func(ctx context.Context, d events.Delivery, m *voicev1.VoiceIdentified) error {
					return s.voice(ctx, d, m)
				})
			}
			return handle(ctx, d, func(ctx context.Context, d events.Delivery, m *voicev1.VoiceReceived) error {
				return s.voice(ctx, d, m)
			})
		},
	}
}

const (
	voiceReceived   = "guanxi.voice.voice.received.v1"
	voiceIdentified = "guanxi.voice.voice.identified.v1"
)

// project brings one event into the projection. An event of a kind that is not known is of a newer profile service and of no concern here.
func (s *Store) project(ctx context.Context, d events.Delivery) error {
	switch d.Subject {
	case "guanxi.profile.customer.created.v1":
		return handle(ctx, d, s.customerCreated)
	case "guanxi.profile.customer.changed.v1":
		return handle(ctx, d, s.customerChanged)
	case "guanxi.profile.customer.deleted.v1":
		return s.setDeleted(ctx, d, &d.Time)
	case "guanxi.profile.customer.undeleted.v1":
		return s.setDeleted(ctx, d, nil)
	case "guanxi.profile.customer.purged.v1":
		return s.purge(ctx, d.Aggregate)
	case "guanxi.profile.order.recorded.v1":
		return handle(ctx, d, func(ctx context.Context, d events.Delivery, m *profilev1.OrderRecorded) error {
			return s.order(ctx, d, m.GetOrder(), m.GetAfter())
		})
	case "guanxi.profile.order.corrected.v1":
		return handle(ctx, d, func(ctx context.Context, d events.Delivery, m *profilev1.OrderCorrected) error {
			return s.order(ctx, d, m.GetOrder(), m.GetAfter())
		})
	case "guanxi.profile.payment.recorded.v1":
		return handle(ctx, d, func(ctx context.Context, d events.Delivery, m *profilev1.PaymentRecorded) error {
			return s.payment(ctx, d, m.GetPayment(), m.GetAfter())
		})
	case "guanxi.profile.payment.corrected.v1":
		return handle(ctx, d, func(ctx context.Context, d events.Delivery, m *profilev1.PaymentCorrected) error {
			return s.payment(ctx, d, m.GetPayment(), m.GetAfter())
		})
	case mirror.PersonDeleted, mirror.PersonErased:
		return s.personGone(ctx, d)
	}
	known, err := s.projectSupply(ctx, d)
	if known || err != nil || s.merger == nil {
		return err
	}
	return s.merger.Handle(ctx, d)
}

// handle decodes the event's data for the one who projects it. Data that cannot be read will not be readable later either.
func handle[M any, P interface {
	*M
	proto.Message
}](ctx context.Context, d events.Delivery, project func(context.Context, events.Delivery, P) error) error {
	m := P(new(M))
	if err := d.Decode(m); err != nil {
		return events.Permanent(err)
	}
	return project(ctx, d, m)
}

func (s *Store) customerCreated(ctx context.Context, d events.Delivery, m *profilev1.CustomerCreated) error {
	return s.putCustomer(ctx, d.Aggregate, nil, m.GetAfter(), touch{d.Aggregate, "customer", m.GetCustomer(), d.Time})
}

func (s *Store) customerChanged(ctx context.Context, d events.Delivery, m *profilev1.CustomerChanged) error {
	return s.putCustomer(ctx, d.Aggregate, m.GetChangedFields(), m.GetAfter(), touch{d.Aggregate, "customer", m.GetCustomer(), d.Time})
}

func (s *Store) order(ctx context.Context, d events.Delivery, name string, p *profilev1.Order) error {
	ids, err := resource.Parse("order", name, "customers", "orders")
	if err != nil {
		return events.Permanent(err)
	}
	o, err := orderOf(ids[0], ids[1], p)
	if err != nil {
		return events.Permanent(fmt.Errorf("fact: %s: %w", name, err))
	}
	return s.putOrder(ctx, o, touch{d.Aggregate, "order", name, d.Time})
}

func (s *Store) payment(ctx context.Context, d events.Delivery, name string, p *profilev1.Payment) error {
	ids, err := resource.Parse("payment", name, "customers", "payments")
	if err != nil {
		return events.Permanent(err)
	}
	return s.putPayment(ctx, ids[0], ids[1], p, touch{d.Aggregate, "payment", name, d.Time})
}

// relationship keeps the level of the relationship with the key persons as a signal, once for each event however often it comes.
func (s *Store) relationship(ctx context.Context, d events.Delivery, m *planningv1.RelationshipLevelChanged) error {
	if m.GetKeyPersonLevel() == planningv1.EvaluationLevel_EVALUATION_LEVEL_UNSPECIFIED {
		return nil
	}
	const neutral = planningv1.EvaluationLevel_LEVEL_NEUTRAL // 0 of the signal
	return s.putSignal(ctx, d, segmentationv1.Signal_RELATIONSHIP, decimal.NewFromInt32(int32(m.GetKeyPersonLevel()-neutral)), m.GetEvaluation())
}

// heard is what both events of a voice say.
type heard interface {
	GetVoice() string
	GetCustomer() string
	GetKind() voicev1.VoiceKind
	GetMajor() bool
}

// voice keeps a complaint as a signal, once for each event however often it comes. Whose voice it is must be known: if it is not yet, another event will tell it.
func (s *Store) voice(ctx context.Context, d events.Delivery, m heard) error {
	if m.GetCustomer() == "" || m.GetKind() != voicev1.VoiceKind_COMPLAINT {
		return nil
	}
	ids, err := resource.Parse("customer", m.GetCustomer(), "customers")
	if err != nil {
		return events.Permanent(err)
	}
	d.Aggregate = ids[0]
	const usual, major = 1, 2 // of the signal
	value := int64(usual)
	if m.GetMajor() {
		value = major
	}
	return s.putSignal(ctx, d, segmentationv1.Signal_COMPLAINT, decimal.NewFromInt(value), m.GetVoice())
}

// touch is a row of the table touched: whom to look at again, and why.
type touch struct {
	Customer  uuid.UUID
	Cause     string
	Reference string
	Time      time.Time
}
