package casefile

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/guanxi-crm/guanxi/services/voice/internal/settings"
)

// rules are those that are shipped.
func rules() *settings.Numbers {
	return &settings.Numbers{
		Severity: settings.Severity{
			Affected: []int32{2, 10, 100}, Duration: []int32{60, 480, 2880}, Class: map[int16]int32{5: 3, 4: 2, 3: 1}, Critical: 7, High: 5, Medium: 2,
		},
		Major: settings.Major{Severities: map[int16]bool{1: true}, Affected: 100, HighClasses: map[int16]bool{5: true}},
	}
}

func TestWeight(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		affected, minutes int32
		class             int16
		want              Severity
	}{
		{0, 0, 0, Low},
		{1, 59, 0, Low},
		{2, 0, 0, Low},
		{2, 60, 0, Medium},
		{0, 0, 4, Medium},
		{0, 0, 3, Low},
		{9, 479, 5, High},
		{1, 60, 5, Medium},
		{10, 60, 4, High},
		{100, 2880, 0, High},
		{99, 2880, 4, Critical},
		{100, 2880, 3, Critical},
		{100, 2880, 5, Critical},
	} {
		require.Equal(t, c.want, Weight(&rules().Severity, c.affected, c.minutes, c.class), "%+v", c)
	}
}

func TestMoreIsNeverLessSevere(t *testing.T) {
	t.Parallel()
	r := &rules().Severity
	rapid.Check(t, func(t *rapid.T) {
		number, class := rapid.Int32Range(0, 5000), rapid.Int16Range(0, 4)
		affected, minutes, of := number.Draw(t, "affected"), number.Draw(t, "minutes"), class.Draw(t, "class")
		one := Weight(r, affected, minutes, of)
		if other := Weight(r, affected+number.Draw(t, "more affected"), minutes+number.Draw(t, "longer"), of+1); other > one { // the smaller number is the worse
			t.Fatalf("%d and then %d", one, other)
		}
	})
}

func TestIsMajor(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		request  Request
		severity Severity
		affected int32
		class    int16
		want     bool
	}{
		{Complaint, Critical, 0, 0, true},
		{Complaint, High, 0, 0, false},
		{Complaint, High, 0, 5, true},
		{Complaint, Medium, 0, 5, false},
		{Complaint, Low, 100, 0, true},
		{Complaint, Low, 99, 0, false},
		{Inquiry, Critical, 1000, 5, false},
		{ReturnedGoods, Critical, 1000, 5, false},
	} {
		require.Equal(t, c.want, IsMajor(&rules().Major, c.request, c.severity, c.affected, c.class), "%+v", c)
	}
}

func TestJudging(t *testing.T) {
	t.Parallel()
	c := &Case{Request: Complaint, Affected: 100, DurationMinutes: 2880}
	require.True(t, c.Judge(rules(), 5))
	require.Equal(t, []any{Critical, Computed, true}, []any{c.Severity, c.Basis, c.Major})

	c.Grading = Low
	c.Affected = 1
	require.True(t, c.Judge(rules(), 5))
	require.Equal(t, []any{Low, Grading, false}, []any{c.Severity, c.Basis, c.Major}, "what the customer says goes first")

	c.Severity, c.Basis = Critical, ByHand
	require.True(t, c.Judge(rules(), 0), "it has become a major one")
	c.Major, c.MajorByHand = false, true
	require.False(t, c.Judge(rules(), 5))
	require.Equal(t, []any{Critical, ByHand, false}, []any{c.Severity, c.Basis, c.Major}, "what was said by hand stays")
}

func TestWorsening(t *testing.T) {
	t.Parallel()
	c := &Case{Affected: 10, DurationMinutes: 60, Grading: Medium}
	c.Worsen(Low, 5, 30)
	require.Equal(t, []any{int32(10), int32(60), Medium}, []any{c.Affected, c.DurationMinutes, c.Grading})
	c.Worsen(High, 20, 90)
	require.Equal(t, []any{int32(20), int32(90), High}, []any{c.Affected, c.DurationMinutes, c.Grading})
	c = &Case{}
	c.Worsen(Low, 0, 0)
	require.Equal(t, Low, c.Grading)
}

func TestTitleOf(t *testing.T) {
	t.Parallel()
	require.Equal(t, "交付延迟", TitleOf("  交付延迟\n第二行"))
	long := TitleOf(strings.Repeat("一", 90))
	require.Len(t, []rune(long), titleLength+1)
}
