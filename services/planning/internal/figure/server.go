package figure

import (
	"context"
	"strconv"
	"time"

	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/civil"
	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/page"
	"github.com/guanxi-crm/guanxi/libs/postgres"
	planningv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/planning/v1"
	segmentationv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/segmentation/v1"
	"github.com/guanxi-crm/guanxi/services/planning/internal/owner"
	"github.com/guanxi-crm/guanxi/services/planning/internal/settings"
)

// Server serves ContactFigureService.
type Server struct {
	planningv1.UnimplementedContactFigureServiceServer
	store   *Store
	numbers *settings.Store
	now     func() time.Time
	pages   *page.Sealer
}

// NewServer makes the server.
func NewServer(db *postgres.DB, now func() time.Time, pages *page.Sealer, numbers *settings.Store) *Server {
	return &Server{store: NewStore(db), numbers: numbers, now: now, pages: pages}
}

const (
	usualSize, mostSize = 50, 1000
	// longest is the longest period in days: three years.
	longest = 1100
)

// ListContactFigures implements ContactFigureService.
func (s *Server) ListContactFigures(ctx context.Context, r *planningv1.ListContactFiguresRequest) (*planningv1.ListContactFiguresResponse, error) {
	if err := owner.Permit(auth.From(ctx), r.GetOwner()); err != nil {
		return nil, err
	}
	ask, err := period(r)
	if err != nil {
		return nil, err
	}
	if ask.Limit, err = page.Size(r.GetPageSize(), usualSize, mostSize); err != nil {
		return nil, err
	}
	binding := page.Binding(planningv1.ContactFigureService_ListContactFigures_FullMethodName, r.GetOwner(), ask.From.Format(time.DateOnly),
		ask.To.Format(time.DateOnly), strconv.Itoa(int(ask.Group)), auth.From(ctx).Subject)
	position, err := s.pages.Open(binding, r.GetPageToken())
	if err != nil {
		return nil, err
	}
	if len(position) == 1 {
		ask.After = &position[0]
	}
	numbers, err := s.numbers.Current(ctx)
	if err != nil {
		return nil, err
	}
	size := ask.Limit
	ask.Limit++
	found, err := s.store.Count(ctx, ask, s.now(), numbers)
	if err != nil {
		return nil, err
	}
	out := &planningv1.ListContactFiguresResponse{}
	if len(found) > size {
		found = found[:size]
		if out.NextPageToken, err = s.pages.Seal(binding, []string{found[size-1].Key}); err != nil {
			return nil, err
		}
	}
	if len(found) == 0 && ask.Group == All {
		found = []Figure{{}}
	}
	for i := range found {
		out.ContactFigures = append(out.ContactFigures, found[i].toProto(ask.Group, numbers.Score))
	}
	return out, nil
}

func period(r *planningv1.ListContactFiguresRequest) (Ask, error) {
	from, err := civil.FromProto("from", r.GetFrom())
	if err != nil {
		return Ask{}, err
	}
	to, err := civil.FromProto("to", r.GetTo())
	if err != nil {
		return Ask{}, err
	}
	if to.Before(from) || to.After(from.AddDate(0, 0, longest)) {
		return Ask{}, fault.Invalid(fault.Field("to", "RANGE", fault.Text{
			En: "must be from or one of the 1,100 days after it", Zh: "必须为 from 当日或其后 1,100 天之内",
		}))
	}
	return Ask{Owner: r.GetOwner(), From: from, To: to, Group: Group(r.GetGroupBy())}, nil
}

func (f *Figure) toProto(group Group, weights settings.ScoreWeights) *planningv1.ContactFigure {
	rates := f.Rates()
	return &planningv1.ContactFigure{
		Key: keyName(group, f.Key), PlannedCount: f.Planned, DoneCount: f.Done, OnTimeCount: f.OnTime, DueCount: f.Due, OverdueCount: f.Overdue,
		NotPlacedCount: f.NotPlaced, CancelledCount: f.Cancelled, PolicyPlannedCount: f.PolicyPlanned, PolicyDoneCount: f.PolicyDone,
		PolicyCustomerCount: f.PolicyCustomers, CoveredCustomerCount: f.CoveredCustomers, AnswerKnownCount: f.AnswerKnown, RespondedCount: f.Responded,
		HitCount: f.Hits, PlannedMinutes: f.PlannedMinutes, UsedMinutes: f.UsedMinutes, MessageCount: f.Messages, MessageAnnouncedCount: f.MessagesAsked,
		CompletionRate: rates.Completion, PunctualityRate: rates.Punctuality, CoverageRate: rates.Coverage, ResponseRate: rates.Response, HitRate: rates.Hit,
		Score: rates.Score(weights),
	}
}

// keyName is what a group is called in the API; the database has numbers for what has a name there.
func keyName(group Group, key string) string {
	number, _ := strconv.Atoi(key)
	switch group {
	case ByActivity:
		return planningv1.Activity(number).String()
	case ByClass:
		return segmentationv1.CustomerClassKind(number).String()
	default:
		return key
	}
}
