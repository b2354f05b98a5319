package figure

import (
	"context"
	"strconv"
	"time"

	"google.golang.org/genproto/googleapis/type/date"
	"google.golang.org/grpc/codes"

	"github.com/guanxi-crm/guanxi/libs/aggregate"
	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/civil"
	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/page"
	"github.com/guanxi-crm/guanxi/libs/postgres"
	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
	voicev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/voice/v1"
	"github.com/guanxi-crm/guanxi/services/voice/internal/settings"
)

// Server serves VoiceFigureService.
type Server struct {
	voicev1.UnimplementedVoiceFigureServiceServer
	db      *postgres.DB
	store   *Store
	numbers *settings.Store
	now     func() time.Time
	pages   *page.Sealer
}

// NewServer makes the server.
func NewServer(db *postgres.DB, now func() time.Time, pages *page.Sealer, numbers *settings.Store) *Server {
	return &Server{db: db, store: NewStore(db), numbers: numbers, now: now, pages: pages}
}

const (
	usualSize, mostSize = 50, 1000
	// longest is the longest period in days: three years.
	longest = 1100
)

// ListVoiceFigures implements VoiceFigureService.
func (s *Server) ListVoiceFigures(ctx context.Context, r *voicev1.ListVoiceFiguresRequest) (*voicev1.ListVoiceFiguresResponse, error) {
	ask := &Ask{Group: Group(r.GetGroupBy()), Assignee: r.GetAssignee()}
	if err := permit(auth.From(ctx), ask); err != nil {
		return nil, err
	}
	numbers, err := s.numbers.Current(ctx)
	if err != nil {
		return nil, err
	}
	if ask.From, ask.To, err = period(r.GetFrom(), r.GetTo(), numbers.Zone); err != nil {
		return nil, err
	}
	size, err := page.Size(r.GetPageSize(), usualSize, mostSize)
	if err != nil {
		return nil, err
	}
	binding := page.Binding(voicev1.VoiceFigureService_ListVoiceFigures_FullMethodName, ask.Assignee, ask.From.Format(time.RFC3339), ask.To.Format(time.RFC3339),
		strconv.Itoa(int(ask.Group)), auth.From(ctx).Subject)
	position, err := s.pages.Open(binding, r.GetPageToken())
	if err != nil {
		return nil, err
	}
	if len(position) == 1 {
		ask.After = &position[0]
	}
	ask.Limit = size + 1
	found, err := s.store.Count(ctx, ask, s.now(), numbers.Figure.Ageing)
	if err != nil {
		return nil, err
	}
	out := &voicev1.ListVoiceFiguresResponse{}
	if len(found) > size {
		found = found[:size]
		if out.NextPageToken, err = s.pages.Seal(binding, []string{found[size-1].Key}); err != nil {
			return nil, err
		}
	}
	if len(found) == 0 && ask.Group == All && ask.After == nil {
		found = []Figure{{Ageing: make([]int64, len(numbers.Figure.Ageing)+1)}}
	}
	for i := range found {
		out.VoiceFigures = append(out.VoiceFigures, found[i].toProto(ask.Group, numbers.Figure.Ageing))
	}
	return out, nil
}

// permit lets everybody see how fast offices are, and himself; how fast colleagues are is for their superiors.
func permit(caller auth.Principal, ask *Ask) error {
	if !ask.Group.OfPeople() && ask.Assignee == "" || caller.Level >= typev1.Level_MANAGER || caller.Administrator {
		return nil
	}
	if ask.Assignee == caller.Subject && ask.Assignee != "" {
		return nil
	}
	return fault.New(codes.PermissionDenied, "ASSIGNEE_ONLY", fault.Text{
		En: "the figures of colleagues are for themselves and for level MANAGER and above", Zh: "同事的指标仅供本人及 MANAGER 以上级别查看",
	})
}

// period are the instants at which a period begins and is over.
func period(first, last *date.Date, zone *time.Location) (from, to time.Time, err error) {
	if from, err = civil.FromProto("from", first); err != nil {
		return from, to, err
	}
	if to, err = civil.FromProto("to", last); err != nil {
		return from, to, err
	}
	if to.Before(from) || to.After(from.AddDate(0, 0, longest)) {
		return from, to, fault.Invalid(fault.Field("to", "RANGE", fault.Text{
			En: "must be from or one of the 1,100 days after it", Zh: "必须为 from 当日或其后 1,100 天之内",
		}))
	}
	return midnight(from, zone), midnight(to.AddDate(0, 0, 1), zone), nil
}

func midnight(day time.Time, zone *time.Location) time.Time {
	y, m, d := day.Date()
	return time.Date(y, m, d, 0, 0, 0, 0, zone)
}

// visible refuses a customer whom the caller may not see; none is all that he may.
func (s *Server) visible(ctx context.Context, ask *AskComplaints) error {
	if ask.Customer == nil {
		return nil
	}
	return aggregate.Visible(ctx, s.db, *ask.Customer)
}
