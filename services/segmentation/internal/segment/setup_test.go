package segment

import (
	"context"
	"log/slog"
	"os"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"

	"github.com/guanxi-crm/guanxi/libs/aggregate"
	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/operation"
	"github.com/guanxi-crm/guanxi/libs/service"
	"github.com/guanxi-crm/guanxi/libs/servicetest"
	segmentationv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/segmentation/v1"
	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
	"github.com/guanxi-crm/guanxi/services/segmentation/internal/assess"
	"github.com/guanxi-crm/guanxi/services/segmentation/internal/settings"
)

const (
	basic     = typev1.Level_BASIC
	manager   = typev1.Level_MANAGER
	executive = typev1.Level_EXECUTIVE
)

// desk is a service with segments alone, whose background work is done when the test says so.
type desk struct {
	*servicetest.Service
	client segmentationv1.SegmentServiceClient
	part   *Part
	kind   operation.Kind
	// rebuilding is what the work is told.
	rebuilding bool
}

func setup(t testing.TB) *desk {
	t.Helper()
	s := servicetest.Start(t, service.Definition{
		Name: "segmentation", Migrations: os.DirFS("../../migrations"),
		Register: func(r grpc.ServiceRegistrar, p *service.Platform) error {
			server, err := NewServer(p.DB, p.Now, p.Pages, settings.NewStore(p.DB, p.Now).Current)
			segmentationv1.RegisterSegmentServiceServer(r, server)
			return err
		},
	})
	part, err := NewPart(s.DB, slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	d := &desk{Service: s, client: segmentationv1.NewSegmentServiceClient(s.Conn), part: part}
	d.kind = Kind(s.DB, s.Clock.Now, settings.NewStore(s.DB, s.Clock.Now).Current, func(context.Context) (bool, error) { return d.rebuilding, nil })
	return d
}

// tick does all gathering that is asked for.
func (d *desk) tick(t testing.TB, kind operation.Kind) {
	t.Helper()
	runner, err := operation.NewRunner(d.DB, []operation.Kind{kind}, slog.New(slog.DiscardHandler), d.Clock.Now)
	require.NoError(t, err)
	require.NoError(t, runner.Tick(t.Context()))
}

// assess does what the assessor does with the part, and returns what it had to announce.
func (d *desk) assess(t testing.TB, customers ...uuid.UUID) []assess.Announcement {
	t.Helper()
	numbers, err := settings.NewStore(d.DB, d.Clock.Now).Current(t.Context())
	require.NoError(t, err)
	var announced []assess.Announcement
	ctx := auth.With(t.Context(), auth.Principal{Territories: []string{auth.Anywhere}})
	err = d.DB.InTx(ctx, func(ctx context.Context) error {
		held, err := aggregate.Hold(ctx, d.DB, customers)
		require.NoError(t, err)
		announced, err = d.part.Assess(ctx, assess.Scope{Customers: customers, Day: numbers.Today(d.Clock.Now()), Now: d.Clock.Now(), Settings: numbers})
		require.NoError(t, err)
		entries, err := records(ctx, d.Clock.Now(), announced)
		require.NoError(t, err)
		return aggregate.Record(ctx, d.DB, held, entries)
	})
	require.NoError(t, err)
	return announced
}

func (d *desk) run(t testing.TB, query string, args ...any) {
	t.Helper()
	_, err := d.DB.Exec(t.Context(), query, args...)
	require.NoError(t, err)
}

// customer stores one with these sales and profits.
func (d *desk) customer(t testing.TB, territory, sales, gross, net string) uuid.UUID {
	t.Helper()
	id, err := uuid.NewV7()
	require.NoError(t, err)
	d.run(t, `insert into customers (customer_id, territory, owner, display_name, create_time) values ($1, $2, 'alice', '光谷', now())`, id, territory)
	d.run(t, `insert into standings (customer_id) values ($1)`, id)
	d.run(t, `insert into measures (customer_id, measure_month, order_days, sales, stated_sales, previous_sales, year_sales, last_year_sales, orders, quarters, product_lines,
		unrated, gross_profit, net_profit) values ($1, '2026-01-01', 1, $2, 0, 0, 0, 0, 1, 1, 1, 0, cast($3 as numeric), cast($4 as numeric))`, id, sales, gross, net)
	return id
}

func (d *desk) create(t testing.TB, ctx context.Context, rule string) *segmentationv1.Segment { //nolint:revive // the test comes first
	t.Helper()
	made, err := d.client.CreateSegment(ctx, &segmentationv1.CreateSegmentRequest{Segment: &segmentationv1.Segment{LabelEn: "Test", LabelZh: "测试", Rule: rule}})
	require.NoError(t, err)
	return made
}

func (d *desk) members(t testing.TB, ctx context.Context, name string) []string { //nolint:revive // the test comes first
	t.Helper()
	var found []string
	request := &segmentationv1.ListSegmentMembersRequest{Parent: name, PageSize: 2}
	for {
		page, err := d.client.ListSegmentMembers(ctx, request)
		require.NoError(t, err)
		for _, m := range page.GetMembers() {
			found = append(found, m.GetCustomer())
		}
		if request.PageToken = page.GetNextPageToken(); request.PageToken == "" {
			return found
		}
	}
}

func (d *desk) get(t testing.TB, ctx context.Context, name string) *segmentationv1.Segment { //nolint:revive // the test comes first
	t.Helper()
	g, err := d.client.GetSegment(ctx, &segmentationv1.GetSegmentRequest{Name: name})
	require.NoError(t, err)
	return g
}

func requireReason(t testing.TB, err error, code codes.Code, reason string) {
	t.Helper()
	require.Error(t, err)
	require.Equal(t, code, fault.From(err).Code(), "%v", err)
	require.Equal(t, reason, fault.From(err).Reason(), "%v", err)
}
