package casefile

import (
	"context"

	"github.com/guanxi-crm/guanxi/libs/resource"
	voicev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/voice/v1"
)

// StepServer serves CaseTransitionService.
type StepServer struct {
	voicev1.UnimplementedCaseTransitionServiceServer
	store *Store
}

// NewStepServer makes the server.
func NewStepServer(store *Store) *StepServer { return &StepServer{store: store} }

func (s *StepServer) do(ctx context.Context, name, tag string, step Step, options Options) (*voicev1.Case, error) {
	ids, err := resource.Parse("name", name, "cases")
	if err != nil {
		return nil, err
	}
	c, err := s.store.Do(ctx, ids[0], tag, step, options)
	return Answer(ctx, c, err)
}

func (s *StepServer) plain(ctx context.Context, r *voicev1.CaseStepRequest, verb Verb) (*voicev1.Case, error) {
	return s.do(ctx, r.GetName(), r.GetEtag(), Step{Verb: verb, Text: r.GetNote()}, Options{})
}

// TriageCase implements CaseTransitionService.
func (s *StepServer) TriageCase(ctx context.Context, r *voicev1.TriageCaseRequest) (*voicev1.Case, error) {
	return s.do(ctx, r.GetName(), r.GetEtag(), Step{
		Verb: Triage, Text: r.GetNote(), Track: Track(r.GetTrack()), Phase: int16(r.GetPhase()), Technicality: int16(r.GetTechnicality()),
	}, Options{})
}

// AssignCase implements CaseTransitionService.
func (s *StepServer) AssignCase(ctx context.Context, r *voicev1.AssignCaseRequest) (*voicev1.Case, error) {
	return s.do(ctx, r.GetName(), r.GetEtag(), Step{Verb: Assign, Text: r.GetNote(), Assignee: r.GetAssignee()}, Options{Language: r.GetLanguage()})
}

// StartCase implements CaseTransitionService.
func (s *StepServer) StartCase(ctx context.Context, r *voicev1.CaseStepRequest) (*voicev1.Case, error) {
	return s.plain(ctx, r, Start)
}

// WaitForCustomer implements CaseTransitionService.
func (s *StepServer) WaitForCustomer(ctx context.Context, r *voicev1.CaseStepRequest) (*voicev1.Case, error) {
	return s.plain(ctx, r, Wait)
}

// ResumeCase implements CaseTransitionService.
func (s *StepServer) ResumeCase(ctx context.Context, r *voicev1.CaseStepRequest) (*voicev1.Case, error) {
	return s.plain(ctx, r, Resume)
}

// RespondToCustomer implements CaseTransitionService.
func (s *StepServer) RespondToCustomer(ctx context.Context, r *voicev1.RespondToCustomerRequest) (*voicev1.Case, error) {
	return s.do(ctx, r.GetName(), r.GetEtag(), Step{Verb: Respond, Text: r.GetText()}, Options{Channel: r.GetChannel()})
}

// ResolveCase implements CaseTransitionService.
func (s *StepServer) ResolveCase(ctx context.Context, r *voicev1.ResolveCaseRequest) (*voicev1.Case, error) {
	return s.do(ctx, r.GetName(), r.GetEtag(), Step{Verb: Resolve, Text: r.GetResolution(), Cause: r.GetCause(), CauseText: r.GetCauseText()}, Options{})
}

// ConfirmCase implements CaseTransitionService.
func (s *StepServer) ConfirmCase(ctx context.Context, r *voicev1.CaseStepRequest) (*voicev1.Case, error) {
	return s.plain(ctx, r, Confirm)
}

// CloseCase implements CaseTransitionService.
func (s *StepServer) CloseCase(ctx context.Context, r *voicev1.CloseCaseRequest) (*voicev1.Case, error) {
	return s.do(ctx, r.GetName(), r.GetEtag(), Step{Verb: Close, Text: r.GetReason(), Outcome: Outcome(r.GetOutcome())}, Options{})
}

// ReopenCase implements CaseTransitionService.
func (s *StepServer) ReopenCase(ctx context.Context, r *voicev1.ReopenCaseRequest) (*voicev1.Case, error) {
	return s.do(ctx, r.GetName(), r.GetEtag(), Step{Verb: Reopen, Text: r.GetReason()}, Options{})
}
