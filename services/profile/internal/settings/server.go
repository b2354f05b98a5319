package settings

import (
	"context"
	"time"

	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/listing"
	"github.com/guanxi-crm/guanxi/libs/mask"
	"github.com/guanxi-crm/guanxi/libs/page"
	"github.com/guanxi-crm/guanxi/libs/postgres"
	profilev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/profile/v1"
)

// Server serves SettingsService.
type Server struct {
	profilev1.UnimplementedSettingsServiceServer
	store *Store
	list  *listing.List
}

// NewServer makes the server.
func NewServer(db *postgres.DB, now func() time.Time, pages *page.Sealer) (*Server, error) {
	list, err := listing.Compile(listing.Spec{
		Resource:     &profilev1.Settings{},
		Key:          "version",
		KeyType:      "integer",
		Fields:       []listing.Field{{Path: "version", Column: "version", Kind: listing.Int, Sortable: true}},
		DefaultOrder: "version desc",
	}, pages)
	if err != nil {
		return nil, err
	}
	return &Server{store: NewStore(db, now), list: list}, nil
}

// GetSettings implements SettingsService.
func (s *Server) GetSettings(ctx context.Context, _ *profilev1.GetSettingsRequest) (*profilev1.Settings, error) {
	current, err := s.store.Current(ctx)
	if err != nil {
		return nil, err
	}
	return current.toProto(), nil
}

// ListSettingsVersions implements SettingsService.
func (s *Server) ListSettingsVersions(ctx context.Context, r *profilev1.ListSettingsVersionsRequest) (*profilev1.ListSettingsVersionsResponse, error) {
	caller := auth.From(ctx)
	plan, err := s.list.Plan(ctx, listing.Request{
		Method: profilev1.SettingsService_ListSettingsVersions_FullMethodName, PageSize: r.GetPageSize(), PageToken: r.GetPageToken(),
		Level: caller.Level, Caller: caller.Subject,
	})
	if err != nil {
		return nil, err
	}
	versions, next, err := s.store.Versions(ctx, plan)
	if err != nil {
		return nil, err
	}
	out := &profilev1.ListSettingsVersionsResponse{NextPageToken: next}
	for _, v := range versions {
		out.Versions = append(out.Versions, v.toProto())
	}
	return out, nil
}

// UpdateSettings implements SettingsService.
func (s *Server) UpdateSettings(ctx context.Context, r *profilev1.UpdateSettingsRequest) (*profilev1.Settings, error) {
	if r.GetSettings().GetName() != Name {
		return nil, fault.Invalid(fault.Field("settings.name", "RESOURCE_NAME", fault.Text{En: "must be " + Name, Zh: "必须为 " + Name}))
	}
	made, err := s.store.Update(ctx, r.GetSettings().GetEtag(), func(current *Settings) error {
		state := current.toProto()
		if err := mask.Apply("settings", state, r.GetSettings(), r.GetUpdateMask(), auth.From(ctx).Level); err != nil {
			return err
		}
		current.over(state)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return made.toProto(), nil
}
