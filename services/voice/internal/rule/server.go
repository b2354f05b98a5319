package rule

import (
	"context"
	"errors"
	"fmt"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"

	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/history"
	"github.com/guanxi-crm/guanxi/libs/listing"
	"github.com/guanxi-crm/guanxi/libs/mask"
	"github.com/guanxi-crm/guanxi/libs/page"
	"github.com/guanxi-crm/guanxi/libs/postgres"
	voicev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/voice/v1"
)

// Server serves ResponseRuleService.
type Server struct {
	voicev1.UnimplementedResponseRuleServiceServer
	store          *Store
	list, versions *listing.List
}

// NewServer makes the server.
func NewServer(db *postgres.DB, now func() time.Time, pages *page.Sealer) (*Server, error) {
	list, errList := listing.Compile(listing.Spec{
		Resource: &voicev1.ResponseRule{}, Key: "r.rule_id", DefaultOrder: "code",
		Fields: []listing.Field{
			{Path: "code", Column: "r.code", Kind: listing.String, Sortable: true},
			{Path: "active", Column: "v.active", Kind: listing.Bool},
			{Path: "priority", Column: "v.priority", Kind: listing.Int, Sortable: true},
			{Path: "create_time", Column: "v.create_time", Kind: listing.Timestamp, Sortable: true},
		},
	}, pages)
	versions, errVersions := listing.Compile(listing.Spec{
		Resource: &voicev1.ResponseRule{}, Key: "v.version", KeyType: "integer", DefaultOrder: "version desc",
		Fields: []listing.Field{{Path: "version", Column: "v.version", Kind: listing.Int, Sortable: true}},
	}, pages)
	return &Server{store: NewStore(db, now), list: list, versions: versions}, errors.Join(errList, errVersions)
}

// CreateResponseRule implements ResponseRuleService.
func (s *Server) CreateResponseRule(ctx context.Context, r *voicev1.CreateResponseRuleRequest) (*voicev1.ResponseRule, error) {
	made := &Rule{}
	if err := s.read(ctx, made, r.GetResponseRule()); err != nil {
		return nil, err
	}
	if err := s.store.Create(ctx, made); err != nil {
		return nil, err
	}
	return made.toProto(), nil
}

// read puts what callers may write into a rule, finds the calendars, and holds it to the rules.
func (s *Server) read(ctx context.Context, r *Rule, in *voicev1.ResponseRule) error {
	var wrong []fault.Violation
	for i, name := range r.set(in) {
		field := fmt.Sprintf("targets[%d].calendar", i)
		id, err := s.store.Calendars.Find(ctx, field, name)
		if err == nil {
			_, err = s.store.Calendars.Get(ctx, id, 0)
		}
		switch f := fault.From(err); {
		case err == nil:
			r.Targets[i].Calendar = id
		case f.Code() == codes.NotFound:
			wrong = append(wrong, fault.Field(field, "CALENDAR_UNKNOWN", fault.Text{En: "is no calendar", Zh: "日历不存在"}))
		default:
			return fault.Prefix(err, "response_rule")
		}
	}
	if wrong = append(r.Check(), wrong...); len(wrong) > 0 {
		return fault.Prefix(fault.Invalid(wrong...), "response_rule")
	}
	return nil
}

// GetResponseRule implements ResponseRuleService.
func (s *Server) GetResponseRule(ctx context.Context, r *voicev1.GetResponseRuleRequest) (*voicev1.ResponseRule, error) {
	id, err := s.store.Find(ctx, "name", r.GetName())
	if err != nil {
		return nil, err
	}
	found, err := s.store.Get(ctx, id, r.GetVersion())
	if err != nil {
		return nil, err
	}
	return found.toProto(), nil
}

// ListResponseRules implements ResponseRuleService.
func (s *Server) ListResponseRules(ctx context.Context, r *voicev1.ListResponseRulesRequest) (*voicev1.ListResponseRulesResponse, error) {
	plan, err := s.list.PlanFor(ctx, voicev1.ResponseRuleService_ListResponseRules_FullMethodName, r, "")
	if err != nil {
		return nil, err
	}
	found, next, err := s.store.List(ctx, plan)
	if err != nil {
		return nil, err
	}
	return &voicev1.ListResponseRulesResponse{ResponseRules: protos(found), NextPageToken: next}, nil
}

func protos(all []*Rule) []*voicev1.ResponseRule {
	out := make([]*voicev1.ResponseRule, len(all))
	for i, r := range all {
		out[i] = r.toProto()
	}
	return out
}

// UpdateResponseRule implements ResponseRuleService.
func (s *Server) UpdateResponseRule(ctx context.Context, r *voicev1.UpdateResponseRuleRequest) (*voicev1.ResponseRule, error) {
	id, err := s.store.Find(ctx, "response_rule.name", r.GetResponseRule().GetName())
	if err != nil {
		return nil, err
	}
	changed, err := s.store.Change(ctx, id, r.GetResponseRule().GetEtag(), func(ctx context.Context, c *Rule) ([]string, error) {
		before := c.toProto()
		after := proto.CloneOf(before)
		if err := mask.Apply("response_rule", after, r.GetResponseRule(), r.GetUpdateMask(), auth.From(ctx).Level); err != nil {
			return nil, err
		}
		if err := s.read(ctx, c, after); err != nil {
			return nil, err
		}
		// Compared as it is answered: a calendar may be named by its code.
		return history.Names(history.Diff(before, c.toProto())), nil
	})
	if err != nil {
		return nil, err
	}
	return changed.toProto(), nil
}

// ListResponseRuleVersions implements ResponseRuleService.
func (s *Server) ListResponseRuleVersions(ctx context.Context, r *voicev1.ListResponseRuleVersionsRequest) (*voicev1.ListResponseRuleVersionsResponse, error) {
	id, err := s.store.Find(ctx, "name", r.GetName())
	if err != nil {
		return nil, err
	}
	plan, err := s.versions.PlanFor(ctx, voicev1.ResponseRuleService_ListResponseRuleVersions_FullMethodName, r, "")
	if err != nil {
		return nil, err
	}
	if _, err := s.store.Get(ctx, id, 0); err != nil {
		return nil, err
	}
	found, next, err := s.store.ListVersions(ctx, plan, id)
	if err != nil {
		return nil, err
	}
	return &voicev1.ListResponseRuleVersionsResponse{ResponseRules: protos(found), NextPageToken: next}, nil
}

// ExplainResponseRules implements ResponseRuleService.
func (s *Server) ExplainResponseRules(ctx context.Context, r *voicev1.ExplainResponseRulesRequest) (*voicev1.ExplainResponseRulesResponse, error) {
	book, err := s.store.Book(ctx)
	if err != nil {
		return nil, err
	}
	asked := Case{Request: int16(r.GetRequestKind()), Severity: int16(r.GetSeverity()), Class: int16(r.GetCustomerClass()), Major: r.GetMajor()}
	out := &voicev1.ExplainResponseRulesResponse{}
	for _, m := range []Measure{FirstResponse, Resolution} {
		if rule, target := book.Choose(asked, m); rule != nil {
			out.Choices = append(out.Choices, &voicev1.ExplainResponseRulesResponse_Choice{
				Measure: voicev1.Measure(m), ResponseRule: Name(rule.ID), Version: rule.Version, Target: target.toProto(),
			})
		}
	}
	for _, c := range book.Explain(asked) {
		out.Candidates = append(out.Candidates, c.toProto())
	}
	return out, nil
}
