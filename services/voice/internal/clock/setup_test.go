package clock

import (
	"context"
	"os"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/require"

	"github.com/guanxi-crm/guanxi/libs/aggregate"
	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/platform"
	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/libs/testkit"
)

func migrate(ctx context.Context, db *postgres.DB) error {
	if err := platform.Migrate(ctx, db); err != nil {
		return err
	}
	return postgres.Migrate(ctx, db, "voice_migrations", os.DirFS("../../migrations"))
}

// The numbers of the API.
const (
	complaint              = 2
	critical, high, medium = 1, 2, 3
)

type bench struct {
	context.Context //nolint:containedctx // of the test

	t     *testing.T
	db    *postgres.DB
	clock *testkit.Clock
	*Store
}

func setup(t *testing.T) *bench {
	t.Helper()
	db, clock := testkit.Database(t, migrate), testkit.NewClock()
	ctx := auth.With(t.Context(), auth.Principal{Subject: "alice", Territories: []string{auth.Anywhere}})
	return &bench{Context: ctx, t: t, db: db, clock: clock, Store: NewStore(db, clock.Now)}
}

const (
	insertCustomer = `insert into customers (customer_id, territory, create_time, class) values ($1, 'cn/south', $2, 3) on conflict do nothing`
	insertCase     = `insert into cases (customer_id, case_id, request_kind, track, phase, technicality, severity, severity_basis, major, state, title, product_line, product_code,
		cause, assignee, received_time, revision, create_time, update_time)
	values ($1, $2, $3, 1, 1, 1, $4, 1, false, 1, '', '', '', '', '', $5, 1, $5, $5)`
)

// opened is a case of a new customer with running clocks.
func (b *bench) opened(severity int16, received time.Time) Of {
	b.t.Helper()
	of := Of{Customer: uuid.Must(uuid.NewV7()), Case: uuid.Must(uuid.NewV7()), Request: complaint, Severity: severity, Class: 3, SLAFactor: decimal.NewFromInt(1), Received: received}
	b.do(of.Customer, func(ctx context.Context) error {
		if _, err := b.db.Exec(ctx, insertCase, of.Customer, of.Case, of.Request, of.Severity, received); err != nil {
			return err
		}
		return b.Start(ctx, of)
	})
	return of
}

// do runs in a transaction that holds a customer, who is made if he is not there.
func (b *bench) do(customer uuid.UUID, do func(ctx context.Context) error) {
	b.t.Helper()
	_, err := b.db.Exec(b, insertCustomer, customer, b.clock.Now())
	require.NoError(b.t, err)
	require.NoError(b.t, b.db.InTx(b, func(ctx context.Context) error {
		_, err := aggregate.Hold(ctx, b.db, []uuid.UUID{customer})
		require.NoError(b.t, err)
		return do(ctx)
	}))
}

func (b *bench) at(of Of, asOf time.Time, m Measure) *view {
	b.t.Helper()
	all, err := b.views(b, of.Case, asOf)
	require.NoError(b.t, err)
	for _, v := range all {
		if v.Measure == m {
			return v
		}
	}
	return nil
}

func local(text string) time.Time {
	zone, err := time.LoadLocation("Asia/Shanghai")
	if err != nil {
		panic(err)
	}
	at, err := time.ParseInLocation("2006-01-02 15:04", text, zone)
	if err != nil {
		panic(err)
	}
	return at
}
