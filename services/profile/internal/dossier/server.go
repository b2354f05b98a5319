package dossier

import (
	"context"
	"time"

	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/listing"
	"github.com/guanxi-crm/guanxi/libs/mask"
	"github.com/guanxi-crm/guanxi/libs/page"
	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/libs/resource"
	"github.com/guanxi-crm/guanxi/libs/settings"
	profilev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/profile/v1"
)

// mostRevisions is how many a page has at most: each can have 12,000 characters.
const mostRevisions = 200

// Server serves DossierService.
type Server struct {
	profilev1.UnimplementedDossierServiceServer
	store     *Store
	revisions *listing.List
	versions  *listing.List
}

// NewServer makes the server.
func NewServer(db *postgres.DB, now func() time.Time, pages *page.Sealer) (*Server, error) {
	revisions, err := listing.Compile(listing.Spec{
		Resource: &profilev1.DossierRevision{}, Key: "revision_id", DefaultOrder: "create_time desc",
		Fields: []listing.Field{{Path: "create_time", Column: "create_time", Kind: listing.Timestamp, Sortable: true}},
	}, pages)
	if err != nil {
		return nil, err
	}
	versions, err := settings.NewList(&profilev1.DossierOutline{}, pages)
	return &Server{store: NewStore(db, now), revisions: revisions, versions: versions}, err
}

// GetDossier implements DossierService.
func (s *Server) GetDossier(ctx context.Context, r *profilev1.GetDossierRequest) (*profilev1.Dossier, error) {
	ids, err := resource.ParseSingleton("name", r.GetName(), "dossier", "customers")
	if err != nil {
		return nil, err
	}
	sections, version, err := s.store.All(ctx, ids[0])
	if err != nil {
		return nil, err
	}
	out := &profilev1.Dossier{Name: resource.Name("customers", ids[0]) + "/dossier", OutlineVersion: version}
	for _, section := range sections {
		out.Sections = append(out.Sections, section.toProto())
	}
	return out, nil
}

// GetDossierSection implements DossierService.
func (s *Server) GetDossierSection(ctx context.Context, r *profilev1.GetDossierSectionRequest) (*profilev1.DossierSection, error) {
	customer, code, err := Parse("name", r.GetName())
	if err != nil {
		return nil, err
	}
	section, err := s.store.Get(ctx, customer, code)
	if err != nil {
		return nil, err
	}
	return section.toProto(), nil
}

// UpdateDossierSection implements DossierService.
func (s *Server) UpdateDossierSection(ctx context.Context, r *profilev1.UpdateDossierSectionRequest) (*profilev1.DossierSection, error) {
	customer, code, err := Parse("section.name", r.GetSection().GetName())
	if err != nil {
		return nil, err
	}
	section, err := s.store.Write(ctx, customer, code, r.GetSection().GetEtag(), func(section *Section) error {
		state := section.toProto()
		if err := mask.Apply("section", state, r.GetSection(), r.GetUpdateMask(), auth.From(ctx).Level); err != nil {
			return err
		}
		section.set(state)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return section.toProto(), nil
}

// ListDossierRevisions implements DossierService.
func (s *Server) ListDossierRevisions(ctx context.Context, r *profilev1.ListDossierRevisionsRequest) (*profilev1.ListDossierRevisionsResponse, error) {
	customer, code, err := Parse("parent", r.GetParent())
	if err != nil {
		return nil, err
	}
	r.PageSize = min(r.GetPageSize(), mostRevisions)
	plan, err := s.revisions.PlanFor(ctx, profilev1.DossierService_ListDossierRevisions_FullMethodName, r, "")
	if err != nil {
		return nil, err
	}
	found, next, err := s.store.Revisions(ctx, plan, customer, code)
	if err != nil {
		return nil, err
	}
	out := &profilev1.ListDossierRevisionsResponse{NextPageToken: next}
	for _, revision := range found {
		out.Revisions = append(out.Revisions, revision.toProto())
	}
	return out, nil
}

// GetDossierOutline implements DossierService.
func (s *Server) GetDossierOutline(ctx context.Context, _ *profilev1.GetDossierOutlineRequest) (*profilev1.DossierOutline, error) {
	return s.store.versions.Current(ctx)
}

// ListDossierOutlineVersions implements DossierService.
func (s *Server) ListDossierOutlineVersions(ctx context.Context, r *profilev1.ListDossierOutlineVersionsRequest) (*profilev1.ListDossierOutlineVersionsResponse, error) {
	versions, next, err := s.store.versions.Versions(ctx, s.versions, profilev1.DossierService_ListDossierOutlineVersions_FullMethodName, r)
	if err != nil {
		return nil, err
	}
	return &profilev1.ListDossierOutlineVersionsResponse{Versions: versions, NextPageToken: next}, nil
}

// UpdateDossierOutline implements DossierService.
func (s *Server) UpdateDossierOutline(ctx context.Context, r *profilev1.UpdateDossierOutlineRequest) (*profilev1.DossierOutline, error) {
	return s.store.versions.Update(ctx, r.GetOutline(), r.GetUpdateMask())
}
