package profile_test

import (
	"context"
	"io/fs"
	"testing"
	"testing/fstest"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/fieldmaskpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/guanxi-crm/guanxi/libs/platform"
	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/libs/service"
	"github.com/guanxi-crm/guanxi/libs/testkit"
	profilev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/profile/v1"
	"github.com/guanxi-crm/guanxi/services/profile"
	"github.com/guanxi-crm/guanxi/services/profile/internal/settings"
)

func TestSettingsAreVersions(t *testing.T) {
	t.Parallel()
	b := setup(t)
	shipped, err := b.settings.GetSettings(b.As(t, basic), &profilev1.GetSettingsRequest{Name: "profileSettings"})
	require.NoError(t, err)
	require.Equal(t, []any{int32(1), int32(7), int32(3), 3.0, 0.5, int32(30)}, []any{
		shipped.GetVersion(), shipped.GetExpectedOrderLeadDays(), shipped.GetRhythmMinIntervals(), shipped.GetOverdueDeviationFactor(),
		shipped.GetOverdueMedianFactor(), shipped.GetDeletedCustomerDays(),
	})
	shorter := &profilev1.UpdateSettingsRequest{
		Settings: &profilev1.Settings{Name: "profileSettings", DeletedCustomerDays: 10, Etag: shipped.GetEtag()}, UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"deleted_customer_days"}},
	}
	_, err = b.settings.UpdateSettings(b.As(t, executive), shorter)
	refused(t, err, codes.PermissionDenied)
	made, err := b.settings.UpdateSettings(b.admin(t), shorter)
	require.NoError(t, err)
	require.Equal(t, int32(2), made.GetVersion())
	require.Equal(t, "root", made.GetAuthor())
	_, err = b.settings.UpdateSettings(b.admin(t), shorter)
	refused(t, err, codes.Aborted)
	shorter.Settings.Etag = ""
	same, err := b.settings.UpdateSettings(b.admin(t), shorter)
	require.NoError(t, err)
	require.Equal(t, int32(2), same.GetVersion(), "nothing changed")
	shorter.Settings.DeletedCustomerDays = 0
	_, err = b.settings.UpdateSettings(b.admin(t), shorter)
	refused(t, err, codes.InvalidArgument, "settings.deleted_customer_days", "RANGE")
	shorter.Settings.Name = "other"
	_, err = b.settings.UpdateSettings(b.admin(t), shorter)
	refused(t, err, codes.InvalidArgument, "settings.name", "RESOURCE_NAME")

	versions, err := b.settings.ListSettingsVersions(b.As(t, basic), &profilev1.ListSettingsVersionsRequest{Parent: "profileSettings", PageSize: 1})
	require.NoError(t, err)
	require.Equal(t, int32(2), versions.GetVersions()[0].GetVersion())
	versions, err = b.settings.ListSettingsVersions(b.As(t, basic), &profilev1.ListSettingsVersionsRequest{
		Parent: "profileSettings", PageSize: 1, PageToken: versions.GetNextPageToken(),
	})
	require.NoError(t, err)
	require.Equal(t, int32(1), versions.GetVersions()[0].GetVersion())

	gone, err := b.customers.DeleteCustomer(b.As(t, manager), &profilev1.DeleteCustomerRequest{Name: b.customer(t).GetName()})
	require.NoError(t, err)
	require.Equal(t, 10*24*time.Hour, gone.GetPurgeTime().AsTime().Sub(gone.GetDeleteTime().AsTime()), "the version in force counts")
}

// oldRelease is the database of an installation from before the numbers were kept as a body, with a version of its own.
func oldRelease(ctx context.Context, db *postgres.DB) error {
	if err := platform.Migrate(ctx, db); err != nil {
		return err
	}
	files := fstest.MapFS{}
	for _, name := range []string{"00001_customers.sql", "00002_orders.sql", "00003_settings.sql"} {
		data, err := fs.ReadFile(profile.Definition().Migrations, name)
		if err != nil {
			return err
		}
		files[name] = &fstest.MapFile{Data: data}
	}
	if err := postgres.Migrate(ctx, db, "profile_migrations", files); err != nil {
		return err
	}
	_, err := db.Exec(ctx, `insert into settings values (2, 0, 4, 2.75, 0, 45, 'alice', '2026-02-03 04:05:06.789Z')`)
	return err
}

func TestSettingsOfAnOldReleaseAreKept(t *testing.T) {
	t.Parallel()
	db := testkit.Database(t, oldRelease)
	require.NoError(t, service.Migrate(t.Context(), db, profile.Definition()))
	store := settings.NewStore(db, testkit.NewClock().Now)
	current, err := store.Current(t.Context())
	require.NoError(t, err)
	want := &profilev1.Settings{
		Name: "profileSettings", RhythmMinIntervals: 4, OverdueDeviationFactor: 2.75, DeletedCustomerDays: 45,
		Version: 2, Author: "alice", CreateTime: timestamppb.New(time.Date(2026, time.February, 3, 4, 5, 6, 789e6, time.UTC)), Etag: `"2"`,
	}
	first, err := store.At(t.Context(), time.Time{})
	require.NoError(t, err)
	want.Quality, want.Duplicates, want.PublicHolidays = first.GetQuality(), first.GetDuplicates(), first.GetPublicHolidays() // newer numbers, the same in all versions
	require.True(t, proto.Equal(want, current), "%v", current)
	_, err = db.Exec(t.Context(), `delete from settings`)
	require.NoError(t, err)
	shipped, err := store.Current(t.Context())
	require.NoError(t, err)
	first.CreateTime, shipped.CreateTime = nil, nil
	require.True(t, proto.Equal(first, shipped), "the migration ships %v, the program %v", first, shipped)
}
