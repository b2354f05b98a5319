package casefile

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/genproto/googleapis/type/date"
	"google.golang.org/grpc/codes"

	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/fault"
	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
	voicev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/voice/v1"
	"github.com/guanxi-crm/guanxi/services/voice/internal/recall"
)

const (
	duplicateOf = voicev1.CaseLink_DUPLICATE_OF
	causedBy    = voicev1.CaseLink_CAUSED_BY
	related     = voicev1.CaseLink_RELATED
)

func (b *bundle) link(t testing.TB, from *voicev1.Case, kind voicev1.CaseLink_Kind, to *voicev1.Case) error {
	t.Helper()
	_, err := b.LinkCase(all(t), &voicev1.LinkCaseRequest{Name: from.GetName(), Kind: kind, Target: to.GetName()})
	return err
}

func TestLinks(t *testing.T) {
	t.Parallel()
	b := setup(t)
	customer := b.customer(t)
	one, two, three := b.open(t, customer), b.open(t, customer), b.open(t, customer)
	other := b.open(t, b.customer(t))
	require.NoError(t, b.link(t, one, duplicateOf, two))
	n := len(b.subjects(t))
	require.NoError(t, b.link(t, one, duplicateOf, two), "it is there already")
	require.Len(t, b.subjects(t), n)
	require.NoError(t, b.link(t, two, duplicateOf, three))
	refused(t, b.link(t, three, duplicateOf, one), codes.FailedPrecondition, "LINK_CYCLE")
	refused(t, b.link(t, one, duplicateOf, three), codes.FailedPrecondition, "HAS_ORIGINAL")
	require.Equal(t, "SELF", fault.From(b.link(t, one, related, one)).Violations()[0].Rule)
	require.Equal(t, "CUSTOMER", fault.From(b.link(t, three, duplicateOf, other)).Violations()[0].Rule)
	require.NoError(t, b.link(t, three, causedBy, other))
	refused(t, b.link(t, other, causedBy, three), codes.FailedPrecondition, "LINK_CYCLE")
	require.NoError(t, b.link(t, other, related, three))
	require.NoError(t, b.link(t, three, related, other), "these may go round")

	got, err := b.ListCaseLinks(all(t), &voicev1.ListCaseLinksRequest{Parent: three.GetName()})
	require.NoError(t, err)
	require.Len(t, got.GetLinks(), 4)
	b.exec(t, `update customers set territory = 'cn/north' where customer_id <> $1`, customer)
	got, err = b.ListCaseLinks(as(t.Context(), "sue", typev1.Level_BASIC, "cn/south"), &voicev1.ListCaseLinksRequest{Parent: three.GetName()})
	require.NoError(t, err)
	require.Len(t, got.GetLinks(), 1, "what is elsewhere is not told")

	for range 2 {
		_, err = b.UnlinkCase(all(t), &voicev1.LinkCaseRequest{Name: one.GetName(), Kind: duplicateOf, Target: two.GetName()})
		require.NoError(t, err)
	}
	require.NoError(t, b.link(t, three, duplicateOf, one))
}

// Whoever is faster: a ring of causes over many customers is never closed, not even by two who hold no customer in common.
func TestNoCircleWhoeverIsFaster(t *testing.T) {
	t.Parallel()
	b := setup(t)
	const ring, rounds = 4, 15
	for range rounds {
		cases := make([]*voicev1.Case, ring)
		for i := range cases {
			cases[i] = b.open(t, b.customer(t))
		}
		errs := make([]error, ring)
		side := func(of ...int) {
			var wait sync.WaitGroup
			for _, i := range of {
				wait.Go(func() { errs[i] = b.link(t, cases[i], causedBy, cases[(i+1)%ring]) })
			}
			wait.Wait()
		}
		side(0, 2)
		require.NoError(t, errors.Join(errs...))
		side(1, 3) // one of these would close it
		require.NotEqual(t, errs[1] == nil, errs[3] == nil, "%v", errs)
		refused(t, errors.Join(errs...), codes.FailedPrecondition, "LINK_CYCLE")
	}
}

func TestDuplicatesCloseWithTheirOriginal(t *testing.T) {
	t.Parallel()
	b := setup(t)
	customer := b.customer(t)
	original, copied, again := b.open(t, customer), b.open(t, customer), b.open(t, customer)
	require.NoError(t, b.link(t, copied, duplicateOf, original))
	require.NoError(t, b.link(t, again, duplicateOf, copied))
	b.bring(t, original.GetName(), Triage, Assign, Start, Resolve, Close)
	for _, name := range []string{copied.GetName(), again.GetName()} {
		c, err := b.GetCase(all(t), &voicev1.GetCaseRequest{Name: name})
		require.NoError(t, err)
		require.Equal(t, voicev1.Case_DUPLICATE, c.GetOutcome())
	}
	require.Equal(t, 3, b.count(t, `select count(*) from outbox where subject = 'guanxi.voice.case.closed.v1'`))
	require.Zero(t, b.count(t, `select count(*) from clocks where state < 3`))
}

func TestActions(t *testing.T) {
	t.Parallel()
	b := setup(t)
	c := b.open(t, b.customer(t))
	made, err := b.CreateCaseAction(all(t), &voicev1.CreateCaseActionRequest{Parent: c.GetName(), Action: &voicev1.CaseAction{
		Kind: voicev1.CaseAction_CORRECTIVE, Title: "check the stock", Owner: "ann", DueDate: &date.Date{Year: 2026, Month: 1, Day: 7},
	}})
	require.NoError(t, err)
	late := func() int {
		return b.count(t, `select count(*) from outbox where subject = 'guanxi.voice.case_action.overdue.v1'`)
	}
	for day, want := range []int{0, 0, 0, 1, 1} { // from the 5th on: the day itself is in time
		require.NoError(t, b.cases.AnnounceOverdue(t.Context()))
		require.Equal(t, want, late(), fmt.Sprint(5+day))
		b.clock.Advance(24 * time.Hour)
	}
	made, err = b.UpdateCaseAction(all(t), &voicev1.UpdateCaseActionRequest{Action: &voicev1.CaseAction{Name: made.GetName(), DueDate: &date.Date{Year: 2026, Month: 1, Day: 20}}})
	require.NoError(t, err)
	require.Nil(t, made.GetOverdueTime())
	_, err = b.VerifyCaseAction(all(t), &voicev1.VerifyCaseActionRequest{Name: made.GetName(), Effective: true})
	refused(t, err, codes.FailedPrecondition, "ACTION_NOT_DONE")
	_, err = b.CompleteCaseAction(all(t), &voicev1.CompleteCaseActionRequest{Name: made.GetName(), Result: "counted"})
	require.NoError(t, err)
	b.clock.Advance(30 * 24 * time.Hour)
	require.NoError(t, b.cases.AnnounceOverdue(t.Context()))
	require.Equal(t, 1, late(), "what is done is not late")
	_, err = b.VerifyCaseAction(as(t.Context(), "ann", typev1.Level_MANAGER, auth.Anywhere), &voicev1.VerifyCaseActionRequest{Name: made.GetName(), Effective: true})
	refused(t, err, codes.PermissionDenied, "SELF_VERIFICATION")
	made, err = b.VerifyCaseAction(all(t), &voicev1.VerifyCaseActionRequest{Name: made.GetName()})
	require.NoError(t, err)
	require.Nil(t, made.GetDoneTime(), "it has not helped and is open again")
	_, err = b.CompleteCaseAction(all(t), &voicev1.CompleteCaseActionRequest{Name: made.GetName(), Result: "counted again"})
	require.NoError(t, err)
	made, err = b.VerifyCaseAction(all(t), &voicev1.VerifyCaseActionRequest{Name: made.GetName(), Effective: true})
	require.NoError(t, err)
	require.Equal(t, "alice", made.GetVerifier())
	list, err := b.ListCaseActions(all(t), &voicev1.ListCaseActionsRequest{Parent: "cases/-", Filter: `owner = "ann"`})
	require.NoError(t, err)
	require.Len(t, list.GetActions(), 1)
}

// A case is part of one recall at a time, of one that who links it reaches.
func TestPartOfARecall(t *testing.T) {
	t.Parallel()
	b := setup(t)
	c := b.open(t, b.customer(t))
	recalls := map[string]string{}
	for _, territory := range []string{"cn", "cn/south", "cn/north"} {
		r := &recall.Recall{Title: territory, Reason: "x", Line: "switches", Territory: territory}
		require.NoError(t, b.cases.Recalls.Create(all(t), r))
		recalls[territory] = r.Name()
	}
	south := as(t.Context(), "sue", typev1.Level_BASIC, "cn/south")
	link := func(territory string) error {
		l, err := b.LinkCase(south, &voicev1.LinkCaseRequest{Name: c.GetName(), Kind: voicev1.CaseLink_PART_OF_RECALL, Target: recalls[territory]})
		if err == nil {
			require.Equal(t, recalls[territory], l.GetTarget())
		}
		return err
	}
	cut := func(territory string) *voicev1.Case {
		got, err := b.UnlinkCase(south, &voicev1.LinkCaseRequest{Name: c.GetName(), Kind: voicev1.CaseLink_PART_OF_RECALL, Target: recalls[territory]})
		require.NoError(t, err)
		return got
	}
	refused(t, link("cn/north"), codes.PermissionDenied, "HIDDEN")
	require.NoError(t, link("cn"))
	n := len(b.subjects(t))
	require.NoError(t, link("cn"), "it is that already")
	require.Len(t, b.subjects(t), n)
	refused(t, link("cn/south"), codes.FailedPrecondition, "RECALL_LINKED")
	require.ErrorContains(t, link("cn/south"), recalls["cn"])
	require.Equal(t, recalls["cn"], cut("cn/south").GetRecall(), "it is part of another")
	require.Empty(t, cut("cn").GetRecall())
	require.NoError(t, link("cn/south"))
	links, err := b.ListCaseLinks(south, &voicev1.ListCaseLinksRequest{Parent: c.GetName()})
	require.NoError(t, err)
	require.Equal(t, recalls["cn/south"], links.GetLinks()[0].GetTarget())
	require.Equal(t, 3, b.count(t, `select count(*) from timeline where kind = $1`, LinkEntry))
}
