package judgement

import (
	"context"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/guanxi-crm/guanxi/libs/civil"
	"github.com/guanxi-crm/guanxi/libs/events"
	"github.com/guanxi-crm/guanxi/libs/history"
	segmentationv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/segmentation/v1"
	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
)

func (j *Judgement) recorded(ctx context.Context) (history.Record, error) {
	return j.record(ctx, j.CreateTime, history.Created, &segmentationv1.JudgementRecorded{
		Judgement: j.name(), Factor: j.Factor, Level: int32(j.Level), JudgeDate: civil.Date(j.JudgeDay), ExpireDate: civil.Date(j.ExpireDay),
	})
}

func (j *Judgement) withdrawn(ctx context.Context) (history.Record, error) {
	return j.record(ctx, *j.WithdrawTime, history.Deleted, &segmentationv1.JudgementWithdrawn{Judgement: j.name(), Factor: j.Factor, Level: int32(j.Level)})
}

// record notes no field values in the history: the judgement itself is never changed.
func (j *Judgement) record(ctx context.Context, at time.Time, action history.Action, data proto.Message) (history.Record, error) {
	event, err := events.New(ctx, at, j.Customer, data)
	if err != nil {
		return history.Record{}, err
	}
	return history.NewRecord(event, action, typev1.Level_BASIC, nil), nil
}
