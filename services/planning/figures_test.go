package planning_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"google.golang.org/genproto/googleapis/type/date"

	planningv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/planning/v1"
	"github.com/guanxi-crm/guanxi/services/planning/internal/figure"
	"github.com/guanxi-crm/guanxi/services/planning/internal/settings"
)

func (b *books) figures() *figure.Server {
	return figure.NewServer(b.db, b.clock.Now, b.pages, b.numbers)
}

var january = &planningv1.ListContactFiguresRequest{From: &date.Date{Year: 2026, Month: 1, Day: 1}, To: &date.Date{Year: 2026, Month: 1, Day: 31}}

func inJanuary(group planningv1.ListContactFiguresRequest_GroupBy, owner string) *planningv1.ListContactFiguresRequest {
	return &planningv1.ListContactFiguresRequest{From: january.GetFrom(), To: january.GetTo(), GroupBy: group, Owner: owner}
}

// The example of the documentation, counted by hand. Today is the fifth.
func TestFiguresOfOneOwner(t *testing.T) {
	t.Parallel()
	b := openBooks(t)
	core, other := b.client(t, client{owner: "li", class: 5}), b.client(t, client{owner: "li"})
	yes, no := true, false
	for _, m := range []meeting{
		{customer: core, day: "2026-01-02", state: done, doneTime: "2026-01-02T15:59:00Z", responded: &yes, outcome: "agreed"}, // the last minute in Shanghai
		{customer: core, day: "2026-01-02", state: done, doneTime: "2026-01-02T16:00:00Z", responded: &no, minutes: 30},        // a day late
		{customer: other, day: "2026-01-02", state: done, doneTime: "2026-01-02T01:00:00Z", responded: &yes},
		{customer: other, day: "2026-01-04"},                                    // overdue
		{customer: other, day: "2026-01-08", origin: byPerson, state: reserved}, // due
		{customer: other, day: "2026-01-09"},                                    // later
		{customer: other, end: "2026-01-31", state: unplaced},
		{customer: other, day: "2026-01-31", state: cancelled},
		{customer: other, day: "2026-02-01"}, // not of the period
		{customer: core, day: "2026-01-05", activity: messaging, minutes: 1},
		{customer: core, day: "2026-01-05", activity: messaging, origin: bySpecialDate},
	} {
		m.owner = "li"
		b.meeting(t, m)
	}
	b.exec(t, `update contacts set announced = 1 where minutes = 1`)
	got, err := b.figures().ListContactFigures(caller(t, "li", basic, "cn"), inJanuary(0, "li"))
	require.NoError(t, err)
	require.Len(t, got.GetContactFigures(), 1)
	f := got.GetContactFigures()[0]
	require.Equal(t, "3/2/1 planned 7 done 3 on time 2 policy 6/3 minutes 390/150 answers 3/2 hits 1 covered 1/2 messages 1/1", fmt.Sprintf(
		"%d/%d/%d planned %d done %d on time %d policy %d/%d minutes %d/%d answers %d/%d hits %d covered %d/%d messages %d/%d",
		f.DueCount+f.OverdueCount+f.NotPlacedCount, f.DueCount+f.OverdueCount, f.CancelledCount, f.PlannedCount, f.DoneCount, f.OnTimeCount, f.PolicyPlannedCount,
		f.PolicyDoneCount, f.PlannedMinutes, f.UsedMinutes, f.AnswerKnownCount, f.RespondedCount, f.HitCount, f.CoveredCustomerCount, f.PolicyCustomerCount,
		f.MessageAnnouncedCount, f.MessageCount))
	require.InDelta(t, 0.75, f.GetCompletionRate(), 1e-9)
	require.InDelta(t, 0.6667, f.GetPunctualityRate(), 1e-4)
	require.InDelta(t, 0.5, f.GetCoverageRate(), 1e-9)
	require.InDelta(t, 0.6667, f.GetResponseRate(), 1e-4)
	require.InDelta(t, 0.3333, f.GetHitRate(), 1e-4)
	// 40 x 0.75 + 20 x 2/3 + 20 x 0.5 + 10 x 2/3 + 10 x 1/3 = 63.33
	require.InDelta(t, 63.33, f.GetScore(), 1e-9)

	got, err = b.figures().ListContactFigures(caller(t, "boss", manager, "cn"), inJanuary(0, "li"))
	require.NoError(t, err)
	require.EqualValues(t, 2, got.GetContactFigures()[0].GetMessageCount(), "special dates are for MANAGER and above")
}

func TestFiguresOfNothing(t *testing.T) {
	t.Parallel()
	b := openBooks(t)
	got, err := b.figures().ListContactFigures(caller(t, "boss", manager, "*"), inJanuary(0, ""))
	require.NoError(t, err)
	require.Len(t, got.GetContactFigures(), 1)
	require.Nil(t, got.GetContactFigures()[0].Score, "no rate, no score")
	got, err = b.figures().ListContactFigures(caller(t, "boss", manager, "*"), inJanuary(1, ""))
	require.NoError(t, err)
	require.Empty(t, got.GetContactFigures())
}

func TestFiguresAreOnesOwn(t *testing.T) {
	t.Parallel()
	b := openBooks(t)
	for _, owner := range []string{"", "wang"} {
		_, err := b.figures().ListContactFigures(caller(t, "li", basic, "*"), inJanuary(1, owner))
		requireReason(t, err, "OWNER_ONLY")
	}
	_, err := b.figures().ListContactFigures(caller(t, "", basic, "*"), inJanuary(1, ""))
	requireReason(t, err, "OWNER_ONLY")
	wrong := inJanuary(1, "")
	wrong.From, wrong.To = wrong.GetTo(), wrong.GetFrom()
	_, err = b.figures().ListContactFigures(caller(t, "boss", manager, "*"), wrong)
	requireReason(t, err, "INVALID_FIELDS")
}

// Any contacts, grouped in any way, counted by the database and one by one.
func TestFiguresMatchCountingOneByOne(t *testing.T) {
	t.Parallel()
	b := openBooks(t)
	r := rand.New(rand.NewPCG(5, 5))
	owners, territories := []string{"li", "wang", "张三", ""}, []string{"cn/south", "cn/north", "eu"}
	type place struct {
		client
		id uuid.UUID
	}
	var places []place
	for i := range 12 {
		c := client{owner: owners[i%4], territory: territories[i%3], class: 1 + i%5}
		places = append(places, place{c, b.client(t, c)})
	}
	b.exec(t, `insert into owners (owner, time_zone, create_time, update_time) values ('wang', 'America/New_York', now(), now())`)
	today := map[string]string{"wang": "2026-01-05", "li": "2026-01-06", "张三": "2026-01-06", "": "2026-01-06"}
	b.clock.Set(time.Date(2026, 1, 5, 20, 0, 0, 0, time.UTC))
	want := map[int]map[string]*planningv1.ContactFigure{1: {}, 2: {}, 3: {}, 4: {}}
	open := map[string]map[uuid.UUID]bool{} // group and key: customers of the policy, and whether something of them is still open
	for range 200 {
		p := places[r.IntN(len(places))]
		end := time.Date(2025, 12, 25, 0, 0, 0, 0, time.UTC).AddDate(0, 0, r.IntN(30))
		m := meeting{
			customer: p.id, owner: p.owner, end: end.Format(time.DateOnly), day: end.AddDate(0, 0, -r.IntN(4)).Format(time.DateOnly), state: []int{1, 2, 3, 3, 3, 3, 3, 4, 5}[r.IntN(9)],
			origin: []int{byPolicy, bySpecialDate, byPerson}[r.IntN(3)], activity: []int{visiting, calling, messaging}[r.IntN(3)], minutes: 10 * (1 + r.IntN(9)),
		}
		if m.state == unplaced {
			m.day = ""
		}
		if answered := r.IntN(2) == 0; m.state == done {
			m.doneTime, m.responded = end.AddDate(0, 0, r.IntN(3)-1).Format(time.DateOnly)+"T12:00:00Z", &answered
			m.outcome = []string{"", "x"}[r.IntN(2)]
		}
		b.meeting(t, m)
		if end.Before(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)) || p.territory == "eu" {
			continue
		}
		for group, key := range map[int]string{1: p.owner, 2: planningv1.Activity(m.activity).String(), 3: classes[p.class], 4: p.territory} {
			f := want[group][key]
			if f == nil {
				f = &planningv1.ContactFigure{Key: key}
				want[group][key] = f
			}
			tell(f, m, today[p.owner])
			if m.origin == byPolicy && m.state != cancelled && m.activity != messaging {
				at := fmt.Sprint(group, key)
				if open[at] == nil {
					open[at] = map[uuid.UUID]bool{}
				}
				open[at][p.id] = open[at][p.id] || m.state != done
			}
		}
	}
	ctx, covered := caller(t, "boss", manager, "cn"), int64(0)
	for group, figures := range want {
		for key, f := range figures {
			for _, left := range open[fmt.Sprint(group, key)] {
				f.PolicyCustomerCount++
				if !left {
					f.CoveredCustomerCount++
				}
			}
			covered += f.CoveredCustomerCount
		}
		got := b.allFigures(ctx, t, inJanuary(planningv1.ListContactFiguresRequest_GroupBy(group), ""))
		require.Len(t, got, len(figures))
		for i, f := range got {
			f.CompletionRate, f.PunctualityRate, f.CoverageRate, f.ResponseRate, f.HitRate, f.Score = nil, nil, nil, nil, nil, nil
			require.Equal(t, figures[f.GetKey()].String(), f.String(), "%d", group)
			if i > 0 && group == 1 {
				require.Less(t, got[i-1].GetKey(), f.GetKey())
			}
		}
	}
	require.Positive(t, covered)
}

var classes = []string{"CUSTOMER_CLASS_KIND_UNSPECIFIED", "POTENTIAL", "SMALL_MEDIUM", "ORDINARY", "IMPORTANT", "CORE"}

// tell counts one contact.
func tell(f *planningv1.ContactFigure, m meeting, today string) {
	one := func(n *int64, so bool) {
		if so {
			*n++
		}
	}
	if m.state == cancelled {
		f.CancelledCount++
		return
	}
	if m.activity == messaging {
		f.MessageCount++
		one(&f.MessageAnnouncedCount, m.state == done)
		return
	}
	f.PlannedCount++
	f.PlannedMinutes += int64(m.minutes)
	one(&f.PolicyPlannedCount, m.origin == byPolicy)
	one(&f.NotPlacedCount, m.state == unplaced)
	if m.state != done {
		soon, _ := time.Parse(time.DateOnly, today)
		counts := m.end
		if m.day != "" {
			counts = m.day
		}
		one(&f.OverdueCount, m.end < today)
		one(&f.DueCount, m.end >= today && counts <= soon.AddDate(0, 0, 3).Format(time.DateOnly))
		return
	}
	f.DoneCount++
	f.UsedMinutes += int64(m.minutes)
	f.AnswerKnownCount++
	one(&f.PolicyDoneCount, m.origin == byPolicy)
	one(&f.OnTimeCount, m.doneTime[:10] <= m.end)
	one(&f.RespondedCount, *m.responded)
	one(&f.HitCount, *m.responded && m.outcome != "")
}

// allFigures reads page by page.
func (b *books) allFigures(ctx context.Context, t *testing.T, r *planningv1.ListContactFiguresRequest) (all []*planningv1.ContactFigure) {
	t.Helper()
	r.PageSize = 2
	for {
		got, err := b.figures().ListContactFigures(ctx, r)
		require.NoError(t, err)
		require.LessOrEqual(t, len(got.GetContactFigures()), 2)
		all = append(all, got.GetContactFigures()...)
		if r.PageToken = got.GetNextPageToken(); r.PageToken == "" {
			return all
		}
	}
}

func TestScore(t *testing.T) {
	t.Parallel()
	half, full := 0.5, 1.0
	weights := settings.ScoreWeights{Completion: 3, Punctuality: 1, Hit: 5}
	require.InDelta(t, 62.5, *figure.Rates{Completion: &half, Punctuality: &full, Coverage: &full}.Score(weights), 1e-9, "what is not known is left out with its weight")
	require.Nil(t, figure.Rates{Coverage: &full}.Score(weights))
	require.Nil(t, figure.Rates{}.Score(weights))
	require.InDelta(t, 33.33, *figure.Rates{Completion: new(1.0 / 3)}.Score(weights), 1e-9)
}
