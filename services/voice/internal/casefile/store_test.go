package casefile

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	"github.com/guanxi-crm/guanxi/libs/aggregate"
	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
	voicev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/voice/v1"
)

func TestACaseFromBeginningToEnd(t *testing.T) {
	t.Parallel()
	b := setup(t)
	c := b.open(t, b.customer(t))
	require.Equal(t, voicev1.CaseState_RECEIVED, c.GetState())
	require.Equal(t, voicev1.Severity_LOW, c.GetSeverity())
	require.Equal(t, 2, b.count(t, `select count(*) from clocks where state = 1`), "both clocks run")
	c = b.bring(t, c.GetName(), Triage, Assign, Start, Respond, Wait)
	require.Equal(t, voicev1.CaseState_WAITING_FOR_CUSTOMER, c.GetState())
	require.Equal(t, "ann", c.GetAssignee())
	require.Equal(t, 1, b.count(t, `select count(*) from clocks where measure = 1 and state in (3, 4)`), "the customer has an answer")
	require.Equal(t, 1, b.count(t, `select count(*) from clocks where measure = 2 and state = 2`), "the other one waits")
	b.bring(t, c.GetName(), Resume)
	require.Equal(t, 1, b.count(t, `select count(*) from clocks where measure = 2 and state = 1`))
	c = b.bring(t, c.GetName(), Resolve, Confirm, Close)
	require.Equal(t, voicev1.CaseState_CLOSED, c.GetState())
	require.Equal(t, voicev1.Case_SOLVED, c.GetOutcome())
	require.Zero(t, b.count(t, `select count(*) from clocks where state < 3`))
	c = b.bring(t, c.GetName(), Reopen)
	require.Equal(t, voicev1.CaseState_IN_PROGRESS, c.GetState())
	require.EqualValues(t, 1, c.GetReopenCount())
	require.Equal(t, 1, b.count(t, `select count(*) from clocks where measure = 2 and state = 1`), "the resolution goes on")

	changed := "guanxi.voice.case.changed.v1"
	require.Equal(t, []string{
		"guanxi.voice.case.opened.v1", changed, "guanxi.voice.case.assigned.v1", changed, changed, changed, changed, "guanxi.voice.case.resolved.v1", changed,
		"guanxi.voice.case.closed.v1", "guanxi.voice.case.reopened.v1",
	}, b.subjects(t))
	page, err := b.ListTimelineEntries(all(t), &voicev1.ListTimelineEntriesRequest{Parent: c.GetName()})
	require.NoError(t, err)
	require.Len(t, page.GetEntries(), 11)
	for i, e := range page.GetEntries() {
		require.EqualValues(t, i+1, e.GetNumber())
		require.Equal(t, "alice", e.GetActor())
	}
	require.Equal(t, map[string]string{"verb": "assign", "from": "TRIAGED", "to": "ASSIGNED", "assignee": "ann"}, page.GetEntries()[2].GetData())
}

// Who was closed without an answer and is reopened still waits for one; who had it has no second clock of it.
func TestReopenedWithoutAnAnswer(t *testing.T) {
	t.Parallel()
	b := setup(t)
	c := b.open(t, b.customer(t))
	b.clock.Advance(time.Hour)
	_, err := b.CloseCase(all(t), &voicev1.CloseCaseRequest{Name: c.GetName(), Outcome: voicev1.Case_WITHDRAWN, Reason: "x"})
	require.NoError(t, err)
	require.Equal(t, 2, b.count(t, `select count(*) from clocks where state = 5 and next_alarm_time is null`))
	b.bring(t, c.GetName(), Reopen)
	require.Equal(t, 2, b.count(t, `select count(*) from clocks where state = 1 and next_alarm_time is not null`), "both go on")
	b.bring(t, c.GetName(), Respond)
	_, err = b.CloseCase(all(t), &voicev1.CloseCaseRequest{Name: c.GetName(), Outcome: voicev1.Case_WITHDRAWN, Reason: "x"})
	require.NoError(t, err)
	b.bring(t, c.GetName(), Reopen)
	require.Equal(t, 1, b.count(t, `select count(*) from clocks where measure = 1 and state in (3, 4)`))
	require.Equal(t, 1, b.count(t, `select count(*) from clocks where measure = 2 and state = 1`))
}

// Of many who have read the same case one is the first, and the others are told.
func TestOneEtagOneWriter(t *testing.T) {
	t.Parallel()
	b := setup(t)
	c := b.open(t, b.customer(t))
	const callers = 12
	var wait sync.WaitGroup
	errs := make([]error, callers)
	for i := range callers {
		wait.Go(func() {
			_, errs[i] = b.TriageCase(all(t), &voicev1.TriageCaseRequest{Name: c.GetName(), Etag: c.GetEtag()})
		})
	}
	wait.Wait()
	won := 0
	for _, err := range errs {
		if err == nil {
			won++
			continue
		}
		refused(t, err, codes.Aborted, "ETAG_MISMATCH")
	}
	require.Equal(t, 1, won)
	require.Len(t, b.subjects(t), 2)
	require.Equal(t, 2, b.count(t, `select count(*) from timeline`))
}

func TestNotesAreNumberedWithoutGaps(t *testing.T) {
	t.Parallel()
	b := setup(t)
	c := b.open(t, b.customer(t))
	const notes = 10
	var wait sync.WaitGroup
	for range notes {
		wait.Go(func() {
			_, err := b.AddCaseNote(all(t), &voicev1.AddCaseNoteRequest{Parent: c.GetName(), Text: "x"})
			require.NoError(t, err)
		})
	}
	wait.Wait()
	require.Equal(t, notes+1, b.count(t, `select max(number) from timeline`))
	require.Equal(t, notes+1, b.count(t, `select count(*) from timeline`))
	again, err := b.GetCase(all(t), &voicev1.GetCaseRequest{Name: c.GetName()})
	require.NoError(t, err)
	require.Equal(t, c.GetEtag(), again.GetEtag())
}

func TestSeverityMovesTheClocks(t *testing.T) {
	t.Parallel()
	b := setup(t)
	customer := b.customer(t)
	c := b.open(t, customer)
	due := func() (at time.Time) {
		require.NoError(t, b.db.Get(t.Context(), &at, `select due_time from clocks where measure = 2`))
		return at
	}
	before := due()
	c, err := b.UpdateCase(all(t), &voicev1.UpdateCaseRequest{
		Case: &voicev1.Case{Name: c.GetName(), Grading: voicev1.Severity_CRITICAL}, UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"grading"}},
	})
	require.NoError(t, err)
	require.Equal(t, voicev1.Severity_CRITICAL, c.GetSeverity())
	require.True(t, c.GetMajor())
	require.True(t, due().Before(before))

	no := false
	c, err = b.GradeCase(all(t), &voicev1.GradeCaseRequest{Name: c.GetName(), Severity: voicev1.Severity_LOW, Major: &no, Reason: "a misunderstanding"})
	require.NoError(t, err)
	require.Equal(t, before, due())
	require.Equal(t, voicev1.SeverityBasis_BY_HAND, c.GetSeverityBasis())
	again, err := b.GradeCase(all(t), &voicev1.GradeCaseRequest{Name: c.GetName(), Severity: voicev1.Severity_LOW, Major: &no, Reason: "a misunderstanding"})
	require.NoError(t, err)
	require.Equal(t, c.GetEtag(), again.GetEtag())

	n := len(b.subjects(t))
	b.exec(t, `update customers set class = 5`)
	require.NoError(t, b.db.InTx(t.Context(), func(ctx context.Context) error { return b.cases.Moved(ctx, customer, b.clock.Now()) }))
	require.Len(t, b.subjects(t), n, "what was said by hand stays")
	other := b.open(t, customer)
	require.Equal(t, voicev1.Severity_MEDIUM, other.GetSeverity())
	b.exec(t, `update customers set class = 1`)
	require.NoError(t, b.db.InTx(t.Context(), func(ctx context.Context) error { return b.cases.Moved(ctx, customer, b.clock.Now()) }))
	other, err = b.GetCase(all(t), &voicev1.GetCaseRequest{Name: other.GetName()})
	require.NoError(t, err)
	require.Equal(t, voicev1.Severity_LOW, other.GetSeverity())
}

func TestTerritoriesAndDeletedCustomers(t *testing.T) {
	t.Parallel()
	b := setup(t)
	customer := b.customer(t)
	c := b.open(t, customer)
	elsewhere := as(t.Context(), "eve", typev1.Level_EXECUTIVE, "cn/north")
	_, err := b.GetCase(elsewhere, &voicev1.GetCaseRequest{Name: c.GetName()})
	refused(t, err, codes.PermissionDenied, "HIDDEN")
	_, err = b.TriageCase(elsewhere, &voicev1.TriageCaseRequest{Name: c.GetName(), Etag: "wrong"})
	refused(t, err, codes.PermissionDenied, "HIDDEN")
	_, err = b.CreateCase(elsewhere, &voicev1.CreateCaseRequest{Case: &voicev1.Case{Customer: aggregate.Name(customer)}})
	refused(t, err, codes.PermissionDenied, "HIDDEN")
	list, err := b.ListCases(elsewhere, &voicev1.ListCasesRequest{})
	require.NoError(t, err)
	require.Empty(t, list.GetCases())

	b.exec(t, `update customers set territory = 'cn/north/beijing'`)
	_, err = b.GetCase(elsewhere, &voicev1.GetCaseRequest{Name: c.GetName()})
	require.NoError(t, err, "a case goes with its customer")

	b.bring(t, c.GetName(), Triage, Assign, Start, Resolve)
	b.exec(t, `update customers set delete_time = now()`)
	_, err = b.ReopenCase(all(t), &voicev1.ReopenCaseRequest{Name: c.GetName(), Reason: "x"})
	refused(t, err, codes.FailedPrecondition, "DELETED")
	b.clock.Advance(30 * 24 * time.Hour)
	require.NoError(t, b.cases.CloseResolved(t.Context()))
	c, err = b.GetCase(all(t), &voicev1.GetCaseRequest{Name: c.GetName()})
	require.NoError(t, err, "it can still be read")
	require.Equal(t, voicev1.CaseState_RESOLVED, c.GetState(), "and waits")
	b.exec(t, `update customers set delete_time = null`)
	require.NoError(t, b.cases.CloseResolved(t.Context()))
	c, err = b.GetCase(all(t), &voicev1.GetCaseRequest{Name: c.GetName()})
	require.NoError(t, err)
	require.Equal(t, voicev1.CaseState_CLOSED, c.GetState())

	b.exec(t, `delete from customers`)
	for _, table := range []string{"cases", "timeline", "clocks"} {
		require.Zero(t, b.count(t, `select count(*) from `+table), table)
	}
}

func TestClosedByThemselves(t *testing.T) {
	t.Parallel()
	b := setup(t)
	customer := b.customer(t)
	first, second := b.open(t, customer), b.open(t, customer)
	b.bring(t, first.GetName(), Triage, Assign, Start, Resolve)
	b.clock.Advance(24 * time.Hour)
	b.bring(t, second.GetName(), Triage, Assign, Start, Resolve)
	b.clock.Advance(6 * 24 * time.Hour)
	for range 2 { // the second time there is nothing left
		require.NoError(t, b.cases.CloseResolved(t.Context()))
	}
	require.Equal(t, 1, b.count(t, `select count(*) from outbox where subject = 'guanxi.voice.case.closed.v1' and actor = 'guanxi' and cause = 'schedule'`))
	require.Equal(t, 1, b.count(t, `select count(*) from cases where state = 8 and outcome = 1`))
	b.clock.Advance(24 * time.Hour)
	require.NoError(t, b.cases.CloseResolved(t.Context()))
	require.Equal(t, 2, b.count(t, `select count(*) from cases where state = 8`))
}
