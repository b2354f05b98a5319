package grade_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"google.golang.org/genproto/googleapis/type/money"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/testing/protocmp"

	segmentationv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/segmentation/v1"
	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
)

// everything is all that a simulation could change.
const everything = `select md5(string_agg(t, '')) from (
	select s::text as t from standings s union all select a::text from assessments a union all select g::text from grading_models g
	union all select c::text from customers c union all select o::text from outbox o union all select x::text from touched x order by 1) all_rows`

func TestSimulationSaysWhoWouldMoveAndChangesNothing(t *testing.T) {
	t.Parallel()
	s := serve(t)
	// Under the shipped model: S, C and no grade. By their years of cooperation alone: S, B and none.
	stays := s.customer(t, facts{firstDay: "2020-01-05", gross: "400000", lastYear: "2000000", sales: "2000000", lateDays: "0", quarters: 4})
	rises := s.customer(t, facts{firstDay: "2024-01-05", lateDays: "100", quarters: 1})
	unknown := s.customer(t, facts{})
	s.customer(t, facts{firstDay: "2020-01-05", territory: "cn/north"})
	overridden := s.customer(t, facts{firstDay: "2020-01-05"})
	for id, value := range map[uuid.UUID]string{stays: "1000.5", rises: "20", unknown: "3", overridden: "7"} {
		s.exec(t, `update standings set value = cast($2 as numeric) where customer_id = $1`, id, value)
	}
	_, err := s.grades.OverrideGrade(s.As(t, manager), override(overridden, "A", 2026, 6))
	require.NoError(t, err)
	s.exec(t, `update customers set display_name = '深圳光谷' where customer_id = $1`, rises)
	s.assess(t, stays, rises, unknown, overridden)

	shipped, err := s.models.GetGradingModel(s.As(t, basic), &segmentationv1.GetGradingModelRequest{Name: "gradingModels/current"})
	require.NoError(t, err)
	draft, err := s.models.CreateGradingModel(s.admin(t), &segmentationv1.CreateGradingModelRequest{
		GradingModel: &segmentationv1.GradingModel{LabelEn: "Years alone", LabelZh: "仅年限", Factors: shipped.GetFactors()[7:8], ProvisionalBelow: "1"},
	})
	require.NoError(t, err)
	var before, after string
	require.NoError(t, s.db.Get(t.Context(), &before, everything))
	simulate := func(level typev1.Level, territories ...string) *segmentationv1.GradingSimulation {
		out, err := s.grades.SimulateGradingModel(s.As(t, level, territories...), &segmentationv1.SimulateGradingModelRequest{Name: draft.GetName()})
		require.NoError(t, err)
		return out
	}
	got := simulate(manager, "cn/south")
	require.NoError(t, s.db.Get(t.Context(), &after, everything))
	require.Equal(t, before, after)

	yuan := func(units int64, nanos int32) *money.Money {
		return &money.Money{CurrencyCode: "CNY", Units: units, Nanos: nanos}
	}
	want := &segmentationv1.GradingSimulation{
		Model: draft.GetName(), Day: got.GetDay(), CustomerCount: 4, MovedCount: 1, MovedValue: yuan(20, 0),
		Transitions: []*segmentationv1.GradeTransition{
			{From: "S", To: "S", CustomerCount: 1, Value: yuan(1000, 500_000_000)},
			{From: "A", To: "A", CustomerCount: 1, Value: yuan(7, 0)},
			{From: "C", To: "B", CustomerCount: 1, Value: yuan(20, 0)},
			{CustomerCount: 1, Value: yuan(3, 0)},
		},
		Movers: []*segmentationv1.GradeMover{{
			Customer: customerName(rises), DisplayName: "深圳光谷", From: "C", To: "B", ScoreBefore: s.standing(t, rises).Score.String(), ScoreAfter: "50", Value: yuan(20, 0),
		}},
	}
	require.Empty(t, cmp.Diff(want, got, protocmp.Transform()))

	public := simulate(basic, "cn/south")
	require.Empty(t, public.GetMovers())
	require.Nil(t, public.GetMovedValue())
	require.Nil(t, public.GetTransitions()[0].GetValue())
	require.Equal(t, int64(1), public.GetTransitions()[2].GetCustomerCount())
	require.Equal(t, int64(5), simulate(manager).GetCustomerCount(), "all territories")

	_, err = s.grades.SimulateGradingModel(s.As(t, basic), &segmentationv1.SimulateGradingModelRequest{Name: "gradingModels/019b7620-0000-7000-8000-000000000099"})
	refused(t, err, codes.NotFound, "does not exist")
	_, err = s.grades.SimulateGradingModel(s.As(t, basic), &segmentationv1.SimulateGradingModelRequest{Name: draft.GetName(), MoverCount: 101})
	refused(t, err, codes.InvalidArgument, "mover_count")
}

// The statement over all customers comes to the same as the one of the Part.
func TestSimulatingTheModelInForceMovesNobody(t *testing.T) {
	t.Parallel()
	s := serve(t)
	var ids []uuid.UUID
	for i := range 30 {
		f := facts{firstDay: day("2026-01-05").AddDate(0, -3*i, 0).Format("2006-01-02"), quarters: i % 5, judged: map[string]int{}}
		if i%3 == 0 {
			f.share, f.judged["influence"], f.judged["loyalty"] = "0.51", 1+i%4, 1+i/8
		}
		if i%4 == 0 {
			f.lateDays, f.relationship = "30", "2"
		}
		ids = append(ids, s.customer(t, f))
	}
	s.assess(t, ids...)
	out, err := s.grades.SimulateGradingModel(s.As(t, manager), &segmentationv1.SimulateGradingModelRequest{Name: "gradingModels/current"})
	require.NoError(t, err)
	require.Equal(t, int64(30), out.GetCustomerCount())
	require.Zero(t, out.GetMovedCount())
	require.Greater(t, len(out.GetTransitions()), 1)
}
