package idempotency_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/testing/protocmp"

	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/idempotency"
	"github.com/guanxi-crm/guanxi/libs/platform"
	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/libs/testkit"
	profilev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/profile/v1"
)

func migrate(ctx context.Context, db *postgres.DB) error {
	if err := platform.Migrate(ctx, db); err != nil {
		return err
	}
	_, err := db.Exec(ctx, "create table notes (name text)")
	return err
}

const create = profilev1.CustomerService_CreateCustomer_FullMethodName

// bundle calls a handler, which writes a note and answers it, through the interceptor.
type bundle struct {
	db     *postgres.DB
	clock  *testkit.Clock
	method string
	fail   error
	during func(ctx context.Context)
}

func setup(t *testing.T) *bundle {
	t.Helper()
	return &bundle{db: testkit.Database(t, migrate), clock: testkit.NewClock(), method: create}
}

func (b *bundle) call(caller string, request proto.Message) (*profilev1.Customer, error) {
	ctx := auth.With(context.Background(), auth.Principal{Subject: caller})
	answer, err := idempotency.Unary(b.db, b.clock.Now, nil)(ctx, request, &grpc.UnaryServerInfo{FullMethod: b.method}, b.handle)
	customer, _ := answer.(*profilev1.Customer)
	return customer, err
}

func (b *bundle) handle(ctx context.Context, _ any) (any, error) {
	if _, err := b.db.Exec(ctx, "insert into notes values ('x')"); err != nil {
		return nil, err
	}
	if b.during != nil {
		b.during(ctx)
	}
	if b.fail != nil {
		return nil, b.fail
	}
	var count int32
	if err := b.db.Get(ctx, &count, "select count(*) from notes"); err != nil {
		return nil, err
	}
	return &profilev1.Customer{EmployeeCount: count}, nil
}

func (b *bundle) notes(t *testing.T) (count int) {
	t.Helper()
	require.NoError(t, b.db.Get(context.Background(), &count, "select count(*) from notes"))
	return count
}

func request(id, name string) *profilev1.CreateCustomerRequest {
	return &profilev1.CreateCustomerRequest{RequestId: id, Customer: &profilev1.Customer{DisplayName: name}}
}

func TestRepeatedCallGetsTheFirstAnswer(t *testing.T) {
	t.Parallel()
	b := setup(t)
	first, err := b.call("alice", request("1", "x"))
	require.NoError(t, err)
	for range 3 {
		again, err := b.call("alice", request("1", "x"))
		require.NoError(t, err)
		require.Empty(t, cmp.Diff(first, again, protocmp.Transform()))
	}
	require.Equal(t, 1, b.notes(t))
}

func TestIdsAreOfTheirCaller(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for i, caller := range []string{"alice", "bob", ""} {
		answer, err := b.call(caller, request("1", "x"))
		require.NoError(t, err)
		require.EqualValues(t, i+1, answer.GetEmployeeCount())
	}
}

// Callers of public methods have no subject: the same id on another request is another caller's, and what is repeated is repeated.
func TestThePublicDoesNotShareIds(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for i, name := range []string{"x", "y", "x", "y"} {
		answer, err := b.call("", request("1", name))
		require.NoError(t, err)
		require.EqualValues(t, i%2+1, answer.GetEmployeeCount())
	}
	require.Equal(t, 2, b.notes(t))
}

func TestWithoutIdEveryCallCounts(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for range 2 {
		_, err := b.call("alice", request("", "x"))
		require.NoError(t, err)
	}
	_, err := b.call("alice", &profilev1.GetCustomerRequest{Name: "has no such field"})
	require.NoError(t, err)
	require.Equal(t, 3, b.notes(t))
}

func TestReadsAreNotRemembered(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.method = profilev1.CustomerService_GetCustomer_FullMethodName
	for range 2 {
		_, err := b.call("alice", request("1", "x"))
		require.NoError(t, err)
	}
	require.Equal(t, 2, b.notes(t))
}

func TestAnotherRequestWithTheSameId(t *testing.T) {
	t.Parallel()
	b := setup(t)
	_, err := b.call("alice", request("1", "x"))
	require.NoError(t, err)
	_, err = b.call("alice", request("1", "another body"))
	requireReused(t, err)
	b.method = profilev1.CustomerService_UpdateCustomer_FullMethodName
	_, err = b.call("alice", request("1", "x"))
	requireReused(t, err)
	require.Equal(t, 1, b.notes(t))
}

func requireReused(t *testing.T, err error) {
	t.Helper()
	failed := fault.From(err)
	require.Equal(t, codes.InvalidArgument, failed.Code(), err)
	require.Equal(t, "request_id", failed.Violations()[0].Field)
	require.Equal(t, "REQUEST_ID_REUSED", failed.Violations()[0].Rule)
}

func TestFailedCallLeavesNothing(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.fail = fault.NotFound("x")
	_, err := b.call("alice", request("1", "x"))
	require.ErrorIs(t, err, b.fail)
	require.Zero(t, b.notes(t))
	b.fail = nil
	_, err = b.call("alice", request("1", "x"))
	require.NoError(t, err)
	require.Equal(t, 1, b.notes(t))
}

func TestPanicLeavesNothing(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.during = func(context.Context) { panic("x") }
	require.Panics(t, func() { _, _ = b.call("alice", request("1", "x")) })
	b.during = nil
	require.Zero(t, b.notes(t))
	_, err := b.call("alice", request("1", "x"))
	require.NoError(t, err)
}

func TestTwinsHaveOneEffect(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.during = func(context.Context) { time.Sleep(50 * time.Millisecond) }
	var wg sync.WaitGroup
	answers, errs := make([]*profilev1.Customer, 8), make([]error, 8)
	for i := range answers {
		wg.Go(func() { answers[i], errs[i] = b.call("alice", request("1", "x")) })
	}
	wg.Wait()
	require.NoError(t, errors.Join(errs...))
	for _, answer := range answers {
		require.EqualValues(t, 1, answer.GetEmployeeCount())
	}
	require.Equal(t, 1, b.notes(t))
}

func TestTwinOfACallThatFailsTakesOver(t *testing.T) {
	t.Parallel()
	b := setup(t)
	var once sync.Once
	running, failing := make(chan struct{}), errors.New("the first fails")
	handler := func(ctx context.Context, req any) (answer any, err error) {
		first := false
		once.Do(func() { first = true })
		if first {
			close(running)
			time.Sleep(100 * time.Millisecond) // the twin waits meanwhile
			return nil, failing
		}
		return b.handle(ctx, req)
	}
	call := func() error {
		ctx := auth.With(context.Background(), auth.Principal{Subject: "alice"})
		_, err := idempotency.Unary(b.db, b.clock.Now, nil)(ctx, request("1", "x"), &grpc.UnaryServerInfo{FullMethod: create}, handler)
		return err
	}
	done := make(chan error)
	go func() { done <- call() }()
	<-running
	require.NoError(t, call())
	require.ErrorIs(t, <-done, failing)
	require.Equal(t, 1, b.notes(t))
}

func TestPurge(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for range 2 {
		_, err := b.call("alice", request(b.clock.Now().String(), "x"))
		require.NoError(t, err)
		b.clock.Advance(idempotency.Kept)
	}
	purged, err := idempotency.Purge(context.Background(), b.db, b.clock.Now().Add(-idempotency.Kept))
	require.NoError(t, err)
	require.EqualValues(t, 1, purged)
	var left int
	require.NoError(t, b.db.Get(context.Background(), &left, "select count(*) from requests"))
	require.Equal(t, 1, left)
}
