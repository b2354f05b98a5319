package coach_test

import (
	"context"
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"google.golang.org/genproto/googleapis/type/date"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"

	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/resource"
	"github.com/guanxi-crm/guanxi/libs/service"
	"github.com/guanxi-crm/guanxi/libs/servicetest"
	planningv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/planning/v1"
	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
	"github.com/guanxi-crm/guanxi/services/planning/internal/coach"
	"github.com/guanxi-crm/guanxi/services/planning/internal/settings"
)

// bench is a running service with coaches only. Its clock stands at 2026-01-05, 17:00 in Shanghai.
type bench struct {
	*servicetest.Service
	coaches  planningv1.CoachServiceClient
	customer uuid.UUID
	parent   string
	people   []string
}

func setup(t *testing.T) *bench {
	t.Helper()
	s := servicetest.Start(t, service.Definition{Name: "planning", Migrations: os.DirFS("../../migrations"), Register: register})
	b := &bench{Service: s, coaches: planningv1.NewCoachServiceClient(s.Conn), customer: uuid.Must(uuid.NewV7())}
	b.parent = resource.Name("customers", b.customer)
	b.exec(t, `insert into customers (customer_id, territory, create_time) values ($1, 'cn/south', '2025-01-01')`, b.customer)
	for range 3 {
		id := uuid.Must(uuid.NewV7())
		b.exec(t, `insert into people (customer_id, person_id, senior, department, position, granted_media, denied_media, special_dates, language)
			values ($1, $2, false, '', '', '{}', '{}', '[]', '')`, b.customer, id)
		b.people = append(b.people, resource.Name("customers", b.customer, "people", id))
	}
	return b
}

func register(r grpc.ServiceRegistrar, p *service.Platform) error {
	server, err := coach.NewServer(p.DB, p.Now, p.Pages, settings.NewStore(p.DB, p.Now))
	if err != nil {
		return err
	}
	planningv1.RegisterCoachServiceServer(r, server)
	return nil
}

func (b *bench) exec(t *testing.T, query string, args ...any) {
	t.Helper()
	_, err := b.DB.Exec(t.Context(), query, args...)
	require.NoError(t, err, query)
}

func (b *bench) manager(t *testing.T) context.Context {
	t.Helper()
	return b.AsPrincipal(t, auth.Principal{Subject: "li", Level: typev1.Level_MANAGER, Territories: []string{"cn"}})
}

func observed(observer string, criteria ...planningv1.CoachCriterion) []*planningv1.CoachObservation {
	var out []*planningv1.CoachObservation
	for _, c := range criteria {
		out = append(out, &planningv1.CoachObservation{Criterion: c, Holds: true, Observer: observer, Note: "n"})
	}
	return out
}

var five = []planningv1.CoachCriterion{1, 2, 3, 4, 5}

func (b *bench) create(t *testing.T, person string, observations []*planningv1.CoachObservation) (*planningv1.Coach, error) {
	t.Helper()
	return b.coaches.CreateCoach(b.manager(t), &planningv1.CreateCoachRequest{Parent: b.parent, Coach: &planningv1.Coach{Person: person, Observations: observations}})
}

func (b *bench) strength(t *testing.T) *planningv1.CoachStrength {
	t.Helper()
	s, err := b.coaches.GetCoachStrength(b.manager(t), &planningv1.GetCoachStrengthRequest{Parent: b.parent})
	require.NoError(t, err)
	return s
}

func refused(t *testing.T, err error, code codes.Code, reason string, fields ...string) {
	t.Helper()
	require.Error(t, err)
	e := fault.From(err)
	require.Equal(t, code, e.Code(), "%v", err)
	require.Equal(t, reason, e.Reason(), "%v", err)
	var got []string
	for _, v := range e.Violations() {
		got = append(got, fmt.Sprint(v.Field, " ", v.Rule))
	}
	require.Equal(t, fields, got)
}

func TestTheWayOfACoach(t *testing.T) {
	t.Parallel()
	b := setup(t)
	require.Zero(t, b.strength(t).GetStrength())
	c, err := b.create(t, b.people[0], observed("", five...))
	require.NoError(t, err)
	require.False(t, c.GetVerified())
	require.Equal(t, []string{"li"}, c.GetAgreeingObservers())
	require.Len(t, c.GetCriteria(), 8)
	require.Equal(t, "能随时约见", c.GetCriteria()[2].GetLabelZh())
	_, err = b.create(t, b.people[0], nil)
	refused(t, err, codes.AlreadyExists, "COACH")

	c, err = b.coaches.ObserveCoach(b.manager(t), &planningv1.ObserveCoachRequest{Name: c.GetName(), Etag: c.GetEtag(), Observations: observed("wang", 3)})
	require.NoError(t, err)
	require.True(t, c.GetVerified())
	s := b.strength(t)
	require.InDelta(t, 5.0/8, s.GetStrength(), 1e-12)
	require.Equal(t, c.GetName(), s.GetCoaches()[0].GetName())
	require.Empty(t, s.GetCoaches()[0].GetObservations())

	b.Clock.Advance(180 * 24 * time.Hour)
	require.InDelta(t, 5.0/16, b.strength(t).GetStrength(), 1e-12)
	b.Clock.Advance(181 * 24 * time.Hour)
	require.Equal(t, []any{0.0, int32(0), int32(1)}, []any{b.strength(t).GetStrength(), b.strength(t).GetVerifiedCount(), b.strength(t).GetCoachCount()})

	_, err = b.coaches.RetireCoach(b.manager(t), &planningv1.RetireCoachRequest{Name: c.GetName(), Etag: `"stale"`})
	refused(t, err, codes.Aborted, "ETAG_MISMATCH")
	c, err = b.coaches.RetireCoach(b.manager(t), &planningv1.RetireCoachRequest{Name: c.GetName(), Etag: c.GetEtag(), Reason: "moved"})
	require.NoError(t, err)
	require.Equal(t, []string{"li", "moved"}, []string{c.GetRetireAuthor(), c.GetRetireReason()})
	_, err = b.coaches.ObserveCoach(b.manager(t), &planningv1.ObserveCoachRequest{Name: c.GetName(), Observations: observed("", 3)})
	refused(t, err, codes.FailedPrecondition, "RETIRED")
	_, err = b.create(t, b.people[0], nil)
	require.NoError(t, err)

	got, err := b.coaches.GetCoach(b.manager(t), &planningv1.GetCoachRequest{Name: c.GetName()})
	require.NoError(t, err)
	require.Len(t, got.GetObservations(), 6)
	list, err := b.coaches.ListCoaches(b.manager(t), &planningv1.ListCoachesRequest{Parent: b.parent, Filter: "retire_time:*"})
	require.NoError(t, err)
	require.Len(t, list.GetCoaches(), 1)
	first, err := b.coaches.ListCoaches(b.manager(t), &planningv1.ListCoachesRequest{Parent: b.parent, PageSize: 1})
	require.NoError(t, err)
	second, err := b.coaches.ListCoaches(b.manager(t), &planningv1.ListCoachesRequest{Parent: b.parent, PageSize: 1, PageToken: first.GetNextPageToken()})
	require.NoError(t, err)
	require.Equal(t, c.GetName(), second.GetCoaches()[0].GetName())
	var told []string
	require.NoError(t, b.DB.Select(t.Context(), &told, `select data::jsonb ->> 'change' from outbox order by version`))
	require.Equal(t, []string{"NAMED", "OBSERVED", "RETIRED", "NAMED"}, told)
}

func TestWhatIsRefusedOfCoaches(t *testing.T) {
	t.Parallel()
	b := setup(t)
	_, err := b.create(t, b.parent+"/people/"+uuid.Must(uuid.NewV7()).String(), nil)
	refused(t, err, codes.InvalidArgument, "INVALID_FIELDS", "coach.person PERSON_UNKNOWN")
	_, err = b.create(t, resource.Name("customers", uuid.Must(uuid.NewV7()), "people", uuid.Must(uuid.NewV7())), nil)
	refused(t, err, codes.InvalidArgument, "INVALID_FIELDS", "coach.person PERSON_UNKNOWN")
	future := observed("", 1, 2)
	future[1].Date = &date.Date{Year: 2026, Month: 1, Day: 6}
	_, err = b.create(t, b.people[0], future)
	refused(t, err, codes.InvalidArgument, "INVALID_FIELDS", "coach.observations[1].date FUTURE")
	future[1].Date = &date.Date{Year: 2026, Month: 2, Day: 30}
	_, err = b.create(t, b.people[0], future)
	refused(t, err, codes.InvalidArgument, "INVALID_FIELDS", "coach.observations[1].date DATE")

	c, err := b.create(t, b.people[0], nil)
	require.NoError(t, err)
	var many []*planningv1.CoachObservation
	for range 100 {
		many = append(many, observed("x", 1)...)
	}
	for range 4 {
		c, err = b.coaches.ObserveCoach(b.manager(t), &planningv1.ObserveCoachRequest{Name: c.GetName(), Observations: many})
		require.NoError(t, err)
	}
	_, err = b.coaches.ObserveCoach(b.manager(t), &planningv1.ObserveCoachRequest{Name: c.GetName(), Observations: observed("x", 1)})
	refused(t, err, codes.FailedPrecondition, "TOO_MANY_OBSERVATIONS")

	north := b.As(t, typev1.Level_EXECUTIVE, "cn/north")
	_, err = b.coaches.GetCoach(north, &planningv1.GetCoachRequest{Name: c.GetName()})
	refused(t, err, codes.PermissionDenied, "HIDDEN")
	_, err = b.coaches.RetireCoach(north, &planningv1.RetireCoachRequest{Name: c.GetName()})
	refused(t, err, codes.PermissionDenied, "HIDDEN")
	_, err = b.coaches.ListCoaches(b.As(t, typev1.Level_BASIC), &planningv1.ListCoachesRequest{Parent: b.parent})
	require.Equal(t, codes.PermissionDenied, fault.From(err).Code())
}

func TestACoachIsForgotten(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for _, p := range b.people[:2] {
		_, err := b.create(t, p, observed("", 1))
		require.NoError(t, err)
	}
	ids, err := resource.Parse("person", b.people[0], "customers", "people")
	require.NoError(t, err)
	for range 2 {
		require.NoError(t, coach.NewStore(b.DB, b.Clock.Now).Forget(t.Context(), b.customer, ids[1]))
	}
	list, err := b.coaches.ListCoaches(b.manager(t), &planningv1.ListCoachesRequest{Parent: b.parent})
	require.NoError(t, err)
	require.Len(t, list.GetCoaches(), 1)
	require.Equal(t, b.people[1], list.GetCoaches()[0].GetPerson())
}
