package planning_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/servicetest"
	profilev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/profile/v1"
	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
	"github.com/guanxi-crm/guanxi/services/planning"
	"github.com/guanxi-crm/guanxi/services/profile"
	"github.com/guanxi-crm/guanxi/services/segmentation"
)

const (
	basic     = typev1.Level_BASIC
	manager   = typev1.Level_MANAGER
	executive = typev1.Level_EXECUTIVE

	tick = 20 * time.Millisecond
)

// bundle is planning with those it listens to.
type bundle struct {
	*servicetest.Service
	customers profilev1.CustomerServiceClient
	people    profilev1.PersonServiceClient
}

func setup(t *testing.T, changes ...servicetest.Change) *bundle {
	t.Helper()
	first := servicetest.Start(t, profile.Definition())
	s := first.Beside(t, segmentation.Definition()).Beside(t, planning.Definition(), changes...)
	return &bundle{Service: s, customers: profilev1.NewCustomerServiceClient(first.Conn), people: profilev1.NewPersonServiceClient(first.Conn)}
}

// admin may do everything.
func (b *bundle) admin(t *testing.T) context.Context {
	t.Helper()
	return b.AsPrincipal(t, auth.Principal{Subject: "admin", Level: executive, Territories: []string{auth.Anywhere}, Administrator: true})
}

// customer makes a customer and waits until planning knows of it.
func (b *bundle) customer(ctx context.Context, t *testing.T, name, owner string) string {
	t.Helper()
	c, err := b.customers.CreateCustomer(ctx, &profilev1.CreateCustomerRequest{Customer: &profilev1.Customer{
		DisplayName: name, Kind: profilev1.Customer_ORGANIZATION, Territory: "cn/south/shenzhen", Owner: owner,
	}})
	require.NoError(t, err)
	b.Settle(t)
	return c.GetName()
}

// person adds a person to a customer and waits until planning has asked profile for it.
func (b *bundle) person(ctx context.Context, t *testing.T, customer string, p *profilev1.Person) string {
	t.Helper()
	made, err := b.people.CreatePerson(ctx, &profilev1.CreatePersonRequest{Parent: customer, Person: p})
	require.NoError(t, err)
	b.fetched(t)
	return made.GetName()
}

// fetched waits until all that was announced has been heard, and all that events do not carry has been asked for; and until segmentation has
// judged what it knows.
func (b *bundle) fetched(t *testing.T) {
	t.Helper()
	b.Settle(t, "wanted", "touched")
}

// scene is a customer with an ordinary and a senior person, of whom all is said that can be. names are those of the resources made for it.
type scene struct {
	*bundle
	customer, person, senior string
	names                    map[string]string
}

func newScene(t *testing.T) *scene {
	t.Helper()
	b := setup(t)
	ctx := b.admin(t)
	s := &scene{bundle: b, names: map[string]string{}}
	s.customer = b.customer(ctx, t, "open-customer", "open-owner")
	s.person = b.person(ctx, t, s.customer, &profilev1.Person{DisplayName: "open-person", Department: "IT"})
	s.senior = b.person(ctx, t, s.customer, &profilev1.Person{DisplayName: "secret-person", Department: "Board", Senior: true})
	return s
}
