package rule

import (
	"context"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"

	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/fault"
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

func TestStoredRules(t *testing.T) {
	t.Parallel()
	db, clock := testkit.Database(t, migrate), testkit.NewClock()
	ctx := auth.With(t.Context(), auth.Principal{Subject: "alice", Territories: []string{auth.Anywhere}})
	s := NewStore(db, clock.Now)
	book, err := s.Book(ctx)
	require.NoError(t, err)
	require.Len(t, book, len(Shipped()))
	for i, want := range NewBook(Shipped()) {
		want.CreateTime = book[i].CreateTime
		require.Equal(t, want, book[i], "what is stored is what was shipped")
	}

	id, err := s.Find(ctx, "name", "responseRules/complaint-high")
	require.NoError(t, err)
	clock.Advance(time.Hour)
	changed, err := s.Change(ctx, id, `"1"`, func(_ context.Context, r *Rule) ([]string, error) {
		r.Active = false
		return []string{"active"}, nil
	})
	require.NoError(t, err)
	require.Equal(t, int32(2), changed.Version)
	again, err := s.Book(ctx)
	require.NoError(t, err)
	require.Len(t, again, len(book)-1, "a rule that is not active counts for nothing, at once")
	r, _ := again.Choose(Case{Request: complaint, Severity: high}, Resolution)
	require.Nil(t, r)
	old, err := s.Get(ctx, id, 1)
	require.NoError(t, err)
	require.True(t, old.Active)

	_, err = s.Change(ctx, id, `"1"`, nil)
	require.Equal(t, codes.Aborted, fault.From(err).Code())
	taken := *old
	require.Equal(t, "CODE_TAKEN", fault.From(s.Create(ctx, &taken)).Reason())
	require.NoError(t, NewStore(db, clock.Now).Ship(ctx), "once")
	var announced int
	require.NoError(t, db.Get(ctx, &announced, `select count(*) from outbox where aggregate_id = $1`, id))
	require.Equal(t, 1, announced)
}
