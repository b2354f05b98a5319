package contactplan

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"strings"
	"unicode/utf8"

	"github.com/google/uuid"

	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/listing"
	"github.com/guanxi-crm/guanxi/libs/operation"
	"github.com/guanxi-crm/guanxi/libs/page"
	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/libs/resource"
	planningv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/planning/v1"
	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
)

// Server serves ContactPlanService.
type Server struct {
	planningv1.UnimplementedContactPlanServiceServer
	store *Store
	list  *listing.List
}

// NewServer makes the server.
func NewServer(store *Store, pages *page.Sealer) (*Server, error) {
	list, err := listing.Compile(listing.Spec{
		Resource: &planningv1.ContactPlanRun{}, Key: operation.Key, DefaultOrder: "operation.create_time desc", Fields: operation.Fields("operation"),
	}, pages)
	return &Server{store: store, list: list}, err
}

// GenerateContactPlans implements ContactPlanService.
func (s *Server) GenerateContactPlans(ctx context.Context, r *planningv1.GenerateContactPlansRequest) (*planningv1.ContactPlanRun, error) {
	n, err := s.store.settings.Current(ctx)
	if err != nil {
		return nil, err
	}
	asked, now := request{FiscalYear: int(r.GetFiscalYear())}, s.store.now()
	switch current := n.FiscalYear(n.Today(now)); {
	case asked.FiscalYear < current:
		return nil, fault.Invalid(fault.Field("fiscal_year", "PAST", fault.Text{En: "is over", Zh: "已结束"}))
	case asked.FiscalYear > current+1:
		return nil, fault.Invalid(fault.Field("fiscal_year", "FUTURE", fault.Text{En: "must be this year or the next", Zh: "须为本财年或下一财年"}))
	}
	if r.GetOwner() != "" {
		asked.Owner = &r.Owner //nolint:protogetter // its address
	}
	id, err := operation.Start(ctx, s.store.db, kind, asked, now)
	if err != nil {
		return nil, err
	}
	return s.run(ctx, id)
}

func (s *Server) run(ctx context.Context, id uuid.UUID) (*planningv1.ContactPlanRun, error) {
	o, err := operation.Get(ctx, s.store.db, kind, id)
	return answer(ctx, id, o, err)
}

func answer(ctx context.Context, id uuid.UUID, o *operation.Operation, err error) (*planningv1.ContactPlanRun, error) {
	if errors.Is(err, postgres.ErrNoRows) {
		return nil, resource.Missing(ctx, resource.Name(runs, id), typev1.Level_BASIC)
	}
	if err != nil {
		return nil, err
	}
	return runOf(o)
}

// GetContactPlanRun implements ContactPlanService.
func (s *Server) GetContactPlanRun(ctx context.Context, r *planningv1.GetContactPlanRunRequest) (*planningv1.ContactPlanRun, error) {
	ids, err := resource.Parse("name", r.GetName(), runs)
	if err != nil {
		return nil, err
	}
	return s.run(ctx, ids[0])
}

// CancelContactPlanRun implements ContactPlanService.
func (s *Server) CancelContactPlanRun(ctx context.Context, r *planningv1.CancelContactPlanRunRequest) (*planningv1.ContactPlanRun, error) {
	ids, err := resource.Parse("name", r.GetName(), runs)
	if err != nil {
		return nil, err
	}
	o, err := operation.Cancel(ctx, s.store.db, kind, ids[0], s.store.now())
	return answer(ctx, ids[0], o, err)
}

// ListContactPlanRuns implements ContactPlanService.
func (s *Server) ListContactPlanRuns(ctx context.Context, r *planningv1.ListContactPlanRunsRequest) (*planningv1.ListContactPlanRunsResponse, error) {
	plan, err := s.list.PlanFor(ctx, planningv1.ContactPlanService_ListContactPlanRuns_FullMethodName, r, "")
	if err != nil {
		return nil, err
	}
	found, next, err := operation.List(ctx, s.store.db, kind, plan)
	if err != nil {
		return nil, err
	}
	out := &planningv1.ListContactPlanRunsResponse{NextPageToken: next}
	for i := range found {
		run, err := runOf(&found[i])
		if err != nil {
			return nil, err
		}
		out.ContactPlanRuns = append(out.ContactPlanRuns, run)
	}
	return out, nil
}

// GetContactPlan implements ContactPlanService.
func (s *Server) GetContactPlan(ctx context.Context, r *planningv1.GetContactPlanRequest) (*planningv1.ContactPlan, error) {
	owner, err := ownerOf(r.GetName())
	if err != nil {
		return nil, err
	}
	v, err := s.store.view(ctx, owner, int(r.GetFiscalYear()))
	if err != nil {
		return nil, err
	}
	return v.toProto(), nil
}

// ownerOf reads the owner out of a plan's name; empty: those without one.
func ownerOf(name string) (string, error) {
	id, ok := strings.CutPrefix(name, "contactPlans/")
	if ok && id == unowned {
		return "", nil
	}
	subject, err := base64.RawURLEncoding.Strict().DecodeString(id)
	if !ok || err != nil || len(subject) == 0 || !utf8.Valid(subject) || bytes.ContainsRune(subject, 0) {
		return "", fault.Invalid(fault.Field("name", "RESOURCE_NAME", fault.Text{
			En: "must be contactPlans/{owner} with the owner's subject as base64url without padding", Zh: "必须为 contactPlans/{owner}，其中 owner 为负责人标识的无填充 base64url 编码",
		}))
	}
	return string(subject), nil
}
