package powermap

import (
	"context"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/libs/resource"
	planningv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/planning/v1"
	"github.com/guanxi-crm/guanxi/services/planning/internal/settings"
)

// Server serves PowerMapService.
type Server struct {
	planningv1.UnimplementedPowerMapServiceServer
	store   *Store
	numbers *settings.Store
	now     func() time.Time
}

// NewServer makes the server.
func NewServer(db *postgres.DB, now func() time.Time, numbers *settings.Store) *Server {
	return &Server{store: NewStore(db, now, numbers), numbers: numbers, now: now}
}

// customerOf reads the customer of the name of a map.
func customerOf(field, name string) (uuid.UUID, error) {
	customer, ok := strings.CutSuffix(name, "/powerMap")
	if ids, err := resource.Parse(field, customer, "customers"); ok && err == nil {
		return ids[0], nil
	}
	return uuid.Nil, fault.Invalid(fault.Field(field, "RESOURCE_NAME", fault.Text{
		En: "must be a name of the form customers/{id}/powerMap whose id is a UUID in lower case", Zh: "必须是 customers/{id}/powerMap 形式的资源名，id 为小写 UUID",
	}))
}

// dayAsked reads a day up to today.
func dayAsked(field, text string, today time.Time) (time.Time, error) {
	day, err := time.Parse(time.DateOnly, text)
	if err != nil || day.Year() < 1900 {
		return day, fault.Invalid(fault.Field(field, "DATE", fault.Text{En: "is not a day since 1900 written YYYY-MM-DD", Zh: "不是 1900 年以来按 YYYY-MM-DD 书写的日期"}))
	}
	if day.After(today) {
		return day, fault.Invalid(fault.Field(field, "FUTURE", fault.Text{
			En: "must not be after today, " + today.Format(time.DateOnly), Zh: "不得晚于今日 " + today.Format(time.DateOnly),
		}))
	}
	return day, nil
}

// after is the instant at which a day of the company is over.
func after(day time.Time, numbers *settings.Numbers) time.Time {
	return time.Date(day.Year(), day.Month(), day.Day()+1, 0, 0, 0, 0, numbers.Zone)
}

// GetPowerMap implements PowerMapService.
func (s *Server) GetPowerMap(ctx context.Context, r *planningv1.GetPowerMapRequest) (*planningv1.PowerMap, error) {
	customer, err := customerOf("name", r.GetName())
	if err != nil {
		return nil, err
	}
	numbers, err := s.numbers.Current(ctx)
	if err != nil {
		return nil, err
	}
	on, at := numbers.Today(s.now()), point{number: r.GetVersion()}
	if r.GetAsOf() != "" {
		if r.GetVersion() != 0 {
			return nil, fault.Invalid(fault.Field("version", "ONE_OF", fault.Text{En: "must not be given together with as_of", Zh: "不得与 as_of 同时填写"}))
		}
		if on, err = dayAsked("as_of", r.GetAsOf(), on); err != nil {
			return nil, err
		}
		at.before = after(on, numbers)
	}
	v, err := s.store.read(ctx, customer, r.GetProject(), at)
	if err != nil {
		return nil, err
	}
	return s.show(ctx, v, on, numbers)
}

func (s *Server) show(ctx context.Context, v *version, on time.Time, numbers *settings.Numbers) (*planningv1.PowerMap, error) {
	projects, err := s.store.Projects(ctx, v.Customer)
	if err != nil {
		return nil, err
	}
	return v.toProto(projects, on, numbers.Evidence), nil
}

// AnalyzePowerMap implements PowerMapService.
func (s *Server) AnalyzePowerMap(ctx context.Context, r *planningv1.AnalyzePowerMapRequest) (*planningv1.PowerMapAnalysis, error) {
	customer, err := customerOf("name", r.GetName())
	if err != nil {
		return nil, err
	}
	numbers, err := s.numbers.Current(ctx)
	if err != nil {
		return nil, err
	}
	today := numbers.Today(s.now())
	v, err := s.store.read(ctx, customer, r.GetProject(), point{})
	if err != nil {
		return nil, err
	}
	now := Analyze(v.Claims, today, numbers.Evidence)
	speak := &speaker{customer: customer, rules: numbers.Evidence, said: map[uuid.UUID]bool{}}
	out := speak.analysis(v, now)
	if r.GetSince() != "" {
		since, err := dayAsked("since", r.GetSince(), today)
		if err != nil {
			return nil, err
		}
		before, err := s.store.version(ctx, v.head, point{before: after(since, numbers)})
		if err != nil {
			return nil, err
		}
		out.Changes = speak.changes(Changes(Analyze(before.Claims, since, numbers.Evidence), now))
		out.SinceVersion = before.Number
	}
	out.Claims = speak.claims(now)
	return out, nil
}
