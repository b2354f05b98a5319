package compensation

import (
	"context"
	"time"

	pb "google.golang.org/genproto/googleapis/type/money"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/guanxi-crm/guanxi/libs/aggregate"
	"github.com/guanxi-crm/guanxi/libs/etag"
	"github.com/guanxi-crm/guanxi/libs/events"
	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/history"
	"github.com/guanxi-crm/guanxi/libs/money"
	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
	voicev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/voice/v1"
	"github.com/guanxi-crm/guanxi/services/voice/internal/casefile"
)

// worth is an amount that was stored, for the API. What is stored has at most 16 digits and 4 decimals, which money always carries.
func (c *Compensation) worth() *pb.Money {
	p, err := money.Money{Amount: c.Amount, Currency: c.Currency}.ToProto()
	if err != nil { // see above
		panic(err)
	}
	return p
}

func (c *Compensation) toProto() *voicev1.Compensation {
	return &voicev1.Compensation{
		Name: c.Name(), Kind: voicev1.Compensation_Kind(c.Kind), Amount: c.worth(), Reason: c.Reason, State: voicev1.Compensation_State(c.State),
		Tier: voicev1.Compensation_Tier(c.Tier), Proposer: c.Proposer, Decider: c.Decider, DecideTime: stamp(c.DecideTime), DecideReason: c.DecideReason,
		Payer: c.Payer, PayTime: stamp(c.PayTime), PayReference: c.PayReference, CreateTime: timestamppb.New(c.CreateTime),
		UpdateTime: timestamppb.New(c.UpdateTime), Etag: etag.Of(c.Revision),
	}
}

func stamp(at *time.Time) *timestamppb.Timestamp {
	if at == nil {
		return nil
	}
	return timestamppb.New(*at)
}

// compensationOf reads a proposal.
func compensationOf(in *voicev1.Compensation) (*Compensation, error) {
	amount, err := money.FromProto(in.GetAmount())
	if err != nil {
		return nil, fault.Prefix(err, "amount")
	}
	if wrong := CheckAmount(amount.Amount); len(wrong) > 0 {
		return nil, fault.Invalid(wrong...)
	}
	return &Compensation{Kind: Kind(in.GetKind()), Amount: amount.Amount, Currency: amount.Currency, Reason: in.GetReason()}, nil
}

// approved leaves the amount to those who may approve it: what took more than the assignee is not in what goes to subscribers.
func (c *Compensation) approved(ctx context.Context) (history.Record, error) {
	levels := map[Tier]typev1.Level{ByAssignee: typev1.Level_BASIC, ByManager: typev1.Level_MANAGER, ByExecutive: typev1.Level_EXECUTIVE}
	event, err := events.New(ctx, c.UpdateTime, c.Customer, &voicev1.CompensationApproved{
		Compensation: c.Name(), Case: casefile.Name(c.Case), Customer: aggregate.Name(c.Customer), Kind: voicev1.Compensation_Kind(c.Kind), Approver: c.Decider,
		Worth: &voicev1.CompensationApproved_Worth{Level: levels[c.Tier], Amount: c.worth()},
	})
	return history.NewRecord(event, history.Changed, typev1.Level_BASIC, nil), err
}
