package planning_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"google.golang.org/genproto/googleapis/type/date"
	"google.golang.org/protobuf/types/known/fieldmaskpb"
	"pgregory.net/rapid"

	planningv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/planning/v1"
	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
	"github.com/guanxi-crm/guanxi/services/planning/internal/owner"
)

func (b *books) owners(t *testing.T) *owner.Server {
	t.Helper()
	s, err := owner.NewServer(b.db, b.clock.Now, b.pages, b.numbers)
	require.NoError(t, err)
	return s
}

// Any subject has one name, which is read back, and no other text is one.
func TestOwnerNames(t *testing.T) {
	t.Parallel()
	require.Equal(t, "owners/bGk", owner.Name("li"))
	for _, subject := range []string{"张三", "a/b:c?d#e", "auth0|5f7", "li@example.com", "-", "~"} {
		got, err := owner.ParseName("name", owner.Name(subject))
		require.NoError(t, err)
		require.Equal(t, subject, got)
		require.NotContains(t, strings.TrimPrefix(owner.Name(subject), "owners/"), "/")
	}
	for _, name := range []string{
		"", "owners", "owners/", "bGk", "owner/bGk", "owners/bGk=", "owners/bGl", "owners/bG k", "owners/b/k", "owners/bGk/x", "owners/!", "owners/\n", "owners/bGk\n",
		"owners/_w", owner.Name("a\tb"), owner.Name("a\u0085"), owner.Name(strings.Repeat("x", 256)),
	} {
		_, err := owner.ParseName("name", name)
		requireReason(t, err, "INVALID_FIELDS")
	}
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.String().Draw(t, "name")
		if subject, err := owner.ParseName("name", "owners/"+text); err == nil {
			require.Equal(t, "owners/"+text, owner.Name(subject))
		}
	})
}

// Joined absences are the same days, in order, apart from each other.
func TestAbsencesAreJoined(t *testing.T) {
	t.Parallel()
	first := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	rapid.Check(t, func(t *rapid.T) {
		days := map[time.Time]bool{}
		var absences []owner.Absence
		for range rapid.IntRange(0, 12).Draw(t, "n") {
			start := first.AddDate(0, 0, rapid.IntRange(0, 40).Draw(t, "start"))
			a := owner.Absence{Start: start, End: start.AddDate(0, 0, rapid.IntRange(0, 6).Draw(t, "length"))}
			absences = append(absences, a)
			for d := a.Start; !d.After(a.End); d = d.AddDate(0, 0, 1) {
				days[d] = true
			}
		}
		last := time.Time{}
		for _, a := range owner.Join(absences) {
			require.True(t, a.Start.After(last.AddDate(0, 0, 1)), "they touch")
			for d := a.Start; !d.After(a.End); d = d.AddDate(0, 0, 1) {
				require.True(t, days[d])
				delete(days, d)
			}
			last = a.End
		}
		require.Empty(t, days)
	})
}

// An owner says himself when he works; others of his level are told nothing, his superiors may do the same as he.
func TestOwnersChangeThemselves(t *testing.T) {
	t.Parallel()
	b := openBooks(t)
	s := b.owners(t)
	mine := b.client(t, client{owner: "li"})
	b.client(t, client{owner: "wang"})
	name := owner.Name("li")
	li := caller(t, "li", basic)
	got, err := s.GetOwner(li, &planningv1.GetOwnerRequest{Name: name})
	require.NoError(t, err)
	require.Nil(t, got.CreateTime)
	require.Equal(t, "li", got.GetSubject())

	change := &planningv1.UpdateOwnerRequest{Owner: &planningv1.Owner{
		Name: name, TimeZone: "Europe/Berlin", DailyMinutes: new(int32), Etag: got.GetEtag(), Absences: []*planningv1.Owner_Absence{
			{StartDate: &date.Date{Year: 2026, Month: 5, Day: 4}, EndDate: &date.Date{Year: 2026, Month: 5, Day: 8}},
			{StartDate: &date.Date{Year: 2026, Month: 2, Day: 1}, EndDate: &date.Date{Year: 2026, Month: 2, Day: 1}},
			{StartDate: &date.Date{Year: 2026, Month: 5, Day: 9}, EndDate: &date.Date{Year: 2026, Month: 5, Day: 9}},
		},
	}}
	got, err = s.UpdateOwner(li, change)
	require.NoError(t, err)
	require.Len(t, got.GetAbsences(), 2)
	require.Equal(t, int32(2), got.GetAbsences()[0].GetStartDate().GetMonth())
	require.Equal(t, int32(9), got.GetAbsences()[1].GetEndDate().GetDay())
	require.Equal(t, int32(0), got.GetDailyMinutes())
	require.NotNil(t, got.DailyMinutes, "none is not the same as not set")
	_, err = s.UpdateOwner(li, change)
	requireReason(t, err, "ETAG_MISMATCH")

	// His customers are to be planned again, once.
	var replans []uuid.UUID
	require.NoError(t, b.db.Select(t.Context(), &replans, `select customer_id from replans where cause = 'capacity' and reference = $1`, name))
	require.Equal(t, []uuid.UUID{mine}, replans)
	change.Owner.Etag = ""
	got, err = s.UpdateOwner(caller(t, "boss", manager), change)
	require.NoError(t, err)
	var count int
	require.NoError(t, b.db.Get(t.Context(), &count, `select count(*) from replans`))
	require.Equal(t, 1, count, "the same again changes nothing")

	cleared, err := s.UpdateOwner(caller(t, "boss", manager), &planningv1.UpdateOwnerRequest{
		Owner: &planningv1.Owner{Name: name, Etag: got.GetEtag()}, UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"daily_minutes", "absences"}},
	})
	require.NoError(t, err)
	require.Nil(t, cleared.DailyMinutes)
	require.Empty(t, cleared.GetAbsences())
	require.Equal(t, "Europe/Berlin", cleared.GetTimeZone())

	wang := caller(t, "wang", basic, "*")
	for _, other := range []string{name, owner.Name("nobody")} {
		_, err = s.GetOwner(wang, &planningv1.GetOwnerRequest{Name: other})
		requireReason(t, err, "OWNER_ONLY")
		_, err = s.UpdateOwner(wang, &planningv1.UpdateOwnerRequest{Owner: &planningv1.Owner{Name: other}})
		requireReason(t, err, "OWNER_ONLY")
		_, err = s.RevokeCalendarLink(wang, &planningv1.RevokeCalendarLinkRequest{Name: other})
		requireReason(t, err, "OWNER_ONLY")
		for _, who := range []string{"wang", "boss"} {
			level := map[string]typev1.Level{"wang": basic, "boss": manager}[who]
			_, err = s.IssueCalendarLink(caller(t, who, level, "*"), &planningv1.IssueCalendarLinkRequest{Name: other})
			requireReason(t, err, "OWNER_ONLY")
		}
	}
	_, err = s.GetOwner(caller(t, "boss", manager), &planningv1.GetOwnerRequest{Name: owner.Name("nobody")})
	requireReason(t, err, "NOT_FOUND")
	listed, err := s.ListOwners(wang, &planningv1.ListOwnersRequest{})
	require.NoError(t, err)
	require.Empty(t, listed.GetOwners())
	listed, err = s.ListOwners(caller(t, "boss", manager), &planningv1.ListOwnersRequest{Filter: `time_zone = "Europe/Berlin"`})
	require.NoError(t, err)
	require.Len(t, listed.GetOwners(), 1)
}

func TestOwnersKeepTheRules(t *testing.T) {
	t.Parallel()
	b := openBooks(t)
	s := b.owners(t)
	day := &date.Date{Year: 2026, Month: 1, Day: 2}
	for rule, o := range map[string]*planningv1.Owner{
		"CALENDAR":  {Calendar: "moon"},
		"TIME_ZONE": {TimeZone: "Local"},
		"DATE":      {Absences: []*planningv1.Owner_Absence{{StartDate: day, EndDate: &date.Date{Year: 2026, Month: 2, Day: 30}}}},
		"RANGE":     {Absences: []*planningv1.Owner_Absence{{StartDate: day, EndDate: &date.Date{Year: 2026, Month: 1, Day: 1}}}},
	} {
		o.Name = owner.Name("li")
		_, err := s.UpdateOwner(caller(t, "li", basic), &planningv1.UpdateOwnerRequest{Owner: o})
		requireReason(t, err, "INVALID_FIELDS")
		require.ErrorContains(t, err, "["+rule+"]")
	}
	var kept int
	require.NoError(t, b.db.Get(t.Context(), &kept, `select count(*) from owners`))
	require.Zero(t, kept)
}
