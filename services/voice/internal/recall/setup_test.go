package recall_test

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"

	"github.com/guanxi-crm/guanxi/libs/aggregate"
	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/operation"
	"github.com/guanxi-crm/guanxi/libs/service"
	"github.com/guanxi-crm/guanxi/libs/servicetest"
	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
	voicev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/voice/v1"
	"github.com/guanxi-crm/guanxi/services/voice/internal/recall"
)

// bench is a running service with recalls only, on which orders are put by hand. Its clock stands at 2026-01-05.
type bench struct {
	*servicetest.Service
	recalls voicev1.RecallServiceClient
	store   *recall.Store
	runner  *operation.Runner
	orders  int
}

func setup(t *testing.T) *bench {
	t.Helper()
	s := servicetest.Start(t, service.Definition{Name: "voice", Migrations: os.DirFS("../../migrations"), Register: register})
	b := &bench{Service: s, recalls: voicev1.NewRecallServiceClient(s.Conn), store: recall.NewStore(s.DB, s.Clock.Now)}
	var err error
	b.runner, err = operation.NewRunner(s.DB, []operation.Kind{b.store.Kind()}, slog.New(slog.DiscardHandler), s.Clock.Now)
	require.NoError(t, err)
	return b
}

func register(r grpc.ServiceRegistrar, p *service.Platform) error {
	recalls, err := recall.NewServer(recall.NewStore(p.DB, p.Now), p.Pages)
	voicev1.RegisterRecallServiceServer(r, recalls)
	return err
}

func (b *bench) exec(t *testing.T, query string, args ...any) {
	t.Helper()
	_, err := b.DB.Exec(t.Context(), query, args...)
	require.NoError(t, err, query)
}

func (b *bench) client(t *testing.T, territory string) uuid.UUID {
	t.Helper()
	id := uuid.Must(uuid.NewV7())
	b.exec(t, `insert into customers (customer_id, territory, create_time) values ($1, $2, '2025-01-01')`, id, territory)
	return id
}

// order adds an order of so many days ago with a line of each product, ten of it.
func (b *bench) order(t *testing.T, customer uuid.UUID, days int, codes ...string) uuid.UUID {
	t.Helper()
	id := uuid.Must(uuid.NewV7())
	b.orders++
	b.exec(t, `insert into orders (customer_id, order_id, source_system, order_number, order_time) values ($1, $2, 'erp', $3, $4)`,
		customer, id, fmt.Sprint("SO-", b.orders), b.Clock.Now().AddDate(0, 0, -days))
	for i, code := range codes {
		b.exec(t, `insert into order_lines (customer_id, order_id, number, product_line, product_code, quantity) values ($1, $2, $3, 'pumps', $4, 10)`, customer, id, i, code)
	}
	return id
}

func (b *bench) as(t *testing.T, level typev1.Level, territories ...string) context.Context {
	t.Helper()
	return b.As(t, level, territories...)
}

func (b *bench) admin(t *testing.T) context.Context {
	t.Helper()
	return b.AsPrincipal(t, auth.Principal{Subject: "root", Level: typev1.Level_MANAGER, Territories: []string{auth.Anywhere}, Administrator: true})
}

// made is a recall of pump P1 ordered in the last hundred days, with somebody in charge.
func (b *bench) made(ctx context.Context, t *testing.T, territory string) *voicev1.Recall {
	t.Helper()
	r, err := b.recalls.CreateRecall(ctx, &voicev1.CreateRecallRequest{Recall: &voicev1.Recall{
		Title: "P1", Reason: "轴封漏油", ProductCodes: []string{"P1", "P1-B"}, Territory: territory, TaskForce: []*voicev1.Recall_Member{{Subject: "li", Role: "quality", Lead: true}},
	}})
	require.NoError(t, err)
	return r
}

// started starts a recall and traces its orders.
func (b *bench) started(ctx context.Context, t *testing.T, r *voicev1.Recall) {
	t.Helper()
	_, err := b.recalls.StartRecall(ctx, &voicev1.StartRecallRequest{Name: r.GetName()})
	require.NoError(t, err)
	require.NoError(t, b.runner.Tick(t.Context()))
}

func (b *bench) late(t *testing.T) {
	t.Helper()
	_, err := b.store.Late(t.Context())
	require.NoError(t, err)
}

func (b *bench) items(ctx context.Context, t *testing.T, r *voicev1.Recall) []*voicev1.RecallItem {
	t.Helper()
	got, err := b.recalls.ListRecallItems(ctx, &voicev1.ListRecallItemsRequest{Parent: r.GetName()})
	require.NoError(t, err)
	return got.GetItems()
}

func (b *bench) get(ctx context.Context, t *testing.T, r *voicev1.Recall) *voicev1.Recall {
	t.Helper()
	got, err := b.recalls.GetRecall(ctx, &voicev1.GetRecallRequest{Name: r.GetName()})
	require.NoError(t, err)
	return got
}

// count is how many events of a subject there are.
func (b *bench) count(t *testing.T, subject string) (n int) {
	t.Helper()
	require.NoError(t, b.DB.Get(t.Context(), &n, `select count(*) from outbox where subject = $1`, subject))
	return n
}

func requireReason(t *testing.T, err error, reason string) {
	t.Helper()
	require.Error(t, err)
	require.Equal(t, reason, fault.From(err).Reason(), err.Error())
}

func name(customer uuid.UUID) string { return aggregate.Name(customer) }
