package mirror_test

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"

	"github.com/guanxi-crm/guanxi/libs/aggregate"
	"github.com/guanxi-crm/guanxi/libs/alias"
	"github.com/guanxi-crm/guanxi/libs/events"
	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/mirror"
	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/libs/rekey"
	"github.com/guanxi-crm/guanxi/libs/testkit"
	profilev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/profile/v1"
	segmentationv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/segmentation/v1"
)

const consumer = "test-facts"

func migrateMerges(ctx context.Context, db *postgres.DB) error {
	if err := migrateMore(ctx, db); err != nil {
		return err
	}
	_, err := db.Exec(ctx, `create table facts (customer_id uuid not null, fact_id int not null, constraint facts_pkey primary key (customer_id, fact_id))`)
	return err
}

// following is a mirror that follows merges.
type following struct {
	*bench
	book      *alias.Book
	standings *mirror.Standings
	merges    []mirror.Merge
}

func setupFollowing(t *testing.T) *following {
	t.Helper()
	f := &following{bench: &bench{db: testkit.Database(t, migrateMerges)}}
	var err error
	f.book, err = alias.Open(t.Context(), f.db)
	require.NoError(t, err)
	f.Customers = mirror.NewCustomers(f.db, func(_ context.Context, c mirror.Change) error {
		f.told = append(f.told, c)
		return nil
	})
	f.standings = &mirror.Standings{Customers: f.Customers, Wants: mirror.NewWants(f.db, "wanted", "person_id")}
	f.Following(mirror.Merger{
		Now: func() time.Time { return testkit.Start }, Consumer: consumer, Aliases: f.book, Know: f.standings.Know, Mover: rekey.New(f.db, rekey.Options{}),
		Rekeyed: func(customer, survivor string, undone bool) proto.Message {
			return &segmentationv1.CustomerRekeyed{Customer: customer, Survivor: survivor, Undone: undone}
		},
		After: func(_ context.Context, m mirror.Merge) error {
			f.merges = append(f.merges, m)
			return nil
		},
	})
	return f
}

func (f *following) deliver(t *testing.T, customer uuid.UUID, data proto.Message) error {
	t.Helper()
	event, err := events.New(t.Context(), testkit.Start, customer, data)
	require.NoError(t, err)
	return f.db.InTx(t.Context(), func(ctx context.Context) error { return f.Handle(ctx, events.Delivery{Event: event}) })
}

func (f *following) exec(t *testing.T, statement string, args ...any) {
	t.Helper()
	_, err := f.db.Exec(t.Context(), statement, args...)
	require.NoError(t, err)
}

func (f *following) facts(t *testing.T, customer uuid.UUID) (n int) {
	t.Helper()
	require.NoError(t, f.db.Get(t.Context(), &n, `select count(*) from facts where customer_id = $1`, customer))
	return n
}

func TestAMirrorFollowsMerges(t *testing.T) {
	t.Parallel()
	f := setupFollowing(t)
	merged, survivor := uuid.Must(uuid.NewV7()), uuid.Must(uuid.NewV7())
	for i, c := range []uuid.UUID{merged, survivor} {
		f.hear(t, c, &profilev1.CustomerCreated{Customer: aggregate.Name(c), After: &profilev1.Customer{DisplayName: "x", Kind: 1, Territory: "cn", Owner: "li"}})
		f.exec(t, `insert into facts values ($1, $2)`, c, i)
	}
	f.told = nil
	event := &profilev1.CustomerMerged{Customer: aggregate.Name(merged), Survivor: aggregate.Name(survivor)}
	require.NoError(t, f.deliver(t, merged, event))
	require.Equal(t, 2, f.facts(t, survivor))
	require.Contains(t, f.row(t, merged), " t", "out of sight")
	require.Equal(t, survivor, f.book.Survivor(merged), "this process knows at once")
	require.Len(t, f.merges, 1)
	require.Equal(t, []string{mirror.Merged, mirror.Merged}, []string{f.told[0].What, f.told[1].What})

	// What segmentation says of it stays with it, for the day on which it is back.
	judged, err := events.New(t.Context(), testkit.Start, merged, &segmentationv1.ClassChanged{Customer: "x", After: 5})
	require.NoError(t, err)
	require.NoError(t, f.standings.Handle(t.Context(), events.Delivery{Event: judged}))
	f.exec(t, `insert into facts values ($1, 3)`, survivor)

	require.NoError(t, f.deliver(t, survivor, &profilev1.CustomerReleased{
		Customer: aggregate.Name(survivor), Merged: aggregate.Name(merged), ChangedFields: []string{"owner"}, After: &profilev1.Customer{Owner: "wu"},
	}))
	require.NoError(t, f.deliver(t, merged, &profilev1.CustomerUnmerged{
		Customer: aggregate.Name(merged), Survivor: aggregate.Name(survivor), After: &profilev1.Customer{DisplayName: "x", Kind: 1, Territory: "cn", Owner: "li"},
	}))
	require.Equal(t, 1, f.facts(t, merged))
	require.Equal(t, 2, f.facts(t, survivor))
	require.Equal(t, "cn li x 1 {} Asia/Shanghai f", f.row(t, merged))
	require.Equal(t, "cn wu x 1 {} Asia/Shanghai f", f.row(t, survivor))
	var class int
	require.NoError(t, f.db.Get(t.Context(), &class, `select class from customers where customer_id = $1`, merged))
	require.Equal(t, 5, class)
	require.Equal(t, merged, f.book.Survivor(merged))
	var subjects []string
	require.NoError(t, f.db.Select(t.Context(), &subjects, `select subject || ' ' || aggregate_id || ' ' || version from outbox order by id`))
	require.Equal(t, []string{
		"guanxi.segmentation.customer.rekeyed.v1 " + merged.String() + " 1", "guanxi.segmentation.customer.rekeyed.v1 " + merged.String() + " 2",
	}, subjects)
}

// What comes of one of both before the other one is as far waits; nothing is told of it yet.
func TestEventsOfAMergeWaitForEachOther(t *testing.T) {
	t.Parallel()
	f := setupFollowing(t)
	merged, survivor := uuid.Must(uuid.NewV7()), uuid.Must(uuid.NewV7())
	absorbed := &profilev1.CustomerAbsorbed{
		Customer: aggregate.Name(survivor), Merged: aggregate.Name(merged), MergedSequence: 2, ChangedFields: []string{"owner"}, After: &profilev1.Customer{Owner: "wu"},
	}
	unmerged := &profilev1.CustomerUnmerged{Customer: aggregate.Name(merged), Survivor: aggregate.Name(survivor), ReleasedSequence: 5, After: &profilev1.Customer{Territory: "cn"}}
	f.exec(t, `insert into inbox_versions values ($1, $2, 1), ($1, $3, 4), ('another', $2, 9), ('another', $3, 9)`, consumer, merged, survivor)
	require.Equal(t, codes.Unavailable, fault.From(f.deliver(t, survivor, absorbed)).Code())
	require.Equal(t, codes.Unavailable, fault.From(f.deliver(t, merged, unmerged)).Code())
	require.Empty(t, f.told)

	event, err := events.New(t.Context(), testkit.Start, survivor, absorbed)
	require.NoError(t, err)
	waiting := make(chan error, 1)
	go func() { waiting <- f.Handle(t.Context(), events.Delivery{Event: event}) }()
	f.exec(t, `update inbox_versions set version = version + 1`)
	require.NoError(t, <-waiting, "it comes along while it is waited for")
	require.NoError(t, f.deliver(t, merged, unmerged))

	f.exec(t, `delete from inbox_versions`)
	require.NoError(t, f.Handle(t.Context(), events.Delivery{Event: event, Attempt: 101}), "what does not come at all is not waited for")
}

// When the projection is built anew the same events come once more: nothing is confirmed again.
func TestAMergeThatIsReplayed(t *testing.T) {
	t.Parallel()
	f := setupFollowing(t)
	merged, survivor := uuid.Must(uuid.NewV7()), uuid.Must(uuid.NewV7())
	event, err := events.New(t.Context(), testkit.Start, merged, &profilev1.CustomerMerged{Customer: aggregate.Name(merged), Survivor: aggregate.Name(survivor)})
	require.NoError(t, err)
	for i := range 2 {
		f.exec(t, `insert into facts values ($1, $2)`, merged, i)
		require.NoError(t, f.Handle(t.Context(), events.Delivery{Event: event}))
		require.Equal(t, i+1, f.facts(t, survivor))
	}
	var n int
	require.NoError(t, f.db.Get(t.Context(), &n, `select count(*) from outbox`))
	require.Equal(t, 1, n)
}

// A customer that is gone for good leaves nothing to be taken back.
func TestMergesOfAPurgedCustomerAreForgotten(t *testing.T) {
	t.Parallel()
	for _, first := range []bool{true, false} {
		f := setupFollowing(t)
		merged, survivor := uuid.Must(uuid.NewV7()), uuid.Must(uuid.NewV7())
		f.exec(t, `insert into facts values ($1, 1), ($2, 1), ($1, 2)`, merged, survivor)
		require.NoError(t, f.deliver(t, merged, &profilev1.CustomerMerged{Customer: aggregate.Name(merged), Survivor: aggregate.Name(survivor)}))
		gone := survivor
		if first {
			gone = merged
		}
		require.NoError(t, f.deliver(t, gone, &profilev1.CustomerPurged{Customer: aggregate.Name(gone)}))
		var left int
		require.NoError(t, f.db.Get(t.Context(), &left, `select (select count(*) from rekeyed) + (select count(*) from rekey_aside) + (select count(*) from aliases)`))
		require.Zero(t, left)
	}
}

// A wish for something of a customer that was merged meanwhile is one for the survivor's.
func TestWishesFollowMerges(t *testing.T) {
	t.Parallel()
	f := setupFollowing(t)
	merged, survivor, person := uuid.Must(uuid.NewV7()), uuid.Must(uuid.NewV7()), uuid.Must(uuid.NewV7())
	f.exec(t, `insert into aliases values ($1, $2)`, merged, survivor)
	wants := mirror.NewWants(f.db, "wanted", "person_id")
	require.NoError(t, wants.Wish(t.Context(), merged, person))
	asked := make(chan uuid.UUID, 1)
	fetcher := &mirror.Fetcher{
		Wants: wants, Profile: func() (grpc.ClientConnInterface, error) { return &answers{}, nil },
		Grant: func(_ context.Context, _ grpc.ClientConnInterface, customer, _ uuid.UUID) error {
			asked <- customer
			return nil
		},
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- fetcher.Loop("fetcher", slog.New(slog.DiscardHandler)).Run(ctx) }()
	require.Equal(t, survivor, <-asked)
	stop()
	require.NoError(t, <-ended)
}
