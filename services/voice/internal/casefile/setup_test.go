package casefile

import (
	"context"
	"os"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"

	"github.com/guanxi-crm/guanxi/libs/aggregate"
	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/page"
	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/libs/resource"
	"github.com/guanxi-crm/guanxi/libs/service"
	"github.com/guanxi-crm/guanxi/libs/testkit"
	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
	voicev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/voice/v1"
)

func migrate(ctx context.Context, db *postgres.DB) error {
	return service.Migrate(ctx, db, service.Definition{Name: "voice", Migrations: os.DirFS("../../migrations")})
}

// bundle is the servers of cases on a database of their own. The clock stands at Monday 2026-01-05, 17:00 in Shanghai.
type bundle struct {
	*Server
	*StepServer
	*ActionServer
	db    *postgres.DB
	clock *testkit.Clock
	cases *Store
}

func setup(t testing.TB) *bundle {
	t.Helper()
	db, clock := testkit.Database(t, migrate), testkit.NewClock()
	pages, err := page.NewSealer(make([]byte, page.KeySize))
	require.NoError(t, err)
	cases := NewStore(db, clock.Now, NewTools(db, clock.Now))
	b := &bundle{db: db, clock: clock, cases: cases, StepServer: NewStepServer(cases)}
	b.Server, err = NewServer(cases, pages)
	require.NoError(t, err)
	b.ActionServer, err = NewActionServer(cases, pages)
	require.NoError(t, err)
	return b
}

func as(ctx context.Context, subject string, level typev1.Level, territories ...string) context.Context {
	return auth.With(ctx, auth.Principal{Subject: subject, Level: level, Territories: territories, Administrator: true})
}

// all may do everything.
func all(t testing.TB) context.Context {
	t.Helper()
	return as(t.Context(), "alice", typev1.Level_EXECUTIVE, auth.Anywhere)
}

func (b *bundle) exec(t testing.TB, query string, args ...any) {
	t.Helper()
	_, err := b.db.Exec(t.Context(), query, args...)
	require.NoError(t, err)
}

func (b *bundle) count(t testing.TB, query string, args ...any) (n int) {
	t.Helper()
	require.NoError(t, b.db.GetDynamic(t.Context(), &n, query, args...))
	return n
}

// customer makes one in the south, of whom nothing is judged.
func (b *bundle) customer(t testing.TB) uuid.UUID {
	t.Helper()
	id, err := uuid.NewV7()
	require.NoError(t, err)
	b.exec(t, `insert into customers (customer_id, territory, owner, create_time) values ($1, 'cn/south/shenzhen', 'olga', $2)`, id, b.clock.Now())
	return id
}

func (b *bundle) person(t testing.TB, customer uuid.UUID, senior bool) string {
	t.Helper()
	id, err := uuid.NewV7()
	require.NoError(t, err)
	b.exec(t, `insert into people (customer_id, person_id, senior) values ($1, $2, $3)`, customer, id, senior)
	return resource.Name("customers", customer, "people", id)
}

// open opens a complaint.
func (b *bundle) open(t testing.TB, customer uuid.UUID) *voicev1.Case {
	t.Helper()
	c, err := b.CreateCase(all(t), &voicev1.CreateCaseRequest{Case: &voicev1.Case{
		Customer: aggregate.Name(customer), RequestKind: voicev1.RequestKind_COMPLAINT_REQUEST, Title: "late", ProductLine: "switches",
	}})
	require.NoError(t, err)
	return c
}

// bring brings a case on by those verbs, an hour each.
func (b *bundle) bring(t testing.TB, name string, verbs ...Verb) *voicev1.Case {
	t.Helper()
	var c *voicev1.Case
	for _, v := range verbs {
		b.clock.Advance(time.Hour)
		var err error
		c, err = b.do(all(t), name, "", Step{Verb: v, Assignee: "ann", Text: "x"}, Options{})
		require.NoError(t, err, v)
	}
	return c
}

func (b *bundle) subjects(t testing.TB) []string {
	t.Helper()
	var all []string
	require.NoError(t, b.db.Select(t.Context(), &all, `select subject from outbox order by aggregate_id, version`))
	return all
}

func refused(t testing.TB, err error, code codes.Code, reason string) {
	t.Helper()
	require.Error(t, err)
	require.Equal(t, code, fault.From(err).Code(), err)
	require.Equal(t, reason, fault.From(err).Reason(), err)
}
