package form

import (
	"context"

	"github.com/guanxi-crm/guanxi/libs/resource"
	voicev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/voice/v1"
)

func answerSubmission(sub *Submission, err error) (*voicev1.FormSubmission, error) {
	if err != nil {
		return nil, err
	}
	return sub.toProto(), nil
}

// GetFormSubmission implements VoiceFormService.
func (s *Server) GetFormSubmission(ctx context.Context, r *voicev1.GetFormSubmissionRequest) (*voicev1.FormSubmission, error) {
	ids, err := resource.Parse("name", r.GetName(), "voiceForms", "submissions")
	if err != nil {
		return nil, err
	}
	return answerSubmission(s.store.Submission(ctx, ids[0], ids[1]))
}

// ListFormSubmissions implements VoiceFormService.
func (s *Server) ListFormSubmissions(ctx context.Context, r *voicev1.ListFormSubmissionsRequest) (*voicev1.ListFormSubmissionsResponse, error) {
	form, err := resource.ParseAny("parent", r.GetParent(), "voiceForms")
	if err != nil {
		return nil, err
	}
	plan, err := s.submissions.PlanFor(ctx, voicev1.VoiceFormService_ListFormSubmissions_FullMethodName, r, "")
	if err != nil {
		return nil, err
	}
	found, next, err := s.store.Submissions(ctx, plan, form)
	if err != nil {
		return nil, err
	}
	out := &voicev1.ListFormSubmissionsResponse{NextPageToken: next}
	for _, sub := range found {
		out.Submissions = append(out.Submissions, sub.toProto())
	}
	return out, nil
}

// ReleaseFormSubmission implements VoiceFormService.
func (s *Server) ReleaseFormSubmission(ctx context.Context, r *voicev1.ReleaseFormSubmissionRequest) (*voicev1.FormSubmission, error) {
	ids, err := resource.Parse("name", r.GetName(), "voiceForms", "submissions")
	if err != nil {
		return nil, err
	}
	return answerSubmission(s.store.Release(ctx, ids[0], ids[1]))
}

// DiscardFormSubmission implements VoiceFormService.
func (s *Server) DiscardFormSubmission(ctx context.Context, r *voicev1.DiscardFormSubmissionRequest) (*voicev1.FormSubmission, error) {
	ids, err := resource.Parse("name", r.GetName(), "voiceForms", "submissions")
	if err != nil {
		return nil, err
	}
	return answerSubmission(s.store.Discard(ctx, ids[0], ids[1], r.GetReason()))
}
