package questionnaire

import (
	"context"

	"github.com/guanxi-crm/guanxi/libs/events"
	satisfactionv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/satisfaction/v1"
)

func (q *Questionnaire) released(ctx context.Context, pretested bool) (events.Event, error) {
	return events.New(ctx, *q.ReleaseTime, q.ID, &satisfactionv1.QuestionnaireReleased{
		Questionnaire: q.Name(), Version: q.Version, Questions: int32(len(q.Questions())), Pretested: pretested,
	})
}
