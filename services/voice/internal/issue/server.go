package issue

import (
	"context"
	"errors"

	"github.com/google/uuid"
	"google.golang.org/protobuf/proto"

	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/history"
	"github.com/guanxi-crm/guanxi/libs/listing"
	"github.com/guanxi-crm/guanxi/libs/mask"
	"github.com/guanxi-crm/guanxi/libs/page"
	"github.com/guanxi-crm/guanxi/libs/resource"
	voicev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/voice/v1"
)

// Server serves IssueGroupService.
type Server struct {
	voicev1.UnimplementedIssueGroupServiceServer
	store                 *Store
	list, members, pareto *listing.List
}

// NewServer makes the server.
func NewServer(store *Store, pages *page.Sealer) (*Server, error) {
	list, errList := listing.Compile(listing.Spec{
		Resource: &voicev1.IssueGroup{}, Key: "group_id", DefaultOrder: "case_count desc",
		Fields: []listing.Field{
			{Path: "state", Column: "state", Kind: listing.Enum, Values: map[string]any{"CANDIDATE": 1, "FORMED": 2, "MERGED": 3}},
			{Path: "name_zh", Column: "name_zh", Kind: listing.String},
			{Path: "name_en", Column: "name_en", Kind: listing.String},
			{Path: "cause", Column: "cause", Kind: listing.String},
			{Path: "product_line", Column: "replace(product_line, '*', '')", Kind: listing.String},
			{Path: "product_code", Column: "replace(product_code, '*', '')", Kind: listing.String},
			{Path: "keywords", Column: "keywords", Kind: listing.StringArray},
			{Path: "case_count", Column: "seen", Kind: listing.Int, Sortable: true},
			{Path: "first_time", Column: "seen_first", Kind: listing.Timestamp},
			{Path: "last_time", Column: "last_time", Kind: listing.Timestamp, Sortable: true},
			{Path: "form_time", Column: "form_time", Kind: listing.Timestamp},
			{Path: "create_time", Column: "create_time", Kind: listing.Timestamp, Sortable: true},
		},
	}, pages)
	members, errMembers := listing.Compile(listing.Spec{
		Resource: &voicev1.IssueGroupMember{}, Key: "m.case_id", DefaultOrder: "received_time desc",
		Fields: []listing.Field{
			{Path: "customer", Column: "'customers/' || m.customer_id", Kind: listing.String},
			{Path: "product_line", Column: "c.product_line", Kind: listing.String},
			{Path: "product_code", Column: "c.product_code", Kind: listing.String},
			{Path: "cause", Column: "c.cause", Kind: listing.String},
			{Path: "received_time", Column: "m.received_time", Kind: listing.Timestamp, Sortable: true},
			{Path: "similarity", Column: "cast(m.similarity as numeric)", Kind: listing.Decimal, Sortable: true},
			{Path: "pinned", Column: "m.pinned", Kind: listing.Bool},
		},
	}, pages)
	pareto, errPareto := listing.Compile(listing.Spec{
		Resource: &voicev1.IssueParetoRow{}, Key: "rank", KeyType: "bigint",
		Fields: []listing.Field{
			{Path: "key", Column: "key", Kind: listing.String},
			{Path: "count", Column: "count", Kind: listing.Int},
			{Path: "share", Column: "cast(share as numeric)", Kind: listing.Decimal},
			{Path: "cumulative_share", Column: "cast(cumulative_share as numeric)", Kind: listing.Decimal},
			{Path: "abc", Column: "abc", Kind: listing.Enum, Values: map[string]any{"A": 1, "B": 2, "C": 3}},
		},
	}, pages)
	return &Server{store: store, list: list, members: members, pareto: pareto}, errors.Join(errList, errMembers, errPareto)
}

func parse(field, name string) (uuid.UUID, error) {
	ids, err := resource.Parse(field, name, "issueGroups")
	if err != nil {
		return uuid.Nil, err
	}
	return ids[0], nil
}

// GetIssueGroup implements IssueGroupService.
func (s *Server) GetIssueGroup(ctx context.Context, r *voicev1.GetIssueGroupRequest) (*voicev1.IssueGroup, error) {
	id, err := parse("name", r.GetName())
	if err != nil {
		return nil, err
	}
	g, err := s.store.Get(ctx, id)
	if err != nil {
		return nil, err
	}
	return g.toProto(), nil
}

// ListIssueGroups implements IssueGroupService.
func (s *Server) ListIssueGroups(ctx context.Context, r *voicev1.ListIssueGroupsRequest) (*voicev1.ListIssueGroupsResponse, error) {
	extra := ""
	if r.GetShowAll() {
		extra = "all"
	}
	plan, err := s.list.PlanFor(ctx, voicev1.IssueGroupService_ListIssueGroups_FullMethodName, r, extra)
	if err != nil {
		return nil, err
	}
	rows, next, err := s.store.List(ctx, plan, r.GetShowAll())
	if err != nil {
		return nil, err
	}
	out := &voicev1.ListIssueGroupsResponse{NextPageToken: next}
	for _, g := range rows {
		out.IssueGroups = append(out.IssueGroups, g.toProto())
	}
	return out, nil
}

// ListIssueGroupMembers implements IssueGroupService.
func (s *Server) ListIssueGroupMembers(ctx context.Context, r *voicev1.ListIssueGroupMembersRequest) (*voicev1.ListIssueGroupMembersResponse, error) {
	id, err := parse("parent", r.GetParent())
	if err != nil {
		return nil, err
	}
	if _, err := s.store.Get(ctx, id); err != nil {
		return nil, err
	}
	plan, err := s.members.PlanFor(ctx, voicev1.IssueGroupService_ListIssueGroupMembers_FullMethodName, r, "")
	if err != nil {
		return nil, err
	}
	rows, next, err := s.store.Members(ctx, plan, id)
	if err != nil {
		return nil, err
	}
	out := &voicev1.ListIssueGroupMembersResponse{NextPageToken: next}
	for _, m := range rows {
		out.Members = append(out.Members, m.toProto())
	}
	return out, nil
}

// RenameIssueGroup implements IssueGroupService.
func (s *Server) RenameIssueGroup(ctx context.Context, r *voicev1.RenameIssueGroupRequest) (*voicev1.IssueGroup, error) {
	id, err := parse("name", r.GetName())
	if err != nil {
		return nil, err
	}
	if r.GetNameZh() == "" && r.GetNameEn() == "" {
		return nil, fault.Invalid(fault.Field("name_zh", "REQUIRED", fault.Text{En: "one of the two names must be given", Zh: "两个名称须填写其一"}))
	}
	g, err := s.store.Change(ctx, id, r.GetEtag(), func(g *Group) (fields []string, err error) {
		set := func(field string, to *string, name string) {
			if name != "" && name != *to {
				*to = name
				fields = append(fields, field)
			}
		}
		set("name_zh", &g.NameZh, r.GetNameZh())
		set("name_en", &g.NameEn, r.GetNameEn())
		return fields, nil
	})
	if err != nil {
		return nil, err
	}
	return g.toProto(), nil
}

// UpdateIssueGroup implements IssueGroupService.
func (s *Server) UpdateIssueGroup(ctx context.Context, r *voicev1.UpdateIssueGroupRequest) (*voicev1.IssueGroup, error) {
	id, err := parse("issue_group.name", r.GetIssueGroup().GetName())
	if err != nil {
		return nil, err
	}
	g, err := s.store.Change(ctx, id, r.GetIssueGroup().GetEtag(), func(g *Group) ([]string, error) {
		before := g.toProto()
		after := proto.CloneOf(before)
		if err := mask.Apply("issue_group", after, r.GetIssueGroup(), r.GetUpdateMask(), auth.From(ctx).Level); err != nil {
			return nil, err
		}
		g.Cause, g.Action = after.GetCause(), after.GetAction()
		return history.Names(history.Diff(before, after)), nil
	})
	if err != nil {
		return nil, err
	}
	return g.toProto(), nil
}
