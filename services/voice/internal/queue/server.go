package queue

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/guanxi-crm/guanxi/libs/aggregate"
	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/page"
	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/libs/resource"
	voicev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/voice/v1"
	"github.com/guanxi-crm/guanxi/services/voice/internal/settings"
)

// How many cases a page holds when a request does not say, and at most.
const (
	usualSize = 50
	maxSize   = 1000
)

// Server serves QueueService.
type Server struct {
	voicev1.UnimplementedQueueServiceServer
	store    *Store
	now      func() time.Time
	pages    *page.Sealer
	settings *settings.Store
}

// NewServer makes the server.
func NewServer(db *postgres.DB, now func() time.Time, pages *page.Sealer, numbers *settings.Store) *Server {
	return &Server{store: NewStore(db, numbers), now: now, pages: pages, settings: numbers}
}

// QueueCases implements QueueService.
func (s *Server) QueueCases(ctx context.Context, r *voicev1.QueueCasesRequest) (*voicev1.QueueCasesResponse, error) {
	size, err := page.Size(r.GetPageSize(), usualSize, maxSize)
	if err != nil {
		return nil, err
	}
	filter, err := filterOf(r)
	if err != nil {
		return nil, err
	}
	binding := page.Binding(
		voicev1.QueueService_QueueCases_FullMethodName, r.GetDesk(), r.GetAssignee(), fmt.Sprint(r.GetUnassigned(), filter.Severities, filter.States), auth.From(ctx).Subject,
	)
	from, err := s.position(binding, r.GetPageToken())
	if err != nil {
		return nil, err
	}
	numbers, err := s.settings.At(ctx, from.AsOf)
	if err != nil {
		return nil, err
	}
	entries, err := s.store.List(ctx, *filter, from, size, &numbers.Queue)
	if err != nil {
		return nil, err
	}
	out := &voicev1.QueueCasesResponse{AsOf: timestamppb.New(from.AsOf), CurrencyCode: numbers.Queue.Currency, SettingsVersion: numbers.Version}
	if len(entries) > size {
		entries = entries[:size]
		last := entries[size-1]
		position := []string{from.AsOf.Format(time.RFC3339Nano), last.Loss.String(), last.Case.String()}
		if out.NextPageToken, err = s.pages.Seal(binding, position); err != nil {
			return nil, err
		}
	}
	for _, e := range entries {
		out.Entries = append(out.Entries, e.toProto())
	}
	return out, nil
}

func filterOf(r *voicev1.QueueCasesRequest) (*Filter, error) {
	f := &Filter{Assignee: r.GetAssignee(), Unassigned: r.GetUnassigned()}
	if f.Assignee != "" && f.Unassigned {
		return nil, fault.Invalid(fault.Field("unassigned", "CONFLICT", fault.Text{En: "cannot be asked together with assignee", Zh: "不能与 assignee 同时使用"}))
	}
	if r.GetDesk() != "" {
		ids, err := resource.Parse("desk", r.GetDesk(), "desks")
		if err != nil {
			return nil, err
		}
		f.Desk = uuid.NullUUID{UUID: ids[0], Valid: true}
	}
	for _, severity := range r.GetSeverities() {
		f.Severities = append(f.Severities, int16(severity))
	}
	for _, state := range r.GetStates() {
		f.States = append(f.States, int16(state))
	}
	return f, nil
}

// position is the start of a list of now, or what a token says.
func (s *Server) position(binding, token string) (Position, error) {
	at, err := s.pages.Open(binding, token)
	if err != nil {
		return Position{}, err
	}
	if at == nil {
		return Position{AsOf: s.now().UTC().Truncate(time.Microsecond)}, nil
	}
	const parts = 3
	if len(at) != parts {
		return Position{}, fmt.Errorf("queue: a page token of %d parts", len(at))
	}
	instant, err := time.Parse(time.RFC3339Nano, at[0])
	if err != nil {
		return Position{}, err
	}
	id, err := uuid.Parse(at[2])
	return Position{AsOf: instant, After: &Mark{Loss: at[1], Case: id}}, err
}

func (e *Entry) toProto() *voicev1.QueueEntry {
	out := &voicev1.QueueEntry{
		Case: resource.Name("cases", e.Case), Customer: aggregate.Name(e.Customer), Title: e.Title, Severity: voicev1.Severity(e.Severity), Major: e.Major,
		State: voicev1.CaseState(e.State), Assignee: e.Assignee, ReceivedTime: timestamppb.New(e.Received),
		ClassWeight: e.Weight.String(), BreachCost: e.Cost.String(), ExpectedLoss: e.Loss.String(),
	}
	if e.Desk.Valid {
		out.Desk = resource.Name("desks", e.Desk.UUID)
	}
	for _, c := range e.Clocks {
		p := &voicev1.QueueClock{
			Clock: resource.Name("cases", e.Case, "clocks", c.ID), Measure: voicev1.Measure(c.Measure), Paused: c.Paused,
			ElapsedSeconds: c.Elapsed, TargetSeconds: c.Target, ExpectedLoss: c.Loss.String(),
		}
		if c.Due != nil && !c.Paused {
			p.DueTime = timestamppb.New(*c.Due)
		}
		out.Clocks = append(out.Clocks, p)
	}
	return out
}
