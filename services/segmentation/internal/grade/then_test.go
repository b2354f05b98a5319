package grade_test

import (
	"context"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"

	segmentationv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/segmentation/v1"
	"github.com/guanxi-crm/guanxi/services/segmentation/internal/assess"
	"github.com/guanxi-crm/guanxi/services/segmentation/internal/gradingmodel"
)

// then grades a past day by what was measured then.
func (b *bench) then(t *testing.T, past string, id uuid.UUID, f facts) int64 {
	t.Helper()
	var written int64
	require.NoError(t, b.db.InTx(t.Context(), func(ctx context.Context) error {
		if _, err := b.db.Exec(ctx, "create temporary table measures_then (like measures including defaults) on commit drop"); err != nil {
			return err
		}
		if err := b.measureIn(ctx, "measures_then", id, f); err != nil {
			return err
		}
		scope := b.scope(id)
		scope.Day = day(past)
		var err error
		written, err = b.part.AssessThen(ctx, scope)
		return err
	}))
	return written
}

func TestGradesAreKeptInTwoTimes(t *testing.T) {
	t.Parallel()
	s := serve(t)
	rich := facts{firstDay: "2019-01-05", gross: "400000", lastYear: "2000000", sales: "2000000", lateDays: "0", quarters: 4, share: "1", relationship: "3"}
	id := s.customer(t, rich)
	s.assess(t, id) // 5 January 2026: S
	first := s.clock.Now()

	s.clock.Set(time.Date(2026, 4, 10, 3, 0, 0, 0, time.UTC))
	s.exec(t, `update measures set payment_late_days = 100, sales = 10, quarters = 1, last_year_gross = 5, last_year_sales = 5 where customer_id = $1`, id)
	out := s.assess(t, id)
	require.Len(t, out, 1)
	require.Equal(t, "S", out[0].Data.(*segmentationv1.GradeChanged).GetBefore())
	worse := out[0].Data.(*segmentationv1.GradeChanged).GetAfter()
	require.Equal(t, "B", worse)

	// In May the end of the year 2024 is graded: then it had been a small customer.
	s.clock.Set(time.Date(2026, 5, 1, 3, 0, 0, 0, time.UTC))
	before := s.standing(t, id)
	small := facts{firstDay: "2019-01-05", gross: "0", lastYear: "0", sales: "0", lateDays: "100", quarters: 1}
	require.Equal(t, int64(1), s.then(t, "2024-12-31", id, small))
	require.Zero(t, s.then(t, "2024-12-31", id, small), "asked again it finds nothing to do")
	require.Equal(t, before, s.standing(t, id), "a past day does not change where the customer stands")
	require.Empty(t, s.assess(t, id))

	letter := func(asOf string, known ...time.Time) string { return s.grade(t, id, basic, asOf, known...).GetGrade() }
	require.Equal(t, "B", letter(""))
	require.Equal(t, "B", letter("2026-04-10"))
	require.Equal(t, "S", letter("2026-04-09"))
	require.Equal(t, "S", letter("2026-01-05"))
	require.Equal(t, "C", letter("2026-01-04"), "as of the yearly run until the next assessment")
	require.Equal(t, "C", letter("2024-12-31"))
	require.Empty(t, letter("2024-12-30"))
	april := time.Date(2026, 4, 30, 0, 0, 0, 0, time.UTC)
	require.Empty(t, letter("2026-01-04", april), "in April nothing was known of that day")
	require.Equal(t, "S", letter("2026-04-10", first), "in January it was taken to stay as it was")
	require.Empty(t, letter("", first.Add(-time.Second)))

	list, err := s.grades.ListAssessments(s.As(t, basic), &segmentationv1.ListAssessmentsRequest{Parent: customerName(id), PageSize: 2})
	require.NoError(t, err)
	require.Equal(t, []string{"B", "S"}, []string{list.GetAssessments()[0].GetGrade(), list.GetAssessments()[1].GetGrade()})
	list, err = s.grades.ListAssessments(s.As(t, basic), &segmentationv1.ListAssessmentsRequest{Parent: customerName(id), PageSize: 2, PageToken: list.GetNextPageToken()})
	require.NoError(t, err)
	require.Len(t, list.GetAssessments(), 1)
	require.Equal(t, "yearly", list.GetAssessments()[0].GetCause())
	list, err = s.grades.ListAssessments(s.As(t, basic), &segmentationv1.ListAssessmentsRequest{Parent: customerName(id), Filter: "grade = S AND cause = daily"})
	require.NoError(t, err)
	require.Len(t, list.GetAssessments(), 1)

	for asOf, rule := range map[string]string{"2026-05-02": "FUTURE", "2026-02-30": "DATE", "1.1.2026": "STRING_PATTERN"} {
		_, err := s.grades.GetGrade(s.As(t, basic), &segmentationv1.GetGradeRequest{Name: gradeName(id), AsOf: asOf})
		refused(t, err, codes.InvalidArgument, rule)
	}
}

func TestPastDayLooksAtWhatCountedThen(t *testing.T) {
	t.Parallel()
	b := setup(t)
	id := b.customer(t, facts{})
	b.signal(t, id, 4, "0.2", time.Date(2024, 12, 31, 15, 59, 59, 0, time.UTC)) // the last second of the year in Shanghai
	b.signal(t, id, 4, "1", time.Date(2024, 12, 31, 16, 0, 0, 0, time.UTC))
	b.judge(t, id, "influence", 3, day("2024-12-31"), day("2025-01-01"))
	b.judge(t, id, "strategy_fit", 3, day("2024-01-01"), day("2024-12-31"))
	b.judge(t, id, "prospects", 3, day("2025-01-01"), day("2026-01-01"))
	require.Equal(t, int64(1), b.then(t, "2024-12-31", id, facts{}))
	require.Equal(t, "0000003010000", b.levels(t, id))
}

func TestProvisionalAtSixtyPercent(t *testing.T) {
	t.Parallel()
	b := setup(t)
	models := gradingmodel.NewStore(b.db, b.clock.Now)
	m, err := models.InForce(t.Context(), day("2026-01-05"))
	require.NoError(t, err)
	m.Factors = m.Factors[5:7] // both judged
	m.Factors[0].Weight = m.ProvisionalBelow
	m.Factors[1].Weight = m.ProvisionalBelow.Neg().Add(m.Factors[1].Weight)
	require.NoError(t, models.Create(t.Context(), m))
	_, err = models.Publish(t.Context(), m.ID, "", day("2026-01-05"))
	require.NoError(t, err)
	exactly := b.customer(t, facts{judged: map[string]int{m.Factors[0].ID: 4}})
	less := b.customer(t, facts{judged: map[string]int{m.Factors[1].ID: 4}})
	out := b.assess(t, exactly, less)
	require.Len(t, out, 2)
	require.False(t, b.standing(t, exactly).Provisional)
	require.True(t, b.standing(t, less).Provisional)
	b.judge(t, less, m.Factors[0].ID, 4, day("2026-01-05"), day("2027-01-05"))
	out = b.assess(t, less)
	require.Len(t, out, 1, "no longer to be provisional is announced")
	changed, ok := out[0].Data.(*segmentationv1.GradeChanged)
	require.True(t, ok)
	require.Equal(t, []string{"S", "S"}, []string{changed.GetBefore(), changed.GetAfter()})
	require.True(t, changed.GetProvisionalBefore())
}

func TestScoreAloneIsNotAnnounced(t *testing.T) {
	t.Parallel()
	b := setup(t)
	id := b.customer(t, facts{judged: map[string]int{"influence": 4, "prospects": 4, "loss_effect": 4, "strategy_fit": 3}})
	b.assess(t, id)
	b.judge(t, id, "strategy_fit", 4, day("2026-01-05"), day("2027-01-05"))
	scope := b.scope(id)
	scope.Causes = map[uuid.UUID]assess.Cause{id: {What: "judgement", Reference: "customers/1/judgements/2"}}
	out, err := b.part.Assess(t.Context(), scope)
	require.NoError(t, err)
	require.Empty(t, out)
	require.Equal(t, "100", b.standing(t, id).Score.String())
	require.Equal(t, 2, b.assessments(t, id))
	var cause string
	require.NoError(t, b.db.Get(t.Context(), &cause, `select cause || ' ' || reference from assessments where customer_id = $1 order by assessment_id desc limit 1`, id))
	require.Equal(t, "judgement customers/1/judgements/2", cause)
}

// Where a customer stands can be lost and is then found again, without another assessment being made up.
func TestStandingIsRestored(t *testing.T) {
	t.Parallel()
	b := setup(t)
	id := b.customer(t, facts{firstDay: "2020-01-01"})
	b.assess(t, id)
	was := b.standing(t, id)
	b.exec(t, `update standings set grade = 0, score = null where customer_id = $1`, id)
	require.Len(t, b.assess(t, id), 1)
	require.Equal(t, was, b.standing(t, id))
	require.Equal(t, 1, b.assessments(t, id))
}
