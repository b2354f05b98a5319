package reach_test

import (
	"bytes"
	"context"
	"log/slog"
	"testing"

	"github.com/google/uuid"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/platform"
	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/libs/reach"
	"github.com/guanxi-crm/guanxi/libs/testkit"
	planningv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/planning/v1"
	profilev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/profile/v1"
)

const (
	south   = "customers/00000000-0000-7000-8000-000000000001"
	north   = "customers/00000000-0000-7000-8000-000000000003"
	nowhere = "customers/00000000-0000-7000-8000-000000000004"
)

const schema = `
create table customers (customer_id uuid primary key, territory text not null);
insert into customers values ('00000000-0000-7000-8000-000000000001', 'cn/south/shenzhen'), ('00000000-0000-7000-8000-000000000003', 'cn/north');
`

func migrate(ctx context.Context, db *postgres.DB) error {
	if err := platform.Migrate(ctx, db); err != nil {
		return err
	}
	_, err := db.Exec(ctx, schema)
	return err
}

type scene struct {
	net    *reach.Net
	caught prometheus.Counter
	said   *bytes.Buffer
}

func cast(t *testing.T) scene {
	t.Helper()
	s := scene{caught: reach.NewCounter(), said: new(bytes.Buffer)}
	s.net = reach.New(testkit.Database(t, migrate), slog.New(slog.NewTextHandler(s.said, nil)), s.caught)
	return s
}

// answers sends a message to a caller of these territories, as the answer of a call and in a stream.
func (s scene) answers(t *testing.T, m proto.Message, territories ...string) error {
	t.Helper()
	ctx := auth.With(t.Context(), auth.Principal{Subject: "alice", Territories: territories})
	answer, err := s.net.Unary(ctx, nil, &grpc.UnaryServerInfo{FullMethod: "/m"}, func(context.Context, any) (any, error) { return m, nil })
	out := &sent{ctx: ctx}
	streamed := s.net.Stream(nil, out, &grpc.StreamServerInfo{FullMethod: "/m"}, func(_ any, stream grpc.ServerStream) error { return stream.SendMsg(m) })
	require.Equal(t, err, streamed)
	if err == nil {
		require.Equal(t, m, answer)
		require.Equal(t, []any{m}, out.messages)
	} else {
		require.Nil(t, answer)
		require.Empty(t, out.messages)
	}
	return err
}

type sent struct {
	grpc.ServerStream
	ctx      context.Context
	messages []any
}

func (s *sent) Context() context.Context { return s.ctx }
func (s *sent) SendMsg(m any) error      { s.messages = append(s.messages, m); return nil }

// What a handler that forgot the territories would give away does not leave, wherever in the answer it stands.
func TestNothingOutOfReachLeaves(t *testing.T) {
	t.Parallel()
	for what, answer := range map[string]proto.Message{
		"a name below the customer": &profilev1.Order{Name: north + "/orders/1"},
		"in a list":                 &planningv1.ListContactsResponse{Contacts: []*planningv1.Contact{{Customer: south}, {Customer: north}}},
		"a list of names":           &profilev1.Group{Name: south + "/group", Ancestors: []string{north}},
		"a customer that says so":   &profilev1.Customer{Name: north, Territory: "cn/north"},
		"a customer that says not":  &profilev1.Customer{Name: north},
		"beside one that is":        &profilev1.Customer{Name: south, Territory: "cn/south", Parent: north},
	} {
		s := cast(t)
		err := s.answers(t, answer, "cn/south", "de")
		require.Equal(t, codes.PermissionDenied, fault.From(err).Code(), what)
		require.Equal(t, "OUT_OF_REACH", fault.From(err).Reason(), what)
		require.NotContains(t, status.Convert(err).Message(), north, what)
		require.InDelta(t, 2, testutil.ToFloat64(s.caught), 0, what)
		require.Contains(t, s.said.String(), "method=/m customer="+north[len("customers/"):]+" caller=alice", what)
		require.NoError(t, s.answers(t, answer, "cn"), what)
		require.NoError(t, s.answers(t, answer, auth.Anywhere), what)
		require.InDelta(t, 2, testutil.ToFloat64(s.caught), 0, what)
	}
}

func TestTheRestLeaves(t *testing.T) {
	t.Parallel()
	s := cast(t)
	for _, answer := range []proto.Message{
		&profilev1.Customer{Name: south, Territory: "cn/south/shenzhen"},
		&planningv1.Contact{Name: "contacts/" + north[len("customers/"):], Customer: south, Purpose: north}, // what people write is no name
		&profilev1.Order{Name: nowhere + "/orders/1"},
		&profilev1.BatchGetOrdersResponse{MissingNames: []string{north + "/orders/1"}},
		&profilev1.Order{Name: "customers/-/orders/1"},
		&profilev1.SharedPerson{Customer: south, Person: &profilev1.Person{Name: north + "/people/1"}},
	} {
		require.NoError(t, s.answers(t, answer, "cn/south"))
	}
	require.Zero(t, testutil.ToFloat64(s.caught))
	require.Empty(t, s.said.String())
}

// Of a database that does not answer nothing can be learned, so nothing is sent.
func TestWithoutAnAnswerNothingLeaves(t *testing.T) {
	t.Parallel()
	db := testkit.Database(t, migrate)
	_, err := db.Exec(t.Context(), "drop table customers")
	require.NoError(t, err)
	s := scene{net: reach.New(db, slog.New(slog.DiscardHandler), reach.NewCounter())}
	ctx := auth.With(t.Context(), auth.Principal{Territories: []string{"cn"}})
	answer, err := s.net.Unary(ctx, nil, &grpc.UnaryServerInfo{}, func(context.Context, any) (any, error) { return &profilev1.Order{Name: south + "/orders/1"}, nil })
	require.ErrorContains(t, err, "customers")
	require.Nil(t, answer)
}

func TestUnlisted(t *testing.T) {
	t.Parallel()
	require.Empty(t, reach.Unlisted(&planningv1.Contact{Customer: south, Purpose: "about " + south}))
	require.Equal(t, []string{"guanxi.planning.v1.Contact.purpose"}, reach.Unlisted(&planningv1.Contact{Purpose: south + "/people/" + uuid.NewString()}))
}
