package escalation

import (
	"context"
	"time"

	"github.com/google/uuid"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/guanxi-crm/guanxi/libs/aggregate"
	"github.com/guanxi-crm/guanxi/libs/listing"
	"github.com/guanxi-crm/guanxi/libs/page"
	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/libs/resource"
	voicev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/voice/v1"
	"github.com/guanxi-crm/guanxi/services/voice/internal/casefile"
	"github.com/guanxi-crm/guanxi/services/voice/internal/desk"
	"github.com/guanxi-crm/guanxi/services/voice/internal/settings"
)

// Server serves EscalationService.
type Server struct {
	voicev1.UnimplementedEscalationServiceServer
	store *Store
	list  *listing.List
}

// NewServer makes the server.
func NewServer(db *postgres.DB, now func() time.Time, pages *page.Sealer, numbers *settings.Store) (*Server, error) {
	list, err := listing.Compile(listing.Spec{
		Resource: &voicev1.Escalation{}, Key: "e.escalation_id", DefaultOrder: "told_time desc",
		Fields: []listing.Field{
			{Path: "customer", Column: "'customers/' || e.customer_id", Kind: listing.String},
			{Path: "level", Column: "e.level", Kind: listing.Enum, Values: names(voicev1.EscalationLevel_name)},
			{Path: "trigger", Column: "e.trigger", Kind: listing.Enum, Values: names(voicev1.EscalationTrigger_name)},
			{Path: "measure", Column: "e.measure", Kind: listing.Enum, Values: names(voicev1.Measure_name)},
			{Path: "territory", Column: "e.territory", Kind: listing.String},
			{Path: "desk", Column: "'desks/' || e.desk_id", Kind: listing.String},
			{Path: "subjects", Column: "e.subjects", Kind: listing.StringArray},
			{Path: "planned_time", Column: "e.planned_time", Kind: listing.Timestamp, Sortable: true},
			{Path: "told_time", Column: "e.told_time", Kind: listing.Timestamp, Sortable: true},
			{Path: "acknowledge_time", Column: "e.acknowledge_time", Kind: listing.Timestamp},
		},
	}, pages)
	return &Server{store: NewStore(db, now, numbers), list: list}, err
}

// names are those of an enum that a filter may say.
func names(of map[int32]string) map[string]any {
	out := map[string]any{}
	for number, name := range of {
		if number != 0 {
			out[name] = int64(number)
		}
	}
	return out
}

// GetEscalation implements EscalationService.
func (s *Server) GetEscalation(ctx context.Context, r *voicev1.GetEscalationRequest) (*voicev1.Escalation, error) {
	ids, err := resource.Parse("name", r.GetName(), "escalations")
	if err != nil {
		return nil, err
	}
	e, err := s.store.Get(ctx, ids[0])
	if err != nil {
		return nil, err
	}
	return e.toProto(), nil
}

// ListEscalations implements EscalationService.
func (s *Server) ListEscalations(ctx context.Context, r *voicev1.ListEscalationsRequest) (*voicev1.ListEscalationsResponse, error) {
	plan, err := s.list.PlanFor(ctx, voicev1.EscalationService_ListEscalations_FullMethodName, r, page.Binding(r.GetCase()))
	if err != nil {
		return nil, err
	}
	var of uuid.NullUUID
	if r.GetCase() != "" {
		ids, err := resource.Parse("case", r.GetCase(), "cases")
		if err != nil {
			return nil, err
		}
		of = uuid.NullUUID{UUID: ids[0], Valid: true}
	}
	found, next, err := s.store.List(ctx, plan, of)
	if err != nil {
		return nil, err
	}
	out := &voicev1.ListEscalationsResponse{NextPageToken: next}
	for _, e := range found {
		out.Escalations = append(out.Escalations, e.toProto())
	}
	return out, nil
}

// AcknowledgeEscalation implements EscalationService.
func (s *Server) AcknowledgeEscalation(ctx context.Context, r *voicev1.AcknowledgeEscalationRequest) (*voicev1.Escalation, error) {
	ids, err := resource.Parse("name", r.GetName(), "escalations")
	if err != nil {
		return nil, err
	}
	e, err := s.store.Acknowledge(ctx, ids[0], r.GetNote())
	if err != nil {
		return nil, err
	}
	return e.toProto(), nil
}

func (e *Escalation) toProto() *voicev1.Escalation {
	out := &voicev1.Escalation{
		Name: e.Name(), Case: casefile.Name(e.Case), Customer: aggregate.Name(e.Customer), Clock: e.clockName(), Measure: voicev1.Measure(e.Measure),
		Level: voicev1.EscalationLevel(e.Level), Trigger: voicev1.EscalationTrigger(e.Trigger), Territory: e.Territory, Desk: e.deskName(), Subjects: e.Subjects,
		PlannedTime: timestamppb.New(e.PlannedTime), ToldTime: timestamppb.New(e.ToldTime), DueTime: optional(e.DueTime),
		AcknowledgeTime: optional(e.AcknowledgeTime), ClimbTime: optional(e.ClimbTime),
	}
	for _, a := range e.Acknowledgements {
		out.Acknowledgements = append(out.Acknowledgements, &voicev1.EscalationAcknowledgement{
			Subject: a.Subject, AcknowledgeTime: timestamppb.New(a.Time), Note: a.Note,
		})
	}
	return out
}

func (e *Escalation) clockName() string {
	return resource.Name("cases", e.Case, "clocks", e.Clock)
}

// deskName is "" when there was none.
func (e *Escalation) deskName() string {
	if !e.Desk.Valid {
		return ""
	}
	return desk.Name(e.Desk.UUID)
}

func optional(at *time.Time) *timestamppb.Timestamp {
	if at == nil {
		return nil
	}
	return timestamppb.New(*at)
}
