package evaluation_test

import (
	"math"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/guanxi-crm/guanxi/services/planning/internal/evaluation"
)

var dimensions = []string{"acceptance", "participation", "information", "guidance", "project_support", "competition"}

func keyPerson(scores ...int32) *evaluation.Evaluation {
	e := &evaluation.Evaluation{Kind: evaluation.KeyPerson, Person: uuid.New(), Phase: evaluation.Actual}
	for i, s := range scores {
		e.Scores = append(e.Scores, evaluation.Score{Criterion: dimensions[i], Score: s, Evidence: "x"})
	}
	return e
}

func TestComputedLevelAtItsBoundaries(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		scores []int32
		want   int // as the sources count
	}{
		"all refuse":                        {[]int32{-1, -1, -1, -1, -1, -1}, -1},
		"just above: -0.5 is still refusal": {[]int32{-1, -1, -1, 0, 0, 0}, -1},
		"-0.33 is neutral":                  {[]int32{-1, -1, 0, 0, 0, 0}, 0},
		"0.5 is neutral":                    {[]int32{1, 1, 1, 0, 0, 0}, 0},
		"0.67 is supportive":                {[]int32{1, 1, 1, 1, 0, 0}, 1},
		"2.5 is a good tie":                 {[]int32{2, 2, 2, 3, 3, 3}, 2},
		"2.67 with a full attitude":         {[]int32{2, 2, 3, 3, 3, 3}, 3},
		"2.83 but open to a rival":          {[]int32{3, 3, 3, 3, 3, 2}, 2},
		"all full":                          {[]int32{3, 3, 3, 3, 3, 3}, 3},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, c.want, int(keyPerson(c.scores...).Compute())-2)
		})
	}
}

func TestComputedLevelIsTheNearest(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		scores := rapid.SliceOfN(rapid.Int32Range(-1, 3), 6, 6).Draw(t, "scores")
		sum := 0.0
		for _, s := range scores {
			sum += float64(s)
		}
		want := int(math.Ceil(sum/6 - 0.5 - 1e-9))
		if want == 3 && scores[5] != 3 {
			want = 2
		}
		require.Equal(t, want, int(keyPerson(scores...).Compute())-2)
	})
}

func TestEvaluationKeepsTheRules(t *testing.T) {
	t.Parallel()
	today := time.Date(2026, 1, 5, 0, 0, 0, 0, time.UTC)
	full := func(change func(*evaluation.Evaluation)) *evaluation.Evaluation {
		e := keyPerson(1, 1, 1, 1, 1, 1)
		change(e)
		return e
	}
	for name, c := range map[string]struct {
		evaluation *evaluation.Evaluation
		wrong      []string
	}{
		"as it should be":               {full(func(*evaluation.Evaluation) {}), nil},
		"another level without reason":  {full(func(e *evaluation.Evaluation) { e.Level = 5 }), []string{"level_reason"}},
		"another level with reason":     {full(func(e *evaluation.Evaluation) { e.Level, e.LevelReason = 5, "x" }), nil},
		"a reason for nothing":          {full(func(e *evaluation.Evaluation) { e.Level, e.LevelReason = 3, "x" }), []string{"level_reason"}},
		"a person of an organization":   {full(func(e *evaluation.Evaluation) { e.Kind = evaluation.Organization; e.Scores = nil }), []string{"person", "scores", "scores", "scores", "scores", "scores", "scores", "scores"}},
		"a criterion twice, one absent": {full(func(e *evaluation.Evaluation) { e.Scores[1].Criterion = "acceptance" }), []string{"scores[1].criterion", "scores"}},
		"a rung as a target":            {full(func(e *evaluation.Evaluation) { e.Phase, e.Ladder, e.LadderEvidence = evaluation.Target, 3, "x" }), []string{"ladder"}},
		"a rung without evidence":       {full(func(e *evaluation.Evaluation) { e.Ladder = 3 }), []string{"ladder_evidence"}},
		"tomorrow":                      {full(func(e *evaluation.Evaluation) { e.Day = today.AddDate(0, 0, 1) }), []string{"evaluation_date"}},
		"no person":                     {full(func(e *evaluation.Evaluation) { e.Person = uuid.Nil }), []string{"person"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c.evaluation.Complete(today, time.Time.Year)
			var fields []string
			for _, wrong := range c.evaluation.Check(today) {
				fields = append(fields, wrong.Field)
				require.NotEmpty(t, wrong.Text.Zh)
			}
			require.Equal(t, c.wrong, fields)
		})
	}
}
