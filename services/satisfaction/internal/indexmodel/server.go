package indexmodel

import (
	"context"
	"errors"
	"time"

	"github.com/google/uuid"
	"google.golang.org/protobuf/proto"

	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/history"
	"github.com/guanxi-crm/guanxi/libs/listing"
	"github.com/guanxi-crm/guanxi/libs/mask"
	"github.com/guanxi-crm/guanxi/libs/page"
	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/libs/resource"
	satisfactionv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/satisfaction/v1"
)

// field is what a model is called in the requests that carry one.
const field = "index_model"

// Server serves IndexModelService.
type Server struct {
	satisfactionv1.UnimplementedIndexModelServiceServer
	store          *Store
	list, versions *listing.List
}

// NewServer makes the server.
func NewServer(db *postgres.DB, now func() time.Time, pages *page.Sealer) (*Server, error) {
	list, errList := listing.Compile(listing.Spec{
		Resource: &satisfactionv1.IndexModel{}, Key: "model_id", DefaultOrder: "create_time desc",
		Fields: []listing.Field{
			{Path: "state", Column: "state", Kind: listing.Enum, Values: map[string]any{"DRAFT": int64(Draft), "RELEASED": int64(Released)}},
			{Path: "version", Column: "version", Kind: listing.Int},
			{Path: "author", Column: "author", Kind: listing.String},
			{Path: "create_time", Column: "create_time", Kind: listing.Timestamp, Sortable: true},
		},
	}, pages)
	versions, errVersions := listing.Compile(listing.Spec{
		Resource: &satisfactionv1.IndexModel{}, Key: "version", KeyType: "integer", DefaultOrder: "version desc",
		Fields: []listing.Field{{Path: "version", Column: "version", Kind: listing.Int, Sortable: true}},
	}, pages)
	return &Server{store: NewStore(db, now), list: list, versions: versions}, errors.Join(errList, errVersions)
}

// CreateIndexModel implements IndexModelService.
func (s *Server) CreateIndexModel(ctx context.Context, r *satisfactionv1.CreateIndexModelRequest) (*satisfactionv1.IndexModel, error) {
	if err := RequireEverywhere(ctx); err != nil {
		return nil, err
	}
	given := r.GetIndexModel()
	if r.GetCopyFrom() != "" {
		ids, err := resource.Parse("copy_from", r.GetCopyFrom(), "indexModels")
		if err != nil {
			return nil, err
		}
		original, err := s.store.Released(ctx, ids[0])
		if err != nil {
			return nil, err
		}
		given = original.ToProto()
		if err := mask.Apply(field, given, r.GetIndexModel(), nil, auth.From(ctx).Level); err != nil {
			return nil, err
		}
	}
	m := &Model{}
	if err := m.set(given); err != nil {
		return nil, fault.Prefix(err, field)
	}
	if err := s.store.Create(ctx, m); err != nil {
		return nil, err
	}
	return m.ToProto(), nil
}

// GetIndexModel implements IndexModelService.
func (s *Server) GetIndexModel(ctx context.Context, r *satisfactionv1.GetIndexModelRequest) (*satisfactionv1.IndexModel, error) {
	ids, err := resource.Parse("name", r.GetName(), "indexModels")
	if err != nil {
		return nil, err
	}
	return answer(s.store.Version(ctx, ids[0], r.GetVersion()))
}

func answer(m *Model, err error) (*satisfactionv1.IndexModel, error) {
	if err != nil {
		return nil, err
	}
	return m.ToProto(), nil
}

// ListIndexModels implements IndexModelService.
func (s *Server) ListIndexModels(ctx context.Context, r *satisfactionv1.ListIndexModelsRequest) (*satisfactionv1.ListIndexModelsResponse, error) {
	plan, err := s.list.PlanFor(ctx, satisfactionv1.IndexModelService_ListIndexModels_FullMethodName, r, "")
	if err != nil {
		return nil, err
	}
	found, next, err := s.store.List(ctx, plan, uuid.NullUUID{})
	if err != nil {
		return nil, err
	}
	out := &satisfactionv1.ListIndexModelsResponse{NextPageToken: next}
	for _, m := range found {
		out.IndexModels = append(out.IndexModels, m.ToProto())
	}
	return out, nil
}

// ListIndexModelVersions implements IndexModelService.
func (s *Server) ListIndexModelVersions(
	ctx context.Context, r *satisfactionv1.ListIndexModelVersionsRequest,
) (*satisfactionv1.ListIndexModelVersionsResponse, error) {
	ids, err := resource.Parse("parent", r.GetParent(), "indexModels")
	if err != nil {
		return nil, err
	}
	plan, err := s.versions.PlanFor(ctx, satisfactionv1.IndexModelService_ListIndexModelVersions_FullMethodName, r, r.GetParent())
	if err != nil {
		return nil, err
	}
	if _, err := s.store.Version(ctx, ids[0], 0); err != nil {
		return nil, err
	}
	found, next, err := s.store.List(ctx, plan, uuid.NullUUID{UUID: ids[0], Valid: true})
	if err != nil {
		return nil, err
	}
	out := &satisfactionv1.ListIndexModelVersionsResponse{NextPageToken: next}
	for _, m := range found {
		out.Versions = append(out.Versions, m.ToProto())
	}
	return out, nil
}

// UpdateIndexModel implements IndexModelService.
func (s *Server) UpdateIndexModel(ctx context.Context, r *satisfactionv1.UpdateIndexModelRequest) (*satisfactionv1.IndexModel, error) {
	if err := RequireEverywhere(ctx); err != nil {
		return nil, err
	}
	ids, err := resource.Parse(field+".name", r.GetIndexModel().GetName(), "indexModels")
	if err != nil {
		return nil, err
	}
	return answer(s.store.Change(ctx, ids[0], r.GetIndexModel().GetEtag(), func(m *Model) (changed, itemsChanged bool, err error) {
		before := m.ToProto()
		after := proto.CloneOf(before)
		if err := mask.Apply(field, after, r.GetIndexModel(), r.GetUpdateMask(), auth.From(ctx).Level); err != nil {
			return false, false, err
		}
		if err := m.set(after); err != nil {
			return false, false, fault.Prefix(err, field)
		}
		for _, name := range history.Names(history.Diff(before, m.ToProto())) {
			changed = true
			itemsChanged = itemsChanged || name == "items"
		}
		return changed, itemsChanged, nil
	}))
}

// ReleaseIndexModel implements IndexModelService.
func (s *Server) ReleaseIndexModel(ctx context.Context, r *satisfactionv1.ReleaseIndexModelRequest) (*satisfactionv1.IndexModel, error) {
	if err := RequireEverywhere(ctx); err != nil {
		return nil, err
	}
	ids, err := resource.Parse("name", r.GetName(), "indexModels")
	if err != nil {
		return nil, err
	}
	return answer(s.store.Release(ctx, ids[0], r.GetEtag()))
}

// ReviseIndexModel implements IndexModelService.
func (s *Server) ReviseIndexModel(ctx context.Context, r *satisfactionv1.ReviseIndexModelRequest) (*satisfactionv1.IndexModel, error) {
	if err := RequireEverywhere(ctx); err != nil {
		return nil, err
	}
	ids, err := resource.Parse("name", r.GetName(), "indexModels")
	if err != nil {
		return nil, err
	}
	return answer(s.store.Revise(ctx, ids[0]))
}
