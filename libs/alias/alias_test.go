package alias_test

import (
	"context"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"

	"github.com/guanxi-crm/guanxi/libs/alias"
	"github.com/guanxi-crm/guanxi/libs/platform"
	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/libs/testkit"
	profilev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/profile/v1"
)

var (
	a = uuid.MustParse("00000000-0000-7000-8000-00000000000a")
	b = uuid.MustParse("00000000-0000-7000-8000-00000000000b")
	c = uuid.MustParse("00000000-0000-7000-8000-00000000000c")
	d = uuid.MustParse("00000000-0000-7000-8000-00000000000d")
)

func name(id uuid.UUID, rest ...string) string {
	out := "customers/" + id.String()
	for _, r := range rest {
		out += r
	}
	return out
}

func open(t testing.TB, db *postgres.DB) *alias.Book {
	t.Helper()
	book, err := alias.Open(t.Context(), db)
	require.NoError(t, err)
	return book
}

// call sends a request through the book and returns the old name that the handler has for b.
func call(t testing.TB, book *alias.Book, req proto.Message, literal ...string) uuid.NullUUID {
	t.Helper()
	exempt := map[string]bool{}
	for _, l := range literal {
		exempt[l] = true
	}
	answer, err := book.Unary(exempt)(t.Context(), req, &grpc.UnaryServerInfo{FullMethod: "/m"}, func(ctx context.Context, _ any) (any, error) {
		require.False(t, alias.Via(ctx, a).Valid)
		return alias.Via(ctx, b), nil
	})
	require.NoError(t, err)
	return answer.(uuid.NullUUID)
}

func TestChainsResolveAndCommitsShowAtOnce(t *testing.T) {
	t.Parallel()
	db := testkit.Database(t, platform.Migrate)
	book, elsewhere := open(t, db), open(t, db)
	require.Equal(t, a, book.Survivor(a))
	require.NoError(t, db.InTx(t.Context(), func(ctx context.Context) error {
		require.NoError(t, book.Add(ctx, a, b))
		require.Equal(t, a, book.Survivor(a), "not before the commit")
		return nil
	}))
	require.Equal(t, b, book.Survivor(a))
	require.NoError(t, book.Add(t.Context(), b, c))
	require.Equal(t, c, book.Survivor(a), "through the chain")
	require.Equal(t, a, elsewhere.Survivor(a), "another process looks twice a second")
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- elsewhere.Run(ctx) }()
	require.Eventually(t, func() bool { return elsewhere.Survivor(a) == c }, testkit.Patience, 10*time.Millisecond)
	require.NoError(t, book.Remove(t.Context(), b))
	require.Equal(t, b, book.Survivor(a))
	require.Equal(t, b, book.Survivor(b))
	require.Eventually(t, func() bool { return elsewhere.Survivor(a) == b }, testkit.Patience, 10*time.Millisecond)
	stop()
	require.NoError(t, <-done)
}

func TestRequestsCallTheSurvivor(t *testing.T) {
	t.Parallel()
	db := testkit.Database(t, platform.Migrate)
	book := open(t, db)
	require.NoError(t, book.Add(t.Context(), a, b))
	require.NoError(t, book.Add(t.Context(), c, b))

	person := &profilev1.UpdatePersonRequest{Person: &profilev1.Person{Name: name(a, "/people/", d.String()), ReportsTo: name(a, "/people/", c.String()), Family: a.String()}}
	require.Equal(t, uuid.NullUUID{UUID: a, Valid: true}, call(t, book, person))
	require.Equal(t, name(b, "/people/", d.String()), person.GetPerson().GetName())
	require.Equal(t, name(b, "/people/", c.String()), person.GetPerson().GetReportsTo())
	require.Equal(t, a.String(), person.GetPerson().GetFamily(), "an id alone is no name")

	batch := &profilev1.BatchGetOrdersRequest{Names: []string{name(d, "/orders/x"), name(a, "/orders/x"), name(a) + "x", "customers/-"}}
	call(t, book, batch)
	require.Equal(t, []string{name(d, "/orders/x"), name(b, "/orders/x"), name(a) + "x", "customers/-"}, batch.GetNames())

	filter := func(one, two, three uuid.UUID) string {
		return `parent = "customers/" OR customer = "` + name(one) + `" OR customer:"` + name(two) + `" OR customer="` + name(three) + `"`
	}
	list := &profilev1.ListCustomersRequest{Filter: filter(a, d, c)}
	call(t, book, list)
	require.Equal(t, filter(b, d, b), list.GetFilter())

	// Called by two names at once: nobody can say whose it is.
	for _, other := range []uuid.UUID{b, c} {
		mixed := &profilev1.CreatePersonRequest{Parent: name(a), Person: &profilev1.Person{ReportsTo: name(other, "/people/x")}}
		require.False(t, call(t, book, mixed).Valid)
		require.Equal(t, name(b), mixed.GetParent())
	}

	own := &profilev1.GetCustomerRequest{Name: name(a)}
	call(t, book, own, "/m")
	require.Equal(t, name(a), own.GetName(), "a literal method means the customer of the very name")
	untouched := t.Context()
	require.Equal(t, untouched, alias.WithVia(untouched, b, uuid.NullUUID{}))
	require.True(t, alias.Via(alias.WithVia(untouched, b, uuid.NullUUID{UUID: a, Valid: true}), b).Valid)
}

// stream is a stream of one message.
type stream struct {
	grpc.ServerStream
	ctx context.Context
}

func (s stream) Context() context.Context { return s.ctx }

func (stream) RecvMsg(m any) error {
	proto.Merge(m.(proto.Message), &profilev1.GetCustomerRequest{Name: name(a)})
	return nil
}

func TestStreamsCallTheSurvivor(t *testing.T) {
	t.Parallel()
	book := open(t, testkit.Database(t, platform.Migrate))
	require.NoError(t, book.Add(t.Context(), a, b))
	for _, literal := range []bool{false, true} {
		err := book.Stream(map[string]bool{"/m": literal})(nil, stream{ctx: t.Context()}, &grpc.StreamServerInfo{FullMethod: "/m"}, func(_ any, s grpc.ServerStream) error {
			m := new(profilev1.GetCustomerRequest)
			require.NoError(t, s.RecvMsg(m))
			require.Equal(t, name(map[bool]uuid.UUID{false: b, true: a}[literal]), m.GetName())
			return nil
		})
		require.NoError(t, err)
	}
}

// BenchmarkRead is what a small read pays, with nothing merged and with a thousand customers merged.
func BenchmarkRead(bench *testing.B) {
	for label, merged := range map[string]int{"nothing merged": 0, "a thousand merged": 1000} {
		bench.Run(label, func(bench *testing.B) {
			db := testkit.Database(bench, platform.Migrate)
			_, err := db.Exec(bench.Context(), `insert into aliases (customer_id, survivor_id) select gen_random_uuid(), gen_random_uuid() from generate_series(1, $1)`, merged)
			require.NoError(bench, err)
			unary, info := open(bench, db).Unary(nil), &grpc.UnaryServerInfo{FullMethod: "/m"}
			req, ctx := &profilev1.GetCustomerRequest{Name: name(a)}, bench.Context()
			handler := func(_ context.Context, req any) (any, error) { return req, nil }
			bench.ReportAllocs()
			for bench.Loop() {
				_, _ = unary(ctx, req, info, handler)
			}
		})
	}
}
