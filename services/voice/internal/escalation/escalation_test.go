package escalation

import (
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/services/voice/internal/desk"
)

func TestLevelsOfAPath(t *testing.T) {
	t.Parallel()
	for path, want := range map[string][3]string{
		"cn/south/shenzhen":         {"cn/south/shenzhen", "cn/south", "cn"},
		"cn/south/shenzhen/nanshan": {"cn/south/shenzhen/nanshan", "cn/south", "cn"},
		"cn/south":                  {"cn/south", "cn/south", "cn"},
		"cn":                        {"cn", "cn", "cn"},
		"":                          {"", "", ""},
	} {
		require.Equal(t, want, [3]string{Office.Territory(path), Region.Territory(path), Headquarters.Territory(path)}, path)
	}
}

func TestWhoIsTold(t *testing.T) {
	t.Parallel()
	at := func(territory string, leads ...string) *desk.Desk {
		return &desk.Desk{ID: uuid.New(), Territory: territory, Leads: leads}
	}
	south, company := at("cn/south", "region-lead", "second"), at("", "boss")
	leads := map[string]*desk.Desk{"cn/south": south, "": company}
	for name, c := range map[string]struct {
		level    Level
		path     string
		leads    map[string]*desk.Desk
		desk     *desk.Desk
		subjects []string
	}{
		"its own desk":               {Region, "cn/south/shenzhen", leads, south, []string{"region-lead", "second"}},
		"the nearest above":          {Office, "cn/south/shenzhen", leads, south, []string{"region-lead", "second"}},
		"the company's":              {Headquarters, "cn/south/shenzhen", leads, company, []string{"boss"}},
		"not one that is called so":  {Office, "cn/southern", leads, company, []string{"boss"}},
		"nobody":                     {Office, "cn/south", nil, nil, []string{}},
		"a customer whom nobody has": {Office, "", leads, company, []string{"boss"}},
	} {
		e := Escalation{Level: c.level}
		e.tell(c.path, c.leads)
		require.Equal(t, c.subjects, e.Subjects, name)
		require.Equal(t, c.desk != nil, e.Desk.Valid, name)
		if c.desk != nil {
			require.Equal(t, c.desk.ID, e.Desk.UUID, name)
		}
	}
}

// Whatever is acknowledged by whom in whatever order, the first counts, each stands once, and nothing climbs that somebody has seen to.
func TestAcknowledging(t *testing.T) {
	t.Parallel()
	start := time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)
	rapid.Check(t, func(t *rapid.T) {
		e := Escalation{Level: Office, ToldTime: start}
		e.climb(time.Hour)
		require.Equal(t, start.Add(time.Hour), *e.ClimbTime)
		seen := map[string]bool{}
		for i := range rapid.IntRange(0, 20).Draw(t, "n") {
			subject := rapid.SampledFrom([]string{"a", "b", "c"}).Draw(t, "subject")
			added, err := e.acknowledge(Acknowledgement{Subject: subject, Time: start.Add(time.Duration(i) * time.Minute)})
			require.NoError(t, err)
			require.Equal(t, !seen[subject], added)
			seen[subject] = true
			require.Equal(t, start, *e.AcknowledgeTime)
			require.Nil(t, e.ClimbTime)
		}
		require.Len(t, e.Acknowledgements, len(seen))
	})
}

func TestTooManyAcknowledge(t *testing.T) {
	t.Parallel()
	e := Escalation{ID: uuid.New()}
	for range mostAcknowledgements {
		added, err := e.acknowledge(Acknowledgement{Subject: uuid.NewString()})
		require.NoError(t, err)
		require.True(t, added)
	}
	_, err := e.acknowledge(Acknowledgement{Subject: "late"})
	require.Equal(t, "ACKNOWLEDGEMENTS_FULL", fault.From(err).Reason())
}

func TestTheTopDoesNotClimb(t *testing.T) {
	t.Parallel()
	for level, after := range map[Level]time.Duration{Headquarters: time.Hour, Office: 0} {
		e := Escalation{Level: level}
		e.climb(after)
		require.Nil(t, e.ClimbTime)
	}
}
