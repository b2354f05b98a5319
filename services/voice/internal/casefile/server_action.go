package casefile

import (
	"context"
	"time"

	"github.com/google/uuid"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/civil"
	"github.com/guanxi-crm/guanxi/libs/etag"
	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/history"
	"github.com/guanxi-crm/guanxi/libs/listing"
	"github.com/guanxi-crm/guanxi/libs/mask"
	"github.com/guanxi-crm/guanxi/libs/page"
	"github.com/guanxi-crm/guanxi/libs/resource"
	voicev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/voice/v1"
)

// ActionServer serves CaseActionService.
type ActionServer struct {
	voicev1.UnimplementedCaseActionServiceServer
	store *Store
	list  *listing.List
}

// NewActionServer makes the server.
func NewActionServer(store *Store, pages *page.Sealer) (*ActionServer, error) {
	list, err := listing.Compile(listing.Spec{
		Resource: &voicev1.CaseAction{}, Key: "a.action_id", DefaultOrder: "due_date",
		Fields: append([]listing.Field{
			{Path: "kind", Column: "a.kind", Kind: listing.Enum, Values: Values(voicev1.CaseAction_Kind_name)},
			{Path: "owner", Column: "a.owner", Kind: listing.String},
			{Path: "author", Column: "a.author", Kind: listing.String},
			{Path: "due_date", Column: "a.due_date", Kind: listing.Date, Sortable: true},
		}, times("a", "done_time", "verify_time", "overdue_time", "create_time")...),
	}, pages)
	return &ActionServer{store: store, list: list}, err
}

// CreateCaseAction implements CaseActionService.
func (s *ActionServer) CreateCaseAction(ctx context.Context, r *voicev1.CreateCaseActionRequest) (*voicev1.CaseAction, error) {
	ids, err := resource.Parse("parent", r.GetParent(), "cases")
	if err != nil {
		return nil, err
	}
	if _, err := s.store.Get(ctx, ids[0]); err != nil { // before anything is said about the action
		return nil, err
	}
	a := &Action{Kind: ActionKind(r.GetAction().GetKind())}
	if err := a.set(r.GetAction()); err != nil {
		return nil, fault.Prefix(err, "action")
	}
	if err := s.store.CreateAction(ctx, ids[0], a); err != nil {
		return nil, err
	}
	return a.toProto(), nil
}

// ListCaseActions implements CaseActionService.
func (s *ActionServer) ListCaseActions(ctx context.Context, r *voicev1.ListCaseActionsRequest) (*voicev1.ListCaseActionsResponse, error) {
	id, err := resource.ParseAny("parent", r.GetParent(), "cases")
	if err != nil {
		return nil, err
	}
	plan, err := s.list.PlanFor(ctx, voicev1.CaseActionService_ListCaseActions_FullMethodName, r, "")
	if err != nil {
		return nil, err
	}
	rows, next, err := s.store.Actions(ctx, plan, id)
	if err != nil {
		return nil, err
	}
	out := &voicev1.ListCaseActionsResponse{NextPageToken: next}
	for _, a := range rows {
		out.Actions = append(out.Actions, a.toProto())
	}
	return out, nil
}

func (s *ActionServer) change(ctx context.Context, ids []uuid.UUID, tag string, do func(*Action) (how, note string, err error)) (*voicev1.CaseAction, error) {
	a, err := s.store.ChangeAction(ctx, ids[0], ids[1], tag, do)
	if err != nil {
		return nil, err
	}
	return a.toProto(), nil
}

// UpdateCaseAction implements CaseActionService.
func (s *ActionServer) UpdateCaseAction(ctx context.Context, r *voicev1.UpdateCaseActionRequest) (*voicev1.CaseAction, error) {
	ids, err := resource.Parse("action.name", r.GetAction().GetName(), "cases", "actions")
	if err != nil {
		return nil, err
	}
	return s.change(ctx, ids, r.GetAction().GetEtag(), func(a *Action) (string, string, error) {
		if a.Done != nil {
			return "", "", doneError(a)
		}
		before, due := a.toProto(), a.Due
		after := proto.CloneOf(before)
		if err := mask.Apply("action", after, r.GetAction(), r.GetUpdateMask(), auth.From(ctx).Level); err != nil {
			return "", "", err
		}
		if err := a.set(after); err != nil {
			return "", "", fault.Prefix(err, "action")
		}
		if a.Due.After(due) {
			a.Overdue = nil
		}
		if len(history.Diff(before, a.toProto())) == 0 {
			return "", "", nil
		}
		return "changed", a.Title, nil
	})
}

// CompleteCaseAction implements CaseActionService.
func (s *ActionServer) CompleteCaseAction(ctx context.Context, r *voicev1.CompleteCaseActionRequest) (*voicev1.CaseAction, error) {
	ids, err := resource.Parse("name", r.GetName(), "cases", "actions")
	if err != nil {
		return nil, err
	}
	return s.change(ctx, ids, r.GetEtag(), func(a *Action) (string, string, error) {
		if a.Done != nil {
			return "", "", nil
		}
		now := s.store.now()
		a.Done, a.Result = &now, r.GetResult()
		return "done", r.GetResult(), nil
	})
}

// VerifyCaseAction implements CaseActionService.
func (s *ActionServer) VerifyCaseAction(ctx context.Context, r *voicev1.VerifyCaseActionRequest) (*voicev1.CaseAction, error) {
	ids, err := resource.Parse("name", r.GetName(), "cases", "actions")
	if err != nil {
		return nil, err
	}
	return s.change(ctx, ids, r.GetEtag(), func(a *Action) (string, string, error) {
		if err := a.Verify(r.GetEffective(), auth.From(ctx).Subject, s.store.now()); err != nil {
			return "", "", err
		}
		if !r.GetEffective() {
			return "ineffective", r.GetNote(), nil
		}
		return "verified", r.GetNote(), nil
	})
}

func (a *Action) toProto() *voicev1.CaseAction {
	return &voicev1.CaseAction{
		Name: a.Name(), Kind: voicev1.CaseAction_Kind(a.Kind), Title: a.Title, Owner: a.Owner, DueDate: civil.Date(a.Due), DoneTime: stamp(a.Done), Result: a.Result,
		VerifyTime: stamp(a.Verified), Verifier: a.Verifier, OverdueTime: stamp(a.Overdue), Author: a.Author, CreateTime: timestamppb.New(a.CreateTime),
		UpdateTime: timestamppb.New(a.UpdateTime), Etag: etag.Of(a.Revision),
	}
}

// set puts what callers may write into a, and checks it.
func (a *Action) set(in *voicev1.CaseAction) (err error) {
	a.Title, a.Owner, a.Due = in.GetTitle(), in.GetOwner(), time.Time{}
	if in.GetDueDate() != nil {
		if a.Due, err = civil.FromProto("due_date", in.GetDueDate()); err != nil {
			return err
		}
	}
	if wrong := a.Check(); len(wrong) > 0 {
		return fault.Invalid(wrong...)
	}
	return nil
}
