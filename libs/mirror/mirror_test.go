package mirror_test

import (
	"context"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	"github.com/guanxi-crm/guanxi/libs/events"
	"github.com/guanxi-crm/guanxi/libs/mirror"
	"github.com/guanxi-crm/guanxi/libs/platform"
	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/libs/testkit"
	profilev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/profile/v1"
)

const schema = `create table customers (customer_id uuid primary key, sequence bigint not null default 0, territory text not null, owner text not null, display_name text not null,
	kind smallint not null, relations integer[] not null, time_zone text not null, create_time timestamptz not null, delete_time timestamptz)`

func migrate(ctx context.Context, db *postgres.DB) error {
	if err := platform.Migrate(ctx, db); err != nil {
		return err
	}
	_, err := db.Exec(ctx, schema)
	return err
}

// bench is a mirror, and what it told.
type bench struct {
	*mirror.Customers
	db   *postgres.DB
	told []mirror.Change
}

func setup(t *testing.T) *bench {
	t.Helper()
	b := &bench{db: testkit.Database(t, migrate)}
	b.Customers = mirror.NewCustomers(b.db, func(_ context.Context, c mirror.Change) error {
		b.told = append(b.told, c)
		return nil
	})
	return b
}

func (b *bench) hear(t *testing.T, customer uuid.UUID, data proto.Message) {
	t.Helper()
	event, err := events.New(t.Context(), testkit.Start, customer, data)
	require.NoError(t, err)
	require.NoError(t, b.Handle(t.Context(), events.Delivery{Event: event}))
}

func (b *bench) row(t *testing.T, customer uuid.UUID) (row string) {
	t.Helper()
	err := b.db.Get(t.Context(), &row, `select concat_ws(' ', territory, owner, display_name, kind, relations::text, time_zone, delete_time is not null)
		from customers where customer_id = $1`, customer)
	if err != nil {
		require.ErrorIs(t, err, postgres.ErrNoRows)
	}
	return row
}

func TestAMirrorFollowsItsCustomers(t *testing.T) {
	t.Parallel()
	b := setup(t)
	c := uuid.Must(uuid.NewV7())
	name := "customers/" + c.String()
	b.hear(t, c, &profilev1.CustomerCreated{Customer: name, After: &profilev1.Customer{
		DisplayName: "x", Kind: profilev1.Customer_ORGANIZATION, Territory: "cn", Owner: "li", Relations: []profilev1.Customer_Relation{1, 2}, TimeZone: "Europe/Berlin",
	}})
	require.Equal(t, "cn li x 1 {1,2} Europe/Berlin f", b.row(t, c))
	b.hear(t, c, &profilev1.CustomerChanged{Customer: name, ChangedFields: []string{"owner"}, After: &profilev1.Customer{Owner: "wang", Territory: "not told"}})
	require.Equal(t, "cn wang x 1 {1,2} Europe/Berlin f", b.row(t, c), "only what is named has changed")
	b.hear(t, c, &profilev1.CustomerChanged{Customer: name, ChangedFields: []string{"time_zone"}, After: &profilev1.Customer{TimeZone: "Mars/Olympus"}})
	require.Equal(t, "cn wang x 1 {1,2} Asia/Shanghai f", b.row(t, c), "a zone that only profile knows")
	b.hear(t, c, &profilev1.CustomerDeleted{Customer: name})
	require.Equal(t, "cn wang x 1 {1,2} Asia/Shanghai t", b.row(t, c))
	b.hear(t, c, &profilev1.CustomerUndeleted{Customer: name})
	require.Equal(t, "cn wang x 1 {1,2} Asia/Shanghai f", b.row(t, c))
	b.hear(t, c, &profilev1.CustomerPurged{Customer: name})
	require.Empty(t, b.row(t, c))

	var what []string
	for _, told := range b.told {
		require.Equal(t, c, told.Customer)
		what = append(what, told.What)
	}
	require.Equal(t, []string{mirror.Created, mirror.Changed, mirror.Changed, mirror.Deleted, mirror.Undeleted, mirror.Purged}, what)
	require.Equal(t, []string{"owner"}, b.told[1].Fields)
}

func TestWhatIsHeardFirstMakesARowThatProfileFills(t *testing.T) {
	t.Parallel()
	b := setup(t)
	known, late := uuid.Must(uuid.NewV7()), uuid.Must(uuid.NewV7())
	for _, id := range []uuid.UUID{known, late} {
		made, err := b.Ensure(t.Context(), id, testkit.Start)
		require.NoError(t, err)
		require.True(t, made)
		made, err = b.Ensure(t.Context(), id, testkit.Start)
		require.NoError(t, err)
		require.False(t, made, "it is asked for once")
	}
	require.NoError(t, b.Put(t.Context(), known, &profilev1.Customer{
		DisplayName: "a person's name", Kind: profilev1.Customer_PERSON, Territory: "cn", Owner: "li",
	}, testkit.Start))
	require.Equal(t, "cn li  2 {} Asia/Shanghai f", b.row(t, known), "of a person no name is kept")
	require.NoError(t, b.Drop(t.Context(), known))
	require.NotEmpty(t, b.row(t, known), "it is known by now")
	require.NoError(t, b.Drop(t.Context(), late))
	require.Empty(t, b.row(t, late))
}
