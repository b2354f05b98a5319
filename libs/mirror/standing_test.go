package mirror_test

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	"github.com/guanxi-crm/guanxi/libs/events"
	"github.com/guanxi-crm/guanxi/libs/mirror"
	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/libs/testkit"
	profilev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/profile/v1"
	segmentationv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/segmentation/v1"
)

const more = `alter table customers add class smallint not null default 0, add tier smallint not null default 0, add grade text not null default '';
create table wanted (wish_id bigint generated always as identity (cache 1) primary key, customer_id uuid not null, person_id uuid not null)`

func migrateMore(ctx context.Context, db *postgres.DB) error {
	if err := migrate(ctx, db); err != nil {
		return err
	}
	_, err := db.Exec(ctx, more)
	return err
}

// What segmentation judges stands with the customer, who is asked for if nothing else was known of him, once.
func TestStandingsAreKept(t *testing.T) {
	t.Parallel()
	db := testkit.Database(t, migrateMore)
	var told []string
	s := &mirror.Standings{
		Customers: mirror.NewCustomers(db, nil), Wants: mirror.NewWants(db, "wanted", "person_id"),
		Told: func(_ context.Context, j mirror.Judgement) error {
			told = append(told, j.What+" "+j.Reference)
			return nil
		},
	}
	customer := uuid.Must(uuid.NewV7())
	for _, data := range []proto.Message{
		&segmentationv1.ClassChanged{Customer: "x", After: 5, Reference: "a"}, &segmentationv1.TierChanged{Customer: "x", After: 4, Reference: "b"}, &segmentationv1.GradeChanged{Customer: "x", After: "S", Reference: "c"},
		&segmentationv1.LifecycleChanged{Customer: "x"},
	} {
		event, err := events.New(t.Context(), testkit.Start, customer, data)
		require.NoError(t, err)
		require.NoError(t, s.Handle(t.Context(), events.Delivery{Event: event}))
	}
	require.Equal(t, []string{"class a", "tier b", "grade c"}, told)
	var row string
	require.NoError(t, db.Get(t.Context(), &row, `select concat_ws(' ', class, tier, grade, (select string_agg(person_id::text, ',') from wanted)) from customers`))
	require.Equal(t, "5 4 S "+mirror.Whole.String(), row)
	require.Len(t, mirror.StandingSubjects(), 3)
}

// answers is profile, as far as it is asked: nothing is found but the person and the order that it knows.
type answers struct {
	mu    sync.Mutex
	asked []string
	down  bool
}

func (a *answers) Invoke(_ context.Context, method string, _, reply any, _ ...grpc.CallOption) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.down {
		return status.Error(codes.Unavailable, "down")
	}
	a.asked = append(a.asked, method)
	switch out := reply.(type) {
	case *profilev1.Person:
		out.DisplayName = "p"
	case *profilev1.Customer:
		out.Territory = "cn"
	default:
		return status.Error(codes.NotFound, "none")
	}
	return nil
}

func (a *answers) NewStream(context.Context, *grpc.StreamDesc, string, ...grpc.CallOption) (grpc.ClientStream, error) {
	return nil, errors.New("no streams here")
}

func (a *answers) turn(down bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.down = down
}

// Wishes are granted once profile can be reached, the same ones together, and stay while it cannot.
func TestWishesAreGranted(t *testing.T) {
	t.Parallel()
	db, profile := testkit.Database(t, migrateMore), &answers{down: true}
	customers, wants := mirror.NewCustomers(db, nil), mirror.NewWants(db, "wanted", "person_id")
	customer, person := uuid.Must(uuid.NewV7()), uuid.Must(uuid.NewV7())
	_, err := customers.Ensure(t.Context(), customer, testkit.Start)
	require.NoError(t, err)
	for _, part := range []uuid.UUID{person, mirror.Whole, person} {
		require.NoError(t, wants.Wish(t.Context(), customer, part))
	}
	granted := make(chan string, 10)
	fetcher := &mirror.Fetcher{
		Wants: wants, Profile: func() (grpc.ClientConnInterface, error) { return profile, nil },
		Grant: func(ctx context.Context, conn grpc.ClientConnInterface, c, part uuid.UUID) error {
			if part == mirror.Whole {
				return customers.Ask(ctx, conn, c, testkit.Start)
			}
			p, err := mirror.AskPerson(ctx, conn, c, part)
			if err != nil {
				return err
			}
			o, err := mirror.AskOrder(ctx, conn, c, part)
			if err == nil && o == nil {
				granted <- p.GetDisplayName()
			}
			return err
		},
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- fetcher.Loop("fetcher", slog.New(slog.DiscardHandler)).Run(ctx) }()
	require.Never(t, func() bool {
		none, err := wants.None(t.Context())
		return err != nil || none
	}, 200*time.Millisecond, 20*time.Millisecond, "nothing is lost while profile is away")
	profile.turn(false)
	require.Eventually(t, func() bool {
		none, err := wants.None(t.Context())
		return err == nil && none
	}, testkit.Patience, 20*time.Millisecond)
	stop()
	require.NoError(t, <-ended)
	require.Equal(t, "p", <-granted)
	require.Empty(t, granted, "the same wish is granted once")
	var territory string
	require.NoError(t, db.Get(t.Context(), &territory, `select territory from customers`))
	require.Equal(t, "cn", territory)
}

// A customer that profile does not know goes again.
func TestWhoIsNotThereIsDropped(t *testing.T) {
	t.Parallel()
	db := testkit.Database(t, migrateMore)
	customers, id := mirror.NewCustomers(db, nil), uuid.Must(uuid.NewV7())
	_, err := customers.Ensure(t.Context(), id, testkit.Start)
	require.NoError(t, err)
	require.NoError(t, customers.Ask(t.Context(), gone{}, id, testkit.Start))
	var left int
	require.NoError(t, db.Get(t.Context(), &left, `select count(*) from customers`))
	require.Zero(t, left)
	p, err := mirror.AskPerson(t.Context(), gone{}, id, id)
	require.NoError(t, err)
	require.Nil(t, p)
}

// gone answers that there is nothing.
type gone struct{ grpc.ClientConnInterface }

func (gone) Invoke(context.Context, string, any, any, ...grpc.CallOption) error {
	return status.Error(codes.NotFound, "none")
}
