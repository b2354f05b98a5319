package profile_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	profilev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/profile/v1"
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
