package profile_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	"github.com/guanxi-crm/guanxi/libs/auth"
	profilev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/profile/v1"
)

func TestCustomerIsCreatedReadAndAnnounced(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ctx := b.As(t, basic)
	sent := &profilev1.Customer{
		DisplayName: "  深圳市腾讯计算机系统有限公司 ", Kind: profilev1.Customer_ORGANIZATION, Territory: "cn/south/shenzhen", Owner: "alice",
		RegistrationNumber: "91440300708461136t", Industry: "互联网", EmployeeCount: 70000, Tags: []string{"gold"},
		Relations:        []profilev1.Customer_Relation{profilev1.Customer_BUYER, profilev1.Customer_END_USER},
		AlternativeNames: []string{"Tencent"}, Language: "zh-CN",
		Addresses:   []*profilev1.Address{{Label: "office", RegionCode: "CN", Locality: "深圳", Lines: []string{"科技园"}}},
		Channels:    []*profilev1.Channel{{Medium: profilev1.Channel_PHONE, Value: "0755-86013388"}},
		ExternalIds: []*profilev1.ExternalId{{System: "erp", Id: "17850"}},
	}
	made, err := b.customers.CreateCustomer(ctx, &profilev1.CreateCustomerRequest{Customer: sent})
	require.NoError(t, err)
	require.Equal(t, "深圳市腾讯计算机系统有限公司", made.GetDisplayName())
	require.Equal(t, "91440300708461136T", made.GetRegistrationNumber())
	require.Equal(t, "Asia/Shanghai", made.GetTimeZone())
	require.NotEmpty(t, made.GetEtag())

	got, err := b.customers.GetCustomer(ctx, &profilev1.GetCustomerRequest{Name: made.GetName()})
	require.NoError(t, err)
	require.EqualExportedValues(t, made, got)

	event := b.Events(t, "guanxi.profile.customer.created.v1", 1)[0]
	data := &profilev1.CustomerCreated{}
	require.NoError(t, event.Decode(data))
	require.Equal(t, made.GetName(), data.GetCustomer())
	require.Equal(t, "cn/south/shenzhen", data.GetAfter().GetTerritory())
	require.Empty(t, data.GetAfter().GetChannels(), "channels are never in an event")
	require.Equal(t, int64(1), event.Version)
	require.Equal(t, "alice", event.Actor)
}

func TestPersonsAreNotInEvents(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.customer(t, func(c *profilev1.Customer) { c.DisplayName, c.Kind = "王小明", profilev1.Customer_PERSON })
	event := b.Events(t, "guanxi.profile.customer.created.v1", 1)[0]
	require.NotContains(t, string(event.Data), "王小明")
	require.Contains(t, string(event.Data), "PERSON")
}

func TestBadCustomersAreRefused(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.customer(t, func(c *profilev1.Customer) { c.ExternalIds = []*profilev1.ExternalId{{System: "erp", Id: "1"}} })
	for name, c := range map[string]struct {
		spoil func(*profilev1.Customer)
		code  codes.Code
		named []string
	}{
		"no name":        {func(c *profilev1.Customer) { c.DisplayName = "  " }, codes.InvalidArgument, []string{"customer.display_name", "REQUIRED"}},
		"no kind":        {func(c *profilev1.Customer) { c.Kind = 0 }, codes.InvalidArgument, []string{"customer.kind", "REQUIRED"}},
		"unknown kind":   {func(c *profilev1.Customer) { c.Kind = 9 }, codes.InvalidArgument, []string{"customer.kind", "ENUM_DEFINED_ONLY"}},
		"no territory":   {func(c *profilev1.Customer) { c.Territory = "" }, codes.InvalidArgument, []string{"customer.territory", "REQUIRED"}},
		"odd territory":  {func(c *profilev1.Customer) { c.Territory = "CN//x" }, codes.InvalidArgument, []string{"customer.territory", "STRING_PATTERN"}},
		"long name":      {func(c *profilev1.Customer) { c.DisplayName = strings.Repeat("长", 201) }, codes.InvalidArgument, []string{"customer.display_name", "STRING_MAX_LEN"}},
		"wrong check":    {func(c *profilev1.Customer) { c.RegistrationNumber = "91440300708461136A" }, codes.InvalidArgument, []string{"customer.registration_number", "REGISTRATION_NUMBER"}},
		"no such zone":   {func(c *profilev1.Customer) { c.TimeZone = "Mars/Base" }, codes.InvalidArgument, []string{"customer.time_zone", "TIME_ZONE"}},
		"no such tongue": {func(c *profilev1.Customer) { c.Language = "??" }, codes.InvalidArgument, []string{"customer.language", "LANGUAGE"}},
		"tag twice":      {func(c *profilev1.Customer) { c.Tags = []string{"a", "a"} }, codes.InvalidArgument, []string{"customer.tags", "REPEATED_UNIQUE"}},
		"not declared": {
			func(c *profilev1.Customer) {
				c.Attributes = map[string]*profilev1.AttributeValue{"colour": {Value: &profilev1.AttributeValue_Text{Text: "red"}}}
			}, codes.InvalidArgument, []string{`customer.attributes["colour"]`, "ATTRIBUTE_NOT_DECLARED"},
		},
		"id taken": {func(c *profilev1.Customer) { c.ExternalIds = []*profilev1.ExternalId{{System: "erp", Id: "1"}} }, codes.AlreadyExists, nil},
		"NUL":      {func(c *profilev1.Customer) { c.DisplayName = "a\x00b" }, codes.InvalidArgument, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			customer := &profilev1.Customer{DisplayName: "Acme", Kind: profilev1.Customer_ORGANIZATION, Territory: "cn"}
			c.spoil(customer)
			_, err := b.customers.CreateCustomer(b.As(t, manager), &profilev1.CreateCustomerRequest{Customer: customer})
			refused(t, err, c.code, c.named...)
		})
	}
}

func TestUpdateChangesWhatTheMaskNames(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ctx := b.As(t, manager)
	made := b.customer(t, func(c *profilev1.Customer) { c.Owner, c.Industry = "alice", "通信" })

	b.Clock.Advance(time.Hour)
	changed, err := b.customers.UpdateCustomer(ctx, &profilev1.UpdateCustomerRequest{
		Customer:   &profilev1.Customer{Name: made.GetName(), Owner: "bob", Etag: made.GetEtag()},
		UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"owner", "industry", "create_time"}},
	})
	require.NoError(t, err)
	require.Equal(t, "bob", changed.GetOwner())
	require.Empty(t, changed.GetIndustry(), "named and not set: cleared")
	require.Equal(t, made.GetDisplayName(), changed.GetDisplayName())
	require.Equal(t, made.GetCreateTime().AsTime(), changed.GetCreateTime().AsTime(), "output only: ignored")
	require.NotEqual(t, made.GetEtag(), changed.GetEtag())

	_, err = b.customers.UpdateCustomer(ctx, &profilev1.UpdateCustomerRequest{Customer: &profilev1.Customer{Name: made.GetName(), Owner: "eve", Etag: made.GetEtag()}})
	refused(t, err, codes.Aborted)
	_, err = b.customers.UpdateCustomer(ctx, &profilev1.UpdateCustomerRequest{
		Customer: &profilev1.Customer{Name: made.GetName()}, UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"colour"}},
	})
	refused(t, err, codes.InvalidArgument)
	_, err = b.customers.UpdateCustomer(ctx, &profilev1.UpdateCustomerRequest{Customer: &profilev1.Customer{Name: made.GetName(), Kind: profilev1.Customer_PERSON}})
	refused(t, err, codes.InvalidArgument, "customer.kind", "IMMUTABLE")
}

func TestUnchangedUpdateIsSilent(t *testing.T) {
	t.Parallel()
	b := setup(t)
	made := b.customer(t)
	same, err := b.customers.UpdateCustomer(b.As(t, basic), &profilev1.UpdateCustomerRequest{
		Customer: &profilev1.Customer{Name: made.GetName(), DisplayName: made.GetDisplayName()},
	})
	require.NoError(t, err)
	require.Equal(t, made.GetEtag(), same.GetEtag())
	b.Events(t, "guanxi.profile.>", 1)
}

func TestDeleteUndeletePurge(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ctx := b.As(t, manager)
	made := b.customer(t)
	_, err := b.customers.DeleteCustomer(b.As(t, basic), &profilev1.DeleteCustomerRequest{Name: made.GetName()})
	refused(t, err, codes.PermissionDenied)

	gone, err := b.customers.DeleteCustomer(ctx, &profilev1.DeleteCustomerRequest{Name: made.GetName(), Etag: made.GetEtag()})
	require.NoError(t, err)
	require.Equal(t, 30*24*time.Hour, gone.GetPurgeTime().AsTime().Sub(gone.GetDeleteTime().AsTime()))
	_, err = b.customers.DeleteCustomer(ctx, &profilev1.DeleteCustomerRequest{Name: made.GetName()})
	refused(t, err, codes.FailedPrecondition)
	_, err = b.customers.UpdateCustomer(ctx, &profilev1.UpdateCustomerRequest{Customer: &profilev1.Customer{Name: made.GetName(), Owner: "bob"}})
	refused(t, err, codes.FailedPrecondition)
	list, err := b.customers.ListCustomers(ctx, &profilev1.ListCustomersRequest{})
	require.NoError(t, err)
	require.Empty(t, list.GetCustomers())
	list, err = b.customers.ListCustomers(ctx, &profilev1.ListCustomersRequest{ShowDeleted: true})
	require.NoError(t, err)
	require.Len(t, list.GetCustomers(), 1)

	back, err := b.customers.UndeleteCustomer(ctx, &profilev1.UndeleteCustomerRequest{Name: made.GetName()})
	require.NoError(t, err)
	require.Nil(t, back.GetDeleteTime())
	_, err = b.customers.UndeleteCustomer(ctx, &profilev1.UndeleteCustomerRequest{Name: made.GetName()})
	refused(t, err, codes.FailedPrecondition)

	_, err = b.customers.DeleteCustomer(ctx, &profilev1.DeleteCustomerRequest{Name: made.GetName()})
	require.NoError(t, err)
	b.AwaitJob(t, "purge-customers")
	b.Clock.Advance(32 * 24 * time.Hour) // past the purge time and the hour of the job
	b.Events(t, "guanxi.profile.customer.purged.v1", 1)
	_, err = b.customers.GetCustomer(b.As(t, manager), &profilev1.GetCustomerRequest{Name: made.GetName()})
	refused(t, err, codes.NotFound)
}

func TestHistoryTellsWhoChangedWhat(t *testing.T) {
	t.Parallel()
	b := setup(t)
	made := b.customer(t, func(c *profilev1.Customer) { c.Owner = "alice" })
	bob := b.AsPrincipal(t, auth.Principal{Subject: "bob", Level: basic, Territories: []string{"cn"}})
	_, err := b.customers.UpdateCustomer(bob, &profilev1.UpdateCustomerRequest{Customer: &profilev1.Customer{Name: made.GetName(), Owner: "bob"}})
	require.NoError(t, err)

	history, err := b.customers.ListCustomerChanges(bob, &profilev1.ListCustomerChangesRequest{Parent: made.GetName(), PageSize: 1})
	require.NoError(t, err)
	require.Len(t, history.GetChanges(), 1)
	change := history.GetChanges()[0]
	require.Equal(t, int64(2), change.GetSequence())
	require.Equal(t, "bob", change.GetActor())
	require.Equal(t, profilev1.Change_CHANGED, change.GetAction())
	require.EqualExportedValues(t, []*profilev1.FieldChange{{Field: "owner", From: `"alice"`, To: `"bob"`, Level: basic}}, change.GetFields())

	history, err = b.customers.ListCustomerChanges(bob, &profilev1.ListCustomerChangesRequest{
		Parent: made.GetName(), PageSize: 1, PageToken: history.GetNextPageToken(),
	})
	require.NoError(t, err)
	require.Equal(t, profilev1.Change_CREATED, history.GetChanges()[0].GetAction())
	require.Empty(t, history.GetNextPageToken())
}

func TestSearchFindsChineseAndLatin(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.customer(t)
	b.customer(t, func(c *profilev1.Customer) { c.DisplayName, c.LegalName = "Acme Power", "Acme Power Tools Co., Ltd." })
	for query, want := range map[string]string{
		"华为": "华为技术有限公司", "技术 华为": "华为技术有限公司", "为技": "华为技术有限公司", "为华": "",
		"ACM": "Acme Power", "ａｃｍｅ tool": "Acme Power", "power 华": "", "'& |": "*",
	} {
		list, err := b.customers.ListCustomers(b.As(t, basic), &profilev1.ListCustomersRequest{Query: query})
		require.NoError(t, err, query)
		switch want {
		case "":
			require.Empty(t, list.GetCustomers(), query)
		case "*":
			require.Len(t, list.GetCustomers(), 2, query)
		default:
			require.Len(t, list.GetCustomers(), 1, query)
			require.Equal(t, want, list.GetCustomers()[0].GetDisplayName(), query)
		}
	}
}

func TestListFiltersAndOrders(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for _, name := range []string{"b", "a", "c"} {
		b.customer(t, func(c *profilev1.Customer) { c.DisplayName, c.Tags = name, []string{"tag-" + name} })
	}
	ctx := b.As(t, basic)
	list, err := b.customers.ListCustomers(ctx, &profilev1.ListCustomersRequest{OrderBy: "displayName desc", PageSize: 2})
	require.NoError(t, err)
	require.Equal(t, []string{"c", "b"}, names(list))
	next, err := b.customers.ListCustomers(ctx, &profilev1.ListCustomersRequest{OrderBy: "displayName desc", PageSize: 2, PageToken: list.GetNextPageToken()})
	require.NoError(t, err)
	require.Equal(t, []string{"a"}, names(next))
	_, err = b.customers.ListCustomers(ctx, &profilev1.ListCustomersRequest{PageSize: 2, PageToken: list.GetNextPageToken()})
	refused(t, err, codes.InvalidArgument, "page_token", "PAGE_TOKEN")
	list, err = b.customers.ListCustomers(ctx, &profilev1.ListCustomersRequest{Filter: `tags:"tag-b" OR display_name = "c"`})
	require.NoError(t, err)
	require.ElementsMatch(t, []string{"b", "c"}, names(list))
	_, err = b.customers.ListCustomers(ctx, &profilev1.ListCustomersRequest{Filter: `nonsense = 1`})
	refused(t, err, codes.InvalidArgument)
	_, err = b.customers.ListCustomers(ctx, &profilev1.ListCustomersRequest{PageSize: -1})
	refused(t, err, codes.InvalidArgument, "page_size", "PAGE_SIZE")
}

func names(list *profilev1.ListCustomersResponse) []string {
	var out []string
	for _, c := range list.GetCustomers() {
		out = append(out, c.GetDisplayName())
	}
	return out
}

func TestTerritoryLimitsEverything(t *testing.T) {
	t.Parallel()
	b := setup(t)
	made := b.customer(t)
	north := b.As(t, executive, "cn/north", "cn/southern")
	_, foreign := b.customers.GetCustomer(north, &profilev1.GetCustomerRequest{Name: made.GetName()})
	unknown := "customers/" + uuid.Must(uuid.NewV7()).String()
	_, missing := b.customers.GetCustomer(north, &profilev1.GetCustomerRequest{Name: unknown})
	refused(t, foreign, codes.PermissionDenied)
	require.Equal(t, strings.ReplaceAll(foreign.Error(), made.GetName(), "X"), strings.ReplaceAll(missing.Error(), unknown, "X"), "the answers differ")

	list, err := b.customers.ListCustomers(north, &profilev1.ListCustomersRequest{ShowDeleted: true})
	require.NoError(t, err)
	require.Empty(t, list.GetCustomers())
	_, err = b.customers.CreateCustomer(north, &profilev1.CreateCustomerRequest{Customer: &profilev1.Customer{
		DisplayName: "x", Kind: profilev1.Customer_ORGANIZATION, Territory: "cn/south",
	}})
	refused(t, err, codes.PermissionDenied)
	south := b.As(t, executive, "cn/south")
	_, err = b.customers.UpdateCustomer(south, &profilev1.UpdateCustomerRequest{Customer: &profilev1.Customer{Name: made.GetName(), Territory: "cn/north"}})
	refused(t, err, codes.PermissionDenied)
}

func TestRequestIDMakesACallOnce(t *testing.T) {
	t.Parallel()
	b := setup(t)
	request := &profilev1.CreateCustomerRequest{RequestId: "r-1", Customer: &profilev1.Customer{
		DisplayName: "once", Kind: profilev1.Customer_ORGANIZATION, Territory: "cn",
	}}
	first, err := b.customers.CreateCustomer(b.As(t, basic), request)
	require.NoError(t, err)
	again, err := b.customers.CreateCustomer(b.As(t, basic), request)
	require.NoError(t, err)
	require.EqualExportedValues(t, first, again)
	b.Events(t, "guanxi.profile.customer.created.v1", 1)
	request.Customer.DisplayName = "twice"
	_, err = b.customers.CreateCustomer(b.As(t, basic), request)
	refused(t, err, codes.InvalidArgument)
}

// Answers are remembered as they were; the customer may have moved to where the caller sees nothing any more.
func TestARepeatedCallTellsNothingOfWhoHasMovedAway(t *testing.T) {
	t.Parallel()
	b := setup(t)
	made := b.customer(t)
	create := &profilev1.CreatePersonRequest{RequestId: "r-1", Parent: made.GetName(), Person: &profilev1.Person{DisplayName: "王芳"}}
	for range 2 {
		_, err := b.people.CreatePerson(b.As(t, manager, "cn/south"), create)
		require.NoError(t, err)
	}
	_, err := b.customers.UpdateCustomer(b.admin(t), &profilev1.UpdateCustomerRequest{Customer: &profilev1.Customer{Name: made.GetName(), Territory: "cn/north"}})
	require.NoError(t, err)
	answer, err := b.people.CreatePerson(b.As(t, manager, "cn/south"), create)
	refused(t, err, codes.PermissionDenied)
	require.ErrorContains(t, err, "outside of your territories")
	require.Nil(t, answer)
	_, err = b.people.CreatePerson(b.As(t, manager, "cn/south", "cn/north"), create)
	require.NoError(t, err)
}

func TestAttributesAreTypedAndLevelled(t *testing.T) {
	t.Parallel()
	b := setup(t)
	declare := func(id string, a *profilev1.Attribute) {
		a.LabelEn, a.LabelZh = id, "属性"
		_, err := b.attributes.CreateAttribute(b.admin(t), &profilev1.CreateAttributeRequest{AttributeId: id, Attribute: a})
		require.NoError(t, err)
	}
	declare("credit", &profilev1.Attribute{Type: profilev1.Attribute_NUMBER, Level: manager})
	declare("colour", &profilev1.Attribute{Type: profilev1.Attribute_CHOICE, Choices: []string{"red", "blue"}})
	_, err := b.attributes.CreateAttribute(b.As(t, executive), &profilev1.CreateAttributeRequest{
		AttributeId: "x", Attribute: &profilev1.Attribute{LabelEn: "x", LabelZh: "x", Type: profilev1.Attribute_TEXT},
	})
	refused(t, err, codes.PermissionDenied)

	made := b.customer(t, func(c *profilev1.Customer) {
		c.Attributes = map[string]*profilev1.AttributeValue{
			"credit": {Value: &profilev1.AttributeValue_Number{Number: "12.5"}},
			"colour": {Value: &profilev1.AttributeValue_Choice{Choice: "red"}},
		}
	})
	seen, err := b.customers.GetCustomer(b.As(t, basic), &profilev1.GetCustomerRequest{Name: made.GetName()})
	require.NoError(t, err)
	require.NotContains(t, seen.GetAttributes(), "credit")
	require.Contains(t, seen.GetAttributes(), "colour")

	blue := &profilev1.UpdateCustomerRequest{Customer: &profilev1.Customer{
		Name: made.GetName(), Attributes: map[string]*profilev1.AttributeValue{"colour": {Value: &profilev1.AttributeValue_Choice{Choice: "blue"}}},
	}}
	_, err = b.customers.UpdateCustomer(b.As(t, basic), blue)
	require.NoError(t, err)
	full, err := b.customers.GetCustomer(b.As(t, manager), &profilev1.GetCustomerRequest{Name: made.GetName()})
	require.NoError(t, err)
	require.Equal(t, "12.5", full.GetAttributes()["credit"].GetNumber(), "what a caller cannot see he cannot remove")
	require.Equal(t, "blue", full.GetAttributes()["colour"].GetChoice())

	list, err := b.customers.ListCustomers(b.As(t, manager), &profilev1.ListCustomersRequest{Filter: `attributes.credit > 12`})
	require.NoError(t, err)
	require.Len(t, list.GetCustomers(), 1)
	_, err = b.customers.ListCustomers(b.As(t, basic), &profilev1.ListCustomersRequest{Filter: `attributes.credit > 12`})
	refused(t, err, codes.PermissionDenied)

	blue.Customer.Attributes["colour"] = &profilev1.AttributeValue{Value: &profilev1.AttributeValue_Choice{Choice: "green"}}
	_, err = b.customers.UpdateCustomer(b.As(t, basic), blue)
	refused(t, err, codes.InvalidArgument, `customer.attributes["colour"]`, "ATTRIBUTE_VALUE")
	blue.Customer.Attributes = map[string]*profilev1.AttributeValue{"credit": {Value: &profilev1.AttributeValue_Number{Number: "1"}}}
	_, err = b.customers.UpdateCustomer(b.As(t, basic), blue)
	refused(t, err, codes.PermissionDenied)

	_, err = b.attributes.GetAttribute(b.As(t, basic), &profilev1.GetAttributeRequest{Name: "attributes/credit"})
	refused(t, err, codes.PermissionDenied)
	listed, err := b.attributes.ListAttributes(b.As(t, basic), &profilev1.ListAttributesRequest{PageSize: 1})
	require.NoError(t, err)
	require.Len(t, listed.GetAttributes(), 1)
	_, err = b.attributes.DeleteAttribute(b.admin(t), &profilev1.DeleteAttributeRequest{Name: "attributes/colour"})
	require.NoError(t, err)
	_, err = b.attributes.GetAttribute(b.As(t, executive), &profilev1.GetAttributeRequest{Name: "attributes/colour"})
	refused(t, err, codes.NotFound)
}
