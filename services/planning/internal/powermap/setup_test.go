package powermap_test

import (
	"context"
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"

	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/civil"
	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/resource"
	"github.com/guanxi-crm/guanxi/libs/service"
	"github.com/guanxi-crm/guanxi/libs/servicetest"
	planningv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/planning/v1"
	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
	"github.com/guanxi-crm/guanxi/services/planning/internal/powermap"
	"github.com/guanxi-crm/guanxi/services/planning/internal/settings"
)

// bench is a running service with power maps and settings only. Its clock stands at 2026-01-05, 17:00 in Shanghai.
type bench struct {
	*servicetest.Service
	maps     planningv1.PowerMapServiceClient
	settings planningv1.PlanningSettingsServiceClient
	store    *powermap.Store
	customer uuid.UUID
	name     string
}

func setup(t *testing.T) *bench {
	t.Helper()
	s := servicetest.Start(t, service.Definition{Name: "planning", Migrations: os.DirFS("../../migrations"), Register: register})
	b := &bench{Service: s, maps: planningv1.NewPowerMapServiceClient(s.Conn), settings: planningv1.NewPlanningSettingsServiceClient(s.Conn)}
	b.store = powermap.NewStore(s.DB, s.Clock.Now, settings.NewStore(s.DB, s.Clock.Now))
	b.customer = uuid.Must(uuid.NewV7())
	b.name = resource.Name("customers", b.customer) + "/powerMap"
	b.exec(t, `insert into customers (customer_id, territory, create_time) values ($1, 'cn/south', '2025-01-01')`, b.customer)
	return b
}

func register(r grpc.ServiceRegistrar, p *service.Platform) error {
	numbers, err := settings.NewServer(p.DB, p.Now, p.Pages)
	if err != nil {
		return err
	}
	planningv1.RegisterPlanningSettingsServiceServer(r, numbers)
	planningv1.RegisterPowerMapServiceServer(r, powermap.NewServer(p.DB, p.Now, settings.NewStore(p.DB, p.Now)))
	return nil
}

func (b *bench) exec(t *testing.T, query string, args ...any) {
	t.Helper()
	_, err := b.DB.Exec(t.Context(), query, args...)
	require.NoError(t, err, query)
}

// people are n people of the customer, by name.
func (b *bench) people(t *testing.T, n int) []string {
	t.Helper()
	var out []string
	for range n {
		id := uuid.Must(uuid.NewV7())
		b.exec(t, `insert into people (customer_id, person_id, senior, department, position, granted_media, denied_media, special_dates, language)
			values ($1, $2, false, '', '', '{}', '{}', '[]', '')`, b.customer, id)
		out = append(out, resource.Name("customers", b.customer, "people", id))
	}
	return out
}

func personID(t *testing.T, name string) uuid.UUID {
	t.Helper()
	ids, err := resource.Parse("person", name, "customers", "people")
	require.NoError(t, err)
	return ids[1]
}

// manager is li, who may.
func (b *bench) manager(t *testing.T) context.Context {
	t.Helper()
	return b.AsPrincipal(t, auth.Principal{Subject: "li", Level: typev1.Level_MANAGER, Territories: []string{"cn"}})
}

// evidence is of observers, each some days ago.
func (b *bench) evidence(days int, observers ...string) []*planningv1.PowerEvidence {
	var out []*planningv1.PowerEvidence
	for _, o := range observers {
		out = append(out, &planningv1.PowerEvidence{Observer: o, Source: "visit", Date: civil.Date(b.Clock.Now().Truncate(24*time.Hour).AddDate(0, 0, -days))})
	}
	return out
}

func attitudeOf(person string, a planningv1.PowerClaim_Attitude, evidence []*planningv1.PowerEvidence) *planningv1.PowerClaim {
	return &planningv1.PowerClaim{Kind: planningv1.PowerClaim_ATTITUDE, Person: person, Attitude: a, Evidence: evidence}
}

func decider(person string, evidence []*planningv1.PowerEvidence) *planningv1.PowerClaim {
	return &planningv1.PowerClaim{Kind: planningv1.PowerClaim_ROLE, Person: person, Role: planningv1.PowerClaim_DECISION_MAKER, Evidence: evidence}
}

func knows(one, other string, closeness float64, evidence []*planningv1.PowerEvidence) *planningv1.PowerClaim {
	return &planningv1.PowerClaim{Kind: planningv1.PowerClaim_ACQUAINTANCE, Person: one, Other: other, Weight: closeness, Evidence: evidence}
}

// put replaces the map of the customer.
func (b *bench) put(t *testing.T, claims ...*planningv1.PowerClaim) *planningv1.PowerMap {
	t.Helper()
	m, err := b.maps.ReplacePowerMap(b.manager(t), &planningv1.ReplacePowerMapRequest{PowerMap: &planningv1.PowerMap{Name: b.name, Claims: claims}})
	require.NoError(t, err)
	return m
}

func (b *bench) get(t *testing.T) *planningv1.PowerMap {
	t.Helper()
	m, err := b.maps.GetPowerMap(b.manager(t), &planningv1.GetPowerMapRequest{Name: b.name})
	require.NoError(t, err)
	return m
}

func (b *bench) analyze(t *testing.T, since string) *planningv1.PowerMapAnalysis {
	t.Helper()
	a, err := b.maps.AnalyzePowerMap(b.manager(t), &planningv1.AnalyzePowerMapRequest{Name: b.name, Since: since})
	require.NoError(t, err)
	return a
}

// told are the subjects of what has been announced since the last of them that was known.
func (b *bench) told(t *testing.T, known int) []string {
	t.Helper()
	var out []string
	require.NoError(t, b.DB.Select(t.Context(), &out, `select subject from outbox order by version offset $1`, known))
	return out
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
