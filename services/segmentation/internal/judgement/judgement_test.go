package judgement_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/guanxi-crm/guanxi/services/segmentation/internal/gradingmodel"
	"github.com/guanxi-crm/guanxi/services/segmentation/internal/judgement"
)

func TestJudgementKeepsTheRules(t *testing.T) {
	t.Parallel()
	today := time.Date(2026, 1, 5, 0, 0, 0, 0, time.UTC)
	models := []*gradingmodel.Model{{Factors: []gradingmodel.Factor{
		{ID: "judged", Kind: gradingmodel.Judged}, {ID: "either", Kind: gradingmodel.Either}, {ID: "measured", Kind: gradingmodel.Measured},
	}}}
	for name, c := range map[string]struct {
		judgement judgement.Judgement
		wrong     []string
	}{
		"today for a year":     {judgement.Judgement{Factor: "judged"}, nil},
		"of either kind":       {judgement.Judgement{Factor: "either", JudgeDay: today.AddDate(-3, 0, 0)}, nil},
		"for ten years":        {judgement.Judgement{Factor: "judged", ExpireDay: today.AddDate(10, 0, 0)}, nil},
		"for more than that":   {judgement.Judgement{Factor: "judged", ExpireDay: today.AddDate(10, 0, 1)}, []string{"expire_date"}},
		"for no day":           {judgement.Judgement{Factor: "judged", ExpireDay: today}, []string{"expire_date"}},
		"tomorrow":             {judgement.Judgement{Factor: "judged", JudgeDay: today.AddDate(0, 0, 1)}, []string{"judge_date"}},
		"what is measured":     {judgement.Judgement{Factor: "measured"}, []string{"factor"}},
		"what nobody heard of": {judgement.Judgement{Factor: "other"}, []string{"factor"}},
		"everything at a time": {judgement.Judgement{JudgeDay: today.AddDate(1, 0, 0), ExpireDay: today}, []string{"factor", "judge_date", "expire_date"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c.judgement.Complete(today)
			var fields []string
			for _, wrong := range c.judgement.Check(today, models) {
				fields = append(fields, wrong.Field)
				require.NotEmpty(t, wrong.Text.Zh)
			}
			require.Equal(t, c.wrong, fields)
		})
	}
	j := judgement.Judgement{}
	j.Complete(today)
	require.Equal(t, today, j.JudgeDay)
	require.Equal(t, today.AddDate(1, 0, 0), j.ExpireDay)
}
