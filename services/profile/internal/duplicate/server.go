package duplicate

import (
	"context"
	"errors"
	"strconv"
	"time"

	"github.com/google/uuid"

	"github.com/guanxi-crm/guanxi/libs/aggregate"
	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/listing"
	"github.com/guanxi-crm/guanxi/libs/operation"
	"github.com/guanxi-crm/guanxi/libs/page"
	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/libs/resource"
	profilev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/profile/v1"
	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
)

// Server serves DuplicateService.
type Server struct {
	profilev1.UnimplementedDuplicateServiceServer
	store       *Store
	list, lists *listing.List
}

// NewServer makes the server.
func NewServer(db *postgres.DB, now func() time.Time, pages *page.Sealer) (*Server, error) {
	list, errList := listing.Compile(listing.Spec{
		Resource: &profilev1.Duplicate{}, Key: "d.duplicate_id", DefaultOrder: "score desc",
		Fields: []listing.Field{
			{Path: "score", Column: "d.score", Kind: listing.Decimal, Sortable: true},
			{Path: "find_time", Column: "d.find_time", Kind: listing.Timestamp, Sortable: true},
			{Path: "registration_numbers_differ", Column: "d.different_registration", Kind: listing.Bool},
		},
	}, pages)
	lists, errLists := listing.Compile(listing.Spec{
		Resource: &profilev1.DuplicateSearch{}, Key: operation.Key, DefaultOrder: "operation.create_time desc", Fields: operation.Fields("operation"),
	}, pages)
	return &Server{store: NewStore(db, now), list: list, lists: lists}, errors.Join(errList, errLists)
}

// FindDuplicates implements DuplicateService.
func (s *Server) FindDuplicates(ctx context.Context, _ *profilev1.FindDuplicatesRequest) (*profilev1.DuplicateSearch, error) {
	id, err := s.store.ask(ctx)
	if err != nil {
		return nil, err
	}
	o, err := operation.Get(everywhere(ctx), s.store.db, searching, id)
	return search(ctx, id, o, err)
}

func search(ctx context.Context, id uuid.UUID, o *operation.Operation, err error) (*profilev1.DuplicateSearch, error) {
	if errors.Is(err, postgres.ErrNoRows) {
		return nil, resource.Missing(ctx, resource.Name(searches, id), typev1.Level_BASIC)
	}
	if err != nil {
		return nil, err
	}
	return searchToProto(o)
}

// GetDuplicateSearch implements DuplicateService.
func (s *Server) GetDuplicateSearch(ctx context.Context, r *profilev1.GetDuplicateSearchRequest) (*profilev1.DuplicateSearch, error) {
	ids, err := resource.Parse("name", r.GetName(), searches)
	if err != nil {
		return nil, err
	}
	o, err := operation.Get(ctx, s.store.db, searching, ids[0])
	return search(ctx, ids[0], o, err)
}

// CancelDuplicateSearch implements DuplicateService.
func (s *Server) CancelDuplicateSearch(ctx context.Context, r *profilev1.CancelDuplicateSearchRequest) (*profilev1.DuplicateSearch, error) {
	ids, err := resource.Parse("name", r.GetName(), searches)
	if err != nil {
		return nil, err
	}
	o, err := operation.Cancel(ctx, s.store.db, searching, ids[0], s.store.now())
	return search(ctx, ids[0], o, err)
}

// ListDuplicateSearches implements DuplicateService.
func (s *Server) ListDuplicateSearches(ctx context.Context, r *profilev1.ListDuplicateSearchesRequest) (*profilev1.ListDuplicateSearchesResponse, error) {
	plan, err := s.lists.PlanFor(ctx, profilev1.DuplicateService_ListDuplicateSearches_FullMethodName, r, "")
	if err != nil {
		return nil, err
	}
	found, next, err := operation.List(ctx, s.store.db, searching, plan)
	if err != nil {
		return nil, err
	}
	out := &profilev1.ListDuplicateSearchesResponse{NextPageToken: next}
	for i := range found {
		one, err := searchToProto(&found[i])
		if err != nil {
			return nil, err
		}
		out.DuplicateSearches = append(out.DuplicateSearches, one)
	}
	return out, nil
}

// ListDuplicates implements DuplicateService.
func (s *Server) ListDuplicates(ctx context.Context, r *profilev1.ListDuplicatesRequest) (*profilev1.ListDuplicatesResponse, error) {
	wanted := Wanted{Dismissed: r.GetShowDismissed()}
	if r.GetCustomer() != "" {
		ids, err := resource.Parse("customer", r.GetCustomer(), "customers")
		if err != nil {
			return nil, err
		}
		if err := aggregate.Visible(ctx, s.store.db, ids[0]); err != nil {
			return nil, err
		}
		wanted.Customer = ids[0]
	}
	plan, err := s.list.PlanFor(ctx, profilev1.DuplicateService_ListDuplicates_FullMethodName, r, page.Binding(wanted.Customer.String(), strconv.FormatBool(wanted.Dismissed)))
	if err != nil {
		return nil, err
	}
	found, next, err := s.store.list(ctx, plan, wanted)
	if err != nil {
		return nil, err
	}
	out := &profilev1.ListDuplicatesResponse{NextPageToken: next}
	for i := range found {
		out.Duplicates = append(out.Duplicates, found[i].toProto())
	}
	return out, nil
}

// CheckDuplicates implements DuplicateService.
func (s *Server) CheckDuplicates(ctx context.Context, r *profilev1.CheckDuplicatesRequest) (*profilev1.CheckDuplicatesResponse, error) {
	row, err := s.subject(ctx, r)
	if err != nil {
		return nil, err
	}
	found, err := s.store.Check(ctx, row)
	if err != nil {
		return nil, err
	}
	out := &profilev1.CheckDuplicatesResponse{}
	for i := range found {
		out.Candidates = append(out.Candidates, found[i].toProto())
	}
	return out, nil
}

// subject is the customer that is to be checked.
func (s *Server) subject(ctx context.Context, r *profilev1.CheckDuplicatesRequest) (*factRow, error) {
	switch {
	case (r.GetName() == "") == (r.GetCustomer() == nil):
		return nil, fault.Invalid(fault.Field("customer", "ONE_OF", fault.Text{
			En: "must be given, or name, and not both", Zh: "与 name 必须且只能填写一个",
		}))
	case r.GetName() != "":
		ids, err := resource.Parse("name", r.GetName(), "customers")
		if err != nil {
			return nil, err
		}
		return s.store.facts(ctx, ids[0])
	case r.GetCustomer().GetKind() == profilev1.Customer_KIND_UNSPECIFIED:
		return nil, fault.Invalid(fault.Field("customer.kind", "REQUIRED", fault.Text{En: "must be ORGANIZATION or PERSON", Zh: "必须为 ORGANIZATION 或 PERSON"}))
	}
	return factsOf(r.GetCustomer()), nil
}

// DismissDuplicate implements DuplicateService.
func (s *Server) DismissDuplicate(ctx context.Context, r *profilev1.DismissDuplicateRequest) (*profilev1.Duplicate, error) {
	one, errOne := resource.Parse("customer", r.GetCustomer(), "customers")
	if errOne != nil {
		return nil, errOne
	}
	other, err := resource.Parse("other", r.GetOther(), "customers")
	if err != nil {
		return nil, err
	}
	if one[0] == other[0] {
		return nil, fault.Invalid(fault.Field("other", "SAME", fault.Text{En: "must be another customer", Zh: "必须是另一个客户"}))
	}
	out, err := s.store.dismiss(ctx, one[0], other[0], r.GetReason())
	if err != nil {
		return nil, err
	}
	return out.toProto(), nil
}
