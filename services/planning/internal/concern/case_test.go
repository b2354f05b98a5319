package concern_test

import (
	"context"
	"os"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/guanxi-crm/guanxi/libs/events"
	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/libs/resource"
	"github.com/guanxi-crm/guanxi/libs/service"
	"github.com/guanxi-crm/guanxi/libs/testkit"
	voicev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/voice/v1"
	"github.com/guanxi-crm/guanxi/services/planning/internal/concern"
)

// ear hears of the cases of one customer, who is not known before.
type ear struct {
	db       *postgres.DB
	sub      events.Subscription
	customer uuid.UUID
	name     string
}

func listen(t *testing.T) *ear {
	t.Helper()
	e := &ear{customer: uuid.Must(uuid.NewV7()), db: testkit.Database(t, func(ctx context.Context, db *postgres.DB) error {
		return service.Migrate(ctx, db, service.Definition{Name: "planning", Migrations: os.DirFS("../../migrations")})
	})}
	e.name = resource.Name("customers", e.customer)
	e.sub = concern.NewStore(e.db, testkit.NewClock().Now).Cases()
	return e
}

func (e *ear) hear(t *testing.T, data proto.Message) {
	t.Helper()
	event, err := events.New(t.Context(), testkit.Start, e.customer, data)
	require.NoError(t, err)
	require.NoError(t, e.db.InTx(t.Context(), func(ctx context.Context) error { return e.sub.Handle(ctx, events.Delivery{Event: event}) }))
}

func (e *ear) row(t *testing.T, id string) (row string) {
	t.Helper()
	require.NoError(t, e.db.Get(t.Context(), &row, `select coalesce(min(concat_ws(' ', major, resolve_time is not null, author, extract(epoch from open_time)::bigint)), 'none')
		from concerns where customer_id = $1 and source_system = 'voice' and source_id = $2`, e.customer, id))
	return row
}

func (e *ear) count(t *testing.T, query string) (n int) {
	t.Helper()
	require.NoError(t, e.db.Get(t.Context(), &n, query))
	return n
}

const (
	complaint, inquiry, returned = voicev1.RequestKind_COMPLAINT_REQUEST, voicev1.RequestKind_INQUIRY, voicev1.RequestKind_RETURNED_GOODS
	inProgress, resolved, closed = voicev1.CaseState_IN_PROGRESS, voicev1.CaseState_RESOLVED, voicev1.CaseState_CLOSED
)

// A complaint is a concern for as long as somebody works on it, major as long as it is; each change is announced once, and only what is major has contacts planned again.
func TestAComplaintIsAConcern(t *testing.T) {
	t.Parallel()
	e := listen(t)
	opened := &voicev1.CaseOpened{
		Case: "cases/1", Customer: e.name, State: voicev1.CaseState_RECEIVED, RequestKind: complaint, ReceivedTime: timestamppb.New(time.Unix(1000, 0)),
	}
	announced, replans := 0, 0
	requireAfter := func(message proto.Message, row string, news, plans int) {
		t.Helper()
		e.hear(t, message)
		announced, replans = announced+news, replans+plans
		require.Equal(t, row, e.row(t, "cases/1"))
		require.Equal(t, announced, e.count(t, `select count(*) from outbox`))
		require.Equal(t, replans, e.count(t, `select count(*) from replans where cause = 'concern'`))
	}
	requireAfter(opened, "f f guanxi 1000", 1, 0)
	requireAfter(opened, "f f guanxi 1000", 0, 0)
	changed := &voicev1.CaseChanged{Case: "cases/1", Customer: e.name, State: inProgress, RequestKind: complaint, Major: true}
	requireAfter(changed, "t f guanxi 1000", 1, 1)
	requireAfter(changed, "t f guanxi 1000", 0, 0)
	requireAfter(&voicev1.CaseResolved{Case: "cases/1", Customer: e.name, State: resolved, RequestKind: complaint, Major: true}, "t t guanxi 1000", 1, 0)
	requireAfter(&voicev1.CaseClosed{Case: "cases/1", Customer: e.name, State: closed, RequestKind: complaint, Major: true}, "t t guanxi 1000", 0, 0)
	requireAfter(&voicev1.CaseReopened{Case: "cases/1", Customer: e.name, State: inProgress, RequestKind: complaint, Major: true}, "t f guanxi 1000", 1, 1)
	requireAfter(&voicev1.CaseChanged{Case: "cases/1", Customer: e.name, State: inProgress, RequestKind: complaint}, "f f guanxi 1000", 1, 0)
	requireAfter(&voicev1.CaseChanged{Case: "cases/1", Customer: e.name, State: inProgress, RequestKind: inquiry}, "f t guanxi 1000", 1, 0)
	requireAfter(&voicev1.CaseChanged{Case: "cases/1", Customer: e.name, State: closed, RequestKind: inquiry, Major: true}, "t t guanxi 1000", 1, 0)
	require.Equal(t, 1, e.count(t, `select count(*) from wanted`), "the customer is asked for")
}

// What nobody complains of is no concern, unless it is major or becomes a complaint.
func TestWhatIsNoConcern(t *testing.T) {
	t.Parallel()
	e := listen(t)
	e.hear(t, &voicev1.CaseOpened{Case: "cases/1", Customer: e.name, State: inProgress, RequestKind: inquiry})
	require.Equal(t, "none", e.row(t, "cases/1"))
	e.hear(t, &voicev1.CaseResolved{Case: "cases/2", Customer: e.name, State: resolved, RequestKind: complaint})
	require.Equal(t, "none", e.row(t, "cases/2"), "it was over before it was heard of")
	e.hear(t, &voicev1.CaseOpened{Case: "cases/3", Customer: e.name, State: inProgress, RequestKind: returned})
	require.NotEqual(t, "none", e.row(t, "cases/3"))
	e.hear(t, &voicev1.CaseChanged{Case: "cases/1", Customer: e.name, State: inProgress, RequestKind: complaint})
	require.NotEqual(t, "none", e.row(t, "cases/1"))
	event, err := events.New(t.Context(), testkit.Start, e.customer, &voicev1.CaseOpened{Case: "cases/4", Customer: "x"})
	require.NoError(t, err)
	require.Error(t, e.sub.Handle(t.Context(), events.Delivery{Event: event}))
}
