package formula

import (
	"context"
	"encoding/json"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/known/structpb"
	"pgregory.net/rapid"

	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/validate"
	satisfactionv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/satisfaction/v1"
)

// call is a call as it arrives over HTTP: read from JSON, and validated first.
func call[Request, Answer proto.Message](t require.TestingT, rpc func(context.Context, Request) (Answer, error), r Request, body string) (answer Answer, err error) {
	require.NoError(t, protojson.Unmarshal([]byte(body), r))
	if err := validate.Request(r); err != nil {
		return answer, err
	}
	return rpc(context.Background(), r)
}

func broken(err error) (out string) {
	for _, v := range fault.From(err).Violations() {
		out += v.Field + " " + v.Rule + ";"
	}
	return out
}

// The worked examples, by the names and shapes of the HTTP API.
func TestWorkedExamples(t *testing.T) {
	t.Parallel()
	s := NewServer(nil)
	optimum, err := call(t, s.FindOptimumServiceLevel, new(satisfactionv1.FindOptimumServiceLevelRequest),
		`{"salesResponse":0.0015,"tradingMargin":0.75,"annualSales":80000,"carryingCostRate":0.25,"productCost":10.00,"demandStdDev":500}`)
	require.NoError(t, err)
	require.InDelta(t, 90.00, optimum.GetAnnualGain(), 0, "money comes out as money")
	require.InDelta(t, 0.072, optimum.GetMarginalZ(), 0)
	require.EqualValues(t, 93, optimum.GetOptimumPercent())
	require.InDelta(t, 92.7, optimum.GetContinuousPercent(), 0.05)
	require.Contains(t, optimum.GetExplanationEn(), "0.75 x 0.0015 x 80000 = 90 a year")
	require.Contains(t, optimum.GetExplanationZh(), "由 92% 提高到 93% 的成本为 88.40")

	tolerance, err := call(t, s.FindServiceTolerance, new(satisfactionv1.FindServiceToleranceRequest), `{"penalty":3,"penaltyDeviation":10,"costDecreasePerUnit":0.15,"costAtTarget":2}`)
	require.NoError(t, err)
	require.InDelta(t, 0.03, tolerance.GetK(), 0)
	require.InDelta(t, 2.5, tolerance.GetAllowedDeviation(), 0)
	require.InDelta(t, 1.8125, tolerance.GetMinimumCost(), 0)

	line, err := call(t, s.RelateSalesToService, new(satisfactionv1.RelateSalesToServiceRequest),
		`{"points":[{"servicePercent":95,"sales":80600},{"servicePercent":90,"sales":80000}],"atPercent":92.5}`)
	require.NoError(t, err)
	require.InDelta(t, 120, line.GetSalesPerPercent(), 0)
	require.InDelta(t, 0.0015, line.GetSalesResponse(), 0)
	require.InDelta(t, 80300, line.GetSales(), 0)

	index, err := call(t, s.ComputeIndex, new(satisfactionv1.ComputeIndexRequest), `{"items":[{"score":4,"weight":5},{"score":5,"weight":3},{"score":3,"weight":2}]}`)
	require.NoError(t, err)
	require.InDelta(t, 4.1, index.GetIndex(), 0)
}

func TestSamples(t *testing.T) {
	t.Parallel()
	s := NewServer(nil)
	for body, want := range map[string]string{
		`{"population":1000,"confidence":0.95,"error":0.05}`:                                                     "278 [] METHOD_UNSPECIFIED",
		`{"confidence":0.95,"error":0.05,"proportion":0.5}`:                                                      "385 [] METHOD_UNSPECIFIED",
		`{"confidence":0.95,"error":0.05,"strata":[{"size":500},{"size":300},{"size":200}]}`:                     "278 [139 83 56] PROPORTIONAL",
		`{"confidence":0.95,"error":0.05,"strata":[{"size":500,"stdDev":1},{"size":500,"stdDev":2}]}`:            "278 [93 185] NEYMAN",
		`{"confidence":0.95,"error":0.05,"strata":[{"size":500,"cost":1},{"size":500,"cost":4}]}`:                "278 [185 93] NEYMAN",
		`{"confidence":0.95,"error":0.9,"strata":[{"size":1},{"size":1},{"size":9}]}`:                            "3 [1 1 1] PROPORTIONAL",
		`{"population":2,"confidence":0.95,"error":0.05,"strata":[{"size":1,"stdDev":0},{"size":1,"stdDev":0}]}`: "2 [1 1] NEYMAN",
	} {
		got, err := call(t, s.ComputeSampleSize, new(satisfactionv1.ComputeSampleSizeRequest), body)
		require.NoError(t, err, body)
		require.Equal(t, want, fmt.Sprint(got.GetSize(), got.GetAllocations(), got.GetMethod()), body)
	}
	for body, want := range map[string]string{
		`{"confidence":0.95}`:                                                                 "error DOUBLE_GTE_LT;",
		`{"confidence":95,"error":0.05}`:                                                      "confidence DOUBLE_GT_LT;",
		`{"confidence":0.95,"error":0.05,"proportion":0}`:                                     "proportion DOUBLE_GT_LT;",
		`{"confidence":0.95,"error":0.05,"strata":[{}]}`:                                      "strata[0].size INT32_GTE_LTE;",
		`{"population":3,"confidence":0.95,"error":0.05,"strata":[{"size":2}]}`:               "population POPULATION;",
		`{"confidence":0.95,"error":0.05,"strata":[{"size":2,"stdDev":1},{"size":2}]}`:        "strata STD_DEV;",
		`{"confidence":0.95,"error":0.05,"strata":[{"size":2,"cost":1},{"size":2}]}`:          "strata COST;",
		`{"confidence":0.95,"error":0.05,"strata":[{"size":1000000000},{"size":1000000000}]}`: "strata TOO_LARGE;",
		`{"confidence":0.9999999,"error":0.000001}`:                                           "error TOO_LARGE;",
	} {
		_, err := call(t, s.ComputeSampleSize, new(satisfactionv1.ComputeSampleSizeRequest), body)
		require.Equal(t, want, broken(err), body)
	}
}

func TestTables(t *testing.T) {
	t.Parallel()
	s := NewServer(nil)
	concordance, err := call(t, s.ComputeConcordance, new(satisfactionv1.ComputeConcordanceRequest), `{"ratings":[[1,6,3,2,5,4],[1,5,6,4,2,3],[6,3,2,5,4,1]]}`)
	require.NoError(t, err)
	require.InDelta(t, 0.1619, concordance.GetW(), 1e-4)
	reliability, err := call(t, s.ComputeReliability, new(satisfactionv1.ComputeReliabilityRequest), `{"responses":[[1,2,2],[2,1,3],[3,4,4],[4,3,7]]}`)
	require.NoError(t, err)
	require.InDelta(t, 0.8333, reliability.GetAlpha(), 1e-4)
	require.Len(t, reliability.GetItemTotal(), 3)
	require.Len(t, reliability.GetAlphaIfDeleted(), 3)
	for body, want := range map[string]string{
		`{"ratings":[]}`: "ratings REPEATED_MIN_ITEMS;", `{"ratings":[[1,2]]}`: "ratings TOO_FEW_EXPERTS;", `{"ratings":[[1],[2]]}`: "ratings TOO_FEW_ITEMS;",
		`{"ratings":[[],[]]}`: "ratings TOO_FEW_ITEMS;", `{"ratings":[[1,2],[1]]}`: "ratings RAGGED;", `{"ratings":[[1,1],[2,2]]}`: "ratings NO_VARIANCE;",
		`{"ratings":[[1,"2"],[null,2]]}`: "ratings[0][1] NUMBER;ratings[1][0] NUMBER;",
	} {
		_, err := call(t, s.ComputeConcordance, new(satisfactionv1.ComputeConcordanceRequest), body)
		require.Equal(t, want, broken(err), body)
	}
	for body, want := range map[string]string{
		`{"responses":[]}`: "responses REPEATED_MIN_ITEMS;", `{"responses":[[1,2]]}`: "responses TOO_FEW_RESPONDENTS;", `{"responses":[[1],[2]]}`: "responses TOO_FEW_ITEMS;",
		`{"responses":[[1,5],[2,5]]}`: "responses NO_VARIANCE;", `{"responses":[[1,5,1],[2,4,2],[3,3,5]]}`: "responses NO_VARIANCE;", `{"responses":[[1,5],[2]]}`: "responses RAGGED;",
		`{"responses":[[true,5],[2,1]]}`: "responses[0][0] NUMBER;",
	} {
		_, err := call(t, s.ComputeReliability, new(satisfactionv1.ComputeReliabilityRequest), body)
		require.Equal(t, want, broken(err), body)
	}
}

func TestTablesThatAreTooLarge(t *testing.T) {
	t.Parallel()
	row := &structpb.ListValue{Values: make([]*structpb.Value, mostItems+1)}
	for i := range row.GetValues() {
		row.Values[i] = structpb.NewNumberValue(1)
	}
	_, err := NewServer(nil).ComputeReliability(t.Context(), &satisfactionv1.ComputeReliabilityRequest{Responses: []*structpb.ListValue{row, row}})
	require.Equal(t, "responses TOO_MANY;", broken(err))
	many := make([]*structpb.ListValue, mostCells/mostItems)
	for i := range many {
		many[i] = row
	}
	_, err = NewServer(nil).ComputeConcordance(t.Context(), &satisfactionv1.ComputeConcordanceRequest{Ratings: many})
	require.Equal(t, "ratings TOO_MANY;", broken(err))
}

func TestQuadrantsAndRecommendation(t *testing.T) {
	t.Parallel()
	s := NewServer(nil)
	four, err := call(t, s.ComputeQuadrants, new(satisfactionv1.ComputeQuadrantsRequest), `{"items":[{"name":"a","importance":5,"performance":2},{"name":"b","importance":5,"performance":4},
		{"name":"c","importance":1,"performance":2},{"name":"d","importance":1,"performance":4}]}`)
	require.NoError(t, err)
	require.Equal(t, "abcd", four.GetUrgent()[0].GetName()+four.GetKeep()[0].GetName()+four.GetLowPriority()[0].GetName()+four.GetNiceToHave()[0].GetName())
	nps, err := call(t, s.ComputeRecommendation, new(satisfactionv1.ComputeRecommendationRequest), `{"scores":[10,9,8,7,6,0],"confidence":0.95}`)
	require.NoError(t, err)
	require.Equal(t, "2 2 2 0", fmt.Sprint(nps.GetPromoters(), nps.GetPassives(), nps.GetDetractors(), nps.GetNps()))
	for body, want := range map[string]string{
		`{"scores":[]}`: "scores REPEATED_MIN_ITEMS;", `{"scores":[11]}`: "scores[0] INT32_GTE_LTE;", `{"scores":[1,2],"confidence":0.9,"population":1}`: "population POPULATION;",
	} {
		_, err := call(t, s.ComputeRecommendation, new(satisfactionv1.ComputeRecommendationRequest), body)
		require.Equal(t, want, broken(err), body)
	}
	_, err = call(t, s.ComputeIndex, new(satisfactionv1.ComputeIndexRequest), `{"items":[{"score":1}]}`)
	require.Equal(t, "items NO_WEIGHT;", broken(err))
	_, err = call(t, s.RelateSalesToService, new(satisfactionv1.RelateSalesToServiceRequest), `{"points":[{"servicePercent":95,"sales":1},{"servicePercent":90,"sales":1}],"atPercent":96}`)
	require.Equal(t, "at_percent OUTSIDE;", broken(err))
}

// Whatever numbers come, each answer is of numbers and each refusal names a field: never NaN, never a fault of ours.
func TestNothingIsNaN(t *testing.T) {
	t.Parallel()
	s := NewServer(nil)
	rapid.Check(t, func(t *rapid.T) {
		number := rapid.OneOf(rapid.Float64Range(0, 10), rapid.Float64Range(-1e9, 1e9), rapid.SampledFrom([]float64{0, 1, -1, 1e-300, 5e-324, 1e12, 1e300}))
		rows := rapid.SliceOfN(rapid.SliceOfN(number, 0, 4), 0, 4).Draw(t, "rows")
		table, err := json.Marshal(rows)
		require.NoError(t, err)
		requireSound(t, s.ComputeConcordance, new(satisfactionv1.ComputeConcordanceRequest), `{"ratings":`+string(table)+`}`)
		requireSound(t, s.ComputeReliability, new(satisfactionv1.ComputeReliabilityRequest), `{"responses":`+string(table)+`}`)
		n := func(name string) string {
			text, err := json.Marshal(number.Draw(t, name))
			require.NoError(t, err)
			return string(text)
		}
		requireSound(t, s.FindOptimumServiceLevel, new(satisfactionv1.FindOptimumServiceLevelRequest), fmt.Sprintf(
			`{"salesResponse":%s,"tradingMargin":%s,"annualSales":%s,"carryingCostRate":%s,"productCost":%s,"demandStdDev":%s}`, n("a"), n("b"), n("c"), n("d"), n("e"), n("f")))
		requireSound(t, s.FindServiceTolerance, new(satisfactionv1.FindServiceToleranceRequest),
			fmt.Sprintf(`{"penalty":%s,"penaltyDeviation":%s,"costDecreasePerUnit":%s,"costAtTarget":%s}`, n("a"), n("b"), n("c"), n("d")))
		requireSound(t, s.RelateSalesToService, new(satisfactionv1.RelateSalesToServiceRequest),
			fmt.Sprintf(`{"points":[{"servicePercent":%s,"sales":%s},{"servicePercent":%s,"sales":%s}],"atPercent":%s}`, n("a"), n("b"), n("c"), n("d"), n("e")))
		requireSound(t, s.ComputeIndex, new(satisfactionv1.ComputeIndexRequest), fmt.Sprintf(`{"items":[{"score":%s,"weight":%s},{"score":%s,"weight":%s}]}`, n("a"), n("b"), n("c"), n("d")))
		requireSound(t, s.ComputeQuadrants, new(satisfactionv1.ComputeQuadrantsRequest),
			fmt.Sprintf(`{"items":[{"name":"a","importance":%s,"performance":%s},{"name":"b","importance":%s,"performance":%s}]}`, n("a"), n("b"), n("c"), n("d")))
		requireSound(t, s.ComputeSampleSize, new(satisfactionv1.ComputeSampleSizeRequest),
			fmt.Sprintf(`{"confidence":%s,"error":%s,"proportion":%s,"strata":[{"size":5,"stdDev":%s,"cost":%s},{"size":9,"stdDev":1,"cost":2}]}`, n("a"), n("b"), n("c"), n("d"), n("e")))
	})
}

func requireSound[Request, Answer proto.Message](t *rapid.T, rpc func(context.Context, Request) (Answer, error), r Request, body string) {
	answer, err := call(t, rpc, r, body)
	if err != nil {
		require.NotEmpty(t, broken(err), "%s: %v", body, err)
		return
	}
	answer.ProtoReflect().Range(func(fd protoreflect.FieldDescriptor, v protoreflect.Value) bool {
		require.NotContains(t, v.String(), "NaN", body)
		require.NotContains(t, v.String(), "Inf", body)
		return true
	})
}
