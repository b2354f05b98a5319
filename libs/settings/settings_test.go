package settings_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/fieldmaskpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/libs/settings"
	"github.com/guanxi-crm/guanxi/libs/testkit"
	profilev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/profile/v1"
	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
)

type store = settings.Store[*profilev1.Settings]

func migrate(ctx context.Context, db *postgres.DB) error {
	_, err := db.Exec(ctx, `create table settings (version integer primary key, body jsonb not null, author text not null, create_time timestamptz not null)`)
	return err
}

func setup(t *testing.T) (*postgres.DB, *testkit.Clock, *store) {
	t.Helper()
	db, clock := testkit.Database(t, migrate), testkit.NewClock()
	return db, clock, release(db, clock, 30)
}

// release is a store of a release that ships that number.
func release(db *postgres.DB, clock *testkit.Clock, days int32) *store {
	shipped := &profilev1.Settings{Name: "profileSettings", OverdueMedianFactor: 0.1, DeletedCustomerDays: days}
	return settings.NewStore(db, clock.Now, shipped, func(m *profilev1.Settings) []fault.Violation {
		if m.GetDeletedCustomerDays() < 1 {
			return []fault.Violation{fault.Field("deleted_customer_days", "RANGE", fault.Text{En: "too small", Zh: "过小"})}
		}
		return nil
	})
}

func alice(t *testing.T) context.Context {
	t.Helper()
	return auth.With(t.Context(), auth.Principal{Subject: "alice", Level: typev1.Level_BASIC})
}

// days is a change of the one number.
func days(n int32) *profilev1.Settings {
	return &profilev1.Settings{Name: "profileSettings", DeletedCustomerDays: n}
}

func requireSame(t *testing.T, want, got proto.Message) {
	t.Helper()
	require.True(t, proto.Equal(want, got), "want %v\ngot  %v", want, got)
}

func requireReason(t *testing.T, err error, code codes.Code, reason string) {
	t.Helper()
	require.Error(t, err)
	require.Equal(t, code, fault.From(err).Code(), "%v", err)
	require.Equal(t, reason, fault.From(err).Reason(), "%v", err)
}

func TestShippedIsTheFirst(t *testing.T) {
	t.Parallel()
	db, clock, s := setup(t)
	want := &profilev1.Settings{
		Name: "profileSettings", OverdueMedianFactor: 0.1, DeletedCustomerDays: 30,
		Version: 1, CreateTime: timestamppb.New(testkit.Start), Etag: `"1"`,
	}
	first, err := s.Current(t.Context())
	require.NoError(t, err)
	requireSame(t, want, first)

	clock.Set(testkit.Start.Add(time.Hour))
	again, err := release(db, clock, 60).Current(t.Context())
	require.NoError(t, err)
	requireSame(t, want, again)
}

func TestShippedIsStoredOnce(t *testing.T) {
	t.Parallel()
	db, clock, _ := setup(t)
	read := make(chan *profilev1.Settings, 8)
	for n := range int32(cap(read)) {
		go func() {
			first, _ := release(db, clock, n+1).Current(t.Context())
			read <- first
		}()
	}
	first := <-read
	require.Equal(t, int32(1), first.GetVersion())
	for range cap(read) - 1 {
		requireSame(t, first, <-read)
	}
}

func TestUpdateMakesAVersion(t *testing.T) {
	t.Parallel()
	db, clock, s := setup(t)
	clock.Set(testkit.Start.Add(time.Hour))
	change := &profilev1.Settings{ // what the store fills in is not the caller's to set
		Name: "profileSettings", ExpectedOrderLeadDays: 5, OverdueMedianFactor: 9, Version: 9, Author: "mallory", CreateTime: timestamppb.New(testkit.Start), Etag: `"1"`,
	}
	made, err := s.Update(alice(t), change, &fieldmaskpb.FieldMask{Paths: []string{"expected_order_lead_days", "version", "author", "create_time"}})
	require.NoError(t, err)
	want := &profilev1.Settings{
		Name: "profileSettings", ExpectedOrderLeadDays: 5, OverdueMedianFactor: 0.1, DeletedCustomerDays: 30,
		Version: 2, Author: "alice", CreateTime: timestamppb.New(testkit.Start.Add(time.Hour)), Etag: `"2"`,
	}
	requireSame(t, want, made)
	current, err := s.Current(t.Context())
	require.NoError(t, err)
	requireSame(t, want, current)

	var body string
	require.NoError(t, db.Get(t.Context(), &body, `select body from settings where version = 2`))
	require.JSONEq(t, `{"expectedOrderLeadDays": 5, "overdueMedianFactor": 0.1, "deletedCustomerDays": 30}`, body)
}

func TestUpdateWithoutDifference(t *testing.T) {
	t.Parallel()
	_, clock, s := setup(t)
	clock.Set(testkit.Start.Add(time.Hour))
	same, err := s.Update(alice(t), days(30), nil)
	require.NoError(t, err)
	require.Equal(t, int32(1), same.GetVersion())
}

func TestUpdateRefuses(t *testing.T) {
	t.Parallel()
	_, _, s := setup(t)
	stale := days(10)
	stale.Etag = `"7"`
	for name, c := range map[string]struct {
		change *profilev1.Settings
		mask   []string
		code   codes.Code
		reason string
	}{
		"another name":       {&profilev1.Settings{Name: "other", DeletedCustomerDays: 10}, nil, codes.InvalidArgument, "INVALID_FIELDS"},
		"no name":            {&profilev1.Settings{DeletedCustomerDays: 10}, nil, codes.InvalidArgument, "INVALID_FIELDS"},
		"nothing":            {nil, nil, codes.InvalidArgument, "INVALID_FIELDS"},
		"an old etag":        {stale, nil, codes.Aborted, "ETAG_MISMATCH"},
		"no such path":       {days(10), []string{"deleted_days"}, codes.InvalidArgument, "INVALID_FIELDS"},
		"a number left out":  {days(0), []string{"deleted_customer_days"}, codes.InvalidArgument, "INVALID_FIELDS"},
		"a number too small": {days(-1), nil, codes.InvalidArgument, "INVALID_FIELDS"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := s.Update(alice(t), c.change, &fieldmaskpb.FieldMask{Paths: c.mask})
			requireReason(t, err, c.code, c.reason)
			current, err := s.Current(t.Context())
			require.NoError(t, err)
			require.Equal(t, int32(1), current.GetVersion())
		})
	}
}

func TestLostRaceIsAborted(t *testing.T) {
	t.Parallel()
	db, _, s := setup(t)
	_, err := s.Current(t.Context())
	require.NoError(t, err)
	lost := make(chan error)
	err = db.InTx(alice(t), func(ctx context.Context) error {
		_, err := s.Update(ctx, days(10), nil)
		go func() {
			_, err := s.Update(alice(t), days(20), nil) // sees version 1 and waits for this transaction
			lost <- err
		}()
		waitForLock(t, db)
		return err
	})
	require.NoError(t, err)
	requireReason(t, <-lost, codes.Aborted, "ETAG_MISMATCH")
	current, err := s.Current(t.Context())
	require.NoError(t, err)
	require.Equal(t, int32(10), current.GetDeletedCustomerDays())
}

func waitForLock(t *testing.T, db *postgres.DB) {
	t.Helper()
	require.Eventually(t, func() bool {
		var waiting bool
		err := db.Get(context.Background(), &waiting, `select exists (select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock')`)
		return err == nil && waiting
	}, testkit.Patience, 5*time.Millisecond)
}

func TestAt(t *testing.T) {
	t.Parallel()
	_, clock, s := setup(t)
	first, err := s.At(t.Context(), testkit.Start.AddDate(-1, 0, 0))
	require.NoError(t, err)
	require.Equal(t, int32(1), first.GetVersion(), "before there were any the shipped ones counted")
	for n := range int32(2) {
		clock.Set(clock.Now().Add(time.Hour))
		_, err := s.Update(alice(t), days(n+1), nil)
		require.NoError(t, err)
	}
	for after, want := range map[time.Duration]int32{
		-time.Hour: 1, 0: 1, time.Hour - time.Microsecond: 1, time.Hour: 2, 2*time.Hour - time.Microsecond: 2, 2 * time.Hour: 3, 24 * time.Hour: 3,
	} {
		got, err := s.At(t.Context(), testkit.Start.Add(after))
		require.NoError(t, err)
		require.Equal(t, want, got.GetVersion(), after)
	}
}

func TestNumbersOfANewerReleaseArePassedOver(t *testing.T) {
	t.Parallel()
	db, _, s := setup(t)
	_, err := db.Exec(t.Context(), `insert into settings values (4, '{"deletedCustomerDays": 3, "invented": {"later": [1]}}', 'bob', now())`)
	require.NoError(t, err)
	current, err := s.Current(t.Context())
	require.NoError(t, err)
	require.Equal(t, int32(3), current.GetDeletedCustomerDays())
	require.Equal(t, int32(4), current.GetVersion())
}

// A service has further numbers in a table of their own, and errors call them by the name that they have in their request.
func TestInAnotherTable(t *testing.T) {
	t.Parallel()
	db, clock, first := setup(t)
	_, err := db.Exec(t.Context(), `create table programmes (like settings); alter table programmes add constraint programmes_pkey primary key (version)`)
	require.NoError(t, err)
	second := release(db, clock, 7).In("programmes", "programme")
	_, err = first.Update(alice(t), days(10), nil)
	require.NoError(t, err)
	got, err := second.Update(alice(t), days(8), nil)
	require.NoError(t, err)
	require.Equal(t, []int32{2, 8}, []int32{got.GetVersion(), got.GetDeletedCustomerDays()})
	old, err := second.At(t.Context(), clock.Now().Add(-time.Hour))
	require.NoError(t, err)
	require.Equal(t, int32(7), old.GetDeletedCustomerDays())
	_, err = second.Update(alice(t), days(-1), nil)
	require.ErrorContains(t, err, "programme.deleted_customer_days")
}
