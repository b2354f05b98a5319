package main

import (
	"bytes"
	"context"
	"testing"
	"testing/fstest"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"

	"github.com/guanxi-crm/guanxi/libs/events"
	"github.com/guanxi-crm/guanxi/libs/service"
	"github.com/guanxi-crm/guanxi/libs/testkit"
)

// It also serves a service that has never run.
func TestRebuild(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	conn := testkit.NATS(t)
	what := service.Definition{
		Name: "test", Migrations: fstest.MapFS{"00001_seen.sql": {Data: []byte("-- +goose Up\ncreate table seen (n int);\n")}},
	}
	config, err := service.LoadConfig(what.Name, nil)
	require.NoError(t, err)
	config.Database.URL, config.NATS.URL = testkit.DatabaseURL(t, nil), conn.ConnectedUrl()
	var out bytes.Buffer
	require.ErrorContains(t, rebuild(ctx, &out, what, config), "builds nothing from the events of others")

	what.Projections = []service.Projection{{Consumer: "test-seen", Tables: []string{"seen"}}}
	require.NoError(t, rebuild(ctx, &out, what, config))
	db := testkit.Open(t, config.Database)
	_, err = db.Exec(ctx, `insert into seen (n) values (1)`)
	require.NoError(t, err)
	js, err := jetstream.New(conn)
	require.NoError(t, err)
	_, err = js.CreateOrUpdateConsumer(ctx, events.StreamName, jetstream.ConsumerConfig{Durable: "test-seen"})
	require.NoError(t, err)

	require.NoError(t, rebuild(ctx, &out, what, config))
	var left int
	require.NoError(t, db.Get(ctx, &left, `select count(*) from seen`))
	require.Zero(t, left)
	_, err = events.Pending(ctx, js, "test-seen")
	require.ErrorIs(t, err, jetstream.ErrConsumerNotFound)
	require.Contains(t, out.String(), "The next start of test builds it anew from the events of the last 30 days.")
}
