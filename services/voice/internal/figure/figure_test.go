package figure_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/encoding/protojson"
	"pgregory.net/rapid"

	voicev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/voice/v1"
	"github.com/guanxi-crm/guanxi/services/voice/internal/figure"
)

// A rate times what it is a share of is the part, as exactly as its places allow; nothing is divided by 0.
func TestRates(t *testing.T) {
	t.Parallel()
	require.False(t, figure.Rate(5, 0).Valid)
	require.Nil(t, figure.Text(figure.Rate(0, 0)))
	for want, of := range map[string][2]int64{"0": {0, 3}, "0.333333": {1, 3}, "0.666667": {2, 3}, "1": {7, 7}, "2.5": {5, 2}, "100": {100, 1}} {
		require.Equal(t, want, *figure.Text(figure.Rate(of[0], of[1])))
	}
	rapid.Check(t, func(t *rapid.T) {
		part, whole := rapid.Int64Range(0, 1e9).Draw(t, "part"), rapid.Int64Range(1, 1e9).Draw(t, "whole")
		rate, _ := figure.Rate(part, whole).Decimal.Float64()
		require.InDelta(t, float64(part)/float64(whole), rate, 5.1e-7)
	})
}

// The example of the documentation, counted by hand. Today is the fifth, 17:00 in Shanghai.
func TestFiguresOfOneOffice(t *testing.T) {
	t.Parallel()
	b := setup(t)
	c := b.client(t, client{owner: "li", class: 5})
	one := b.affair(t, affair{
		client: c, assignee: "wang", major: true, received: at(2, 9, 0), answered: later(at(2, 9, 0), 30*time.Minute), resolved: later(at(2, 9, 0), 8*time.Hour),
	})
	b.timer(t, &one, ruleA, 1, met, 1800, nil)
	b.timer(t, &one, ruleA, 2, met, 25200, nil)
	two := b.affair(t, affair{
		client: c, assignee: "wang", received: at(2, 10, 0), answered: later(at(2, 10, 0), time.Hour), resolved: later(at(2, 10, 0), 16*time.Hour),
		closed: later(at(2, 10, 0), 20*time.Hour), reopens: 2,
	})
	b.timer(t, &two, ruleA, 1, met, 3600, nil)
	b.timer(t, &two, ruleB, 2, missed, 30000, nil)
	three := b.affair(t, affair{client: c, assignee: "zhao", received: at(3, 9, 0)})
	b.timer(t, &three, ruleA, 1, running, 0, later(at(3, 9, 0), time.Hour)) // overdue
	b.timer(t, &three, ruleB, 2, running, 0, later(at(9, 9, 0), 0))         // pending
	four := b.affair(t, affair{client: c, received: at(1, 0, 0), closed: later(at(1, 0, 0), time.Minute)})
	b.timer(t, &four, ruleA, 1, cancelled, 0, nil)
	b.affair(t, affair{client: c, received: at(1, 0, 0).Add(-time.Second), major: true}) // of the year before: of the backlog only

	got, err := b.ListVoiceFigures(caller(t, "boss", manager, "cn"), inJanuary(0, 1, 31))
	require.NoError(t, err)
	require.Len(t, got.GetVoiceFigures(), 1)
	text, err := protojson.Marshal(got.GetVoiceFigures()[0])
	require.NoError(t, err)
	require.JSONEq(t, `{
		"receivedCount": "4", "majorCount": "1", "respondedCount": "2", "resolvedCount": "2", "closedCount": "2", "finishedCount": "3", "reopenedCount": "1",
		"reopenRate": "0.333333",
		"firstResponse": {"count": "2", "meanSeconds": "2700", "medianSeconds": "2700", "p90Seconds": "3600"},
		"firstResponseWorking": {"count": "2", "meanSeconds": "2700", "medianSeconds": "2700", "p90Seconds": "3600"},
		"resolution": {"count": "2", "meanSeconds": "43200", "medianSeconds": "43200", "p90Seconds": "57600"},
		"resolutionWorking": {"count": "2", "meanSeconds": "27600", "medianSeconds": "27600", "p90Seconds": "30000"},
		"firstResponseAttainment": {"metCount": "2", "overdueCount": "1", "rate": "0.666667"},
		"resolutionAttainment": {"metCount": "1", "missedCount": "1", "pendingCount": "1", "rate": "0.5"},
		"ruleAttainments": [
			{"rule": "responseRules/00000000-0000-7000-8000-00000000000a", "measure": "FIRST_RESPONSE", "attainment": {"metCount": "2", "overdueCount": "1", "rate": "0.666667"}},
			{"rule": "responseRules/00000000-0000-7000-8000-00000000000a", "measure": "RESOLUTION", "attainment": {"metCount": "1", "rate": "1"}},
			{"rule": "responseRules/00000000-0000-7000-8000-00000000000b", "measure": "RESOLUTION", "attainment": {"missedCount": "1", "pendingCount": "1", "rate": "0"}}
		],
		"backlogCount": "2", "backlogMajorCount": "1", "oldestReceivedTime": "2025-12-31T15:59:59Z",
		"ageing": [{"toHours": 24}, {"fromHours": 24, "toHours": 72, "count": "1"}, {"fromHours": 72, "toHours": 168, "count": "1"}, {"fromHours": 168, "toHours": 720},
			{"fromHours": 720}]
	}`, string(text))
}

func TestFiguresOfNothing(t *testing.T) {
	t.Parallel()
	b := setup(t)
	got, err := b.ListVoiceFigures(caller(t, "li", basic, "*"), inJanuary(0, 1, 1))
	require.NoError(t, err)
	require.Len(t, got.GetVoiceFigures(), 1)
	f := got.GetVoiceFigures()[0]
	require.Nil(t, f.ReopenRate)
	require.Nil(t, f.GetFirstResponse().MeanSeconds)
	require.Nil(t, f.GetResolutionAttainment().Rate)
	require.Len(t, f.GetAgeing(), 5)
	got, err = b.ListVoiceFigures(caller(t, "li", basic, "*"), inJanuary(voicev1.ListVoiceFiguresRequest_TERRITORY, 1, 1))
	require.NoError(t, err)
	require.Empty(t, got.GetVoiceFigures())
}

// How fast offices are is for everybody, how fast colleagues are for their superiors.
func TestWhoMaySeeWhoseFigures(t *testing.T) {
	t.Parallel()
	b := setup(t)
	c := b.client(t, client{owner: "li"})
	b.affair(t, affair{client: c, assignee: "li", received: at(2, 9, 0)})
	b.affair(t, affair{client: c, assignee: "wang", received: at(2, 9, 0)})
	li := caller(t, "li", basic, "cn")
	for _, group := range []voicev1.ListVoiceFiguresRequest_GroupBy{voicev1.ListVoiceFiguresRequest_ASSIGNEE, voicev1.ListVoiceFiguresRequest_OWNER} {
		_, err := b.ListVoiceFigures(li, inJanuary(group, 1, 31))
		requireReason(t, err, "ASSIGNEE_ONLY")
		mine := inJanuary(group, 1, 31)
		mine.Assignee = "li"
		got, err := b.ListVoiceFigures(li, mine)
		require.NoError(t, err)
		require.Len(t, got.GetVoiceFigures(), 1)
		require.EqualValues(t, 1, got.GetVoiceFigures()[0].GetReceivedCount())
	}
	others := inJanuary(0, 1, 31)
	others.Assignee = "wang"
	_, err := b.ListVoiceFigures(li, others)
	requireReason(t, err, "ASSIGNEE_ONLY")
	_, err = b.ListVoiceFigures(caller(t, "", basic, "*"), inJanuary(1, 1, 31))
	requireReason(t, err, "ASSIGNEE_ONLY")
	got, err := b.ListVoiceFigures(caller(t, "boss", manager, "cn/north"), others)
	require.NoError(t, err)
	require.Zero(t, got.GetVoiceFigures()[0].GetReceivedCount(), "of another territory")
}

func TestPeriodsAreChecked(t *testing.T) {
	t.Parallel()
	b := setup(t)
	boss := caller(t, "boss", manager, "*")
	for _, wrong := range []*voicev1.ListVoiceFiguresRequest{
		inJanuary(0, 2, 1),
		{From: day(1, 1), To: day(13, 1)},
		{From: day(2, 30), To: day(3, 1)},
		{To: day(1, 1)},
		{From: day(1, 1), To: day(1, 2), PageSize: -1},
		{From: day(1, 1), To: day(1, 2), PageToken: "x"},
	} {
		_, err := b.ListVoiceFigures(boss, wrong)
		require.Error(t, err)
		_, err = b.ListComplaintRates(boss, &voicev1.ListComplaintRatesRequest{
			Parent: "customers/-", From: wrong.GetFrom(), To: wrong.GetTo(), PageSize: wrong.GetPageSize(), PageToken: wrong.GetPageToken(),
		})
		require.Error(t, err)
	}
}
