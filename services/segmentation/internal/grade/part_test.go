package grade_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/genproto/googleapis/type/date"
	"google.golang.org/protobuf/proto"

	segmentationv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/segmentation/v1"
	"github.com/guanxi-crm/guanxi/services/segmentation/internal/gradingmodel"
)

func TestShippedModelGrades(t *testing.T) {
	t.Parallel()
	b := setup(t)
	best := b.customer(t, facts{
		firstDay: "2021-01-05", gross: "300000", lastYear: "1000000", sales: "1000000", lateDays: "3", quarters: 4, share: "1", relationship: "3",
		judged: map[string]int{"product_weight": 4, "influence": 4, "prospects": 4, "loss_effect": 4, "strategy_fit": 4},
	})
	middling := b.customer(t, facts{
		firstDay: "2023-01-05", gross: "299999.99", lastYear: "999999.99", sales: "500000", lateDays: "30", quarters: 3, share: "0.51", relationship: "2",
	})
	unknown := b.customer(t, facts{})
	out := b.assess(t, best, middling, unknown)
	require.Len(t, out, 2)
	require.Equal(t, "4444444444444", b.levels(t, best))
	require.Equal(t, "3333300333000", b.levels(t, middling))
	require.Equal(t, gradingmodel.S, b.standing(t, best).Grade)
	require.Equal(t, "100", b.standing(t, best).Score.String())
	require.Equal(t, gradingmodel.A, b.standing(t, middling).Grade)
	require.Equal(t, "75", b.standing(t, middling).Score.String())
	require.False(t, b.standing(t, middling).Provisional, "8 of 13 factors are more than 60 %")
	require.Equal(t, standing{}, b.standing(t, unknown))
	require.Zero(t, b.assessments(t, unknown))
	for _, a := range out {
		if a.Customer == best {
			require.True(t, proto.Equal(&segmentationv1.GradeChanged{
				Customer: "customers/" + best.String(), After: "S", Score: "100", Model: "gradingModels/019b7620-0000-7000-8000-000000000013",
				EffectiveDate: &date.Date{Year: 2026, Month: 1, Day: 5}, Cause: "daily",
			}, a.Data), "%v", a.Data)
		}
	}
	require.Empty(t, b.assess(t, best, middling, unknown), "asked again it finds nothing to do")
	require.Equal(t, 1, b.assessments(t, best))
	b.clock.Advance(24 * time.Hour)
	require.Empty(t, b.assess(t, best, middling, unknown))
	require.Equal(t, 1, b.assessments(t, best))
}
