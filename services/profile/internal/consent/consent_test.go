package consent_test

import (
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/guanxi-crm/guanxi/libs/testkit"
	"github.com/guanxi-crm/guanxi/services/profile/internal/consent"
)

var hour = func(n int) time.Time { return testkit.Start.Add(time.Duration(n) * time.Hour) }

// answer draws what somebody may be said to have said by now, often without a time.
func answer(t *rapid.T, now int, label string) consent.Answer {
	a := consent.Answer{
		Medium: rapid.Int32Range(1, 3).Draw(t, label+" medium"), Purpose: rapid.Int32Range(0, 2).Draw(t, label+" purpose"), State: rapid.Int32Range(1, 2).Draw(t, label+" state"),
		Source: rapid.SampledFrom([]string{"", "form"}).Draw(t, label+" source"),
	}
	if rapid.Bool().Draw(t, label+" timed") {
		at := hour(rapid.IntRange(0, now).Draw(t, label+" time"))
		a.Time = &at
	}
	return a
}

// However entries come - recorded one by one, in any order of the times at which they were said, or written with the person - what the person holds and the newest entries of
// the ledger say the same, and what is followed needs nothing more.
func TestTheLedgerAndThePersonSayTheSame(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var ledger []consent.Entry
		var held []consent.Answer
		add := func(now int, all ...consent.Entry) {
			for _, e := range all {
				e.ID, e.RecordTime = uuid.New(), hour(now)
				ledger = append(ledger, e)
			}
		}
		for now := range rapid.IntRange(1, 12).Draw(t, "steps") {
			if rapid.Bool().Draw(t, "record") {
				a := answer(t, now, "recorded")
				e := consent.Entry{Medium: a.Medium, Purpose: a.Purpose, State: a.State, Source: a.Source, Time: hour(now)}
				if a.Time != nil {
					e.Time = *a.Time
				}
				add(now, e)
				newest := consent.Newest(ledger)[e.Key()]
				if newest.ID != ledger[len(ledger)-1].ID {
					continue
				}
				var err error
				held, err = consent.Hold(held, newest)
				require.NoError(t, err)
			} else {
				var said []consent.Answer
				for _, a := range rapid.SliceOfN(rapid.Custom(func(t *rapid.T) consent.Answer { return answer(t, now, "said") }), 0, 4).Draw(t, "said") {
					if !slices.ContainsFunc(said, func(o consent.Answer) bool { return o.Key() == a.Key() }) {
						said = append(said, a)
					}
				}
				missing, wrong := consent.Follow(consent.Newest(ledger), said, hour(now), false)
				if len(wrong) > 0 { // refused: nothing is written
					require.Equal(t, "OLDER", wrong[0].Rule)
					continue
				}
				add(now, missing...)
				held = said
			}
			newest := consent.Newest(ledger)
			states := map[consent.Key]int32{}
			for _, a := range held {
				states[a.Key()] = a.State
			}
			for key, n := range newest {
				require.Equal(t, n.State, states[key], "%v", key)
			}
			again, wrong := consent.Follow(newest, held, hour(now), false)
			require.Empty(t, again)
			require.Empty(t, wrong)
		}
	})
}

func TestWhatIsImposedCountsFromNowOn(t *testing.T) {
	t.Parallel()
	before := hour(0)
	newest := consent.Newest([]consent.Entry{{Medium: 4, State: 1, Time: hour(5)}})
	said := []consent.Answer{{Medium: 4, State: 2, Time: &before}}
	_, wrong := consent.Follow(newest, said, hour(9), false)
	require.Len(t, wrong, 1)
	require.Equal(t, "consents[0].consent_time", wrong[0].Field)
	missing, wrong := consent.Follow(newest, said, hour(9), true)
	require.Empty(t, wrong)
	require.Equal(t, []consent.Entry{{Medium: 4, State: 2, Time: hour(9)}}, missing)
}

func TestWhatIsYetToComeIsRefused(t *testing.T) {
	t.Parallel()
	later := hour(2)
	_, wrong := consent.Follow(nil, []consent.Answer{{Medium: 4, State: 2, Time: &later}}, hour(1), false)
	require.Equal(t, "FUTURE", wrong[0].Rule)
	require.Empty(t, (&consent.Entry{State: 1, Time: hour(1).Add(30 * time.Second)}).Check(hour(1)), "clocks differ a little")
	require.Len(t, (&consent.Entry{Time: later}).Check(hour(1)), 2)
}

func TestAPersonHoldsOnlySoMany(t *testing.T) {
	t.Parallel()
	var held []consent.Answer
	for i := range int32(consent.Most) {
		var err error
		held, err = consent.Hold(held, &consent.Entry{Medium: i, State: 1})
		require.NoError(t, err)
	}
	_, err := consent.Hold(held, &consent.Entry{Medium: 0, State: 2})
	require.NoError(t, err, "it takes the place of another")
	_, err = consent.Hold(held, &consent.Entry{Medium: 99, State: 2})
	require.Error(t, err)
}
