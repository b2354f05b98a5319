package form

import (
	"context"

	"github.com/guanxi-crm/guanxi/libs/events"
	voicev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/voice/v1"
	"github.com/guanxi-crm/guanxi/services/voice/internal/intake"
)

func (f *Form) created(ctx context.Context) (events.Event, error) {
	return events.New(ctx, f.CreateTime, f.ID, &voicev1.VoiceFormCreated{Form: f.Name(), Territory: f.Territory})
}

func (f *Form) changed(ctx context.Context, fields []string) (events.Event, error) {
	return events.New(ctx, f.UpdateTime, f.ID, &voicev1.VoiceFormChanged{Form: f.Name(), Fields: fields, Active: f.Active})
}

func (s *Submission) received(ctx context.Context) (events.Event, error) {
	return events.New(ctx, s.CreateTime, s.ID, &voicev1.FormSubmissionReceived{
		Submission: s.Name(), Territory: s.Territory, State: voicev1.FormSubmission_State(s.State), Voice: s.voiceName(),
	})
}

func (s *Submission) decided(ctx context.Context) (events.Event, error) {
	return events.New(ctx, *s.DecideTime, s.ID, &voicev1.FormSubmissionDecided{
		Submission: s.Name(), State: voicev1.FormSubmission_State(s.State), Voice: s.voiceName(),
	})
}

// voiceName is the voice that it became, empty if it became none.
func (s *Submission) voiceName() string {
	if !s.Voice.Valid {
		return ""
	}
	return intake.Name(s.Voice.UUID)
}
