package contact_test

import (
	"context"
	"errors"
	"os"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"google.golang.org/genproto/googleapis/type/date"

	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/page"
	"github.com/guanxi-crm/guanxi/libs/platform"
	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/libs/testkit"
	planningv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/planning/v1"
	"github.com/guanxi-crm/guanxi/services/planning/internal/contact"
	"github.com/guanxi-crm/guanxi/services/planning/internal/settings"
)

func migrate(ctx context.Context, db *postgres.DB) error {
	if err := platform.Migrate(ctx, db); err != nil {
		return err
	}
	return postgres.Migrate(ctx, db, "planning_migrations", os.DirFS("../../migrations"))
}

// reserved makes a contact that has passed the gate for 12 January.
func reserved(t *testing.T, db *postgres.DB) contact.ID {
	t.Helper()
	id := contact.ID{Customer: uuid.Must(uuid.NewV7()), Contact: uuid.Must(uuid.NewV7())}
	_, err := db.Exec(t.Context(), `insert into customers (customer_id, territory, owner, create_time) values ($1, 'cn', 'li', now())`, id.Customer)
	require.NoError(t, err)
	_, err = db.Exec(t.Context(), `insert into contacts (customer_id, contact_id, owner, activity, role, origin, source, window_start, window_end, day, minutes, state, create_time, update_time)
		values ($1, $2, 'li', 4, 1, 5, '', '2026-01-01', '2026-12-31', '2026-01-12', 120, 2, now(), now())`, id.Customer, id.Contact)
	require.NoError(t, err)
	return id
}

func TestAReservedContactIsMovedThroughTheGate(t *testing.T) {
	t.Parallel()
	db, clock := testkit.Database(t, migrate), testkit.NewClock()
	ctx := auth.With(t.Context(), auth.Principal{Subject: "alice", Territories: []string{auth.Anywhere}})
	id := reserved(t, db)
	closed := errors.New("the gate is closed")
	var asked, released []contact.ID
	serve := func(recheck contact.Recheck, release contact.Release) *contact.Server {
		pages, err := page.NewSealer(make([]byte, 32))
		require.NoError(t, err)
		server, err := contact.NewServer(contact.NewStore(db, clock.Now, settings.NewStore(db, clock.Now), recheck, release), pages)
		require.NoError(t, err)
		return server
	}
	move := func(s *contact.Server) error {
		_, err := s.MoveContact(ctx, &planningv1.MoveContactRequest{Name: "contacts/" + id.Contact.String(), Day: &date.Date{Year: 2026, Month: 1, Day: 13}, Reason: "x"})
		return err
	}
	require.Equal(t, "RESERVED", fault.From(move(serve(nil, nil))).Reason())
	require.ErrorIs(t, move(serve(func(context.Context, contact.ID, time.Time) error { return closed }, nil)), closed)
	open := serve(func(_ context.Context, one contact.ID, day time.Time) error {
		require.Equal(t, time.Date(2026, 1, 13, 0, 0, 0, 0, time.UTC), day)
		asked = append(asked, one)
		return nil
	}, func(_ context.Context, one contact.ID) error {
		released = append(released, one)
		return nil
	})
	require.NoError(t, move(open))
	_, err := open.CancelContact(ctx, &planningv1.CancelContactRequest{Name: "contacts/" + id.Contact.String(), Reason: "x"})
	require.NoError(t, err)
	require.Equal(t, [][]contact.ID{{id}, {id}}, [][]contact.ID{asked, released})
}
