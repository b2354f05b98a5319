package coach

import (
	"context"
	"time"

	"github.com/guanxi-crm/guanxi/libs/aggregate"
	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/civil"
	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/listing"
	"github.com/guanxi-crm/guanxi/libs/page"
	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/libs/resource"
	planningv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/planning/v1"
	"github.com/guanxi-crm/guanxi/services/planning/internal/fact"
	"github.com/guanxi-crm/guanxi/services/planning/internal/settings"
)

// Server serves CoachService.
type Server struct {
	planningv1.UnimplementedCoachServiceServer
	db      *postgres.DB
	store   *Store
	numbers *settings.Store
	now     func() time.Time
	list    *listing.List
}

// NewServer makes the server.
func NewServer(db *postgres.DB, now func() time.Time, pages *page.Sealer, numbers *settings.Store) (*Server, error) {
	list, err := listing.Compile(listing.Spec{
		Resource: &planningv1.Coach{}, Key: "coach_id",
		Fields: []listing.Field{
			{Path: "author", Column: "author", Kind: listing.String},
			{Path: "create_time", Column: "create_time", Kind: listing.Timestamp, Sortable: true},
			{Path: "retire_time", Column: "retire_time", Kind: listing.Timestamp},
		},
	}, pages)
	return &Server{db: db, store: NewStore(db, now), numbers: numbers, now: now, list: list}, err
}

// latest is the order of a list that asks for none. Fields above BASIC cannot be in the list's own.
const latest = "create_time desc"

// today are the numbers in force, and the day by them.
func (s *Server) today(ctx context.Context) (*settings.Numbers, time.Time, error) {
	numbers, err := s.numbers.Current(ctx)
	if err != nil {
		return nil, time.Time{}, err
	}
	return numbers, numbers.Today(s.now()), nil
}

// show judges a coach by the numbers in force; err is that of whatever read him.
func (s *Server) show(ctx context.Context, c *Coach, err error) (*planningv1.Coach, error) {
	if err != nil {
		return nil, err
	}
	numbers, today, err := s.today(ctx)
	if err != nil {
		return nil, err
	}
	return Judged{c, c.Judge(today, numbers.Evidence)}.toProto(), nil
}

// CreateCoach implements CoachService.
func (s *Server) CreateCoach(ctx context.Context, r *planningv1.CreateCoachRequest) (*planningv1.Coach, error) {
	ids, err := resource.Parse("parent", r.GetParent(), "customers")
	if err != nil {
		return nil, err
	}
	if err := aggregate.Visible(ctx, s.db, ids[0]); err != nil { // before anything is said about the coach
		return nil, err
	}
	_, today, err := s.today(ctx)
	if err != nil {
		return nil, err
	}
	person, err := resource.Parse("coach.person", r.GetCoach().GetPerson(), "customers", "people")
	if err != nil {
		return nil, err
	}
	if person[0] != ids[0] {
		return nil, fault.Invalid(fault.Field("coach.person", "PERSON_UNKNOWN", fact.PersonUnknown))
	}
	observations, err := observationsOf(r.GetCoach().GetObservations(), auth.From(ctx).Subject, today)
	if err != nil {
		return nil, fault.Prefix(err, "coach")
	}
	c := &Coach{Customer: ids[0], Person: person[1], Note: r.GetCoach().GetNote()}
	c.Observe(observations)
	err = s.store.Create(ctx, c)
	return s.show(ctx, c, err)
}

// GetCoach implements CoachService.
func (s *Server) GetCoach(ctx context.Context, r *planningv1.GetCoachRequest) (*planningv1.Coach, error) {
	ids, err := resource.Parse("name", r.GetName(), "customers", "coaches")
	if err != nil {
		return nil, err
	}
	c, err := s.store.Get(ctx, ids[0], ids[1])
	return s.show(ctx, c, err)
}

// ListCoaches implements CoachService.
func (s *Server) ListCoaches(ctx context.Context, r *planningv1.ListCoachesRequest) (*planningv1.ListCoachesResponse, error) {
	ids, err := resource.Parse("parent", r.GetParent(), "customers")
	if err != nil {
		return nil, err
	}
	order, caller := r.GetOrderBy(), auth.From(ctx)
	if order == "" {
		order = latest
	}
	plan, err := s.list.Plan(ctx, listing.Request{
		Method: planningv1.CoachService_ListCoaches_FullMethodName, Parent: r.GetParent(), Filter: r.GetFilter(), OrderBy: order, PageSize: r.GetPageSize(),
		PageToken: r.GetPageToken(), Level: caller.Level, Caller: caller.Subject,
	})
	if err != nil {
		return nil, err
	}
	found, next, err := s.store.List(ctx, plan, ids[0])
	if err != nil {
		return nil, err
	}
	numbers, today, err := s.today(ctx)
	if err != nil {
		return nil, err
	}
	out := &planningv1.ListCoachesResponse{NextPageToken: next}
	for _, c := range found {
		out.Coaches = append(out.Coaches, Judged{c, c.Judge(today, numbers.Evidence)}.toProto())
	}
	return out, nil
}

// ObserveCoach implements CoachService.
func (s *Server) ObserveCoach(ctx context.Context, r *planningv1.ObserveCoachRequest) (*planningv1.Coach, error) {
	ids, err := resource.Parse("name", r.GetName(), "customers", "coaches")
	if err != nil {
		return nil, err
	}
	if _, err := s.store.Get(ctx, ids[0], ids[1]); err != nil { // before anything is said about the observations
		return nil, err
	}
	_, today, err := s.today(ctx)
	if err != nil {
		return nil, err
	}
	observations, err := observationsOf(r.GetObservations(), auth.From(ctx).Subject, today)
	if err != nil {
		return nil, err
	}
	c, err := s.store.Observe(ctx, ids[0], ids[1], r.GetEtag(), observations)
	return s.show(ctx, c, err)
}

// RetireCoach implements CoachService.
func (s *Server) RetireCoach(ctx context.Context, r *planningv1.RetireCoachRequest) (*planningv1.Coach, error) {
	ids, err := resource.Parse("name", r.GetName(), "customers", "coaches")
	if err != nil {
		return nil, err
	}
	c, err := s.store.Retire(ctx, ids[0], ids[1], r.GetEtag(), r.GetReason())
	return s.show(ctx, c, err)
}

// GetCoachStrength implements CoachService.
func (s *Server) GetCoachStrength(ctx context.Context, r *planningv1.GetCoachStrengthRequest) (*planningv1.CoachStrength, error) {
	ids, err := resource.Parse("parent", r.GetParent(), "customers")
	if err != nil {
		return nil, err
	}
	active, err := s.store.Active(ctx, ids[0])
	if err != nil {
		return nil, err
	}
	numbers, today, err := s.today(ctx)
	if err != nil {
		return nil, err
	}
	sum := Sum(active, today, numbers.Evidence)
	text := sum.Text()
	out := &planningv1.CoachStrength{
		Customer: r.GetParent(), Date: civil.Date(today), Strength: sum.Figure, VerifiedCount: int32(len(sum.Verified)), CoachCount: int32(sum.Count),
		TextEn: text.En, TextZh: text.Zh,
	}
	for _, j := range sum.Verified {
		c := j.toProto()
		c.Observations = nil
		out.Coaches = append(out.Coaches, c)
	}
	return out, nil
}
