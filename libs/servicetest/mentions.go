package servicetest

import (
	"context"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	"github.com/guanxi-crm/guanxi/libs/aggregate"
	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/events"
	"github.com/guanxi-crm/guanxi/libs/history"
	"github.com/guanxi-crm/guanxi/libs/resource"
	"github.com/guanxi-crm/guanxi/libs/testkit"
	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
)

// Mentions looks for a text in every row of every table of the service's database and tells in which tables it stands, and in how many rows.
func (s *Service) Mentions(t testing.TB, text string) map[string]int {
	t.Helper()
	var tables []string
	err := s.DB.Select(t.Context(), &tables, `select format('%I.%I', schemaname, tablename) from pg_tables where schemaname not in ('pg_catalog', 'information_schema')`)
	require.NoError(t, err)
	require.NotEmpty(t, tables)
	found := map[string]int{}
	for _, table := range tables {
		var n int
		// Bytes are looked at as they are: a sealed or stored answer may hold the text.
		err := s.DB.Get(t.Context(), &n, `select count(*) from `+table+` as t where strpos(t::text, $1) > 0 or strpos(t::text, encode(convert_to($1, 'UTF8'), 'hex')) > 0`, text)
		require.NoError(t, err)
		if n > 0 {
			found[table] = n
		}
	}
	return found
}

// Announce has the service announce something of a customer, as if it had come about.
func (s *Service) Announce(t testing.TB, customer uuid.UUID, data proto.Message) {
	t.Helper()
	ctx := auth.With(t.Context(), auth.Principal{Subject: "root", Territories: []string{auth.Anywhere}})
	require.NoError(t, s.DB.InTx(ctx, func(ctx context.Context) error {
		held, err := aggregate.Hold(ctx, s.DB, []uuid.UUID{customer})
		if err != nil {
			return err
		}
		event, err := events.New(ctx, s.Clock.Now(), customer, data)
		if err != nil {
			return err
		}
		return aggregate.Record(ctx, s.DB, held, []history.Record{history.NewRecord(event, 0, typev1.Level_BASIC, nil)})
	}))
}

// transport are the tables of what is on its way. They hold the ids that events carry, and nothing else of a person.
var transport = []string{"public.outbox", "public.inbox", "public.parked", "public.dead_letters", "public.wanted", "public.replans"}

// RequireForgotten waits until the service has confirmed that it keeps nothing of a person and holds it to that: none of its tables knows his id any more, but that the history says
// that something happened, not what. Before, at least so many tables must have known it, or the test would prove nothing; profile, which has been first to start, announces that it
// has erased him.
func (s *Service) RequireForgotten(t testing.TB, person string, erased proto.Message, tables int) {
	t.Helper()
	ids, err := resource.Parse("person", person, "customers", "people")
	require.NoError(t, err)
	id := ids[1].String()
	require.GreaterOrEqual(t, len(s.Mentions(t, id)), tables)
	profile := s.All()[0]
	profile.Announce(t, ids[0], erased)
	require.Eventually(t, func() bool {
		var confirmed bool
		err := profile.DB.Get(context.Background(), &confirmed, `select exists (select from receipts where subject_id = $1 and kind = 3 and service = $2)`, id, s.Name())
		return err == nil && confirmed
	}, testkit.Patience, 10*time.Millisecond)
	left := s.Mentions(t, id)
	for _, table := range transport {
		delete(left, table)
	}
	var emptied int
	require.NoError(t, s.DB.Get(t.Context(), &emptied, `select count(*) from changes where strpos(resource, $1) > 0 and fields = '[]'`, id))
	if left["public.changes"] == emptied {
		delete(left, "public.changes")
	}
	require.Empty(t, left)
}
