package segmentation_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/genproto/googleapis/type/date"
	"google.golang.org/genproto/googleapis/type/money"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/guanxi-crm/guanxi/libs/testkit"
	profilev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/profile/v1"
	segmentationv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/segmentation/v1"
	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
)

// scene is a customer of whom all is known that can be, graded by a model that looks at its profits.
type scene struct {
	*bundle
	customer, judgement, entry, agreement, model, draft, policy, reward, segment, secret, run, settlement, backtest string
}

// newScene waits for what is known behind the events before it decides over the customer, so that each thing has its place in every answer.
func newScene(t *testing.T) *scene {
	t.Helper()
	b := setup(t)
	s := &scene{bundle: b}
	ctx := b.admin(t)
	s.model = s.publishedModel(ctx, t)
	c, err := b.customers.CreateCustomer(ctx, &profilev1.CreateCustomerRequest{Customer: &profilev1.Customer{
		DisplayName: "open-customer", Kind: profilev1.Customer_ORGANIZATION, Territory: "cn/south/shenzhen", Owner: "open-owner",
	}})
	require.NoError(t, err)
	s.customer = c.GetName()
	for i, daysAgo := range []int{279, 269, 259, 249} { // ten days between the orders, and silence since
		line := &profilev1.OrderLine{ProductLine: "open-line", Quantity: 1, Amount: cny(1_000_000), GrossProfit: cny(0), NetProfit: cny(0)}
		if i == 0 {
			line.GrossProfit, line.NetProfit = cny(424242), cny(535353)
		}
		_, err := b.orders.CreateOrder(ctx, &profilev1.CreateOrderRequest{Parent: s.customer, Order: &profilev1.Order{
			OrderNumber: fmt.Sprint("open-", i), OrderTime: timestamppb.New(b.Clock.Now().AddDate(0, 0, -daysAgo)), Lines: []*profilev1.OrderLine{line},
		}})
		require.NoError(t, err)
	}
	b.settled(t)
	s.decide(ctx, t)
	s.gather(ctx, t)
	b.settled(t)
	return s
}

func cny(units int64) *money.Money { return &money.Money{CurrencyCode: "CNY", Units: units} }

func (b *bundle) today() *date.Date {
	day := b.Clock.Now()
	return &date.Date{Year: int32(day.Year()), Month: int32(day.Month()), Day: int32(day.Day())}
}

// publishedModel grades by both profits and by a judgement.
func (s *scene) publishedModel(ctx context.Context, t *testing.T) string {
	t.Helper()
	levels := func(edges ...string) (all []*segmentationv1.FactorLevel) {
		for i, edge := range edges {
			all = append(all, &segmentationv1.FactorLevel{Level: int32(4 - i), Edge: edge})
		}
		return all
	}
	models := segmentationv1.NewGradingModelServiceClient(s.Conn)
	m, err := models.CreateGradingModel(ctx, &segmentationv1.CreateGradingModelRequest{GradingModel: &segmentationv1.GradingModel{
		LabelEn: "Profits", LabelZh: "利润", Factors: []*segmentationv1.GradingFactor{
			{
				Id: "gross", LabelEn: "Gross", LabelZh: "毛利", Kind: segmentationv1.GradingFactor_MEASURED,
				Measure: segmentationv1.Measure_LAST_YEAR_GROSS_PROFIT, Levels: levels("300000", "200000", "100000", ""),
			},
			{
				Id: "net", LabelEn: "Net", LabelZh: "净利", Kind: segmentationv1.GradingFactor_MEASURED,
				Measure: segmentationv1.Measure_LAST_YEAR_NET_PROFIT, Levels: levels("300000", "200000", "100000", ""),
			},
			{Id: "influence", LabelEn: "Influence", LabelZh: "影响力", Kind: segmentationv1.GradingFactor_JUDGED, Levels: levels("", "", "", "")},
		},
	}})
	require.NoError(t, err)
	_, err = models.PublishGradingModel(ctx, &segmentationv1.PublishGradingModelRequest{Name: m.GetName(), EffectiveDate: s.today()})
	require.NoError(t, err)
	return m.GetName()
}

// decide does what people do with a customer.
func (s *scene) decide(ctx context.Context, t *testing.T) {
	t.Helper()
	judged, err := segmentationv1.NewJudgementServiceClient(s.Conn).CreateJudgement(ctx, &segmentationv1.CreateJudgementRequest{
		Parent: s.customer, Judgement: &segmentationv1.Judgement{Factor: "influence", Level: 3, Evidence: "open-evidence"},
	})
	require.NoError(t, err)
	_, err = s.signals.CreateSignal(ctx, &segmentationv1.CreateSignalRequest{Parent: s.customer, Signal: &segmentationv1.Signal{
		Kind: segmentationv1.Signal_COMPLAINT, Value: 1, SignalTime: timestamppb.New(s.Clock.Now().Add(-time.Hour)), SourceId: "open-source", Note: "open-note",
	}})
	require.NoError(t, err)
	_, err = segmentationv1.NewGradeServiceClient(s.Conn).OverrideGrade(ctx, s.override())
	require.NoError(t, err)
	points := segmentationv1.NewLoyaltyServiceClient(s.Conn)
	entry, err := points.EarnPoints(ctx, &segmentationv1.EarnPointsRequest{
		Customer: s.customer, Points: 100, Reason: "open-reason", Kind: segmentationv1.PointEntry_OTHER, Reference: "open-reference",
	})
	require.NoError(t, err)
	rebates := segmentationv1.NewRebateServiceClient(s.Conn)
	agreed, err := rebates.CreateRebateAgreement(ctx, &segmentationv1.CreateRebateAgreementRequest{Parent: s.customer, RebateAgreement: &segmentationv1.RebateAgreement{
		Kind: segmentationv1.RebateAgreement_TARGET, FiscalYear: 2025, Target: cny(717171), Tiers: []*segmentationv1.RebateTier{{Threshold: "100", RatePercent: "2"}},
	}})
	require.NoError(t, err)
	settlement, err := rebates.SettleRebates(s.As(t, manager, "cn/south"), &segmentationv1.SettleRebatesRequest{FiscalYear: 2025})
	require.NoError(t, err)
	s.finished(t, "rebate-settlement", 1)
	s.judgement, s.entry, s.agreement, s.settlement = judged.GetName(), entry.GetName(), agreed.GetName(), settlement.GetName()
}

// override is for a reason that is not for everybody.
func (s *scene) override() *segmentationv1.OverrideGradeRequest {
	return &segmentationv1.OverrideGradeRequest{
		Name: s.customer + "/grade", Grade: "S", Reason: "secret-reason", ExpireDate: &date.Date{Year: s.today().GetYear() + 1, Month: 7, Day: 1},
	}
}

// gather makes what is of the whole company, and lets all customers be looked at.
func (s *scene) gather(ctx context.Context, t *testing.T) {
	t.Helper()
	segments := segmentationv1.NewSegmentServiceClient(s.Conn)
	for _, one := range []struct {
		name        *string
		label, rule string
	}{
		{&s.segment, "Everybody", "true"}, {new(string), "secret-segment", "gross_profit > 400000.0"}, {&s.secret, "board-segment", "net_profit > 500000.0"},
	} {
		made, err := segments.CreateSegment(ctx, &segmentationv1.CreateSegmentRequest{Segment: &segmentationv1.Segment{LabelEn: one.label, Rule: one.rule}})
		require.NoError(t, err)
		*one.name = made.GetName()
		require.Eventually(t, func() bool {
			members, err := segments.ListSegmentMembers(ctx, &segmentationv1.ListSegmentMembersRequest{Parent: made.GetName()})
			return err == nil && len(members.GetMembers()) == 1
		}, testkit.Patience, tick, one.label)
	}
	draft, err := segmentationv1.NewGradingModelServiceClient(s.Conn).CreateGradingModel(ctx, &segmentationv1.CreateGradingModelRequest{
		GradingModel: &segmentationv1.GradingModel{LabelEn: "Draft"}, CopyFrom: s.model,
	})
	require.NoError(t, err)
	policy, err := segmentationv1.NewPolicyServiceClient(s.Conn).CreatePolicy(ctx, &segmentationv1.CreatePolicyRequest{
		Policy: &segmentationv1.Policy{LabelEn: "Draft"}, CopyFrom: "policies/current",
	})
	require.NoError(t, err)
	_, err = segmentationv1.NewPolicyEffectServiceClient(s.Conn).CreatePolicyEvaluation(s.administrator(t, "cn/south"), &segmentationv1.CreatePolicyEvaluationRequest{
		Parent: "policies/current", PolicyEvaluation: &segmentationv1.PolicyEvaluation{ConclusionEn: "open-conclusion"},
	})
	require.NoError(t, err)
	reward, err := segmentationv1.NewRewardServiceClient(s.Conn).CreateReward(ctx, &segmentationv1.CreateRewardRequest{
		Reward: &segmentationv1.Reward{LabelEn: "Cup", LabelZh: "杯子", Points: 30, Active: true},
	})
	require.NoError(t, err)
	run, err := s.assessments.RunAssessment(ctx, &segmentationv1.RunAssessmentRequest{})
	require.NoError(t, err)
	require.Eventually(t, func() bool {
		run, err = s.assessments.GetAssessmentRun(ctx, &segmentationv1.GetAssessmentRunRequest{Name: run.GetName()})
		return err == nil && run.GetOperation().GetState() == typev1.Operation_SUCCEEDED
	}, testkit.Patience, tick)
	backtest, err := segmentationv1.NewChurnServiceClient(s.Conn).BacktestChurnRules(s.As(t, manager, "cn/south"), &segmentationv1.BacktestChurnRulesRequest{
		AsOfDate: &date.Date{Year: 2025, Month: 3, Day: 17}, HorizonDays: 1,
	})
	require.NoError(t, err)
	s.finished(t, "churn-backtest", 1)
	s.backtest = backtest.GetName()
	s.draft, s.policy, s.reward, s.run = draft.GetName(), policy.GetName(), reward.GetName(), run.GetName()
}
