package playbook

import (
	"context"
	"time"

	"github.com/guanxi-crm/guanxi/libs/aggregate"
	"github.com/guanxi-crm/guanxi/libs/listing"
	"github.com/guanxi-crm/guanxi/libs/page"
	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/libs/resource"
	"github.com/guanxi-crm/guanxi/libs/settings"
	planningv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/planning/v1"
)

// Server serves PlaybookService.
type Server struct {
	planningv1.UnimplementedPlaybookServiceServer
	db    *postgres.DB
	store *Store
	list  *listing.List
}

// NewServer makes the server.
func NewServer(db *postgres.DB, now func() time.Time, pages *page.Sealer) (*Server, error) {
	list, err := settings.NewList(&planningv1.Playbook{}, pages)
	return &Server{db: db, store: NewStore(db, now), list: list}, err
}

// GetPlaybook implements PlaybookService.
func (s *Server) GetPlaybook(ctx context.Context, _ *planningv1.GetPlaybookRequest) (*planningv1.Playbook, error) {
	return s.store.versions.Current(ctx)
}

// ListPlaybookVersions implements PlaybookService.
func (s *Server) ListPlaybookVersions(ctx context.Context, r *planningv1.ListPlaybookVersionsRequest) (*planningv1.ListPlaybookVersionsResponse, error) {
	versions, next, err := s.store.versions.Versions(ctx, s.list, planningv1.PlaybookService_ListPlaybookVersions_FullMethodName, r)
	if err != nil {
		return nil, err
	}
	return &planningv1.ListPlaybookVersionsResponse{Versions: versions, NextPageToken: next}, nil
}

// UpdatePlaybook implements PlaybookService.
func (s *Server) UpdatePlaybook(ctx context.Context, r *planningv1.UpdatePlaybookRequest) (*planningv1.Playbook, error) {
	return s.store.versions.Update(ctx, r.GetPlaybook(), r.GetUpdateMask())
}

// GetExtensiveRelationships implements PlaybookService.
func (s *Server) GetExtensiveRelationships(ctx context.Context, r *planningv1.GetExtensiveRelationshipsRequest) (*planningv1.ExtensiveRelationships, error) {
	ids, err := resource.ParseSingleton("name", r.GetName(), "extensiveRelationships", "customers")
	if err != nil {
		return nil, err
	}
	if err := aggregate.Visible(ctx, s.db, ids[0]); err != nil {
		return nil, err
	}
	book, err := s.store.versions.Current(ctx)
	if err != nil {
		return nil, err
	}
	known, err := s.store.Standings(ctx, ids[0])
	if err != nil {
		return nil, err
	}
	out := &planningv1.ExtensiveRelationships{Name: r.GetName(), PlaybookVersion: book.GetVersion()}
	for _, stage := range book.GetStages() {
		if r.GetStage() != planningv1.ProjectStage_PROJECT_STAGE_UNSPECIFIED && r.GetStage() != stage.GetStage() {
			continue
		}
		for _, d := range stage.GetDepartments() {
			out.Relationships = append(out.Relationships, relationship(stage.GetStage(), d, known))
		}
	}
	return out, nil
}

func relationship(stage planningv1.ProjectStage, d *planningv1.DepartmentPlay, known map[string]Standing) *planningv1.ExtensiveRelationship {
	play := Play{Stage: int16(stage), En: d.GetDepartmentEn(), Zh: d.GetDepartmentZh(), Target: int16(d.GetTarget())}
	found := Find(known, play)
	return &planningv1.ExtensiveRelationship{
		Stage: stage, DepartmentEn: play.En, DepartmentZh: play.Zh, Target: d.GetTarget(), Actual: planningv1.EvaluationLevel(found.Actual), Gap: Gap(play, found),
		WorkingLiaisons: found.Working, MiddleLiaisons: found.Middle, TopLiaisons: found.Top, Uncovered: found.Working+found.Middle+found.Top == 0,
	}
}
