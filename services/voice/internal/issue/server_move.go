package issue

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/google/uuid"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/page"
	"github.com/guanxi-crm/guanxi/libs/resource"
	voicev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/voice/v1"
)

// MergeIssueGroups implements IssueGroupService.
func (s *Server) MergeIssueGroups(ctx context.Context, r *voicev1.MergeIssueGroupsRequest) (*voicev1.IssueGroup, error) {
	id, err := parse("name", r.GetName())
	if err != nil {
		return nil, err
	}
	sources := make([]uuid.UUID, len(r.GetSources()))
	for i, name := range r.GetSources() {
		field := fmt.Sprintf("sources[%d]", i)
		if sources[i], err = parse(field, name); err != nil {
			return nil, err
		}
		if sources[i] == id {
			return nil, fault.Invalid(fault.Field(field, "ITSELF", fault.Text{En: "is the group itself", Zh: "是该组自身"}))
		}
	}
	g, err := s.store.Merge(ctx, id, sources, r.GetEtag())
	if err != nil {
		return nil, err
	}
	return g.toProto(), nil
}

// MoveIssueCase implements IssueGroupService.
func (s *Server) MoveIssueCase(ctx context.Context, r *voicev1.MoveIssueCaseRequest) (*voicev1.IssueGroup, error) {
	target, err := resource.ParseAny("name", r.GetName(), "issueGroups")
	if err != nil {
		return nil, err
	}
	ids, err := resource.Parse("case", r.GetCase(), "cases")
	if err != nil {
		return nil, err
	}
	g, err := s.store.Move(ctx, target, ids[0])
	if err != nil {
		return nil, err
	}
	return g.toProto(), nil
}

// usualDepth is how many segments of a territory count when nothing is said: the region.
const usualDepth = 2

// ListIssuePareto implements IssueGroupService.
func (s *Server) ListIssuePareto(ctx context.Context, r *voicev1.ListIssueParetoRequest) (*voicev1.ListIssueParetoResponse, error) {
	by, depth := Dimension(r.GetDimension()), r.GetDepth()
	if depth != 0 && by != ByTerritory {
		return nil, fault.Invalid(fault.Field("depth", "DEPTH", fault.Text{En: "can be given with TERRITORY only", Zh: "仅可与 TERRITORY 一起使用"}))
	}
	if depth == 0 {
		depth = usualDepth
	}
	p := Period{Start: instant(r.GetStartTime()), End: instant(r.GetEndTime())}
	if p.Start != nil && p.End != nil && !p.End.After(*p.Start) {
		return nil, fault.Invalid(fault.Field("end_time", "PERIOD", fault.Text{En: "must be after start_time", Zh: "须晚于 start_time"}))
	}
	extra := page.Binding(r.GetDimension().String(), strconv.Itoa(int(depth)), text(p.Start), text(p.End))
	plan, err := s.pareto.PlanFor(ctx, voicev1.IssueGroupService_ListIssuePareto_FullMethodName, r, extra)
	if err != nil {
		return nil, err
	}
	rows, next, total, err := s.store.Pareto(ctx, plan, by, depth, p)
	if err != nil {
		return nil, err
	}
	out := &voicev1.ListIssueParetoResponse{NextPageToken: next, TotalCount: total}
	for _, row := range rows {
		out.Rows = append(out.Rows, row.toProto(by))
	}
	return out, nil
}

// text is an instant in what a page token is bound to.
func text(t *time.Time) string {
	if t == nil {
		return ""
	}
	return t.Format(time.RFC3339Nano)
}

func instant(t *timestamppb.Timestamp) *time.Time {
	if t == nil {
		return nil
	}
	at := t.AsTime().Truncate(time.Microsecond)
	return &at
}
