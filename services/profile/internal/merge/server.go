package merge

import (
	"context"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/guanxi-crm/guanxi/libs/aggregate"
	"github.com/guanxi-crm/guanxi/libs/alias"
	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/listing"
	"github.com/guanxi-crm/guanxi/libs/page"
	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/libs/resource"
	"github.com/guanxi-crm/guanxi/libs/seal"
	profilev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/profile/v1"
	"github.com/guanxi-crm/guanxi/services/profile/internal/contact"
	"github.com/guanxi-crm/guanxi/services/profile/internal/customer"
	"github.com/guanxi-crm/guanxi/services/profile/internal/receipt"
)

// Literal are the methods that mean a merged customer itself by its old name.
var Literal = []string{
	profilev1.CustomerIdentityService_UnmergeCustomer_FullMethodName, profilev1.CustomerIdentityService_ListMerges_FullMethodName,
	profilev1.CustomerService_ListCustomerChanges_FullMethodName,
}

// Server serves CustomerIdentityService.
type Server struct {
	profilev1.UnimplementedCustomerIdentityServiceServer
	store *Store
	list  *listing.List
}

// NewServer makes the server.
func NewServer(db *postgres.DB, now func() time.Time, pages *page.Sealer, aliases *alias.Book, keys *seal.Keys) (*Server, error) {
	list, err := listing.Compile(listing.Spec{
		Resource:     &profilev1.Merge{},
		Key:          "merge_id",
		Fields:       []listing.Field{{Path: "merge_time", Column: "merge_time", Kind: listing.Timestamp, Sortable: true}},
		DefaultOrder: "merge_time desc",
	}, pages)
	if err != nil {
		return nil, err
	}
	return &Server{store: NewStore(db, now, aliases, keys), list: list}, nil
}

// MergeCustomers implements CustomerIdentityService.
func (s *Server) MergeCustomers(ctx context.Context, r *profilev1.MergeCustomersRequest) (*profilev1.Customer, error) {
	ids, err := resource.Parse("survivor", r.GetSurvivor(), "customers")
	if err != nil {
		return nil, err
	}
	duplicates := make([]Duplicate, len(r.GetDuplicates()))
	for i, name := range r.GetDuplicates() {
		duplicate, err := resource.Parse("duplicates", name, "customers")
		if err != nil {
			return nil, err
		}
		duplicates[i].ID = duplicate[0]
	}
	if tags := r.GetDuplicateEtags(); len(tags) > 0 {
		if len(tags) != len(duplicates) {
			return nil, fault.Invalid(fault.Field("duplicate_etags", "COUNT", fault.Text{En: "must be as many as duplicates", Zh: "数量必须与 duplicates 相同"}))
		}
		for i, tag := range tags {
			duplicates[i].Tag = tag
		}
	}
	c, err := s.store.Merge(ctx, Duplicate{ID: ids[0], Tag: r.GetEtag()}, duplicates)
	if err != nil {
		return nil, err
	}
	return customer.ToProto(c), nil
}

// UnmergeCustomer implements CustomerIdentityService.
func (s *Server) UnmergeCustomer(ctx context.Context, r *profilev1.UnmergeCustomerRequest) (*profilev1.UnmergeCustomerResponse, error) {
	ids, err := resource.Parse("name", r.GetName(), "customers")
	if err != nil {
		return nil, err
	}
	parted, err := s.store.Unmerge(ctx, ids[0], r.GetEtag())
	if err != nil {
		return nil, err
	}
	return &profilev1.UnmergeCustomerResponse{
		Customer: customer.ToProto(parted.Customer), Survivor: customer.ToProto(parted.Survivor), KeptExternalIds: contact.ExternalIDsToProto(parted.Kept),
	}, nil
}

// ListMerges implements CustomerIdentityService.
func (s *Server) ListMerges(ctx context.Context, r *profilev1.ListMergesRequest) (*profilev1.ListMergesResponse, error) {
	ids, err := resource.Parse("parent", r.GetParent(), "customers")
	if err != nil {
		return nil, err
	}
	plan, err := s.list.PlanFor(ctx, profilev1.CustomerIdentityService_ListMerges_FullMethodName, r, "")
	if err != nil {
		return nil, err
	}
	merges, next, err := s.store.List(ctx, ids[0], plan)
	if err != nil {
		return nil, err
	}
	out := &profilev1.ListMergesResponse{NextPageToken: next}
	for _, m := range merges {
		out.Merges = append(out.Merges, m.toProto())
	}
	return out, nil
}

func (m *Merge) toProto() *profilev1.Merge {
	out := &profilev1.Merge{
		Name: resource.Name("customers", m.SurvivorID, "merges", m.ID), Survivor: aggregate.Name(m.SurvivorID), Merged: aggregate.Name(m.MergedID),
		Fields: m.Fields, Actor: m.Actor, MergeTime: timestamppb.New(m.MergeTime), UnmergeActor: m.UnmergeActor,
	}
	if m.UnmergeTime != nil {
		out.UnmergeTime = timestamppb.New(*m.UnmergeTime)
	}
	for _, r := range m.Receipts {
		out.Receipts = append(out.Receipts, receiptToProto(r, false))
	}
	for _, r := range m.Undone {
		out.Receipts = append(out.Receipts, receiptToProto(r, true))
	}
	return out
}

func receiptToProto(r receipt.Receipt, undone bool) *profilev1.MergeReceipt {
	return &profilev1.MergeReceipt{Service: r.Service, ReceiptTime: timestamppb.New(r.Time), Undone: undone}
}
