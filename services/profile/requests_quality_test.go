package profile_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	profilev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/profile/v1"
)

// qualityPart has a required attribute that is secret, and verifications of it and of a secret telephone number.
var qualityPart = part{
	prepare: func(t *testing.T, s *scene) {
		t.Helper()
		shipped, err := s.settings.GetSettings(s.admin(t), &profilev1.GetSettingsRequest{Name: "profileSettings"})
		require.NoError(t, err)
		rules := proto.CloneOf(shipped.GetQuality())
		rules.Organization = append(rules.Organization, &profilev1.RequiredField{Field: "attributes.secret", Weight: 42})
		_, err = s.settings.UpdateSettings(s.admin(t), &profilev1.UpdateSettingsRequest{Settings: &profilev1.Settings{Name: "profileSettings", Quality: rules}})
		require.NoError(t, err)
		_, err = quality(s.bundle).VerifyFields(s.admin(t), &profilev1.VerifyFieldsRequest{
			Name: s.customer, Fields: []string{"attributes.secret", "channels", "display_name"}, Method: profilev1.FieldVerification_PHONE,
		})
		require.NoError(t, err)
	},
	requests: func(s *scene) map[string]proto.Message {
		return map[string]proto.Message{
			"QualityService/GetQuality":      &profilev1.GetQualityRequest{Name: s.customer + "/quality"},
			"QualityService/ListDataQuality": &profilev1.ListDataQualityRequest{GroupBy: profilev1.ListDataQualityRequest_TERRITORY},
			"QualityService/VerifyFields": &profilev1.VerifyFieldsRequest{
				Name: s.customer, Fields: []string{"display_name"}, Method: profilev1.FieldVerification_VISIT,
			},
			"CustomerService/BatchUpdateCustomers": &profilev1.BatchUpdateCustomersRequest{Requests: []*profilev1.UpdateCustomerRequest{
				{Customer: &profilev1.Customer{Name: s.customer, DisplayName: "open-customer"}},
			}},
		}
	},
	anywhere: []string{"QualityService/ListDataQuality"},
}

// As a customer was, it shows no more than as it is.
func TestAsOfKeepsLevels(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	then := timestamppb.New(s.Clock.Now())
	request := &profilev1.GetCustomerRequest{Name: s.customer, AsOf: then}
	whole, err := s.customers.GetCustomer(s.As(t, manager), request)
	require.NoError(t, err)
	require.Len(t, whole.GetChannels(), 1)
	require.Contains(t, whole.GetAttributes(), "secret")
	part, err := s.customers.GetCustomer(s.As(t, basic), request)
	require.NoError(t, err)
	require.Empty(t, part.GetChannels())
	require.Empty(t, part.GetAttributes())
	require.Equal(t, "open-customer", part.GetDisplayName())
}
