package service_test

import (
	"context"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/uuid"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"

	"github.com/guanxi-crm/guanxi/libs/events"
	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/libs/service"
	"github.com/guanxi-crm/guanxi/libs/testkit"
	profilev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/profile/v1"
)

var projected = fstest.MapFS{"00001_seen.sql": {Data: []byte(`
-- +goose Up
create table seen (event_id uuid primary key);
create table parts (event_id uuid references seen);
-- +goose Down
drop table parts, seen;
`)}}

// What a rebuild empties is filled again by the next start, from all events that there ever were, and nothing but that.
func TestRebuildFillsProjectionsAnew(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	_, cfg, deps := parts(t)
	def := definition(&testService{})
	def.Migrations = projected
	def.Projections = []service.Projection{{Consumer: "test-seen", Tables: []string{"parts", "seen"}}}
	def.Subscriptions = func(p *service.Platform) []events.Subscription {
		return []events.Subscription{{Name: "test-seen", Subjects: []string{"guanxi.profile.>"}, Handle: func(ctx context.Context, d events.Delivery) error {
			_, err := p.DB.Exec(ctx, `with s as (insert into seen (event_id) values ($1) returning event_id) insert into parts (event_id) select event_id from s`, d.ID)
			return err
		}}}
	}
	db := testkit.Open(t, cfg.Database)
	js, err := jetstream.New(deps.NATS)
	require.NoError(t, err)
	running, err := service.Start(ctx, def, cfg, deps)
	require.NoError(t, err)
	announce(t, db, 3)
	caughtUp(t, db, js, 3)
	require.ErrorContains(t, service.Rebuild(ctx, db, js, def), "is running")
	require.NoError(t, running.Stop())

	_, err = db.Exec(ctx, `insert into parts (event_id) select event_id from seen`) // what a fault has left behind
	require.NoError(t, err)
	require.NoError(t, service.Rebuild(ctx, db, js, def))
	require.Zero(t, seen(t, db))
	_, err = events.Pending(ctx, js, "test-seen")
	require.ErrorIs(t, err, jetstream.ErrConsumerNotFound)

	running, err = service.Start(ctx, def, cfg, deps)
	require.NoError(t, err)
	caughtUp(t, db, js, 3)
	require.NoError(t, running.Stop())

	def.Projections = append(def.Projections, service.Projection{Consumer: "test-none", Tables: []string{"none"}})
	require.ErrorContains(t, service.Rebuild(ctx, db, js, def), "none")
	require.Equal(t, 3, seen(t, db), "all or nothing is emptied")
}

func announce(t *testing.T, db *postgres.DB, n int) {
	t.Helper()
	for range n {
		e, err := events.New(t.Context(), time.Now(), uuid.New(), &profilev1.CustomerCreated{Customer: "customers/1"})
		require.NoError(t, err)
		e.Version = 1
		require.NoError(t, events.InsertAll(t.Context(), db, []events.Event{e}))
	}
}

func seen(t *testing.T, db *postgres.DB) (n int) {
	t.Helper()
	require.NoError(t, db.Get(t.Context(), &n, `select count(*) from parts join seen using (event_id)`))
	return n
}

func caughtUp(t *testing.T, db *postgres.DB, js jetstream.JetStream, n int) {
	t.Helper()
	require.Eventually(t, func() bool {
		left, err := events.Pending(context.Background(), js, "test-seen")
		return err == nil && left == 0 && seen(t, db) == n
	}, testkit.Patience, 10*time.Millisecond)
}
