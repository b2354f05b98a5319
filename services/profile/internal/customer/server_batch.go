package customer

import (
	"context"
	"fmt"

	"github.com/google/uuid"

	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/mask"
	"github.com/guanxi-crm/guanxi/libs/resource"
	profilev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/profile/v1"
)

// BatchUpdateCustomers implements CustomerService.
func (s *Server) BatchUpdateCustomers(ctx context.Context, r *profilev1.BatchUpdateCustomersRequest) (*profilev1.BatchUpdateCustomersResponse, error) {
	at := func(i int, err error) error { return fault.Prefix(err, fmt.Sprintf("requests[%d]", i)) }
	all := make([]Alteration, len(r.GetRequests()))
	seen := map[uuid.UUID]bool{}
	for i, one := range r.GetRequests() {
		ids, err := resource.Parse("customer.name", one.GetCustomer().GetName(), "customers")
		switch {
		case err != nil:
			return nil, at(i, err)
		case one.GetRequestId() != "":
			return nil, at(i, fault.Invalid(fault.Field("request_id", "REQUEST_ID_INSIDE", fault.Text{
				En: "must be empty: the batch has one request_id for all", Zh: "必须为空：整批共用一个 request_id",
			})))
		case seen[ids[0]]:
			return nil, at(i, fault.Invalid(fault.Field("customer.name", "UNIQUE", fault.Text{En: "stands in the batch twice", Zh: "在批次中重复"})))
		}
		seen[ids[0]] = true
		all[i] = Alteration{ID: ids[0], Tag: one.GetCustomer().GetEtag(), Change: masked(ctx, one)}
	}
	customers, err := s.store.UpdateAll(ctx, all, at)
	if err != nil {
		return nil, err
	}
	out := &profilev1.BatchUpdateCustomersResponse{Customers: make([]*profilev1.Customer, len(customers))}
	for i, c := range customers {
		out.Customers[i] = ToProto(c)
	}
	return out, nil
}

// masked changes what the mask of a request names.
func masked(ctx context.Context, r *profilev1.UpdateCustomerRequest) func(*Customer) error {
	return func(c *Customer) error {
		state := ToProto(c)
		if err := mask.Apply("customer", state, r.GetCustomer(), r.GetUpdateMask(), auth.From(ctx).Level); err != nil {
			return err
		}
		c.over(state)
		return nil
	}
}
