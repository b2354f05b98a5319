package casefile

import (
	"context"
	"errors"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/guanxi-crm/guanxi/libs/aggregate"
	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/history"
	"github.com/guanxi-crm/guanxi/libs/listing"
	"github.com/guanxi-crm/guanxi/libs/mask"
	"github.com/guanxi-crm/guanxi/libs/page"
	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/libs/resource"
	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
	voicev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/voice/v1"
)

// Server serves CaseService.
type Server struct {
	voicev1.UnimplementedCaseServiceServer
	db             *postgres.DB
	store          *Store
	now            func() time.Time
	list, timeline *listing.List
}

// NewServer makes the server.
func NewServer(store *Store, pages *page.Sealer) (*Server, error) {
	list, errList := listing.Compile(listing.Spec{
		Resource: &voicev1.Case{}, Key: "k.case_id", DefaultOrder: "received_time desc",
		Fields: append([]listing.Field{
			{Path: "customer", Column: "'customers/' || k.customer_id", Kind: listing.String},
			{Path: "request_kind", Column: "k.request_kind", Kind: listing.Enum, Values: Values(voicev1.RequestKind_name)},
			{Path: "track", Column: "k.track", Kind: listing.Enum, Values: Values(voicev1.Track_name)},
			{Path: "phase", Column: "k.phase", Kind: listing.Enum, Values: Values(voicev1.SalePhase_name)},
			{Path: "technicality", Column: "k.technicality", Kind: listing.Enum, Values: Values(voicev1.Technicality_name)},
			{Path: "state", Column: "k.state", Kind: listing.Enum, Values: Values(voicev1.CaseState_name)},
			{Path: "severity", Column: "k.severity", Kind: listing.Enum, Values: Values(voicev1.Severity_name)},
			{Path: "severity_basis", Column: "k.severity_basis", Kind: listing.Enum, Values: Values(voicev1.SeverityBasis_name)},
			{Path: "outcome", Column: "k.outcome", Kind: listing.Enum, Values: Values(voicev1.Case_Outcome_name)},
			{Path: "major", Column: "k.major", Kind: listing.Bool},
			{Path: "implicit", Column: "k.implicit", Kind: listing.Bool},
			{Path: "assignee", Column: "k.assignee", Kind: listing.String},
			{Path: "desk", Column: "'desks/' || k.desk_id", Kind: listing.String},
			{Path: "product_line", Column: "k.product_line", Kind: listing.String},
			{Path: "product_code", Column: "k.product_code", Kind: listing.String},
			{Path: "cause", Column: "k.cause", Kind: listing.String},
			{Path: "issue_group", Column: "'issueGroups/' || k.issue_group_id", Kind: listing.String},
			{Path: "recall", Column: "'recalls/' || k.recall_id", Kind: listing.String},
			{Path: "reopen_count", Column: "k.reopen_count", Kind: listing.Int},
			{Path: "reassign_count", Column: "k.reassign_count", Kind: listing.Int},
			{Path: "author", Column: "k.author", Kind: listing.String},
		}, times("k", "received_time", "create_time", "update_time", "first_response_time", "resolve_time", "close_time")...),
	}, pages)
	timeline, errTimeline := listing.Compile(listing.Spec{
		Resource: &voicev1.TimelineEntry{}, Key: "number", KeyType: "integer",
		Fields: []listing.Field{
			{Path: "number", Column: "number", Kind: listing.Int, Sortable: true},
			{Path: "kind", Column: "kind", Kind: listing.Enum, Values: Values(voicev1.TimelineEntry_Kind_name)},
			{Path: "actor", Column: "actor", Kind: listing.String},
			{Path: "occur_time", Column: "occur_time", Kind: listing.Timestamp},
		},
	}, pages)
	return &Server{db: store.db, store: store, now: store.now, list: list, timeline: timeline}, errors.Join(errList, errTimeline)
}

// times are fields that hold times; those that are never absent can be ordered by.
func times(table string, names ...string) []listing.Field {
	always := map[string]bool{"received_time": true, "create_time": true, "update_time": true}
	var out []listing.Field
	for _, name := range names {
		out = append(out, listing.Field{Path: name, Column: table + "." + name, Kind: listing.Timestamp, Sortable: always[name]})
	}
	return out
}

// Values are the names of an enum as a filter writes them.
func Values(of map[int32]string) map[string]any {
	out := map[string]any{}
	for number, name := range of {
		if number != 0 {
			out[name] = int64(number)
		}
	}
	return out
}

// hidden says whether a case has a reporter of whom the caller may not know.
func hidden(ctx context.Context, c *Case) bool {
	return c.Reporter.Valid && c.ReporterSenior && auth.From(ctx).Level < typev1.Level_MANAGER
}

// Answer is what the caller may see of a case, or the error.
func Answer(ctx context.Context, c *Case, err error) (*voicev1.Case, error) {
	if err != nil {
		return nil, err
	}
	return c.toProto(hidden(ctx, c)), nil
}

// CreateCase implements CaseService.
func (s *Server) CreateCase(ctx context.Context, r *voicev1.CreateCaseRequest) (*voicev1.Case, error) {
	ids, err := resource.Parse("case.customer", r.GetCase().GetCustomer(), "customers")
	if err != nil {
		return nil, err
	}
	if err := aggregate.Visible(ctx, s.db, ids[0]); err != nil { // before anything is said about the case
		return nil, err
	}
	c, err := caseOf(r.GetCase(), ids[0], s.now())
	if err != nil {
		return nil, fault.Prefix(err, "case")
	}
	return Answer(ctx, c, s.store.Create(ctx, c))
}

// GetCase implements CaseService.
func (s *Server) GetCase(ctx context.Context, r *voicev1.GetCaseRequest) (*voicev1.Case, error) {
	ids, err := resource.Parse("name", r.GetName(), "cases")
	if err != nil {
		return nil, err
	}
	c, err := s.store.Get(ctx, ids[0])
	return Answer(ctx, c, err)
}

// ListCases implements CaseService.
func (s *Server) ListCases(ctx context.Context, r *voicev1.ListCasesRequest) (*voicev1.ListCasesResponse, error) {
	plan, err := s.list.PlanFor(ctx, voicev1.CaseService_ListCases_FullMethodName, r, "")
	if err != nil {
		return nil, err
	}
	rows, next, err := s.store.List(ctx, plan)
	if err != nil {
		return nil, err
	}
	out := &voicev1.ListCasesResponse{NextPageToken: next}
	for _, c := range rows {
		out.Cases = append(out.Cases, c.toProto(hidden(ctx, c)))
	}
	return out, nil
}

// UpdateCase implements CaseService.
func (s *Server) UpdateCase(ctx context.Context, r *voicev1.UpdateCaseRequest) (*voicev1.Case, error) {
	ids, err := resource.Parse("case.name", r.GetCase().GetName(), "cases")
	if err != nil {
		return nil, err
	}
	c, err := s.store.Update(ctx, ids[0], r.GetCase().GetEtag(), func(ctx context.Context, c *Case) ([]history.Field, error) {
		before := c.toProto(hidden(ctx, c))
		after := proto.CloneOf(before)
		if err := mask.Apply("case", after, r.GetCase(), r.GetUpdateMask(), auth.From(ctx).Level); err != nil {
			return nil, err
		}
		if err := c.set(after, hidden(ctx, c)); err != nil {
			return nil, fault.Prefix(err, "case")
		}
		if wrong := c.Check(s.now()); len(wrong) > 0 {
			return nil, fault.Prefix(fault.Invalid(wrong...), "case")
		}
		return history.Diff(before, c.toProto(hidden(ctx, c))), nil
	})
	return Answer(ctx, c, err)
}

// GradeCase implements CaseService.
func (s *Server) GradeCase(ctx context.Context, r *voicev1.GradeCaseRequest) (*voicev1.Case, error) {
	ids, err := resource.Parse("name", r.GetName(), "cases")
	if err != nil {
		return nil, err
	}
	c, err := s.store.Grade(ctx, ids[0], r.GetEtag(), Severity(r.GetSeverity()), r.Major, r.GetReason())
	return Answer(ctx, c, err)
}
