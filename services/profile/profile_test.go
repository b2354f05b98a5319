package profile_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/genproto/googleapis/type/money"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/servicetest"
	profilev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/profile/v1"
	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
	"github.com/guanxi-crm/guanxi/services/profile"
)

const (
	basic     = typev1.Level_BASIC
	manager   = typev1.Level_MANAGER
	executive = typev1.Level_EXECUTIVE
)

// bundle is the profile service as its callers know it.
type bundle struct {
	*servicetest.Service
	attributes profilev1.AttributeServiceClient
	customers  profilev1.CustomerServiceClient
	people     profilev1.PersonServiceClient
	privacy    profilev1.PersonPrivacyServiceClient
	orders     profilev1.OrderServiceClient
	payments   profilev1.PaymentServiceClient
	sheets     profilev1.SheetServiceClient
	imports    profilev1.ImportServiceClient
	settings   profilev1.SettingsServiceClient
}

func setup(t *testing.T) *bundle {
	t.Helper()
	s := servicetest.Start(t, profile.Definition())
	return &bundle{
		Service: s, attributes: profilev1.NewAttributeServiceClient(s.Conn), customers: profilev1.NewCustomerServiceClient(s.Conn),
		people: profilev1.NewPersonServiceClient(s.Conn), privacy: profilev1.NewPersonPrivacyServiceClient(s.Conn), orders: profilev1.NewOrderServiceClient(s.Conn),
		payments: profilev1.NewPaymentServiceClient(s.Conn), sheets: profilev1.NewSheetServiceClient(s.Conn),
		imports: profilev1.NewImportServiceClient(s.Conn), settings: profilev1.NewSettingsServiceClient(s.Conn),
	}
}

// admin may do everything.
func (b *bundle) admin(t *testing.T) context.Context {
	t.Helper()
	return b.AsPrincipal(t, auth.Principal{Subject: "root", Level: executive, Territories: []string{auth.Anywhere}, Administrator: true})
}

// customer creates a customer with what the test needs of it.
func (b *bundle) customer(t *testing.T, shape ...func(*profilev1.Customer)) *profilev1.Customer {
	t.Helper()
	c := &profilev1.Customer{DisplayName: "华为技术有限公司", Kind: profilev1.Customer_ORGANIZATION, Territory: "cn/south/shenzhen"}
	for _, s := range shape {
		s(c)
	}
	out, err := b.customers.CreateCustomer(b.admin(t), &profilev1.CreateCustomerRequest{Customer: c})
	require.NoError(t, err)
	return out
}

func cny(units int64) *money.Money { return &money.Money{CurrencyCode: "CNY", Units: units} }

// refused checks the code of an error and, if given, the field and the rule that it names.
func refused(t *testing.T, err error, code codes.Code, fieldAndRule ...string) {
	t.Helper()
	require.Equal(t, code, status.Code(err), "%v", err)
	if len(fieldAndRule) == 0 {
		return
	}
	for _, detail := range status.Convert(err).Details() {
		if bad, ok := detail.(*errdetails.BadRequest); ok {
			for _, v := range bad.GetFieldViolations() {
				if v.GetField() == fieldAndRule[0] && v.GetReason() == fieldAndRule[1] {
					return
				}
			}
		}
	}
	require.Fail(t, "the error does not name field and rule", "want %v in %v: %v", fieldAndRule, err, status.Convert(err).Details())
}
