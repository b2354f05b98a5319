package calendar

import (
	"context"
	"errors"
	"time"

	"github.com/google/uuid"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/history"
	"github.com/guanxi-crm/guanxi/libs/listing"
	"github.com/guanxi-crm/guanxi/libs/mask"
	"github.com/guanxi-crm/guanxi/libs/page"
	"github.com/guanxi-crm/guanxi/libs/postgres"
	voicev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/voice/v1"
)

// Server serves BusinessCalendarService.
type Server struct {
	voicev1.UnimplementedBusinessCalendarServiceServer
	store          *Store
	list, versions *listing.List
}

// NewServer makes the server.
func NewServer(db *postgres.DB, now func() time.Time, pages *page.Sealer) (*Server, error) {
	list, errList := listing.Compile(listing.Spec{
		Resource: &voicev1.BusinessCalendar{}, Key: "r.calendar_id", DefaultOrder: "code",
		Fields: []listing.Field{
			{Path: "code", Column: "r.code", Kind: listing.String, Sortable: true},
			{Path: "create_time", Column: "v.create_time", Kind: listing.Timestamp, Sortable: true},
		},
	}, pages)
	versions, errVersions := listing.Compile(listing.Spec{
		Resource: &voicev1.BusinessCalendar{}, Key: "v.version", KeyType: "integer", DefaultOrder: "version desc",
		Fields: []listing.Field{{Path: "version", Column: "v.version", Kind: listing.Int, Sortable: true}},
	}, pages)
	return &Server{store: NewStore(db, now), list: list, versions: versions}, errors.Join(errList, errVersions)
}

// CreateBusinessCalendar implements BusinessCalendarService.
func (s *Server) CreateBusinessCalendar(ctx context.Context, r *voicev1.CreateBusinessCalendarRequest) (*voicev1.BusinessCalendar, error) {
	c := &Calendar{}
	c.set(r.GetBusinessCalendar())
	_, wrong := c.Understand()
	if wrong = append(c.CheckNames(), wrong...); len(wrong) > 0 {
		return nil, fault.Prefix(fault.Invalid(wrong...), "business_calendar")
	}
	if err := s.store.Create(ctx, c); err != nil {
		return nil, err
	}
	return c.toProto(), nil
}

// GetBusinessCalendar implements BusinessCalendarService.
func (s *Server) GetBusinessCalendar(ctx context.Context, r *voicev1.GetBusinessCalendarRequest) (*voicev1.BusinessCalendar, error) {
	id, err := s.store.Find(ctx, "name", r.GetName())
	if err != nil {
		return nil, err
	}
	c, err := s.store.Get(ctx, id, r.GetVersion())
	if err != nil {
		return nil, err
	}
	return c.toProto(), nil
}

// ListBusinessCalendars implements BusinessCalendarService.
func (s *Server) ListBusinessCalendars(ctx context.Context, r *voicev1.ListBusinessCalendarsRequest) (*voicev1.ListBusinessCalendarsResponse, error) {
	plan, err := s.list.PlanFor(ctx, voicev1.BusinessCalendarService_ListBusinessCalendars_FullMethodName, r, "")
	if err != nil {
		return nil, err
	}
	found, next, err := s.store.List(ctx, plan)
	if err != nil {
		return nil, err
	}
	return &voicev1.ListBusinessCalendarsResponse{BusinessCalendars: protos(found), NextPageToken: next}, nil
}

func protos(all []*Calendar) []*voicev1.BusinessCalendar {
	out := make([]*voicev1.BusinessCalendar, len(all))
	for i, c := range all {
		out[i] = c.toProto()
	}
	return out
}

// UpdateBusinessCalendar implements BusinessCalendarService.
func (s *Server) UpdateBusinessCalendar(ctx context.Context, r *voicev1.UpdateBusinessCalendarRequest) (*voicev1.BusinessCalendar, error) {
	id, err := s.store.Find(ctx, "business_calendar.name", r.GetBusinessCalendar().GetName())
	if err != nil {
		return nil, err
	}
	c, err := s.store.Change(ctx, id, r.GetBusinessCalendar().GetEtag(), func(ctx context.Context, c *Calendar) ([]string, error) {
		before := c.toProto()
		after := proto.CloneOf(before)
		if err := mask.Apply("business_calendar", after, r.GetBusinessCalendar(), r.GetUpdateMask(), auth.From(ctx).Level); err != nil {
			return nil, err
		}
		c.set(after)
		if wrong := c.CheckNames(); len(wrong) > 0 {
			return nil, fault.Prefix(fault.Invalid(wrong...), "business_calendar")
		}
		return history.Names(history.Diff(before, after)), nil
	})
	if err != nil {
		return nil, err
	}
	return c.toProto(), nil
}

// ListBusinessCalendarVersions implements BusinessCalendarService.
func (s *Server) ListBusinessCalendarVersions(
	ctx context.Context, r *voicev1.ListBusinessCalendarVersionsRequest,
) (*voicev1.ListBusinessCalendarVersionsResponse, error) {
	id, err := s.store.Find(ctx, "name", r.GetName())
	if err != nil {
		return nil, err
	}
	plan, err := s.versions.PlanFor(ctx, voicev1.BusinessCalendarService_ListBusinessCalendarVersions_FullMethodName, r, "")
	if err != nil {
		return nil, err
	}
	if _, err := s.store.Get(ctx, id, 0); err != nil {
		return nil, err
	}
	found, next, err := s.store.ListVersions(ctx, plan, id)
	if err != nil {
		return nil, err
	}
	return &voicev1.ListBusinessCalendarVersionsResponse{BusinessCalendars: protos(found), NextPageToken: next}, nil
}

// ComputeBusinessTime implements BusinessCalendarService.
func (s *Server) ComputeBusinessTime(ctx context.Context, r *voicev1.ComputeBusinessTimeRequest) (*voicev1.ComputeBusinessTimeResponse, error) {
	if err := checkCompute(r); err != nil {
		return nil, err
	}
	t, err := s.timeOf(ctx, r)
	if err != nil {
		return nil, err
	}
	start := r.GetStart().AsTime()
	if r.WorkSeconds == nil { //nolint:protogetter // whether it is there
		seconds := uint32(t.Between(start, r.GetEnd().AsTime()))
		return &voicev1.ComputeBusinessTimeResponse{WorkSeconds: &seconds}, nil
	}
	due, ok := t.Add(start, int64(r.GetWorkSeconds()))
	if !ok {
		return nil, NeverError("work_seconds")
	}
	return &voicev1.ComputeBusinessTimeResponse{Due: timestamppb.New(due)}, nil
}

// checkCompute holds a request to what the API's constraints cannot say.
func checkCompute(r *voicev1.ComputeBusinessTimeRequest) error {
	var found checker
	years := fault.Text{En: "must be from 1900 to 2149", Zh: "须在 1900 至 2149 年间"}
	found.add(!Within(r.GetStart().AsTime()), "start", "RANGE", years)
	found.add(r.GetEnd() != nil && !Within(r.GetEnd().AsTime()), "end", "RANGE", years)
	found.add(r.GetEnd().AsTime().Sub(r.GetStart().AsTime()) > Reach*24*time.Hour, "end", "RANGE", fault.Text{En: "must be within 100 years of start", Zh: "与 start 相距不得超过 100 年"})
	found.add((r.WorkSeconds == nil) == (r.GetEnd() == nil), "work_seconds", "ONE_OF", //nolint:protogetter // whether it is there
		fault.Text{En: "either work_seconds or end must be given", Zh: "work_seconds 与 end 须且只能填写其一"})
	inline := r.GetName() == Collection+"/-"
	found.add(inline && r.GetCalendar() == nil, "calendar", "REQUIRED", fault.Text{En: "must be given with businessCalendars/-", Zh: "使用 businessCalendars/- 时必须填写"})
	found.add(!inline && r.GetCalendar() != nil, "calendar", "UNEXPECTED", fault.Text{En: "goes with businessCalendars/- only", Zh: "仅可与 businessCalendars/- 一起使用"})
	if len(found.wrong) > 0 {
		return fault.Invalid(found.wrong...)
	}
	return nil
}

func (s *Server) timeOf(ctx context.Context, r *voicev1.ComputeBusinessTimeRequest) (*Time, error) {
	if r.GetCalendar() != nil {
		c := &Calendar{}
		c.set(r.GetCalendar())
		t, wrong := c.Understand()
		if len(wrong) > 0 {
			return nil, fault.Prefix(fault.Invalid(wrong...), "calendar")
		}
		return t, nil
	}
	id, err := s.store.Find(ctx, "name", r.GetName())
	if err != nil {
		return nil, err
	}
	return s.newest(ctx, id, r.GetVersion())
}

// newest is the version asked for, or the newest. Those are read once, as they never change.
func (s *Server) newest(ctx context.Context, id uuid.UUID, version int32) (*Time, error) {
	c, err := s.store.Get(ctx, id, version)
	if err != nil {
		return nil, err
	}
	return s.store.Time(ctx, Version{id, c.Version})
}
