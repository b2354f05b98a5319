package fact_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/lib/pq"
	"github.com/stretchr/testify/require"
	"google.golang.org/genproto/googleapis/type/money"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/events"
	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/libs/resource"
	"github.com/guanxi-crm/guanxi/libs/service"
	"github.com/guanxi-crm/guanxi/libs/testkit"
	profilev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/profile/v1"
	segmentationv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/segmentation/v1"
	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
	"github.com/guanxi-crm/guanxi/services/voice/internal/fact"
	"github.com/guanxi-crm/guanxi/services/voice/internal/settings"
)

// bench is the facts, told by events. Its clock stands at 2026-01-05, 17:00 in Shanghai.
type bench struct {
	*fact.Store
	db     *postgres.DB
	clock  *testkit.Clock
	forgot []uuid.UUID
}

func setup(t *testing.T) *bench {
	t.Helper()
	b := &bench{clock: testkit.NewClock(), db: testkit.Database(t, func(ctx context.Context, db *postgres.DB) error {
		return service.Migrate(ctx, db, service.Definition{Name: "voice", Migrations: os.DirFS("../../migrations")})
	})}
	b.Store = fact.NewStore(b.db, b.clock.Now, settings.NewStore(b.db, b.clock.Now), func(_ context.Context, _, person uuid.UUID) error {
		b.forgot = append(b.forgot, person)
		return nil
	})
	return b
}

// hear tells the subscription that takes the event.
func (b *bench) hear(t *testing.T, customer uuid.UUID, data proto.Message) {
	t.Helper()
	event, err := events.New(t.Context(), testkit.Start, customer, data)
	require.NoError(t, err)
	subs := b.Subscriptions()
	sub := subs[0]
	if strings.HasPrefix(event.Subject, "guanxi.segmentation.") {
		sub = subs[1]
	}
	require.NoError(t, b.db.InTx(t.Context(), func(ctx context.Context) error { return sub.Handle(ctx, events.Delivery{Event: event}) }))
}

func (b *bench) text(t *testing.T, query string, args ...any) (text string) {
	t.Helper()
	require.NoError(t, b.db.Get(t.Context(), &text, query, args...))
	return text
}

func (b *bench) exec(t *testing.T, query string, args ...any) {
	t.Helper()
	_, err := b.db.Exec(t.Context(), query, args...)
	require.NoError(t, err)
}

const selectOrders = `select coalesce(string_agg(concat_ws(' ', source_system, order_number, extract(epoch from order_time)::bigint, extract(epoch from delivered_time)::bigint,
	(select string_agg(concat_ws('/', number, product_line, product_code, trim_scale(quantity)), ',' order by number) from order_lines l where l.order_id = o.order_id)), ' | '), '')
	from orders o`

// An order is as its last event says, lines and all; one whose event had no room for its lines keeps them until profile has answered.
func TestACorrectionReplaces(t *testing.T) {
	t.Parallel()
	b := setup(t)
	customer, id := uuid.Must(uuid.NewV7()), uuid.Must(uuid.NewV7())
	name := resource.Name("customers", customer, "orders", id)
	order := &profilev1.Order{
		SourceSystem: "erp", OrderNumber: "7", OrderTime: timestamppb.New(time.Unix(100, 0)), Amount: &money.Money{CurrencyCode: "CNY", Units: 5},
		Lines: []*profilev1.OrderLine{{ProductLine: "pumps", ProductCode: "P-1", Quantity: 2.5}, {ProductLine: "pumps", Quantity: 0.1}},
	}
	b.hear(t, customer, &profilev1.OrderRecorded{Order: name, After: order})
	require.Equal(t, "erp 7 100 0/pumps/P-1/2.5,1/pumps//0.1", b.text(t, selectOrders))
	require.Equal(t, "1", b.text(t, `select count(*) from wanted`), "the customer itself was not known")

	order.DeliveredTime, order.Lines = timestamppb.New(time.Unix(200, 0)), []*profilev1.OrderLine{{ProductLine: "valves", Quantity: -1}}
	b.hear(t, customer, &profilev1.OrderCorrected{Order: name, After: order})
	require.Equal(t, "erp 7 100 200 0/valves//-1", b.text(t, selectOrders))

	order.Lines, order.OrderTime = nil, timestamppb.New(time.Unix(101, 0))
	b.hear(t, customer, &profilev1.OrderCorrected{Order: name, After: order})
	require.Equal(t, "erp 7 101 200 0/valves//-1", b.text(t, selectOrders))
	require.Equal(t, "1", b.text(t, `select count(*) from wanted_orders`))

	order.Amount = nil // and this one has none
	b.hear(t, customer, &profilev1.OrderCorrected{Order: name, After: order})
	require.Equal(t, "erp 7 101 200", b.text(t, selectOrders))
	b.hear(t, customer, &profilev1.CustomerPurged{Customer: resource.Name("customers", customer)})
	require.Empty(t, b.text(t, selectOrders))
}

func TestAPersonWhoIsGoneIsForgotten(t *testing.T) {
	t.Parallel()
	b := setup(t)
	customer, person := uuid.Must(uuid.NewV7()), uuid.Must(uuid.NewV7())
	name := resource.Name("customers", customer, "people", person)
	b.hear(t, customer, &profilev1.PersonCreated{Person: name})
	b.hear(t, customer, &profilev1.PersonDeleted{Person: name})
	require.Equal(t, []uuid.UUID{person}, b.forgot)
	require.Equal(t, "2", b.text(t, `select count(*) from wanted`), "it need not be asked for again: an answer that was on its way has been waited for")
	require.Equal(t, "1 "+name, b.text(t, `select version || ' ' || resource from outbox where subject = 'guanxi.voice.person.forgotten.v1'`))
}

// A senior person is known to MANAGER and above, and to nobody else's caller.
func TestWhoIsKnown(t *testing.T) {
	t.Parallel()
	b := setup(t)
	customer, junior, senior := uuid.Must(uuid.NewV7()), uuid.Must(uuid.NewV7()), uuid.Must(uuid.NewV7())
	b.exec(t, `insert into customers (customer_id, territory, create_time) values ($1, 'cn', now())`, customer)
	b.exec(t, `insert into people (customer_id, person_id, senior) values ($1, $2, false), ($1, $3, true)`, customer, junior, senior)
	as := func(level typev1.Level) context.Context { return auth.With(t.Context(), auth.Principal{Level: level}) }
	low, high := as(typev1.Level_BASIC), as(typev1.Level_MANAGER)
	require.NoError(t, fact.RequireKnown(low, b.db, "reporter", customer, junior))
	require.NoError(t, fact.RequireKnown(high, b.db, "reporter", customer, senior))
	for _, err := range []error{
		fact.RequireKnown(low, b.db, "reporter", customer, senior), fact.RequireKnown(high, b.db, "reporter", customer, uuid.New()),
		fact.RequireKnown(high, b.db, "reporter", uuid.New(), junior),
	} {
		require.Equal(t, "INVALID_FIELDS", fault.From(err).Reason())
	}
	hidden, err := fact.Hidden(low, b.db, customer, []uuid.UUID{junior, senior})
	require.NoError(t, err)
	require.Equal(t, map[uuid.UUID]bool{senior: true}, hidden)
	hidden, err = fact.Hidden(high, b.db, customer, []uuid.UUID{junior, senior})
	require.NoError(t, err)
	require.Empty(t, hidden)
}

// What segmentation judges is kept, and told to those who go by it.
func TestStandings(t *testing.T) {
	t.Parallel()
	b := setup(t)
	customer := uuid.Must(uuid.NewV7())
	class, tier, grade, factor, zone, err := b.Standing(auth.With(t.Context(), auth.Principal{Level: typev1.Level_BASIC, Territories: []string{auth.Anywhere}}), customer)
	require.Equal(t, "0 0  1 ", fmt.Sprintf("%d %d %s %s %s", class, tier, grade, factor, zone))
	require.Equal(t, "NOT_FOUND", fault.From(err).Reason())
	b.hear(t, customer, &segmentationv1.ClassChanged{Customer: "x", After: 5})
	b.hear(t, customer, &segmentationv1.TierChanged{Customer: "x", After: 4})
	b.hear(t, customer, &segmentationv1.GradeChanged{Customer: "x", After: "S"})
	rebuilding, moved := true, []uuid.UUID(nil)
	mover := &fact.Mover{Store: b.Store, Rebuilding: func(context.Context) (bool, error) { return rebuilding, nil }, Moved: func(_ context.Context, c uuid.UUID, at time.Time) error {
		require.True(t, at.Equal(testkit.Start))
		moved = append(moved, c)
		return nil
	}}
	_, err = mover.Pass(t.Context())
	require.NoError(t, err)
	require.Empty(t, moved, "nothing is done by a class of long ago")
	rebuilding = false
	count, err := mover.Pass(t.Context())
	require.NoError(t, err)
	require.Equal(t, 3, count)
	require.Equal(t, []uuid.UUID{customer}, moved)
	require.Equal(t, "1", b.text(t, `select count(*) from wanted`), "it is asked for once")
	class, tier, grade, factor, zone, err = b.Standing(t.Context(), customer)
	require.NoError(t, err)
	require.Equal(t, "5 4 S 1 Asia/Shanghai", fmt.Sprintf("%d %d %s %s %s", class, tier, grade, factor, zone))
}

// rule is one of a policy, as the test writes it.
type rule struct {
	priority       int
	classes, tiers []int32
	grades         []string
	factor         string
}

func (r *rule) meets(class, tier int32, grade string) bool {
	return (len(r.classes) == 0 || slices.Contains(r.classes, class)) && (len(r.tiers) == 0 || slices.Contains(r.tiers, tier)) &&
		(len(r.grades) == 0 || slices.Contains(r.grades, grade))
}

// Any policy and any customer: of the rules that apply the one of the greatest priority decides, and none is the usual time. A policy that is not in force says nothing.
func TestTheFactorIsThatOfTheRuleThatDecides(t *testing.T) {
	t.Parallel()
	b := setup(t)
	r := rand.New(rand.NewPCG(11, 11))
	some := func(n int) (list []int32) {
		for i := range n {
			if r.IntN(3) == 0 {
				list = append(list, int32(i))
			}
		}
		return list
	}
	for round := range 30 {
		b.exec(t, `delete from policies`)
		current, coming := uuid.New(), uuid.New()
		b.exec(t, `insert into policies (policy_id, fiscal_year, version, effective_day) values ($1, $3, 1, '2026-01-05'), ($2, 2026, 2, '2026-01-06')`,
			current, coming, []int{0, 2026}[round%2])
		b.exec(t, `insert into policy_factors (policy_id, rule_id, priority, classes, tiers, grades, sla_factor) values ($1, 'x', 99, '{}', '{}', '{}', 9)`, coming)
		var rules []rule
		for i := range r.IntN(5) {
			one := rule{priority: 10 * (i + 1), classes: some(6), tiers: some(5), factor: fmt.Sprintf("0.%d", i+1)}
			if r.IntN(2) == 0 {
				one.grades = []string{"S", "B"}
			}
			rules = append(rules, one)
			b.exec(t, `insert into policy_factors (policy_id, rule_id, priority, classes, tiers, grades, sla_factor) values ($1, $2, $3, $4, $5, $6, $7)`,
				current, fmt.Sprint(i), one.priority, postgres.OrEmpty(pq.Int32Array(one.classes)), postgres.OrEmpty(pq.Int32Array(one.tiers)),
				postgres.OrEmpty(pq.StringArray(one.grades)), one.factor)
		}
		for range 5 {
			class, tier, grade := int32(r.IntN(6)), int32(r.IntN(5)), []string{"", "S", "A"}[r.IntN(3)]
			customer, want := uuid.Must(uuid.NewV7()), "1"
			b.exec(t, `insert into customers (customer_id, territory, class, tier, grade, create_time) values ($1, 'cn', $2, $3, $4, now())`, customer, class, tier, grade)
			for _, one := range rules { // ascending by priority
				if one.meets(class, tier, grade) {
					want = one.factor
				}
			}
			_, _, _, factor, _, err := b.Standing(t.Context(), customer)
			require.NoError(t, err)
			require.Equal(t, want, factor.String())
		}
	}
}
