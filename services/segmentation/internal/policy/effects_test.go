package policy

import (
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	pbdate "google.golang.org/genproto/googleapis/type/date"
	pbmoney "google.golang.org/genproto/googleapis/type/money"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/civil"
	segmentationv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/segmentation/v1"
)

func (b *bench) measure(t *testing.T, customer uuid.UUID, sales, gross, previousSales, previousGross any) {
	t.Helper()
	b.exec(t, `insert into measures (customer_id, measure_month, order_days, sales, gross_profit, stated_sales, previous_sales, previous_gross, year_sales, last_year_sales,
			orders, quarters, product_lines, unrated)
		values ($1, '2026-01-01', 1, $2, $3, $2, $4, $5, 0, 0, 1, 1, 1, 0)`, customer, sales, gross, previousSales, previousGross)
}

func (b *bench) signal(t *testing.T, customer uuid.UUID, kind int, value float64, at string) {
	t.Helper()
	id := uuid.Must(uuid.NewV7())
	b.exec(t, `insert into signals (customer_id, signal_id, kind, value, signal_time, source_system, source_id, note, author, create_time)
		values ($1, $2, $3, $4, $5, 'voice', $6, '', '', '2026-01-01')`, customer, id, kind, value, at, id.String())
}

// base is three VIP customers, one of them core and in the north; a transient one; one of the past.
func (b *bench) base(t *testing.T) {
	t.Helper()
	core := b.customer(t, "cn/north", Standing{Class: 5, Tier: 4})
	vip, other := b.customer(t, "cn/south", Standing{Class: 4, Tier: 4}), b.customer(t, "cn/south", Standing{Class: 4, Tier: 4})
	transient, gone := b.customer(t, "cn/south", Standing{Class: 2, Tier: 1}), b.customer(t, "cn/south", Standing{Class: 5, Tier: 4})
	b.exec(t, `update customers set delete_time = '2026-01-01' where customer_id = $1`, gone)
	b.exec(t, `update standings set at_risk = true where customer_id = any(array[$1, $2]::uuid[])`, vip, transient)
	b.measure(t, core, "1000.50", "400", "800", nil)
	b.measure(t, vip, "200", "50.25", "300", "100")
	b.measure(t, gone, "9999", "9999", "9999", "9999")
	// The window after is 2025-02-01 to 2026-01-31 in Shanghai, the window before the year before.
	b.signal(t, vip, 2, 1, "2024-01-31T15:59:59Z") // before both
	b.signal(t, vip, 2, 1, "2024-01-31T16:00:00Z")
	b.signal(t, other, 2, 2, "2025-01-31T15:59:59Z")
	b.signal(t, core, 2, 1, "2025-01-31T16:00:00Z")
	b.signal(t, core, 3, 90, "2025-05-01T00:00:00Z")
	b.signal(t, vip, 3, 60, "2025-06-01T00:00:00Z")
	b.signal(t, vip, 3, 75, "2025-07-01T00:00:00Z")
	b.signal(t, other, 3, 50, "2024-07-01T00:00:00Z")
	b.signal(t, other, 4, 0.5, "2025-07-01T00:00:00Z") // of another kind
	b.signal(t, gone, 2, 1, "2025-06-01T00:00:00Z")
}

func yuan(units int64, nanos int32) *pbmoney.Money {
	return &pbmoney.Money{CurrencyCode: "CNY", Units: units, Nanos: nanos}
}

func TestEvaluate(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.base(t)
	e, err := b.effects.EvaluatePolicy(b.As(t, manager), &segmentationv1.EvaluatePolicyRequest{Name: "policies/current"})
	require.NoError(t, err)
	for _, d := range []struct {
		want string
		got  *pbdate.Date
	}{
		{"2026-01-05", e.GetEvaluationDate()}, {"2024-02-01", e.GetBeforeStartDate()}, {"2025-02-01", e.GetAfterStartDate()}, {"2026-01-31", e.GetAfterEndDate()},
	} {
		require.True(t, proto.Equal(civil.Optional(calendarDay(t, d.want)), d.got), d)
	}
	require.Equal(t, int32(339), e.GetDaysInForce(), "from February 1 to January 5")
	byRule := map[string]*segmentationv1.RuleEffect{"": e.GetTotal()}
	for _, r := range e.GetRules() {
		byRule[r.GetRuleId()] = r
	}
	require.Len(t, byRule, 12)
	require.Equal(t, "class_core", e.GetRules()[0].GetRuleId(), "by priority")
	vip := &segmentationv1.RuleEffect{
		RuleId: "tier_vip", LabelEn: "VIP customers", LabelZh: "VIP 客户", CustomerCount: 3,
		SalesBefore: yuan(1100, 0), SalesAfter: yuan(1200, 500_000_000), GrossProfitBefore: yuan(100, 0), GrossProfitAfter: yuan(450, 250_000_000),
		AtRiskShare: new(0.333333), ComplaintsBefore: 2, ComplaintsAfter: 1, SatisfactionBefore: new(50.0), SatisfactionAfter: new(75.0),
		StaffedCount: 2, SpecialistsNeeded: 1, // the rule of core customers decides for the third
	}
	require.True(t, proto.Equal(vip, byRule["tier_vip"]), byRule["tier_vip"])
	core := &segmentationv1.RuleEffect{
		RuleId: "class_core", LabelEn: "Core customers", LabelZh: "核心客户", CustomerCount: 1,
		SalesBefore: yuan(800, 0), SalesAfter: yuan(1000, 500_000_000), GrossProfitAfter: yuan(400, 0),
		AtRiskShare: new(0.0), ComplaintsAfter: 1, SatisfactionAfter: new(90.0), StaffedCount: 1, SpecialistsNeeded: 1,
	}
	require.True(t, proto.Equal(core, byRule["class_core"]), byRule["class_core"])
	nobody := &segmentationv1.RuleEffect{RuleId: "tier_mid", LabelEn: "Mid-tier customers", LabelZh: "中端客户", SalesBefore: yuan(0, 0), SalesAfter: yuan(0, 0)}
	require.True(t, proto.Equal(nobody, byRule["tier_mid"]), byRule["tier_mid"])
	require.Equal(t, []int64{4, 3, 2}, []int64{byRule[""].GetCustomerCount(), byRule[""].GetStaffedCount(), byRule[""].GetSpecialistsNeeded()})
	require.InDelta(t, 0.5, byRule[""].GetAtRiskShare(), 0)

	south, err := b.effects.EvaluatePolicy(b.As(t, basic, "cn/south"), &segmentationv1.EvaluatePolicyRequest{Name: shipped})
	require.NoError(t, err)
	require.Equal(t, int64(3), south.GetTotal().GetCustomerCount())
	require.Nil(t, south.GetTotal().GetGrossProfitAfter(), "above the level")
	require.True(t, proto.Equal(yuan(200, 0), south.GetTotal().GetSalesAfter()))
	_, err = b.effects.EvaluatePolicy(b.As(t, basic), &segmentationv1.EvaluatePolicyRequest{Name: b.draft(t, 2026, "").GetName()})
	refused(t, err, codes.FailedPrecondition, "NOT_PUBLISHED")
	_, err = b.effects.EvaluatePolicy(b.As(t, basic), &segmentationv1.EvaluatePolicyRequest{Name: "policies/x"})
	refused(t, err, codes.InvalidArgument, "INVALID_FIELDS", "name RESOURCE_NAME")
}

func TestEvaluationsAreKept(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.base(t)
	keep := func(p auth.Principal, conclusion string) (*segmentationv1.PolicyEvaluation, error) {
		b.Clock.Advance(time.Minute)
		p.Level, p.Administrator = basic, true
		return b.effects.CreatePolicyEvaluation(b.AsPrincipal(t, p), &segmentationv1.CreatePolicyEvaluationRequest{
			Parent: "policies/current", PolicyEvaluation: &segmentationv1.PolicyEvaluation{ConclusionZh: conclusion, Author: "mallory", DaysInForce: 7},
		})
	}
	all, err := keep(auth.Principal{Subject: "root", Territories: []string{auth.Anywhere}}, "再接再厉")
	require.NoError(t, err)
	require.Equal(t, []any{"root", "再接再厉", int32(339), int64(4)}, []any{all.GetAuthor(), all.GetConclusionZh(), all.GetDaysInForce(), all.GetTotal().GetCustomerCount()})
	require.Nil(t, all.GetTotal().GetGrossProfitAfter(), "above the author's level")
	south, err := keep(auth.Principal{Subject: "sue", Territories: []string{"cn/south"}}, "南区")
	require.NoError(t, err)
	_, err = keep(auth.Principal{Subject: "root", Territories: []string{auth.Anywhere}}, "")
	refused(t, err, codes.InvalidArgument, "INVALID_FIELDS", "policy_evaluation.conclusion_en REQUIRED")
	b.exec(t, `update measures set sales = 0`) // what was found stays

	list := func(r *segmentationv1.ListPolicyEvaluationsRequest, territories ...string) (names []string, answer *segmentationv1.ListPolicyEvaluationsResponse) {
		r.Parent = shipped
		answer, err := b.effects.ListPolicyEvaluations(b.As(t, manager, territories...), r)
		require.NoError(t, err)
		for _, e := range answer.GetPolicyEvaluations() {
			names = append(names, e.GetName())
		}
		return names, answer
	}
	names, answer := list(&segmentationv1.ListPolicyEvaluationsRequest{PageSize: 1})
	require.Equal(t, []string{south.GetName()}, names)
	names, answer = list(&segmentationv1.ListPolicyEvaluationsRequest{PageSize: 1, PageToken: answer.GetNextPageToken()})
	require.Equal(t, []string{all.GetName()}, names)
	require.Empty(t, answer.GetNextPageToken())
	require.True(t, proto.Equal(yuan(450, 250_000_000), answer.GetPolicyEvaluations()[0].GetTotal().GetGrossProfitAfter()), "kept for those who may see it")
	for territory, want := range map[string][]string{"cn": {south.GetName()}, "cn/south": {south.GetName()}, "cn/south/shenzhen": nil, "cn/north": nil} {
		names, _ = list(&segmentationv1.ListPolicyEvaluationsRequest{}, territory)
		require.Equal(t, want, names, territory)
	}
	_, err = b.effects.ListPolicyEvaluations(b.As(t, basic), &segmentationv1.ListPolicyEvaluationsRequest{Parent: "policies/019b76da-a800-7000-8000-00000000ffff"})
	refused(t, err, codes.NotFound, "NOT_FOUND")
}

func TestSimulate(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.base(t)
	p := b.draft(t, 2026, "2026-03-01")
	var rules []*segmentationv1.PolicyRule
	for _, r := range p.GetRules() {
		switch r.GetRuleId() {
		case "class_important": // is done away with
			continue
		case "tier_vip":
			r.Staffing.FewestCustomers, r.Staffing.MostCustomers = 1, 1
			r.ItemIds[0] = "solution_consulting" // in place of day-to-day management
		}
		rules = append(rules, r)
	}
	p, err := b.policies.UpdatePolicy(b.admin(t), &segmentationv1.UpdatePolicyRequest{
		Policy: &segmentationv1.Policy{Name: p.GetName(), Rules: rules}, UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"rules"}},
	})
	require.NoError(t, err)
	before := b.fingerprint(t)
	s, err := b.effects.SimulatePolicy(b.As(t, basic), &segmentationv1.SimulatePolicyRequest{Name: p.GetName()})
	require.NoError(t, err)
	require.Equal(t, before, b.fingerprint(t), "nothing is stored")
	change := func(entitlement string, gained, lost, changed int64) *segmentationv1.EntitlementChange {
		return &segmentationv1.EntitlementChange{Entitlement: entitlement, GainedCount: gained, LostCount: lost, ChangedCount: changed}
	}
	want := &segmentationv1.PolicySimulation{
		Policy: p.GetName(), CurrentPolicy: shipped, CustomerCount: 4, AffectedCount: 3,
		Migrations: []*segmentationv1.RuleMigration{
			{FromRule: "class_core", ToRule: "class_core", CustomerCount: 1},
			{FromRule: "class_important", ToRule: "tier_vip", CustomerCount: 2},
			{FromRule: "class_small_medium", ToRule: "class_small_medium", CustomerCount: 1},
		},
		Changes: []*segmentationv1.EntitlementChange{
			change("contact_frequency/CALL/ACCOUNT_MANAGER", 0, 2, 0), change("contact_frequency/DAILY_VISIT/ACCOUNT_MANAGER", 0, 2, 0),
			change("item/daily_management", 0, 3, 0), change("item/solution_consulting", 3, 0, 0),
			change("sla_factor", 0, 0, 2), change("staffing", 0, 0, 2),
			change("statement/COMMERCIAL", 0, 2, 0), change("statement/CONTACT", 0, 2, 0), change("statement/CREDIT", 0, 0, 2), change("statement/PRICE", 0, 0, 2),
			change("statement/TECHNICAL", 0, 2, 0),
		},
		StaffingNeeds: []*segmentationv1.StaffingNeed{
			{RuleId: "class_core", CustomersBefore: 1, SpecialistsBefore: 1, CustomersAfter: 1, SpecialistsAfter: 1},
			{RuleId: "tier_project"},
			{RuleId: "tier_vip", CustomersBefore: 2, SpecialistsBefore: 1, CustomersAfter: 2, SpecialistsAfter: 2},
		},
	}
	require.True(t, proto.Equal(want, s), s)
	north, err := b.effects.SimulatePolicy(b.As(t, basic, "cn/north"), &segmentationv1.SimulatePolicyRequest{Name: p.GetName()})
	require.NoError(t, err)
	require.Equal(t, []int64{1, 1}, []int64{north.GetCustomerCount(), north.GetAffectedCount()})
	_, err = b.effects.SimulatePolicy(b.As(t, basic), &segmentationv1.SimulatePolicyRequest{Name: "policies/019b76da-a800-7000-8000-00000000ffff"})
	refused(t, err, codes.NotFound, "NOT_FOUND")
}

// fingerprint is of all rows that a simulation could touch.
func (b *bench) fingerprint(t *testing.T) (all string) {
	t.Helper()
	require.NoError(t, b.DB.Get(t.Context(), &all, `select md5(string_agg(line, '|' order by line)) from (
		select policies::text || xmin::text as line from policies union all select standings::text || xmin::text from standings
		union all select customers::text || xmin::text from customers union all select measures::text || xmin::text from measures
		union all select policy_evaluations::text from policy_evaluations union all select outbox.event_id::text from outbox
	) as rows`))
	return all
}
