package profile_test

import (
	"fmt"
	"maps"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/genproto/googleapis/type/date"
	"google.golang.org/genproto/googleapis/type/money"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"

	"github.com/guanxi-crm/guanxi/libs/level"
	"github.com/guanxi-crm/guanxi/libs/servicetest"
	profilev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/profile/v1"
	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
)

func TestEveryRPCAndFieldDeclaresItsLevel(t *testing.T) {
	t.Parallel()
	require.Empty(t, level.Undeclared("guanxi."))
}

// scene is a customer with something in every field.
type scene struct {
	*bundle
	customer, person, senior, order, payment, etag, insight, twin, twinSearch string
	facts                                                                     facts
}

func newScene(t *testing.T) *scene {
	t.Helper()
	b := setup(t)
	_, err := b.attributes.CreateAttribute(b.admin(t), &profilev1.CreateAttributeRequest{
		AttributeId: "secret", Attribute: &profilev1.Attribute{LabelEn: "s", LabelZh: "s", Type: profilev1.Attribute_TEXT, Level: manager},
	})
	require.NoError(t, err)
	c := b.customer(t, func(c *profilev1.Customer) {
		c.DisplayName = "open-customer"
		c.Attributes = map[string]*profilev1.AttributeValue{"secret": {Value: &profilev1.AttributeValue_Text{Text: "secret-attribute"}}}
		c.Channels = []*profilev1.Channel{{Medium: profilev1.Channel_MOBILE, Value: "secret-mobile", Level: manager}}
	})
	private := &profilev1.Person{
		DisplayName: "open-person", Family: "secret-family", Hobbies: []string{"secret-hobby"}, Birthday: &date.Date{Year: 1957, Month: 1, Day: 2},
		SpecialDates: []*profilev1.SpecialDate{{Label: "secret-date", Date: &date.Date{Month: 1, Day: 1}}},
		Channels:     []*profilev1.Channel{{Medium: profilev1.Channel_MOBILE, Value: "secret-mobile", Level: manager}},
	}
	s := &scene{bundle: b, customer: c.GetName(), etag: c.GetEtag(), person: b.person(t, c.GetName(), private).GetName()}
	s.senior = b.person(t, c.GetName(), &profilev1.Person{DisplayName: "secret-senior", Senior: true}).GetName()
	o := anOrder("open-order", 0, 1000)
	o.Lines[0].GrossProfit, o.Lines[0].NetProfit = &money.Money{CurrencyCode: "CNY", Units: 424242}, &money.Money{CurrencyCode: "CNY", Units: 535353}
	s.order = b.order(t, c.GetName(), o).GetName()
	o.ShippedTime = on(3) // a correction, for the history
	o.Lines[0].GrossProfit.Nanos = 1
	b.order(t, c.GetName(), o)
	p, err := b.payments.CreatePayment(b.admin(t), &profilev1.CreatePaymentRequest{Parent: c.GetName(), Payment: &profilev1.Payment{
		PaymentNumber: "open-payment", Amount: cny(1), DueDate: &date.Date{Year: 2025, Month: 1, Day: 1},
	}})
	require.NoError(t, err)
	s.payment = p.GetName()
	for _, one := range parts {
		if one.prepare != nil {
			one.prepare(t, s)
		}
	}
	return s
}

// part is what a file of requests adds to the matrix: what it needs to be there, one request of each of its RPCs, those that ask for all customers, and which of them answer
// outside of the territory too.
type part struct {
	prepare  func(*testing.T, *scene)
	requests func(*scene) map[string]proto.Message
	all      map[string]proto.Message
	anywhere []string
}

// parts are all of them.
var parts = []part{
	qualityPart,
	duplicatesPart,
	mergesPart,
	consentsPart,
	dossierPart,
	factsPart,
	privacyPart,
}

// calls makes a request of every unary RPC, harmless when it is permitted. A method that is missing here fails the test.
func (s *scene) calls() map[string]proto.Message {
	all := map[string]proto.Message{
		"AttributeService/CreateAttribute": &profilev1.CreateAttributeRequest{
			AttributeId: "secret", Attribute: &profilev1.Attribute{LabelEn: "x", LabelZh: "x", Type: profilev1.Attribute_TEXT},
		},
		"AttributeService/GetAttribute":        &profilev1.GetAttributeRequest{Name: "attributes/none"},
		"AttributeService/ListAttributes":      &profilev1.ListAttributesRequest{},
		"AttributeService/DeleteAttribute":     &profilev1.DeleteAttributeRequest{Name: "attributes/none"},
		"CustomerService/CreateCustomer":       &profilev1.CreateCustomerRequest{Customer: &profilev1.Customer{DisplayName: "x", Kind: 1, Territory: "cn/south"}},
		"CustomerService/GetCustomer":          &profilev1.GetCustomerRequest{Name: s.customer},
		"CustomerService/ListCustomers":        &profilev1.ListCustomersRequest{Query: "open-customer", ShowDeleted: true},
		"CustomerService/UpdateCustomer":       &profilev1.UpdateCustomerRequest{Customer: &profilev1.Customer{Name: s.customer, DisplayName: "open-customer"}},
		"CustomerService/DeleteCustomer":       &profilev1.DeleteCustomerRequest{Name: s.customer, Etag: "stale"},
		"CustomerService/UndeleteCustomer":     &profilev1.UndeleteCustomerRequest{Name: s.customer},
		"CustomerService/ListCustomerChanges":  &profilev1.ListCustomerChangesRequest{Parent: s.customer},
		"PersonService/CreatePerson":           &profilev1.CreatePersonRequest{Parent: s.customer, Person: &profilev1.Person{DisplayName: "y"}},
		"PersonService/GetPerson":              &profilev1.GetPersonRequest{Name: s.person},
		"PersonService/ListPeople":             &profilev1.ListPeopleRequest{Parent: s.customer},
		"PersonService/UpdatePerson":           &profilev1.UpdatePersonRequest{Person: &profilev1.Person{Name: s.person, DisplayName: "open-person"}},
		"PersonService/DeletePerson":           &profilev1.DeletePersonRequest{Name: s.person, Etag: "stale"},
		"OrderService/CreateOrder":             &profilev1.CreateOrderRequest{Parent: s.customer, Order: blindOrder()},
		"OrderService/BatchCreateOrders":       &profilev1.BatchCreateOrdersRequest{Requests: []*profilev1.CreateOrderRequest{{Parent: s.customer, Order: blindOrder()}}},
		"OrderService/GetOrder":                &profilev1.GetOrderRequest{Name: s.order},
		"OrderService/BatchGetOrders":          &profilev1.BatchGetOrdersRequest{Names: []string{s.order}},
		"OrderService/ListOrders":              &profilev1.ListOrdersRequest{Parent: s.customer},
		"PaymentService/CreatePayment":         &profilev1.CreatePaymentRequest{Parent: s.customer, Payment: &profilev1.Payment{PaymentNumber: "z", Amount: cny(1), DueDate: &date.Date{Year: 2025, Month: 1, Day: 1}}},
		"PaymentService/GetPayment":            &profilev1.GetPaymentRequest{Name: s.payment},
		"PaymentService/ListPayments":          &profilev1.ListPaymentsRequest{Parent: s.customer},
		"SheetService/GetOrderCycle":           &profilev1.GetOrderCycleRequest{Name: s.customer},
		"SheetService/GetSalesCurve":           &profilev1.GetSalesCurveRequest{Name: s.customer},
		"SettingsService/GetSettings":          &profilev1.GetSettingsRequest{Name: "profileSettings"},
		"SettingsService/ListSettingsVersions": &profilev1.ListSettingsVersionsRequest{Parent: "profileSettings"},
		"SettingsService/UpdateSettings":       &profilev1.UpdateSettingsRequest{Settings: &profilev1.Settings{Name: "profileSettings"}},
		"ImportService/GetImport":              &profilev1.GetImportRequest{Name: "imports/none"},
		"ImportService/ListImportRejections":   &profilev1.ListImportRejectionsRequest{Parent: "imports/none"},
	}
	for _, one := range parts {
		maps.Copy(all, one.requests(s))
	}
	return all
}

// blindOrder is the scene's order sent again by a system that does not know the profits.
func blindOrder() *profilev1.Order {
	o := anOrder("open-order", 0, 1000)
	o.ShippedTime = on(3)
	o.Lines[0].GrossProfit, o.Lines[0].NetProfit = nil, nil
	return o
}

// lists are the calls with "-" for the customer: all customers of the caller's territories.
func lists() map[string]proto.Message {
	all := map[string]proto.Message{
		"PersonService/ListPeople":    &profilev1.ListPeopleRequest{Parent: "customers/-"},
		"OrderService/ListOrders":     &profilev1.ListOrdersRequest{Parent: "customers/-"},
		"PaymentService/ListPayments": &profilev1.ListPaymentsRequest{Parent: "customers/-"},
		"SheetService/GetOrderCycle":  &profilev1.GetOrderCycleRequest{Name: "customers/-"},
		"SheetService/GetSalesCurve":  &profilev1.GetSalesCurveRequest{Name: "customers/-"},
	}
	for _, one := range parts {
		maps.Copy(all, one.all)
	}
	return all
}

// anywhere are the calls that answer outside of the territory as well.
func anywhere() []string {
	all := []string{
		"AttributeService/ListAttributes", "CustomerService/ListCustomers", "OrderService/BatchGetOrders", "OrderService/ListOrders",
		"PaymentService/ListPayments", "PersonService/ListPeople", "SettingsService/GetSettings", "SettingsService/ListSettingsVersions",
	}
	for _, one := range parts {
		all = append(all, one.anywhere...)
	}
	return all
}

// matrix is the scene with what is secret in it and what is not.
func (s *scene) matrix() *servicetest.Matrix {
	return &servicetest.Matrix{
		Service: s.Service, Package: "guanxi.profile.v1", Requests: s.calls(), All: lists(), Inside: "cn/south", Outside: []string{"cn/southern", "eu"},
		Anywhere: anywhere(),
		Secrets: map[typev1.Level][]string{
			manager:   {"secret-mobile", "secret-attribute", "secret-family", "secret-hobby", "secret-date", "secret-senior", "secret-gift", "secret-occasion", "secret-dossier", "secret-insight", "424242", "1957"},
			executive: {"535353"},
		},
		Open: []string{"open-customer", "open-person", "open-order", "open-payment"},
	}
}

func TestLevelsAndTerritoriesOfEveryRPC(t *testing.T) {
	t.Parallel()
	require.Greater(t, newScene(t).matrix().Walk(t), 20, "the secrets are there for those who may see them, or this test proves nothing")
}

func TestNoOracleThroughFiltersAndOrders(t *testing.T) {
	t.Parallel()
	newScene(t).matrix().RequireNoOracle(t, "gross_profit", "net_profit", "grossProfit", "birthday", "family", "senior", "attributes.secret")
}

// What goes to subscribers is at BASIC level and without personal data, whoever caused it.
func TestEventsHoldNoSecrets(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	for _, e := range s.Events(t, "guanxi.>", 6) {
		text := string(e.Data) + fmt.Sprint(e.Header)
		s.matrix().RequireWithin(t, e.Subject, text, basic)
		require.NotContains(t, text, "open-person")
	}
}

func TestImportIsForManagersWithinTheirTerritories(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	stream, err := s.imports.ImportRows(s.As(t, basic))
	require.NoError(t, err)
	_, err = stream.Recv()
	refused(t, err, codes.PermissionDenied)

	foreign := func(stream grpc.BidiStreamingClient[profilev1.ImportRowsRequest, profilev1.ImportRowsResponse]) *profilev1.ImportRowsResponse {
		require.NoError(t, stream.Send(&profilev1.ImportRowsRequest{ImportId: "f", Rows: []*profilev1.ImportRow{line(1, shop("1", "x"))}}))
		answer, err := stream.Recv()
		require.NoError(t, err)
		return answer
	}
	elsewhere, err := s.imports.ImportRows(s.As(t, manager, "cn"))
	require.NoError(t, err)
	require.Equal(t, "TERRITORY", foreign(elsewhere).GetRejections()[0].GetRule())

	profit, err := s.imports.ImportRows(s.As(t, manager))
	require.NoError(t, err)
	require.NoError(t, profit.Send(&profilev1.ImportRowsRequest{ImportId: "p", Rows: []*profilev1.ImportRow{line(1, bought("1", anOrder("1", 0, 1)))}}))
	_, err = profit.Recv()
	refused(t, err, codes.PermissionDenied)
}
