package order

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/guanxi-crm/guanxi/libs/aggregate"
	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/listing"
	"github.com/guanxi-crm/guanxi/libs/page"
	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/libs/resource"
	profilev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/profile/v1"
)

// Server serves OrderService.
type Server struct {
	profilev1.UnimplementedOrderServiceServer
	db    *postgres.DB
	store *Store
	list  *listing.List
}

// NewServer makes the server.
func NewServer(db *postgres.DB, now func() time.Time, pages *page.Sealer) (*Server, error) {
	list, err := newList(pages)
	if err != nil {
		return nil, err
	}
	return &Server{db: db, store: NewStore(db, now), list: list}, nil
}

func newList(pages *page.Sealer) (*listing.List, error) {
	return listing.Compile(listing.Spec{
		Resource:     &profilev1.Order{},
		Key:          "o.order_id",
		DefaultOrder: "order_time desc",
		Fields: []listing.Field{
			{Path: "source_system", Column: "o.source_system", Kind: listing.String},
			{Path: "order_number", Column: "o.order_number", Kind: listing.String, Sortable: true},
			{Path: "order_time", Column: "o.order_time", Kind: listing.Timestamp, Sortable: true},
			{Path: "requested_time", Column: "o.requested_time", Kind: listing.Timestamp},
			{Path: "promised_time", Column: "o.promised_time", Kind: listing.Timestamp},
			{Path: "shipped_time", Column: "o.shipped_time", Kind: listing.Timestamp},
			{Path: "delivered_time", Column: "o.delivered_time", Kind: listing.Timestamp},
			{Path: "amount", Column: "o.amount", Kind: listing.Decimal, Sortable: true},
			{Path: "gross_profit", Column: "o.gross_profit", Kind: listing.Decimal},
			{Path: "net_profit", Column: "o.net_profit", Kind: listing.Decimal},
			{Path: "create_time", Column: "o.create_time", Kind: listing.Timestamp, Sortable: true},
			{Path: "update_time", Column: "o.update_time", Kind: listing.Timestamp, Sortable: true},
		},
	}, pages)
}

// CreateOrder implements OrderService.
func (s *Server) CreateOrder(ctx context.Context, r *profilev1.CreateOrderRequest) (*profilev1.Order, error) {
	orders, err := s.record(ctx, []*profilev1.CreateOrderRequest{r}, func(int) string { return "" })
	if err != nil {
		return nil, err
	}
	return orders[0], nil
}

// BatchCreateOrders implements OrderService.
func (s *Server) BatchCreateOrders(ctx context.Context, r *profilev1.BatchCreateOrdersRequest) (*profilev1.BatchCreateOrdersResponse, error) {
	at := func(i int) string { return fmt.Sprintf("requests[%d]", i) }
	for i, one := range r.GetRequests() {
		if one.GetRequestId() != "" {
			return nil, fault.Invalid(fault.Field(at(i)+".request_id", "REQUEST_ID_INSIDE", fault.Text{
				En: "must be empty: the batch has one request_id for all", Zh: "必须为空：整批共用一个 request_id",
			}))
		}
	}
	orders, err := s.record(ctx, r.GetRequests(), at)
	if err != nil {
		return nil, err
	}
	return &profilev1.BatchCreateOrdersResponse{Orders: orders}, nil
}

// record stores the orders of requests, all or none. Errors name the request by at.
func (s *Server) record(ctx context.Context, requests []*profilev1.CreateOrderRequest, at func(int) string) ([]*profilev1.Order, error) {
	drafts := make([]Draft, len(requests))
	ids := make([]uuid.UUID, len(requests))
	for i, r := range requests {
		d, err := draft(r)
		if err != nil {
			return nil, fault.Prefix(err, at(i))
		}
		drafts[i], ids[i] = d, d.Order.CustomerID
	}
	if err := refuseTwice(drafts, at); err != nil {
		return nil, err
	}
	var outcomes []Outcome
	err := s.db.InTx(ctx, func(ctx context.Context) error {
		held, err := aggregate.Hold(ctx, s.db, ids)
		if err != nil {
			return err
		}
		for _, id := range ids {
			if h := held[id]; h == nil || h.Deleted {
				return aggregate.Explain(ctx, s.db, id)
			}
		}
		if outcomes, err = s.store.Record(ctx, held, drafts); err != nil {
			return err
		}
		return firstRefusal(outcomes, at)
	})
	if err != nil {
		return nil, err
	}
	out := make([]*profilev1.Order, len(outcomes))
	for i, o := range outcomes {
		if out[i], err = ToProto(o.Order); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func firstRefusal(outcomes []Outcome, at func(int) string) error {
	for i, o := range outcomes {
		if o.State == Refused {
			return fault.Prefix(fault.Prefix(o.Err, "order"), at(i))
		}
	}
	return nil
}

func draft(r *profilev1.CreateOrderRequest) (Draft, error) {
	ids, err := resource.Parse("parent", r.GetParent(), "customers")
	if err != nil {
		return Draft{}, err
	}
	o, err := FromProto(ids[0], r.GetOrder())
	return Draft{Order: o}, fault.Prefix(err, "order")
}

// refuseTwice: of two states of one order in a batch nobody can say which is the right one.
func refuseTwice(drafts []Draft, at func(int) string) error {
	seen := make([]Key, 0, len(drafts))
	for i, d := range drafts {
		d.Order.Normalize()
		if slices.Contains(seen, d.Order.Key()) {
			return fault.Invalid(fault.Field(at(i)+".order.order_number", "UNIQUE", fault.Text{
				En: "stands in the batch twice for the same customer", Zh: "同一客户的该订单号在批次中重复",
			}))
		}
		seen = append(seen, d.Order.Key())
	}
	return nil
}

// GetOrder implements OrderService.
func (s *Server) GetOrder(ctx context.Context, r *profilev1.GetOrderRequest) (*profilev1.Order, error) {
	ids, err := resource.Parse("name", r.GetName(), "customers", "orders")
	if err != nil {
		return nil, err
	}
	o, err := s.store.Get(ctx, ids[0], ids[1])
	if err != nil {
		return nil, err
	}
	return ToProto(o)
}

// BatchGetOrders implements OrderService.
func (s *Server) BatchGetOrders(ctx context.Context, r *profilev1.BatchGetOrdersRequest) (*profilev1.BatchGetOrdersResponse, error) {
	customers, ids := make([]uuid.UUID, len(r.GetNames())), make([]uuid.UUID, len(r.GetNames()))
	for i, name := range r.GetNames() {
		parsed, err := resource.Parse(fmt.Sprintf("names[%d]", i), name, "customers", "orders")
		if err != nil {
			return nil, err
		}
		customers[i], ids[i] = parsed[0], parsed[1]
	}
	found, err := s.store.GetMany(ctx, customers, ids)
	if err != nil {
		return nil, err
	}
	out := &profilev1.BatchGetOrdersResponse{}
	for i, name := range r.GetNames() {
		o := found[ids[i]]
		if o == nil || o.CustomerID != customers[i] { // another one of the same id, which the list may name as well
			out.MissingNames = append(out.MissingNames, name)
			continue
		}
		p, err := ToProto(o)
		if err != nil {
			return nil, err
		}
		out.Orders = append(out.Orders, p)
	}
	return out, nil
}

// ListOrders implements OrderService.
func (s *Server) ListOrders(ctx context.Context, r *profilev1.ListOrdersRequest) (*profilev1.ListOrdersResponse, error) {
	id, err := resource.ParseAny("parent", r.GetParent(), "customers")
	if err != nil {
		return nil, err
	}
	plan, err := s.list.PlanFor(ctx, profilev1.OrderService_ListOrders_FullMethodName, r, "")
	if err != nil {
		return nil, err
	}
	orders, next, err := s.store.List(ctx, plan, id)
	if err != nil {
		return nil, err
	}
	out := &profilev1.ListOrdersResponse{NextPageToken: next, Orders: make([]*profilev1.Order, len(orders))}
	for i, o := range orders {
		if out.Orders[i], err = ToProto(o); err != nil {
			return nil, err
		}
	}
	return out, nil
}
