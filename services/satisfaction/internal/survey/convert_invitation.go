package survey

import (
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/guanxi-crm/guanxi/libs/aggregate"
	satisfactionv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/satisfaction/v1"
)

// toProto is the invitation for the API. Of an anonymous survey it is not told who has answered, nor is it by what would tell.
func (i *Invitation) toProto(s *Survey, now time.Time) *satisfactionv1.Invitation {
	out := &satisfactionv1.Invitation{
		Name: i.Name(), Customer: aggregate.Name(i.Customer), Stratum: int32(i.Stratum), State: satisfactionv1.Invitation_State(i.stateOf(s, now)),
		Cleared: i.Cleared, Refusal: i.Refusal, Reminders: int32(i.Reminders), CreateTime: timestamppb.New(i.CreateTime), IssueTime: timestamp(i.IssueTime),
		RemindTime: timestamp(i.RemindTime),
	}
	if s.State == Open {
		out.AskTime = timestamp(i.AskTime)
	}
	return out
}

// stateOf is the state as it is told: what is over without an answer has expired.
func (i *Invitation) stateOf(s *Survey, now time.Time) InvitationState {
	over := s.State == Closed || s.EndTime != nil && !now.Before(*s.EndTime)
	switch {
	case i.State == Revoked:
		return Revoked
	case s.Anonymous && i.State != Drawn && over, i.State != Answered && over:
		return Expired
	case s.Anonymous && i.State != Drawn:
		return Issued
	}
	return i.State
}

func timestamp(t *time.Time) *timestamppb.Timestamp {
	if t == nil {
		return nil
	}
	return timestamppb.New(*t)
}

func instant(t *timestamppb.Timestamp) *time.Time {
	if t == nil {
		return nil
	}
	at := t.AsTime()
	return &at
}
