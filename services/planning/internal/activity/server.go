package activity

import (
	"context"
	"time"

	"github.com/google/uuid"
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
	planningv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/planning/v1"
	"github.com/guanxi-crm/guanxi/services/planning/internal/settings"
)

// Server serves ActivityService.
type Server struct {
	planningv1.UnimplementedActivityServiceServer
	db      *postgres.DB
	store   *Store
	numbers *settings.Store
	now     func() time.Time
	list    *listing.List
}

// NewServer makes the server.
func NewServer(db *postgres.DB, now func() time.Time, pages *page.Sealer, numbers *settings.Store) (*Server, error) {
	list, err := listing.Compile(listing.Spec{
		Resource: &planningv1.CustomerActivity{}, Key: "a.activity_id", DefaultOrder: "start_time desc",
		Fields: []listing.Field{
			{Path: "customer", Column: "'customers/' || a.customer_id", Kind: listing.String},
			{Path: "kind", Column: "a.kind", Kind: listing.Enum, Values: values(planningv1.Activity_name)},
			{Path: "state", Column: "a.state", Kind: listing.Enum, Values: values(planningv1.CustomerActivity_State_name)},
			{Path: "occasion", Column: "a.occasion", Kind: listing.String},
			{Path: "project", Column: "a.project", Kind: listing.String},
			{Path: "budget", Column: "'budgets/' || a.budget_id", Kind: listing.String},
			{Path: "author", Column: "a.author", Kind: listing.String},
			{Path: "start_time", Column: "a.start_time", Kind: listing.Timestamp, Sortable: true},
			{Path: "create_time", Column: "a.create_time", Kind: listing.Timestamp, Sortable: true},
		},
	}, pages)
	return &Server{db: db, store: NewStore(db, now), numbers: numbers, now: now, list: list}, err
}

func values(of map[int32]string) map[string]any {
	out := map[string]any{}
	for number, name := range of {
		if number != 0 {
			out[name] = int64(number)
		}
	}
	return out
}

// answer is what the caller may see of an activity.
func answer(ctx context.Context, a *Activity, err error) (*planningv1.CustomerActivity, error) {
	if err != nil {
		return nil, err
	}
	return a.toProto(manager(ctx)), nil
}

// CreateActivity implements ActivityService.
func (s *Server) CreateActivity(ctx context.Context, r *planningv1.CreateActivityRequest) (*planningv1.CustomerActivity, error) {
	ids, err := resource.Parse("activity.customer", r.GetActivity().GetCustomer(), "customers")
	if err != nil {
		return nil, err
	}
	if err := aggregate.Visible(ctx, s.db, ids[0]); err != nil { // before anything is said about the rest
		return nil, err
	}
	a := &Activity{Customer: ids[0]}
	if err := s.take(ctx, a, r.GetActivity()); err != nil {
		return nil, err
	}
	if err := s.store.Create(ctx, a); err != nil {
		return nil, err
	}
	return answer(ctx, a, nil)
}

// take puts what callers may write into a, and checks it.
func (s *Server) take(ctx context.Context, a *Activity, in *planningv1.CustomerActivity) error {
	numbers, err := s.numbers.Current(ctx)
	if err != nil {
		return err
	}
	if err := a.set(in, manager(ctx)); err != nil {
		return fault.Prefix(err, "activity")
	}
	if wrong := a.Check(numbers.Kinds); len(wrong) > 0 {
		return fault.Prefix(fault.Invalid(wrong...), "activity")
	}
	a.FiscalYear = numbers.FiscalYear(settings.DayIn(a.Start, numbers.Zone))
	return nil
}

// GetActivity implements ActivityService.
func (s *Server) GetActivity(ctx context.Context, r *planningv1.GetActivityRequest) (*planningv1.CustomerActivity, error) {
	ids, err := resource.Parse("name", r.GetName(), "activities")
	if err != nil {
		return nil, err
	}
	a, err := s.store.Get(ctx, ids[0])
	return answer(ctx, a, err)
}

// ListActivities implements ActivityService.
func (s *Server) ListActivities(ctx context.Context, r *planningv1.ListActivitiesRequest) (*planningv1.ListActivitiesResponse, error) {
	plan, err := s.list.PlanFor(ctx, planningv1.ActivityService_ListActivities_FullMethodName, r, "")
	if err != nil {
		return nil, err
	}
	rows, next, err := s.store.List(ctx, plan)
	if err != nil {
		return nil, err
	}
	out := &planningv1.ListActivitiesResponse{NextPageToken: next}
	for _, a := range rows {
		out.Activities = append(out.Activities, a.toProto(manager(ctx)))
	}
	return out, nil
}

// UpdateActivity implements ActivityService.
func (s *Server) UpdateActivity(ctx context.Context, r *planningv1.UpdateActivityRequest) (*planningv1.CustomerActivity, error) {
	ids, err := resource.Parse("activity.name", r.GetActivity().GetName(), "activities")
	if err != nil {
		return nil, err
	}
	var other uuid.NullUUID
	if name := r.GetActivity().GetBudget(); name != "" {
		budgets, err := resource.Parse("activity.budget", name, "budgets")
		if err != nil {
			return nil, err
		}
		other = uuid.NullUUID{UUID: budgets[0], Valid: true}
	}
	a, err := s.store.Change(ctx, ids[0], r.GetActivity().GetEtag(), other, func(ctx context.Context, a *Activity) (*history.Record, error) {
		return s.update(ctx, a, r)
	})
	return answer(ctx, a, err)
}

func (s *Server) update(ctx context.Context, a *Activity, r *planningv1.UpdateActivityRequest) (*history.Record, error) {
	before := a.toProto(manager(ctx))
	after := proto.CloneOf(before)
	if err := mask.Apply("activity", after, r.GetActivity(), r.GetUpdateMask(), auth.From(ctx).Level); err != nil {
		return nil, err
	}
	fields := history.Diff(before, after)
	if len(fields) == 0 {
		return nil, nil //nolint:nilnil // nothing changed
	}
	if err := a.Changeable(history.Names(fields)); err != nil {
		return nil, err
	}
	cost, currency := a.PlannedCost, a.Currency
	if err := s.take(ctx, a, after); err != nil {
		return nil, err
	}
	if a.State == Done { // neither follows what only stands there for the record
		a.PlannedCost, a.Currency = cost, currency
	}
	record, err := a.changed(ctx, s.now(), withoutPeople(fields))
	return &record, err
}

// withoutPeople leaves out of the history who takes part: some of them not everybody may know.
func withoutPeople(fields []history.Field) []history.Field {
	var out []history.Field
	for _, f := range fields {
		if len(f.Path) < 6 || f.Path[:6] != "people" {
			out = append(out, f)
		}
	}
	return out
}
