package recall

import (
	"context"
	"errors"

	"github.com/google/uuid"
	"google.golang.org/protobuf/proto"

	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/events"
	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/listing"
	"github.com/guanxi-crm/guanxi/libs/mask"
	"github.com/guanxi-crm/guanxi/libs/operation"
	"github.com/guanxi-crm/guanxi/libs/page"
	"github.com/guanxi-crm/guanxi/libs/resource"
	voicev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/voice/v1"
)

// Server serves RecallService.
type Server struct {
	voicev1.UnimplementedRecallServiceServer
	store                *Store
	list, items, clients *listing.List
	returns              *listing.List
}

// NewServer makes the server.
func NewServer(store *Store, pages *page.Sealer) (*Server, error) {
	list, errList := listing.Compile(listing.Spec{
		Resource: &voicev1.Recall{}, Key: "recall_id", DefaultOrder: "create_time desc",
		Fields: []listing.Field{
			{Path: "state", Column: "state", Kind: listing.Enum, Values: map[string]any{"DRAFT": 1, "STARTED": 2, "COMPLETED": 3, "CANCELLED": 4}},
			{Path: "title", Column: "title", Kind: listing.String},
			{Path: "product_line", Column: "product_line", Kind: listing.String},
			{Path: "product_codes", Column: "product_codes", Kind: listing.StringArray},
			{Path: "territory", Column: "territory", Kind: listing.String},
			{Path: "author", Column: "author", Kind: listing.String},
			{Path: "create_time", Column: "create_time", Kind: listing.Timestamp, Sortable: true},
			{Path: "start_time", Column: "start_time", Kind: listing.Timestamp},
			{Path: "end_time", Column: "end_time", Kind: listing.Timestamp},
		},
	}, pages)
	items, errItems := listing.Compile(listing.Spec{
		Resource: &voicev1.RecallItem{}, Key: "i.item_id", DefaultOrder: "trace_time",
		Fields: []listing.Field{
			{Path: "customer", Column: "'customers/' || i.customer_id", Kind: listing.String},
			{Path: "order_number", Column: "i.order_number", Kind: listing.String},
			{Path: "product_line", Column: "i.product_line", Kind: listing.String},
			{Path: "product_code", Column: "i.product_code", Kind: listing.String},
			{Path: "state", Column: "i.state", Kind: listing.Enum, Values: map[string]any{"AFFECTED": 1, "NOTIFIED": 2, "RETURNED": 3, "CLOSED": 4}},
			{Path: "order_time", Column: "i.order_time", Kind: listing.Timestamp, Sortable: true},
			{Path: "trace_time", Column: "i.trace_time", Kind: listing.Timestamp, Sortable: true},
		},
	}, pages)
	clients, errClients := listing.Compile(listing.Spec{
		Resource: &voicev1.RecallCustomer{}, Key: "n.customer_id", DefaultOrder: "affect_time",
		Fields: []listing.Field{
			{Path: "customer", Column: "'customers/' || n.customer_id", Kind: listing.String},
			{Path: "affect_time", Column: "n.affect_time", Kind: listing.Timestamp, Sortable: true},
			{Path: "notify_time", Column: "n.notify_time", Kind: listing.Timestamp},
			{Path: "notifier", Column: "n.notifier", Kind: listing.String},
			{Path: "channel", Column: "n.channel", Kind: listing.String},
			{Path: "items_open", Column: "i.items_open", Kind: listing.Int},
		},
	}, pages)
	returns, errReturns := returnList(pages)
	return &Server{store: store, list: list, items: items, clients: clients, returns: returns}, errors.Join(errList, errItems, errClients, errReturns)
}

func parse(field, name string) (uuid.UUID, error) {
	ids, err := resource.Parse(field, name, "recalls")
	if err != nil {
		return uuid.Nil, err
	}
	return ids[0], nil
}

// CreateRecall implements RecallService.
func (s *Server) CreateRecall(ctx context.Context, r *voicev1.CreateRecallRequest) (*voicev1.Recall, error) {
	made := &Recall{}
	made.set(r.GetRecall())
	if wrong := made.Check(); len(wrong) > 0 {
		return nil, fault.Prefix(fault.Invalid(wrong...), "recall")
	}
	if err := made.Permit(auth.From(ctx)); err != nil {
		return nil, err
	}
	if err := s.store.Create(ctx, made); err != nil {
		return nil, err
	}
	return made.toProto(), nil
}

// GetRecall implements RecallService.
func (s *Server) GetRecall(ctx context.Context, r *voicev1.GetRecallRequest) (*voicev1.Recall, error) {
	id, err := parse("name", r.GetName())
	if err != nil {
		return nil, err
	}
	found, err := s.store.Get(ctx, id)
	if err != nil {
		return nil, err
	}
	return s.whole(ctx, found)
}

// whole is a recall with its tracing and its figures, which are read after it: when it has succeeded they are complete.
func (s *Server) whole(ctx context.Context, r *Recall) (*voicev1.Recall, error) {
	out := r.toProto()
	o, err := s.store.Trace(ctx, r)
	if err != nil {
		return nil, err
	}
	if o != nil {
		out.Trace = operation.ToProto(o)
	}
	f, err := s.store.Figures(ctx, r.ID)
	if err != nil {
		return nil, err
	}
	out.Figures = f.toProto()
	return out, nil
}

// ListRecalls implements RecallService.
func (s *Server) ListRecalls(ctx context.Context, r *voicev1.ListRecallsRequest) (*voicev1.ListRecallsResponse, error) {
	plan, err := s.list.PlanFor(ctx, voicev1.RecallService_ListRecalls_FullMethodName, r, "")
	if err != nil {
		return nil, err
	}
	rows, next, err := s.store.List(ctx, plan)
	if err != nil {
		return nil, err
	}
	out := &voicev1.ListRecallsResponse{NextPageToken: next}
	for _, row := range rows {
		out.Recalls = append(out.Recalls, row.toProto())
	}
	return out, nil
}

// UpdateRecall implements RecallService.
func (s *Server) UpdateRecall(ctx context.Context, r *voicev1.UpdateRecallRequest) (*voicev1.Recall, error) {
	id, err := parse("recall.name", r.GetRecall().GetName())
	if err != nil {
		return nil, err
	}
	changed, err := s.store.Change(ctx, id, r.GetRecall().GetEtag(), func(ctx context.Context, stored *Recall) (bool, *events.Event, error) {
		if stored.State > Started {
			return false, nil, refuse("FINISHED", "it has ended", "召回已结束")
		}
		before, was := stored.toProto(), *stored
		after := proto.CloneOf(before)
		if err := mask.Apply("recall", after, r.GetRecall(), r.GetUpdateMask(), auth.From(ctx).Level); err != nil {
			return false, nil, err
		}
		stored.set(after)
		if wrong := stored.Check(); len(wrong) > 0 {
			return false, nil, fault.Prefix(fault.Invalid(wrong...), "recall")
		}
		if stored.State == Started && !tracesAlike(stored, &was) {
			return false, nil, refuse("STARTED", "it has started, and traces by what it did then", "召回已启动，追溯条件不可再修改")
		}
		return !proto.Equal(before, after), nil, stored.Permit(auth.From(ctx))
	})
	if err != nil {
		return nil, err
	}
	return s.whole(ctx, changed)
}

// ListRecallItems implements RecallService.
func (s *Server) ListRecallItems(ctx context.Context, r *voicev1.ListRecallItemsRequest) (*voicev1.ListRecallItemsResponse, error) {
	id, err := parse("parent", r.GetParent())
	if err != nil {
		return nil, err
	}
	if _, err := s.store.Get(ctx, id); err != nil {
		return nil, err
	}
	plan, err := s.items.PlanFor(ctx, voicev1.RecallService_ListRecallItems_FullMethodName, r, "")
	if err != nil {
		return nil, err
	}
	rows, next, err := s.store.Items(ctx, plan, id)
	if err != nil {
		return nil, err
	}
	out := &voicev1.ListRecallItemsResponse{NextPageToken: next}
	for _, i := range rows {
		out.Items = append(out.Items, i.toProto())
	}
	return out, nil
}

// ListRecallCustomers implements RecallService.
func (s *Server) ListRecallCustomers(ctx context.Context, r *voicev1.ListRecallCustomersRequest) (*voicev1.ListRecallCustomersResponse, error) {
	id, err := parse("parent", r.GetParent())
	if err != nil {
		return nil, err
	}
	if _, err := s.store.Get(ctx, id); err != nil {
		return nil, err
	}
	plan, err := s.clients.PlanFor(ctx, voicev1.RecallService_ListRecallCustomers_FullMethodName, r, "")
	if err != nil {
		return nil, err
	}
	rows, next, err := s.store.Clients(ctx, plan, id)
	if err != nil {
		return nil, err
	}
	out := &voicev1.ListRecallCustomersResponse{NextPageToken: next}
	for _, c := range rows {
		out.Customers = append(out.Customers, c.toProto())
	}
	return out, nil
}
