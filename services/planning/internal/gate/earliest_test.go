package gate

import (
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/guanxi-crm/guanxi/services/planning/internal/compliance"
)

// Each rule tells its own earliest day, and the answer the first one on which all are kept.
func TestEarliestDayOfSeveralRules(t *testing.T) {
	t.Parallel()
	s := fine()
	s.Contacts = met(2, 7) // until Wednesday of next week
	s.Owner.Load[s.Day] = 240
	s.Owner.Absent = []Span{{First: monday.AddDate(0, 0, 9), Next: monday.AddDate(0, 0, 14)}}
	d := s.Decide()
	require.Len(t, d.Failures, 2)
	require.Equal(t, monday.AddDate(0, 0, 9), *d.Failures[0].Earliest)
	require.Equal(t, monday.AddDate(0, 0, 2), *d.Failures[1].Earliest)
	require.Equal(t, monday.AddDate(0, 0, 14), *d.Earliest)
}

// The next year's limit is a new one, but this year's budget does not pay for it.
func TestYearLimitBeginsAnew(t *testing.T) {
	t.Parallel()
	s := with(gives(1, "100"), given(1, "400.01", 2026))
	d := s.Decide()
	require.Len(t, d.Failures, 1)
	require.Equal(t, time.Date(2027, time.January, 1, 0, 0, 0, 0, time.UTC), *d.Failures[0].Earliest)
	require.Nil(t, d.Earliest)
}

func TestMerelyPlannedContactsAreNamed(t *testing.T) {
	t.Parallel()
	s := fine()
	s.Contacts = met(0, 2, 3)
	s.Contacts[0].Planned, s.Contacts[1].Planned, s.Contacts[1].Hidden = true, true, true
	d := s.Decide()
	require.Len(t, d.Failures, 1)
	require.Equal(t, []uuid.UUID{s.Contacts[0].ID}, d.Failures[0].Planned)
	require.Contains(t, d.Failures[0].Text.En, "contact 4 within 7 days")
	require.Contains(t, d.Failures[0].Text.En, "2 of the others are merely planned")
}

// A move is judged by what depends on the day: what was agreed is agreed.
func TestMovesAreJudgedByTheDay(t *testing.T) {
	t.Parallel()
	s := approved("150", "150")
	s.Approval, s.Candidate.Approval, s.Reserved = nil, uuid.Nil, true
	s.Kind, s.Concerns = dining, []Concern{{Major: true, Day: monday}}
	d := s.DecideDay()
	require.True(t, d.Granted(), "%v", d.Failures)
	s.Day = monday.AddDate(0, 0, 5)
	d = s.DecideDay()
	require.Len(t, d.Failures, 1)
	require.Equal(t, "WORKING_DAY", d.Failures[0].Rule)
}

func TestJurisdictions(t *testing.T) {
	t.Parallel()
	require.Equal(t, []string{"CN", "*"}, compliance.Jurisdictions("cn/south/shenzhen"))
	require.Equal(t, []string{"DE", "EU", "*"}, compliance.Jurisdictions("de"))
	require.Equal(t, []string{"*"}, compliance.Jurisdictions("china/south"))
	require.Equal(t, []string{"*"}, compliance.Jurisdictions(""))
	all := compliance.Rules{limited(1, compliance.PerYear, "1", ""), limited(1, compliance.PerYear, "2", ""), limited(1, compliance.PerYear, "3", "")}
	all[0].Jurisdiction, all[1].Jurisdiction, all[2].Jurisdiction = "*", "EU", "CN"
	require.Same(t, all[1], all.Limit(compliance.Jurisdictions("fr/paris"), 1, compliance.PerYear, monday))
	require.Same(t, all[0], all.Limit(compliance.Jurisdictions("us"), 1, compliance.PerYear, monday))
	require.Nil(t, all.Limit([]string{"CN"}, 1, compliance.PerOccasion, monday))
}
