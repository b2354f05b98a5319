package stage_test

import (
	"context"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"

	"github.com/guanxi-crm/guanxi/libs/events"
	"github.com/guanxi-crm/guanxi/libs/service"
	profilev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/profile/v1"
	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
	"github.com/guanxi-crm/guanxi/tests/internal/stage"
)

// listener is a service that notes the name of each new customer, which it has to ask the profile service for.
func listener() service.Definition {
	return service.Definition{
		Name: "segmentation", // as which the gateway knows it
		Migrations: fstest.MapFS{"00001_names.sql": {Data: []byte(`
-- +goose Up
create table names (name text primary key, display_name text not null);
-- +goose Down
drop table names;
`)}},
		Register:    func(grpc.ServiceRegistrar, *service.Platform) error { return nil },
		Projections: []service.Projection{{Consumer: "segmentation-names", Tables: []string{"names"}}},
		Subscriptions: func(p *service.Platform) []events.Subscription {
			return []events.Subscription{{
				Name: "segmentation-names", Subjects: []string{"guanxi.profile.customer.created.v1"},
				Handle: func(ctx context.Context, d events.Delivery) error {
					conn, err := p.Peer("profile")
					if err != nil {
						return err
					}
					c, err := profilev1.NewCustomerServiceClient(conn).GetCustomer(ctx, &profilev1.GetCustomerRequest{Name: d.Resource})
					if err != nil {
						return err
					}
					_, err = p.DB.Exec(ctx, `insert into names (name, display_name) values ($1, $2)`, c.GetName(), c.GetDisplayName())
					return err
				},
			}}
		},
	}
}

// A service has those before it beside it: it hears their events, can ask them, and what they announced has arrived once the stage has settled.
func TestServicesStandBesideEachOther(t *testing.T) {
	t.Parallel()
	s := stage.Start(t, listener())
	require.Nil(t, s.Of("voice"))
	ctx := s.As(t, typev1.Level_MANAGER)
	for _, name := range []string{"one", "two", "three"} {
		_, err := profilev1.NewCustomerServiceClient(s.Of("profile").Conn).CreateCustomer(ctx, &profilev1.CreateCustomerRequest{
			Customer: &profilev1.Customer{DisplayName: name, Kind: profilev1.Customer_ORGANIZATION, Territory: "cn"},
		})
		require.NoError(t, err)
	}
	s.Settle(t)
	var heard []string
	require.NoError(t, s.DB.Select(t.Context(), &heard, `select display_name from names order by display_name`))
	require.Equal(t, []string{"one", "three", "two"}, heard)
	require.Equal(t, 3, s.Stored(t))
}
