package feed

import (
	"cmp"
	"context"
	"time"

	"google.golang.org/genproto/googleapis/api/httpbody"
	"google.golang.org/grpc/codes"

	"github.com/guanxi-crm/guanxi/libs/document"
	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/postgres"
	planningv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/planning/v1"
	"github.com/guanxi-crm/guanxi/services/planning/internal/owner"
	"github.com/guanxi-crm/guanxi/services/planning/internal/settings"
)

// Server serves CalendarFeedService.
type Server struct {
	planningv1.UnimplementedCalendarFeedServiceServer
	store   *Store
	numbers *settings.Store
	now     func() time.Time
	limit   *limit
}

// NewServer makes the server.
func NewServer(db *postgres.DB, now func() time.Time, numbers *settings.Store) (*Server, error) {
	limit, err := newLimit()
	return &Server{store: NewStore(db), numbers: numbers, now: now, limit: limit}, err
}

// GetCalendarFeed implements CalendarFeedService.
func (s *Server) GetCalendarFeed(ctx context.Context, r *planningv1.GetCalendarFeedRequest) (*httpbody.HttpBody, error) {
	digest := owner.Digest(r.GetSecret())
	name, err := s.store.zone(ctx, digest)
	if err != nil {
		return nil, err
	}
	if wait := s.limit.wait(digest, s.now()); wait > 0 {
		return nil, errTooOften.RetryAfter(wait)
	}
	numbers, err := s.numbers.Current(ctx)
	if err != nil {
		return nil, err
	}
	zone := zoneOf(name, numbers)
	found, err := s.store.entries(ctx, digest, settings.DayIn(s.now(), zone))
	if err != nil {
		return nil, err
	}
	data := Render(found, numbers.Kinds, cmp.Or(r.GetLang(), "zh"), zone)
	return document.File{Name: "guanxi.ics", Type: document.Calendar, Data: data}.Body()
}

var errTooOften = fault.New(codes.ResourceExhausted, "TOO_OFTEN", fault.Text{
	En: "this calendar is read too often; try again after the delay given", Zh: "该日历读取过于频繁，请在指定的延迟后重试",
})

// zoneOf is the owner's zone; a zone that this machine's time zone database no longer has is not worth an error.
func zoneOf(name string, numbers *settings.Numbers) *time.Location {
	zone, err := time.LoadLocation(name)
	if name == "" || err != nil {
		return numbers.Zone
	}
	return zone
}
