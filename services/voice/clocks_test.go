package voice_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/genproto/googleapis/type/dayofweek"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/fieldmaskpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/guanxi-crm/guanxi/libs/testkit"
	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
	voicev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/voice/v1"
)

func shanghai(t *testing.T, text string) time.Time {
	t.Helper()
	zone, err := time.LoadLocation("Asia/Shanghai")
	require.NoError(t, err)
	at, err := time.ParseInLocation("2006-01-02 15:04", text, zone)
	require.NoError(t, err)
	return at
}

// complaint opens a complaint of a severity that was received at a time.
func (b *bundle) complaint(ctx context.Context, t *testing.T, customer string, severity voicev1.Severity, received time.Time) string {
	t.Helper()
	c, err := voicev1.NewCaseServiceClient(b.Conn).CreateCase(ctx, &voicev1.CreateCaseRequest{Case: &voicev1.Case{
		Customer: customer, RequestKind: voicev1.RequestKind_COMPLAINT_REQUEST, Title: "open-title", Grading: severity, ReceivedTime: timestamppb.New(received),
	}})
	require.NoError(t, err)
	return c.GetName()
}

// clock is that of a measure of a case, as of now or another time.
func (b *bundle) clock(ctx context.Context, t *testing.T, name string, m voicev1.Measure, asOf ...time.Time) *voicev1.Clock {
	t.Helper()
	r := &voicev1.ListCaseClocksRequest{Parent: name}
	if len(asOf) > 0 {
		r.AsOf = timestamppb.New(asOf[0])
	}
	got, err := voicev1.NewClockServiceClient(b.Conn).ListCaseClocks(ctx, r)
	require.NoError(t, err)
	for _, k := range got.GetClocks() {
		if k.GetMeasure() == m {
			return k
		}
	}
	return nil
}

// A complaint of Friday 17:30 with four business hours is due Monday 12:30; waiting for the customer moves the solution, and a new holiday all that runs.
func TestClocksOfACase(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ctx := b.admin(t)
	customer := b.customer(ctx, t, "x", "owner")
	b.Clock.Set(shanghai(t, "2026-11-27 17:30"))
	ctx = b.admin(t) // tokens do not live as long
	name := b.complaint(ctx, t, customer, voicev1.Severity_MEDIUM, b.Clock.Now())
	first := b.clock(ctx, t, name, voicev1.Measure_FIRST_RESPONSE)
	require.Equal(t, shanghai(t, "2026-11-30 12:30").UTC(), first.GetDueTime().AsTime())
	require.Contains(t, first.GetExplanationZh(), "投诉·中")
	solution := b.clock(ctx, t, name, voicev1.Measure_RESOLUTION)
	require.Equal(t, shanghai(t, "2026-12-02 17:30").UTC(), solution.GetDueTime().AsTime())

	calendars := voicev1.NewBusinessCalendarServiceClient(b.Conn)
	office, err := calendars.GetBusinessCalendar(ctx, &voicev1.GetBusinessCalendarRequest{Name: "businessCalendars/china-office"})
	require.NoError(t, err)
	next, err := calendars.UpdateBusinessCalendar(ctx, &voicev1.UpdateBusinessCalendarRequest{
		BusinessCalendar: &voicev1.BusinessCalendar{Name: office.GetName(), Closed: append(office.GetClosed(), "2026-12-01"), Etag: office.GetEtag()},
		UpdateMask:       &fieldmaskpb.FieldMask{Paths: []string{"closed"}},
	})
	require.NoError(t, err)
	require.Equal(t, int32(2), next.GetVersion())
	require.Equal(t, int32(1), b.clock(ctx, t, name, voicev1.Measure_RESOLUTION).GetCalendarVersion(), "it keeps to its version")

	preview, run := b.reproject(ctx, t, office.GetName(), true), b.reproject(ctx, t, office.GetName(), false)
	require.Len(t, run, 1)
	require.True(t, proto.Equal(preview[0], run[0]), "a preview tells what will be")
	require.Equal(t, solution.GetDueTime().AsTime(), run[0].GetBeforeDueTime().AsTime())
	require.Equal(t, shanghai(t, "2026-12-03 17:30").UTC(), run[0].GetAfterDueTime().AsTime())
	now := b.clock(b.admin(t), t, name, voicev1.Measure_RESOLUTION)
	require.Equal(t, int32(2), now.GetCalendarVersion())
	require.Len(t, now.GetIntervals(), 2)
	require.Equal(t, fmt.Sprintf("%020d", 1), b.Events(t, "guanxi.voice.business_calendar.changed.v1", 1)[0].Header.Get("ce-sequence"), "what is shipped is not announced")
}

// reproject runs a re-projection to its end, and answers what moved.
func (b *bundle) reproject(ctx context.Context, t *testing.T, source string, preview bool) []*voicev1.ClockMove {
	t.Helper()
	clocks := voicev1.NewClockServiceClient(b.Conn)
	run, err := clocks.CreateClockReprojection(ctx, &voicev1.CreateClockReprojectionRequest{ClockReprojection: &voicev1.ClockReprojection{Source: source, Preview: preview}})
	require.NoError(t, err)
	require.Eventually(t, func() bool {
		run, err = clocks.GetClockReprojection(ctx, &voicev1.GetClockReprojectionRequest{Name: run.GetName()})
		return err == nil && run.GetOperation().GetState() == typev1.Operation_SUCCEEDED
	}, testkit.Patience, tick)
	moves, err := clocks.ListClockMoves(ctx, &voicev1.ListClockMovesRequest{Parent: run.GetName()})
	require.NoError(t, err)
	return moves.GetClockMoves()
}

// A major complaint is handled round the clock within 24 hours, and headquarters are told at once.
func TestMajorComplaint(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ctx := b.admin(t)
	rules, err := voicev1.NewResponseRuleServiceClient(b.Conn).ExplainResponseRules(ctx, &voicev1.ExplainResponseRulesRequest{
		RequestKind: voicev1.RequestKind_COMPLAINT_REQUEST, Severity: voicev1.Severity_CRITICAL, Major: true,
	})
	require.NoError(t, err)
	require.Len(t, rules.GetChoices(), 2)
	solution := rules.GetChoices()[1].GetTarget()
	require.Equal(t, int64(24*3600), solution.GetTargetSeconds())
	require.True(t, hasStep(solution, voicev1.EscalationLevel_HEADQUARTERS, voicev1.ResponseRule_ON_SEVERITY))
	require.Equal(t, "major-complaint", rules.GetCandidates()[0].GetCode())
	require.Len(t, rules.GetCandidates()[0].GetCountsFor(), 2)
	always, err := voicev1.NewBusinessCalendarServiceClient(b.Conn).ComputeBusinessTime(ctx, &voicev1.ComputeBusinessTimeRequest{
		Name: solution.GetCalendar(), Start: timestamppb.New(b.Clock.Now()), WorkSeconds: new(uint32(solution.GetTargetSeconds())),
	})
	require.NoError(t, err)
	require.Equal(t, b.Clock.Now().Add(24*time.Hour).UTC(), always.GetDue().AsTime())
}

func hasStep(target *voicev1.ResponseRule_Target, level voicev1.EscalationLevel, trigger voicev1.ResponseRule_Trigger) bool {
	for _, s := range target.GetSteps() {
		if s.GetLevel() == level && s.GetTrigger() == trigger {
			return true
		}
	}
	return false
}

func inline() *voicev1.BusinessCalendar {
	return &voicev1.BusinessCalendar{TimeZone: "Asia/Shanghai", Frames: []*voicev1.BusinessCalendar_Frame{{Weekday: dayofweek.DayOfWeek_MONDAY, Start: "09:00", End: "12:00"}}}
}
