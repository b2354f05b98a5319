package clock

import (
	"context"
	"errors"
	"time"

	"github.com/google/uuid"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/listing"
	"github.com/guanxi-crm/guanxi/libs/operation"
	"github.com/guanxi-crm/guanxi/libs/page"
	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/libs/resource"
	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
	voicev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/voice/v1"
)

// Server serves ClockService.
type Server struct {
	voicev1.UnimplementedClockServiceServer
	store       *Store
	list, moves *listing.List
}

// NewServer makes the server.
func NewServer(db *postgres.DB, now func() time.Time, pages *page.Sealer) (*Server, error) {
	list, errList := listing.Compile(listing.Spec{
		Resource: &voicev1.ClockReprojection{}, Key: operation.Key, DefaultOrder: "operation.create_time desc", Fields: operation.Fields("operation"),
	}, pages)
	moves, errMoves := listing.Compile(listing.Spec{Resource: &voicev1.ClockMove{}, Key: "m.clock_id"}, pages)
	return &Server{store: NewStore(db, now), list: list, moves: moves}, errors.Join(errList, errMoves)
}

// ListCaseClocks implements ClockService.
func (s *Server) ListCaseClocks(ctx context.Context, r *voicev1.ListCaseClocksRequest) (*voicev1.ListCaseClocksResponse, error) {
	ids, err := resource.Parse("parent", r.GetParent(), "cases")
	if err != nil {
		return nil, err
	}
	now := s.store.now()
	asOf := now
	if r.GetAsOf() != nil {
		asOf = r.GetAsOf().AsTime()
	}
	if asOf.After(now) {
		return nil, fault.Invalid(fault.Field("as_of", "FUTURE", fault.Text{En: "has not come yet", Zh: "尚未到来"}))
	}
	views, err := s.store.views(ctx, ids[0], asOf)
	if err != nil {
		return nil, err
	}
	out := &voicev1.ListCaseClocksResponse{AsOf: timestamppb.New(asOf)}
	for _, v := range views {
		out.Clocks = append(out.Clocks, v.toProto())
	}
	return out, nil
}

// CreateClockReprojection implements ClockService.
func (s *Server) CreateClockReprojection(ctx context.Context, r *voicev1.CreateClockReprojectionRequest) (*voicev1.ClockReprojection, error) {
	asked := reprojection{Preview: r.GetClockReprojection().GetPreview()}
	if source := r.GetClockReprojection().GetSource(); source != everything {
		id, err := s.store.calendars.Find(ctx, "clock_reprojection.source", source)
		if err != nil {
			return nil, err
		}
		if _, err := s.store.calendars.Get(ctx, id, 0); err != nil {
			return nil, err
		}
		asked.Calendar = &id
	}
	id, err := operation.Start(ctx, s.store.db, kind, asked, s.store.now())
	if err != nil {
		return nil, err
	}
	return s.run(ctx, id)
}

func (s *Server) run(ctx context.Context, id uuid.UUID) (*voicev1.ClockReprojection, error) {
	o, err := operation.Get(ctx, s.store.db, kind, id)
	return answer(ctx, id, o, err)
}

func answer(ctx context.Context, id uuid.UUID, o *operation.Operation, err error) (*voicev1.ClockReprojection, error) {
	if errors.Is(err, postgres.ErrNoRows) {
		return nil, resource.Missing(ctx, resource.Name(runs, id), typev1.Level_BASIC)
	}
	if err != nil {
		return nil, err
	}
	return runOf(o)
}

// GetClockReprojection implements ClockService.
func (s *Server) GetClockReprojection(ctx context.Context, r *voicev1.GetClockReprojectionRequest) (*voicev1.ClockReprojection, error) {
	ids, err := resource.Parse("name", r.GetName(), runs)
	if err != nil {
		return nil, err
	}
	return s.run(ctx, ids[0])
}

// ListClockReprojections implements ClockService.
func (s *Server) ListClockReprojections(ctx context.Context, r *voicev1.ListClockReprojectionsRequest) (*voicev1.ListClockReprojectionsResponse, error) {
	plan, err := s.list.PlanFor(ctx, voicev1.ClockService_ListClockReprojections_FullMethodName, r, "")
	if err != nil {
		return nil, err
	}
	found, next, err := operation.List(ctx, s.store.db, kind, plan)
	if err != nil {
		return nil, err
	}
	out := &voicev1.ListClockReprojectionsResponse{NextPageToken: next}
	for i := range found {
		run, err := runOf(&found[i])
		if err != nil {
			return nil, err
		}
		out.ClockReprojections = append(out.ClockReprojections, run)
	}
	return out, nil
}

// CancelClockReprojection implements ClockService.
func (s *Server) CancelClockReprojection(ctx context.Context, r *voicev1.CancelClockReprojectionRequest) (*voicev1.ClockReprojection, error) {
	ids, err := resource.Parse("name", r.GetName(), runs)
	if err != nil {
		return nil, err
	}
	o, err := operation.Cancel(ctx, s.store.db, kind, ids[0], s.store.now())
	return answer(ctx, ids[0], o, err)
}

// ListClockMoves implements ClockService.
func (s *Server) ListClockMoves(ctx context.Context, r *voicev1.ListClockMovesRequest) (*voicev1.ListClockMovesResponse, error) {
	ids, err := resource.Parse("parent", r.GetParent(), runs)
	if err != nil {
		return nil, err
	}
	plan, err := s.moves.PlanFor(ctx, voicev1.ClockService_ListClockMoves_FullMethodName, r, "")
	if err != nil {
		return nil, err
	}
	if _, err := s.run(ctx, ids[0]); err != nil {
		return nil, err
	}
	found, next, err := s.store.moves(ctx, plan, ids[0])
	if err != nil {
		return nil, err
	}
	out := &voicev1.ListClockMovesResponse{NextPageToken: next}
	for i := range found {
		out.ClockMoves = append(out.ClockMoves, found[i].toProto())
	}
	return out, nil
}
