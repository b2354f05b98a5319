package voice_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/guanxi-crm/guanxi/libs/civil"
	"github.com/guanxi-crm/guanxi/libs/servicetest"
	"github.com/guanxi-crm/guanxi/libs/testkit"
	planningv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/planning/v1"
	profilev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/profile/v1"
	segmentationv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/segmentation/v1"
	voicev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/voice/v1"
	"github.com/guanxi-crm/guanxi/services/planning"
	"github.com/guanxi-crm/guanxi/services/profile"
	"github.com/guanxi-crm/guanxi/services/segmentation"
	"github.com/guanxi-crm/guanxi/services/voice"
)

// whole is voice with all that it hears of and that hear of it.
func whole(t *testing.T) *bundle {
	t.Helper()
	first := servicetest.Start(t, profile.Definition())
	second := first.Beside(t, segmentation.Definition())
	third := second.Beside(t, planning.Definition())
	return &bundle{
		Service: third.Beside(t, voice.Definition()), customers: profilev1.NewCustomerServiceClient(first.Conn), people: profilev1.NewPersonServiceClient(first.Conn),
		orders: profilev1.NewOrderServiceClient(first.Conn), peers: map[string]*servicetest.Service{"profile": first, "segmentation": second, "planning": third},
	}
}

// From an order to a class, from a complaint to a case with its clocks, which run out, and a level that is told; all of it announced, counted, and heard by those who go by it.
func TestFromAnOrderToAnEscalation(t *testing.T) {
	t.Parallel()
	b := whole(t)
	ctx := b.admin(t)
	customer := b.customer(ctx, t, "Acme", "li")
	b.order(ctx, t, customer, "1", &profilev1.OrderLine{ProductLine: "pumps", ProductCode: "P-1", Quantity: 2})
	_, err := segmentationv1.NewAssessmentServiceClient(b.peers["segmentation"].Conn).RunAssessment(ctx, &segmentationv1.RunAssessmentRequest{})
	require.NoError(t, err)
	require.Eventually(t, func() bool {
		var classed bool
		err := b.DB.Get(context.Background(), &classed, `select exists (select from customers where class > 0) and exists (select from order_lines)`)
		return err == nil && classed
	}, testkit.Patience, tick, "its class has arrived")

	_, err = voicev1.NewDeskServiceClient(b.Conn).CreateDesk(ctx, &voicev1.CreateDeskRequest{Desk: &voicev1.Desk{
		Territory: "cn/south", LabelEn: "South", LabelZh: "华南", Leads: []string{"lead"}, Members: []*voicev1.DeskMember{{Subject: "ann", Capacity: 5}},
	}})
	require.NoError(t, err)
	v, err := voicev1.NewVoiceServiceClient(b.Conn).CreateVoice(ctx, &voicev1.CreateVoiceRequest{Voice: &voicev1.Voice{
		Customer: customer, Source: voicev1.VoiceSource_HOTLINE, Kind: voicev1.VoiceKind_COMPLAINT, Text: "水泵漏水", Grading: voicev1.Severity_CRITICAL,
		ProductLine: "pumps", ProductCode: "P-1",
	}})
	require.NoError(t, err)
	require.NotEmpty(t, v.GetCase())
	clocks, err := voicev1.NewClockServiceClient(b.Conn).ListCaseClocks(ctx, &voicev1.ListCaseClocksRequest{Parent: v.GetCase()})
	require.NoError(t, err)
	require.Len(t, clocks.GetClocks(), 2)
	b.hears(ctx, t, customer, v)

	b.Clock.Advance(25 * time.Hour) // a major complaint has 24, night or not
	ctx = b.admin(t)
	escalated := &voicev1.CaseEscalated{}
	require.NoError(t, b.Events(t, "guanxi.voice.case.escalated.v1", 1)[0].Decode(escalated))
	require.Equal(t, v.GetCase(), escalated.GetCase())
	require.Equal(t, []string{"lead"}, escalated.GetSubjects())
	breached := &voicev1.CaseBreached{}
	require.NoError(t, b.Events(t, "guanxi.voice.case.breached.v1", 2)[1].Decode(breached))
	require.Equal(t, v.GetCase(), breached.GetCase())

	b.solve(ctx, t, v.GetCase())
	b.counted(ctx, t, customer)
	require.Eventually(t, func() bool { return len(b.concerns(ctx, customer, "resolve_time:*")) == 1 }, testkit.Patience, tick, "planning knows that it is over")
}

// hears waits until segmentation has a complaint of the customer and planning a concern, both of them major.
func (b *bundle) hears(ctx context.Context, t *testing.T, customer string, v *voicev1.Voice) {
	t.Helper()
	signals := segmentationv1.NewSignalServiceClient(b.peers["segmentation"].Conn)
	require.Eventually(t, func() bool {
		list, err := signals.ListSignals(ctx, &segmentationv1.ListSignalsRequest{Parent: customer, Filter: "kind = COMPLAINT"})
		return err == nil && len(list.GetSignals()) == 1 && list.GetSignals()[0].GetValue() == 2
	}, testkit.Patience, tick, "segmentation hears of the complaint")
	require.Eventually(t, func() bool {
		open := b.concerns(ctx, customer, "major = true")
		return len(open) == 1 && open[0].GetSourceId() == v.GetCase()
	}, testkit.Patience, tick, "planning hears of the case")
}

func (b *bundle) concerns(ctx context.Context, customer, filter string) []*planningv1.Concern {
	list, err := planningv1.NewConcernServiceClient(b.peers["planning"].Conn).ListConcerns(ctx, &planningv1.ListConcernsRequest{Parent: customer, Filter: filter})
	if err != nil {
		return nil
	}
	return list.GetConcerns()
}

// solve does all that is left to do with a case that has just come in.
func (b *bundle) solve(ctx context.Context, t *testing.T, name string) {
	t.Helper()
	steps := voicev1.NewCaseTransitionServiceClient(b.Conn)
	c, err := voicev1.NewCaseServiceClient(b.Conn).GetCase(ctx, &voicev1.GetCaseRequest{Name: name})
	require.NoError(t, err)
	if c.GetState() == voicev1.CaseState_RECEIVED {
		_, err = steps.TriageCase(ctx, &voicev1.TriageCaseRequest{Name: name})
		require.NoError(t, err)
	}
	_, err = steps.AssignCase(ctx, &voicev1.AssignCaseRequest{Name: name, Assignee: "ann"})
	require.NoError(t, err)
	_, err = steps.StartCase(ctx, &voicev1.CaseStepRequest{Name: name})
	require.NoError(t, err)
	_, err = steps.ResolveCase(ctx, &voicev1.ResolveCaseRequest{Name: name, Resolution: "已更换"})
	require.NoError(t, err)
}

// counted finds the case in all figures.
func (b *bundle) counted(ctx context.Context, t *testing.T, customer string) {
	t.Helper()
	figures := voicev1.NewVoiceFigureServiceClient(b.Conn)
	from, to := civil.Date(b.Clock.Now().AddDate(0, -2, 0)), civil.Date(b.Clock.Now().AddDate(0, 0, 1))
	list, err := figures.ListVoiceFigures(ctx, &voicev1.ListVoiceFiguresRequest{From: from, To: to, GroupBy: voicev1.ListVoiceFiguresRequest_ASSIGNEE})
	require.NoError(t, err)
	require.Len(t, list.GetVoiceFigures(), 1)
	f := list.GetVoiceFigures()[0]
	require.Equal(t, "ann", f.GetKey())
	require.Equal(t, "90000", f.GetResolution().GetMeanSeconds(), "25 hours")
	require.Equal(t, "90000", f.GetResolutionWorking().GetMeanSeconds(), "round the clock")
	require.Equal(t, "0", f.GetResolutionAttainment().GetRate())
	require.EqualValues(t, 1, f.GetResolutionAttainment().GetMissedCount())
	require.Zero(t, f.GetBacklogCount())
	rates, err := figures.ListComplaintRates(ctx, &voicev1.ListComplaintRatesRequest{Parent: customer, From: from, To: to})
	require.NoError(t, err)
	require.Equal(t, "1", rates.GetComplaintRates()[0].GetTotal().GetRate())
	require.Equal(t, "pumps", rates.GetComplaintRates()[0].GetProductLines()[0].GetProductLine())
}
