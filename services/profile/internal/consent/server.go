package consent

import (
	"context"
	"time"

	"github.com/google/uuid"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/guanxi-crm/guanxi/libs/listing"
	"github.com/guanxi-crm/guanxi/libs/page"
	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/libs/resource"
	"github.com/guanxi-crm/guanxi/libs/seal"
	profilev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/profile/v1"
)

// People are those whose answers they are.
type People interface {
	// Answer has a person whom the caller may see hold other answers. change is given those that he holds, while his customer is held, and runs in the transaction that
	// stores the new ones.
	Answer(ctx context.Context, customer, person uuid.UUID, change func(context.Context, []Answer) ([]Answer, error)) error
	// See has the error of a person whom the caller may not see.
	See(ctx context.Context, customer, person uuid.UUID) error
}

// Server serves ConsentService.
type Server struct {
	profilev1.UnimplementedConsentServiceServer
	store  *Store
	people People
	list   *listing.List
}

// NewServer makes the server.
func NewServer(db *postgres.DB, now func() time.Time, pages *page.Sealer, keys *seal.Keys, people People) (*Server, error) {
	list, err := listing.Compile(listing.Spec{
		Resource: &profilev1.ConsentEntry{},
		Key:      "e.entry_id",
		Fields: []listing.Field{
			{Path: "medium", Column: "e.medium", Kind: listing.Enum, Values: numbers(profilev1.Channel_Medium_value)},
			{Path: "purpose", Column: "e.purpose", Kind: listing.Enum, Values: numbers(profilev1.Consent_Purpose_value)},
			{Path: "state", Column: "e.state", Kind: listing.Enum, Values: numbers(profilev1.Consent_State_value)},
			{Path: "consent_time", Column: "e.consent_time", Kind: listing.Timestamp, Sortable: true},
			{Path: "record_time", Column: "e.record_time", Kind: listing.Timestamp, Sortable: true},
		},
		DefaultOrder: "consent_time desc",
	}, pages)
	return &Server{store: NewStore(db, now, keys), people: people, list: list}, err
}

func numbers(values map[string]int32) map[string]any {
	out := make(map[string]any, len(values))
	for name, number := range values {
		out[name] = int16(number)
	}
	return out
}

// RecordConsent implements ConsentService.
func (s *Server) RecordConsent(ctx context.Context, r *profilev1.RecordConsentRequest) (*profilev1.ConsentEntry, error) {
	ids, err := resource.Parse("parent", r.GetParent(), "customers", "people")
	if err != nil {
		return nil, err
	}
	in := r.GetConsent()
	e := &Entry{Customer: ids[0], Person: ids[1], Medium: int32(in.GetMedium()), Purpose: int32(in.GetPurpose()), State: int32(in.GetState()), Source: in.GetSource()}
	if in.GetConsentTime() != nil {
		e.Time = in.GetConsentTime().AsTime().Truncate(time.Microsecond)
	}
	err = s.people.Answer(ctx, e.Customer, e.Person, func(ctx context.Context, answers []Answer) ([]Answer, error) {
		newest, err := s.store.Record(ctx, e)
		if err != nil || newest.ID != e.ID {
			return answers, err
		}
		return Hold(answers, newest)
	})
	if err != nil {
		return nil, err
	}
	return e.toProto(), nil
}

// ListConsents implements ConsentService.
func (s *Server) ListConsents(ctx context.Context, r *profilev1.ListConsentsRequest) (*profilev1.ListConsentsResponse, error) {
	ids, err := resource.Parse("parent", r.GetParent(), "customers", "people")
	if err != nil {
		return nil, err
	}
	plan, err := s.list.PlanFor(ctx, profilev1.ConsentService_ListConsents_FullMethodName, r, "")
	if err != nil {
		return nil, err
	}
	if err := s.people.See(ctx, ids[0], ids[1]); err != nil {
		return nil, err
	}
	entries, next, err := s.store.List(ctx, plan, ids[0], ids[1])
	if err != nil {
		return nil, err
	}
	out := &profilev1.ListConsentsResponse{NextPageToken: next, Consents: make([]*profilev1.ConsentEntry, len(entries))}
	for i := range entries {
		out.Consents[i] = entries[i].toProto()
	}
	return out, nil
}

func (e *Entry) name() string {
	return resource.Name("customers", e.Customer, "people", e.Person, "consents", e.ID)
}

func (e *Entry) toProto() *profilev1.ConsentEntry {
	return &profilev1.ConsentEntry{
		Name: e.name(), Medium: profilev1.Channel_Medium(e.Medium), Purpose: profilev1.Consent_Purpose(e.Purpose), State: profilev1.Consent_State(e.State),
		ConsentTime: timestamppb.New(e.Time), Source: e.Source, Actor: e.Actor, Cause: e.Cause, RecordTime: timestamppb.New(e.RecordTime),
	}
}
