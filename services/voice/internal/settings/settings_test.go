package settings_test

import (
	"context"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/known/fieldmaskpb"
	"pgregory.net/rapid"

	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/page"
	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/libs/service"
	"github.com/guanxi-crm/guanxi/libs/testkit"
	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
	voicev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/voice/v1"
	"github.com/guanxi-crm/guanxi/services/voice/internal/settings"
)

func setup(t *testing.T) (*settings.Server, *settings.Store) {
	t.Helper()
	db, clock := testkit.Database(t, func(ctx context.Context, db *postgres.DB) error {
		return service.Migrate(ctx, db, service.Definition{Name: "voice", Migrations: os.DirFS("../../migrations")})
	}), testkit.NewClock()
	pages, err := page.NewSealer(make([]byte, page.KeySize))
	require.NoError(t, err)
	s, err := settings.NewServer(db, clock.Now, pages)
	require.NoError(t, err)
	return s, settings.NewStore(db, clock.Now)
}

func admin(t *testing.T) context.Context {
	t.Helper()
	return auth.With(t.Context(), auth.Principal{Subject: "admin", Level: typev1.Level_EXECUTIVE, Administrator: true})
}

// What is shipped passes its own checks: the same again makes no version.
func TestWhatIsShippedIsInForce(t *testing.T) {
	t.Parallel()
	s, store := setup(t)
	shipped, err := s.GetSettings(t.Context(), &voicev1.GetSettingsRequest{Name: settings.Name})
	require.NoError(t, err)
	same, err := s.UpdateSettings(admin(t), &voicev1.UpdateSettingsRequest{Settings: shipped})
	require.NoError(t, err)
	require.Equal(t, int32(1), same.GetVersion())
	n, err := store.Current(t.Context())
	require.NoError(t, err)
	require.Equal(t, "Asia/Shanghai", n.Zone.String())
	require.Equal(t, []time.Duration{24 * time.Hour, 72 * time.Hour, 168 * time.Hour, 720 * time.Hour}, n.Figure.Ageing)
}

func TestVersionsAreChecked(t *testing.T) {
	t.Parallel()
	s, _ := setup(t)
	for path, change := range map[string]*voicev1.VoiceSettings{
		"time_zone":                 {TimeZone: "Mars/Olympus"},
		"fiscal_year_start_month":   {},
		"figure_rules.ageing_hours": {FigureRules: &voicev1.FigureRules{AgeingHours: []int32{24, 12}}},
	} {
		change.Name = settings.Name
		_, err := s.UpdateSettings(admin(t), &voicev1.UpdateSettingsRequest{Settings: change, UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{path}}})
		require.Error(t, err, path)
		require.Equal(t, "INVALID_FIELDS", fault.From(err).Reason())
		require.Contains(t, err.Error(), "settings."+path)
	}
	changed, err := s.UpdateSettings(admin(t), &voicev1.UpdateSettingsRequest{
		Settings: &voicev1.VoiceSettings{Name: settings.Name, FiscalYearStartMonth: 4}, UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"fiscal_year_start_month"}},
	})
	require.NoError(t, err)
	require.Equal(t, int32(2), changed.GetVersion())
	list, err := s.ListSettingsVersions(t.Context(), &voicev1.ListSettingsVersionsRequest{Parent: settings.Name})
	require.NoError(t, err)
	require.Len(t, list.GetVersions(), 2)
}

// A fiscal year has twelve months from its first on, whenever that is.
func TestFiscalYears(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		n := &settings.Numbers{FiscalYearStart: time.Month(rapid.IntRange(1, 12).Draw(t, "start"))}
		year := rapid.IntRange(1990, 2100).Draw(t, "year")
		first := time.Date(year, n.FiscalYearStart, 1, 0, 0, 0, 0, time.UTC)
		day := first.AddDate(0, 0, rapid.IntRange(0, 364).Draw(t, "day"))
		require.Equal(t, year, n.FiscalYear(day))
		require.Equal(t, year-1, n.FiscalYear(first.AddDate(0, 0, -1)))
	})
}
