package compensation

import (
	"testing"
	"time"

	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/fault"
	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
	"github.com/guanxi-crm/guanxi/services/voice/internal/settings"
)

var (
	limits = map[string]settings.Limit{"CNY": {AssigneeBelow: decimal.NewFromInt(1000), ManagerUpTo: decimal.NewFromInt(50000)}}
	noon   = time.Date(2026, time.January, 5, 12, 0, 0, 0, time.UTC)
)

func TestTierOf(t *testing.T) {
	t.Parallel()
	for amount, want := range map[string]Tier{
		"0.0001": ByAssignee, "999.9999": ByAssignee, "1000": ByManager, "50000": ByManager, "50000.0001": ByExecutive, "1000000000000": ByExecutive,
	} {
		require.Equal(t, want, TierOf(limits, decimal.RequireFromString(amount), "CNY"), amount)
	}
	require.Equal(t, ByExecutive, TierOf(limits, decimal.NewFromInt(1), "EUR"), "no rate is implied anywhere")
}

func by(subject string, level typev1.Level) auth.Principal {
	return auth.Principal{Subject: subject, Level: level}
}

func TestWhoApproves(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		tier     Tier
		p        auth.Principal
		assignee string
		reason   string // "" it is approved
	}{
		{ByAssignee, by("ann", 1), "ann", ""},
		{ByAssignee, by("bob", 3), "ann", "NOT_ASSIGNEE"},
		{ByAssignee, by("", 1), "", "NOT_ASSIGNEE"},
		{ByAssignee, by("pia", 1), "pia", ""}, // so little he gives himself
		{ByManager, by("bob", 2), "ann", ""},
		{ByManager, by("bob", 3), "ann", ""},
		{ByManager, by("ann", 1), "ann", "APPROVAL_LEVEL"},
		{ByManager, by("pia", 2), "ann", "SELF_APPROVAL"},
		{ByManager, by("pia", 3), "ann", "SELF_APPROVAL"},
		{ByExecutive, by("eve", 3), "ann", ""},
		{ByExecutive, by("bob", 2), "ann", "APPROVAL_LEVEL"},
		{ByExecutive, by("pia", 3), "ann", "SELF_APPROVAL"},
	} {
		m := &Compensation{State: Proposed, Tier: c.tier, Proposer: "pia"}
		err := m.Approve(c.p, c.assignee, "", noon)
		if c.reason == "" {
			require.NoError(t, err, "%+v", c)
			require.Equal(t, Approved, m.State)
			continue
		}
		require.Equal(t, c.reason, fault.From(err).Reason(), "%+v", c)
		require.Equal(t, Proposed, m.State)
	}
}

func TestRejecting(t *testing.T) {
	t.Parallel()
	m := &Compensation{State: Proposed, Tier: ByExecutive, Proposer: "pia"}
	require.Equal(t, "APPROVAL_LEVEL", fault.From(m.Reject(by("ann", 1), "ann", "no", noon)).Reason())
	require.Equal(t, "INVALID_FIELDS", fault.From(m.Reject(by("eve", 3), "ann", "", noon)).Reason())
	require.NoError(t, m.Reject(by("pia", 1), "ann", "a mistake", noon), "who has proposed it takes it back")
	require.Equal(t, "COMPENSATION_STATE", fault.From(m.Approve(by("eve", 3), "ann", "", noon)).Reason())
}

// Whatever is done in whatever order: it is decided once, and paid once, and only when it was approved.
func TestAnySequence(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		m := &Compensation{State: Proposed, Tier: ByExecutive, Proposer: "pia"}
		decided, paid := 0, 0
		for range rapid.IntRange(1, 20).Draw(t, "length") {
			before := *m
			var err error
			news := true
			switch rapid.SampledFrom([]string{"approve", "reject", "pay"}).Draw(t, "verb") {
			case "approve":
				err = m.Approve(by("eve", 3), "ann", "", noon)
			case "reject":
				err = m.Reject(by("eve", 3), "ann", "no", noon)
			case "pay":
				news, err = m.Pay("fay", rapid.SampledFrom([]string{"1", "2"}).Draw(t, "reference"), noon)
			}
			switch {
			case err != nil || !news:
				if *m != before {
					t.Fatalf("%+v became %+v", before, *m)
				}
			case m.State == Paid:
				paid++
			default:
				decided++
			}
		}
		if decided > 1 || paid > 1 || paid == 1 && m.DecideTime == nil || m.State == Rejected && paid > 0 {
			t.Fatalf("decided %d times, paid %d times: %+v", decided, paid, *m)
		}
	})
}

func TestCheckAmount(t *testing.T) {
	t.Parallel()
	for amount, rules := range map[string][]string{
		"0.0001": nil, "1000000000000": nil, "0": {"RANGE"}, "-1": {"RANGE"}, "1000000000000.1": {"RANGE"}, "0.00001": {"DECIMALS"}, "-0.00001": {"DECIMALS", "RANGE"},
	} {
		var got []string
		for _, v := range CheckAmount(decimal.RequireFromString(amount)) {
			got = append(got, v.Rule)
		}
		require.Equal(t, rules, got, amount)
	}
}
