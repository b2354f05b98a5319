package summary

import (
	"context"
	"time"

	"github.com/google/uuid"

	"github.com/guanxi-crm/guanxi/libs/events"
	voicev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/voice/v1"
)

func (s *Summary) published(ctx context.Context, at time.Time, id uuid.UUID) (events.Event, error) {
	return events.New(ctx, at, id, &voicev1.VoiceSummaryPublished{
		Summary: s.Name(), FiscalYear: int32(s.FiscalYear), VoiceCount: int32(s.Voices), CaseCount: int32(s.Cases), ComplaintCount: int32(s.Complaints),
	})
}
