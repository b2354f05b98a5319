package operation

import (
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
)

// ToProto is the operation as callers see it.
func ToProto(o *Operation) *typev1.Operation {
	out := &typev1.Operation{
		State:      typev1.Operation_State(o.State),
		TotalCount: o.Total,
		DoneCount:  o.Done,
		CreateTime: timestamppb.New(o.CreateTime),
		StartTime:  timestamp(o.StartTime),
		FinishTime: timestamp(o.FinishTime),
		Actor:      o.Actor,
	}
	if o.Reason != "" {
		out.Error = &typev1.Operation_Error{Reason: o.Reason, MessageEn: o.ErrorEn, MessageZh: o.ErrorZh}
	}
	return out
}

func timestamp(t *time.Time) *timestamppb.Timestamp {
	if t == nil {
		return nil
	}
	return timestamppb.New(*t)
}
