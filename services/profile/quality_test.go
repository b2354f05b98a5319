package profile_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/types/known/fieldmaskpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	profilev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/profile/v1"
)

func quality(b *bundle) profilev1.QualityServiceClient {
	return profilev1.NewQualityServiceClient(b.Conn)
}

// asking sets what is required of organizations.
func (b *bundle) asking(t *testing.T, fields ...*profilev1.RequiredField) {
	t.Helper()
	_, err := b.settings.UpdateSettings(b.admin(t), &profilev1.UpdateSettingsRequest{
		Settings:   &profilev1.Settings{Name: "profileSettings", Quality: &profilev1.QualityRules{Organization: fields}},
		UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"quality"}},
	})
	require.NoError(t, err)
}

func asks(field string, weight, days int32) *profilev1.RequiredField {
	return &profilev1.RequiredField{Field: field, Weight: weight, ValidDays: days}
}

func states(q *profilev1.Quality) map[string]profilev1.FieldQuality_State {
	out := map[string]profilev1.FieldQuality_State{}
	for _, f := range q.GetFields() {
		out[f.GetField()] = f.GetState()
	}
	return out
}

func TestVerificationsHoldWhileNothingChangesAndForATime(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.asking(t, asks("display_name", 2, 0), asks("industry", 3, 10), asks("legal_name", 4, 0), asks("channels", 1, 0), asks("owner", 5, 0))
	c := b.customer(t, func(c *profilev1.Customer) {
		c.Industry, c.Owner = "电力", "alice"
		c.Channels = []*profilev1.Channel{{Medium: profilev1.Channel_MOBILE, Value: "1", Level: manager}}
	})
	ask := &profilev1.GetQualityRequest{Name: c.GetName() + "/quality"}
	q, err := quality(b).GetQuality(b.As(t, manager), ask)
	require.NoError(t, err)
	require.InDelta(t, 11.0/15, q.GetCompleteness(), 1e-9)
	require.Zero(t, q.GetAccuracy())
	hidden, err := quality(b).GetQuality(b.As(t, basic), ask)
	require.NoError(t, err)
	require.InDelta(t, 10.0/15, hidden.GetCompleteness(), 1e-9, "the channel is above him")

	b.Clock.Advance(time.Hour)
	q, err = quality(b).VerifyFields(b.As(t, manager), &profilev1.VerifyFieldsRequest{
		Name: c.GetName(), Fields: []string{"display_name", "industry", "channels"}, Method: profilev1.FieldVerification_REGISTER, Source: "extract 7", Etag: c.GetEtag(),
	})
	require.NoError(t, err)
	require.InDelta(t, 1, q.GetAccuracy(), 1e-9, "what we decide ourselves is not asked about")
	require.Equal(t, "alice", q.GetFields()[1].GetVerification().GetVerifier())
	require.Equal(t, b.Clock.Now().AddDate(0, 0, 10), q.GetFields()[1].GetExpireTime().AsTime())
	require.Equal(t, profilev1.FieldQuality_MISSING, states(q)["legal_name"])

	_, err = b.customers.UpdateCustomer(b.As(t, manager), &profilev1.UpdateCustomerRequest{Customer: &profilev1.Customer{Name: c.GetName(), DisplayName: "华为", Etag: c.GetEtag()}})
	require.NoError(t, err, "verifying leaves the etag as it is")
	b.Clock.Advance(10 * 24 * time.Hour)
	q, err = quality(b).GetQuality(b.As(t, manager), ask)
	require.NoError(t, err)
	require.Equal(t, map[string]profilev1.FieldQuality_State{
		"display_name": profilev1.FieldQuality_CHANGED, "industry": profilev1.FieldQuality_AGED, "legal_name": profilev1.FieldQuality_MISSING,
		"channels": profilev1.FieldQuality_VERIFIED, "owner": profilev1.FieldQuality_UNVERIFIED,
	}, states(q))
	require.InDelta(t, 1.0/6, q.GetAccuracy(), 1e-9)

	_, err = b.customers.UpdateCustomer(b.As(t, manager), &profilev1.UpdateCustomerRequest{Customer: &profilev1.Customer{Name: c.GetName(), DisplayName: c.GetDisplayName()}})
	require.NoError(t, err)
	q, err = quality(b).GetQuality(b.As(t, manager), ask)
	require.NoError(t, err)
	require.Equal(t, profilev1.FieldQuality_VERIFIED, states(q)["display_name"], "it is the value that was compared")
	b.requireVerifiedEvent(t, c.GetName())
}

func (b *bundle) requireVerifiedEvent(t *testing.T, customer string) {
	t.Helper()
	event := b.Events(t, "guanxi.profile.quality.verified.v1", 1)[0]
	data := &profilev1.FieldsVerified{}
	require.NoError(t, event.Decode(data))
	require.Equal(t, customer+"/quality", data.GetQuality())
	require.Equal(t, []string{"display_name", "industry", "channels"}, data.GetFields())
	require.NotContains(t, string(event.Data), "extract")
	changes, err := b.customers.ListCustomerChanges(b.admin(t), &profilev1.ListCustomerChangesRequest{Parent: customer})
	require.NoError(t, err)
	for _, change := range changes.GetChanges() {
		if change.GetResource() == customer+"/quality" {
			require.Contains(t, change.GetFields()[0].GetTo(), "extract 7")
			return
		}
	}
	require.Fail(t, "the history has no verification")
}

func TestBadVerificationsAreRefused(t *testing.T) {
	t.Parallel()
	b := setup(t)
	_, err := b.attributes.CreateAttribute(b.admin(t), &profilev1.CreateAttributeRequest{
		AttributeId: "secret", Attribute: &profilev1.Attribute{LabelEn: "s", LabelZh: "s", Type: profilev1.Attribute_TEXT, Level: manager},
	})
	require.NoError(t, err)
	c := b.customer(t)
	verify := func(r *profilev1.VerifyFieldsRequest) error {
		r.Name, r.Method = c.GetName(), profilev1.FieldVerification_PHONE
		_, err := quality(b).VerifyFields(b.As(t, basic, "cn"), r)
		return err
	}
	refused(t, verify(&profilev1.VerifyFieldsRequest{Fields: []string{"display_name", "nothing"}}), codes.InvalidArgument, "fields[1]", "FIELD")
	refused(t, verify(&profilev1.VerifyFieldsRequest{Fields: []string{"people.position"}}), codes.InvalidArgument, "fields[0]", "NOT_VERIFIABLE")
	refused(t, verify(&profilev1.VerifyFieldsRequest{Fields: []string{"owner"}}), codes.InvalidArgument, "fields[0]", "NOT_VERIFIABLE")
	refused(t, verify(&profilev1.VerifyFieldsRequest{Fields: []string{"industry"}}), codes.InvalidArgument, "fields[0]", "EMPTY")
	refused(t, verify(&profilev1.VerifyFieldsRequest{Fields: []string{"attributes.unheard"}}), codes.PermissionDenied)
	refused(t, verify(&profilev1.VerifyFieldsRequest{Fields: []string{"attributes.secret"}}), codes.PermissionDenied)
	refused(t, verify(&profilev1.VerifyFieldsRequest{Fields: []string{"display_name"}, Etag: "stale"}), codes.Aborted)
	refused(t, verify(&profilev1.VerifyFieldsRequest{
		Fields: []string{"display_name"}, VerifyTime: timestamppb.New(b.Clock.Now().Add(time.Hour)),
	}), codes.InvalidArgument, "verify_time", "FUTURE")
	_, err = b.customers.DeleteCustomer(b.admin(t), &profilev1.DeleteCustomerRequest{Name: c.GetName()})
	require.NoError(t, err)
	refused(t, verify(&profilev1.VerifyFieldsRequest{Fields: []string{"display_name"}}), codes.FailedPrecondition)
	_, err = b.settings.UpdateSettings(b.admin(t), &profilev1.UpdateSettingsRequest{Settings: &profilev1.Settings{Name: "profileSettings", Quality: &profilev1.QualityRules{
		Organization: []*profilev1.RequiredField{asks("nothing", 1, 0)}, Person: []*profilev1.RequiredField{asks("owner", 1, 0), asks("owner", 1, 0)},
	}}})
	refused(t, err, codes.InvalidArgument, "settings.quality.organization[0].field", "FIELD")
	refused(t, err, codes.InvalidArgument, "settings.quality.person[1].field", "UNIQUE")
}

func TestEveryRequiredFieldCanBeAskedFor(t *testing.T) {
	t.Parallel()
	b := setup(t)
	_, err := b.attributes.CreateAttribute(b.admin(t), &profilev1.CreateAttributeRequest{
		AttributeId: "size", Attribute: &profilev1.Attribute{LabelEn: "s", LabelZh: "s", Type: profilev1.Attribute_TEXT, Level: basic},
	})
	require.NoError(t, err)
	all := []string{
		"display_name", "relations", "legal_name", "alternative_names", "registration_number", "industry", "employee_count", "territory", "owner", "source", "tags",
		"addresses", "channels", "external_ids", "language", "people", "people.position", "people.department", "people.language", "attributes.size",
	}
	rules := make([]*profilev1.RequiredField, len(all))
	for i, field := range all {
		rules[i] = asks(field, 1, 0)
	}
	b.asking(t, rules...)
	full := b.customer(t, func(c *profilev1.Customer) {
		c.Relations, c.LegalName, c.AlternativeNames = []profilev1.Customer_Relation{1}, "x", []string{"x"}
		c.RegistrationNumber, c.Industry, c.EmployeeCount, c.Owner, c.Source, c.Tags, c.Language = "GB:01234567", "x", 1, "x", "x", []string{"x"}, "en"
		c.Addresses, c.Channels = []*profilev1.Address{{Label: "x"}}, []*profilev1.Channel{{Medium: 1, Value: "x"}}
		c.ExternalIds = []*profilev1.ExternalId{{System: "erp", Id: "1"}}
		c.Attributes = map[string]*profilev1.AttributeValue{"size": {Value: &profilev1.AttributeValue_Text{Text: "x"}}}
	})
	b.person(t, full.GetName(), &profilev1.Person{DisplayName: "x", Position: "x", Department: "x", Language: "en"})
	q, err := quality(b).GetQuality(b.As(t, basic), &profilev1.GetQualityRequest{Name: full.GetName() + "/quality"})
	require.NoError(t, err)
	require.InDelta(t, 1, q.GetCompleteness(), 0, "%v", q)
	require.Len(t, q.GetFields(), len(all))
	b.person(t, full.GetName(), &profilev1.Person{DisplayName: "y", Senior: true})
	for level, want := range map[int]float64{1: 1, 2: 17.0 / 20} {
		ctx := b.As(t, basic)
		if level == 2 {
			ctx = b.As(t, manager)
		}
		q, err = quality(b).GetQuality(ctx, &profilev1.GetQualityRequest{Name: full.GetName() + "/quality"})
		require.NoError(t, err)
		require.InDelta(t, want, q.GetCompleteness(), 1e-9, "the senior without anything is there for managers only")
	}
	bare := b.customer(t)
	q, err = quality(b).GetQuality(b.As(t, basic), &profilev1.GetQualityRequest{Name: bare.GetName() + "/quality"})
	require.NoError(t, err)
	require.InDelta(t, 2.0/20, q.GetCompleteness(), 1e-9, "%v", q)
}

func TestDataQualityByOwnerAndTerritory(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.asking(t, asks("display_name", 1, 30), asks("industry", 3, 0))
	made := func(owner, territory, industry string) string {
		return b.customer(t, func(c *profilev1.Customer) { c.Owner, c.Territory, c.Industry = owner, territory, industry }).GetName()
	}
	first := made("alice", "cn/south", "x")
	made("alice", "cn/north", "")
	made("bob", "cn/south", "")
	gone := made("bob", "cn/south", "x")
	_, err := b.customers.DeleteCustomer(b.admin(t), &profilev1.DeleteCustomerRequest{Name: gone})
	require.NoError(t, err)
	_, err = quality(b).VerifyFields(b.admin(t), &profilev1.VerifyFieldsRequest{Name: first, Fields: []string{"display_name"}, Method: profilev1.FieldVerification_VISIT})
	require.NoError(t, err)
	list := func(r *profilev1.ListDataQualityRequest, territories ...string) *profilev1.ListDataQualityResponse {
		out, err := quality(b).ListDataQuality(b.As(t, basic, territories...), r)
		require.NoError(t, err)
		return out
	}
	byOwner := &profilev1.ListDataQualityRequest{GroupBy: profilev1.ListDataQualityRequest_OWNER, PageSize: 1}
	page := list(byOwner)
	require.EqualExportedValues(t, &profilev1.DataQuality{Group: "alice", CustomerCount: 2, Completeness: 5.0 / 8, Accuracy: 0.2}, page.GetGroups()[0])
	byOwner.PageToken = page.GetNextPageToken()
	page = list(byOwner)
	require.EqualExportedValues(t, &profilev1.DataQuality{Group: "bob", CustomerCount: 1, Completeness: 0.25}, page.GetGroups()[0])
	require.Empty(t, page.GetNextPageToken())
	worst := list(&profilev1.ListDataQualityRequest{GroupBy: profilev1.ListDataQualityRequest_TERRITORY, OrderBy: "completeness", Filter: "customer_count > 0"})
	require.Equal(t, "cn/north", worst.GetGroups()[0].GetGroup())
	require.Len(t, worst.GetGroups(), 2)
	require.Len(t, list(&profilev1.ListDataQualityRequest{GroupBy: profilev1.ListDataQualityRequest_OWNER}, "cn/north").GetGroups(), 1)
	b.Clock.Advance(31 * 24 * time.Hour)
	require.Zero(t, list(&profilev1.ListDataQualityRequest{GroupBy: profilev1.ListDataQualityRequest_OWNER}).GetGroups()[0].GetAccuracy(), "too long ago")
	b.asking(t)
	require.InDelta(t, 1, list(&profilev1.ListDataQualityRequest{GroupBy: profilev1.ListDataQualityRequest_OWNER}).GetGroups()[0].GetCompleteness(), 0, "nothing is required")
}
