package concern

import (
	"context"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/guanxi-crm/guanxi/libs/events"
	"github.com/guanxi-crm/guanxi/libs/mirror"
	"github.com/guanxi-crm/guanxi/libs/resource"
	voicev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/voice/v1"
)

// Consumer is the name of the subscription to voice. What it keeps numbers our own events and is not built again.
const Consumer = "planning-cases"

// Cases follows the cases of voice.
func (s *Store) Cases() events.Subscription {
	return events.Subscription{
		Name: Consumer, Workers: 4, Handle: s.handle,
		Subjects: []string{
			"guanxi.voice.case.opened.v1", "guanxi.voice.case.changed.v1", "guanxi.voice.case.resolved.v1", "guanxi.voice.case.closed.v1", "guanxi.voice.case.reopened.v1",
		},
	}
}

func (s *Store) handle(ctx context.Context, d events.Delivery) error {
	switch d.Subject {
	case "guanxi.voice.case.opened.v1":
		return mirror.Decode(ctx, d, func(ctx context.Context, d events.Delivery, m *voicev1.CaseOpened) error {
			return s.told(ctx, d, m, m.GetReceivedTime())
		})
	case "guanxi.voice.case.changed.v1":
		return mirror.Decode(ctx, d, func(ctx context.Context, d events.Delivery, m *voicev1.CaseChanged) error {
			return s.told(ctx, d, m, nil)
		})
	case "guanxi.voice.case.resolved.v1":
		return mirror.Decode(ctx, d, func(ctx context.Context, d events.Delivery, m *voicev1.CaseResolved) error {
			return s.told(ctx, d, m, m.GetReceivedTime())
		})
	case "guanxi.voice.case.closed.v1":
		return mirror.Decode(ctx, d, func(ctx context.Context, d events.Delivery, m *voicev1.CaseClosed) error {
			return s.told(ctx, d, m, m.GetReceivedTime())
		})
	case "guanxi.voice.case.reopened.v1":
		return mirror.Decode(ctx, d, func(ctx context.Context, d events.Delivery, m *voicev1.CaseReopened) error {
			return s.told(ctx, d, m, nil)
		})
	}
	return nil
}

// told is what all events of cases say.
type told interface {
	GetCase() string
	GetCustomer() string
	GetState() voicev1.CaseState
	GetMajor() bool
	GetRequestKind() voicev1.RequestKind
}

// told keeps what an event says of a case. A complaint and returned goods are what those who meet the customer must know of, and whatever is major.
func (s *Store) told(ctx context.Context, d events.Delivery, m told, received *timestamppb.Timestamp) error {
	ids, err := resource.Parse("customer", m.GetCustomer(), "customers")
	if err != nil {
		return events.Permanent(err)
	}
	customer, err := mirror.Survivor(ctx, s.db, ids[0])
	if err != nil {
		return err
	}
	kind := m.GetRequestKind()
	a := &affair{
		Customer: customer, Case: m.GetCase(), Major: m.GetMajor(), Open: m.GetState() < voicev1.CaseState_RESOLVED, Received: d.Time, Heard: d.Time,
		Counts: kind == voicev1.RequestKind_COMPLAINT_REQUEST || kind == voicev1.RequestKind_RETURNED_GOODS || m.GetMajor(),
	}
	if received != nil {
		a.Received = received.AsTime().Truncate(time.Microsecond)
	}
	return s.follow(ctx, a)
}
