package specialdate

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/guanxi-crm/guanxi/services/profile/internal/person"
)

// Whatever is remembered yearly comes exactly once in every calendar year, on its own day or, where the year has none, on 28 February.
func TestAYearlyDateComesOnceAYear(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		leap := time.Date(2000, 1, 1+rapid.IntRange(0, 365).Draw(t, "day of a leap year"), 0, 0, 0, 0, time.UTC)
		d := person.Day{Month: int32(leap.Month()), Day: int32(leap.Day())}
		year := rapid.IntRange(1900, 2200).Draw(t, "year")
		w := Wanted{From: time.Date(year, 1, 1, 0, 0, 0, 0, time.UTC)}
		w.To = w.From.AddDate(1, 0, -1)
		var found []time.Time
		for _, day := range w.days() {
			if falls(d, false, day) {
				found = append(found, day)
			}
		}
		require.Len(t, found, 1)
		if own := time.Date(year, leap.Month(), leap.Day(), 0, 0, 0, 0, time.UTC); own.Day() == leap.Day() {
			require.Equal(t, own, found[0])
		} else {
			require.Equal(t, time.Date(year, 2, 28, 0, 0, 0, 0, time.UTC), found[0])
		}
	})
}

func TestADateOfAYearComesOnce(t *testing.T) {
	t.Parallel()
	d := person.Day{Year: 2026, Month: 5, Day: 4}
	require.True(t, falls(d, false, time.Date(2026, 5, 4, 0, 0, 0, 0, time.UTC)))
	require.False(t, falls(d, false, time.Date(2027, 5, 4, 0, 0, 0, 0, time.UTC)))
	require.True(t, falls(d, true, time.Date(2027, 5, 4, 0, 0, 0, 0, time.UTC)), "a birthday")
	p := &person.Person{Birthday: &d}
	require.Empty(t, of(p, time.Date(2025, 5, 4, 0, 0, 0, 0, time.UTC)), "not born yet")
	require.Equal(t, int32(3), *of(p, time.Date(2029, 5, 4, 0, 0, 0, 0, time.UTC))[0].Age)
}
