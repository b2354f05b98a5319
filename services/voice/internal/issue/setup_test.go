package issue_test

import (
	"context"
	"log/slog"
	"os"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"

	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/schedule"
	"github.com/guanxi-crm/guanxi/libs/service"
	"github.com/guanxi-crm/guanxi/libs/servicetest"
	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
	voicev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/voice/v1"
	"github.com/guanxi-crm/guanxi/services/voice/internal/casefile"
	"github.com/guanxi-crm/guanxi/services/voice/internal/issue"
	"github.com/guanxi-crm/guanxi/services/voice/internal/settings"
)

// bench is a running service with issue groups only, on which cases are put by hand. Its clock stands at 2026-01-05.
type bench struct {
	*servicetest.Service
	groups   voicev1.IssueGroupServiceClient
	store    *issue.Store
	customer uuid.UUID // of cn/south
}

func setup(t testing.TB) *bench {
	t.Helper()
	s := servicetest.Start(t, service.Definition{Name: "voice", Migrations: os.DirFS("../../migrations"), Register: register})
	b := &bench{Service: s, groups: voicev1.NewIssueGroupServiceClient(s.Conn), store: issue.NewStore(s.DB, s.Clock.Now, settings.NewStore(s.DB, s.Clock.Now))}
	b.customer = b.client(t, "cn/south/shenzhen")
	return b
}

func register(r grpc.ServiceRegistrar, p *service.Platform) error {
	groups, err := issue.NewServer(issue.NewStore(p.DB, p.Now, settings.NewStore(p.DB, p.Now)), p.Pages)
	voicev1.RegisterIssueGroupServiceServer(r, groups)
	return err
}

func (b *bench) exec(t testing.TB, query string, args ...any) {
	t.Helper()
	_, err := b.DB.Exec(t.Context(), query, args...)
	require.NoError(t, err, query)
}

func (b *bench) client(t testing.TB, territory string) uuid.UUID {
	t.Helper()
	id := uuid.Must(uuid.NewV7())
	b.exec(t, `insert into customers (customer_id, territory, create_time) values ($1, $2, '2025-01-01')`, id, territory)
	return id
}

const insertCase = `insert into cases (customer_id, case_id, request_kind, track, phase, technicality, severity, severity_basis, major, state, title, product_line, product_code, cause,
	assignee, received_time, revision, create_time, update_time, description) values ($1, $2, 2, 1, 3, 1, 3, 2, false, 1, $3, '', $4, $5, '', $6, 1, $6, $6, '')`

// put adds a case, received so many days before now.
func (b *bench) put(t testing.TB, customer uuid.UUID, title, code string, days int) uuid.UUID {
	t.Helper()
	id := uuid.Must(uuid.NewV7())
	b.exec(t, insertCase, customer, id, title, code, "", b.Clock.Now().AddDate(0, 0, -days))
	return id
}

// grouped groups all that is in no group.
func (b *bench) grouped(t testing.TB) {
	t.Helper()
	for {
		n, err := b.store.Pass(t.Context())
		require.NoError(t, err)
		if n == 0 {
			return
		}
	}
}

// of is the group of a case.
func (b *bench) of(t testing.TB, id uuid.UUID) string {
	t.Helper()
	var group uuid.UUID
	require.NoError(t, b.DB.Get(t.Context(), &group, `select issue_group_id from cases where case_id = $1`, id))
	return issue.Name(group)
}

// daily runs the job of the next day.
func (b *bench) daily(t testing.TB) {
	t.Helper()
	r, err := schedule.NewRunner(b.DB, b.store.Jobs(), slog.New(slog.DiscardHandler), b.Clock.Now)
	require.NoError(t, err)
	require.NoError(t, r.Tick(t.Context()))
	b.Clock.Advance(24 * time.Hour)
	require.NoError(t, r.Tick(t.Context()))
}

func (b *bench) manager(t testing.TB, territories ...string) context.Context {
	t.Helper()
	return b.As(t, typev1.Level_MANAGER, territories...)
}

// requireReason holds an error to its reason.
func requireReason(t testing.TB, err error, reason string) {
	t.Helper()
	require.Error(t, err)
	require.Equal(t, reason, fault.From(err).Reason(), err.Error())
}

// subjects are the kinds of events in the outbox, in their order.
func (b *bench) subjects(t testing.TB) (out []string) {
	t.Helper()
	require.NoError(t, b.DB.Select(t.Context(), &out, `select subject from outbox order by id`))
	return out
}

func name(id uuid.UUID) string { return casefile.Name(id) }
