package recall

import (
	"slices"
	"time"

	"github.com/shopspring/decimal"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/guanxi-crm/guanxi/libs/aggregate"
	"github.com/guanxi-crm/guanxi/libs/etag"
	"github.com/guanxi-crm/guanxi/libs/resource"
	voicev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/voice/v1"
)

func (r *Recall) toProto() *voicev1.Recall {
	out := &voicev1.Recall{
		Name: r.Name(), Title: r.Title, Reason: r.Reason, ProductLine: r.Line, ProductCodes: r.Codes, OrderStartTime: timestamp(r.OrderStart), OrderEndTime: timestamp(r.OrderEnd),
		LotNote: r.LotNote, Territory: r.Territory, State: voicev1.Recall_State(r.State), Author: r.Author, StartTime: timestamp(r.StartTime), EndTime: timestamp(r.EndTime),
		EndReason: r.EndReason, CreateTime: timestamppb.New(r.CreateTime), UpdateTime: timestamppb.New(r.UpdateTime), Etag: etag.Of(r.Revision),
	}
	for _, m := range r.TaskForce {
		out.TaskForce = append(out.TaskForce, &voicev1.Recall_Member{Subject: m.Subject, Role: m.Role, Lead: m.Lead})
	}
	return out
}

// set puts what callers may write into r.
func (r *Recall) set(in *voicev1.Recall) {
	r.Title, r.Reason, r.Line, r.Codes, r.LotNote, r.Territory = in.GetTitle(), in.GetReason(), in.GetProductLine(), in.GetProductCodes(), in.GetLotNote(), in.GetTerritory()
	r.OrderStart, r.OrderEnd = instant(in.GetOrderStartTime()), instant(in.GetOrderEndTime())
	r.TaskForce = nil
	for _, m := range in.GetTaskForce() {
		r.TaskForce = append(r.TaskForce, Member{Subject: m.GetSubject(), Role: m.GetRole(), Lead: m.GetLead()})
	}
}

// tracesAlike says whether two states of a recall find the same orders.
func tracesAlike(a, b *Recall) bool {
	return a.Line == b.Line && a.Territory == b.Territory && slices.Equal(a.Codes, b.Codes) && alike(a.OrderStart, b.OrderStart) && alike(a.OrderEnd, b.OrderEnd)
}

func alike(a, b *time.Time) bool {
	if a == nil || b == nil {
		return a == b
	}
	return a.Equal(*b)
}

func (f *Figures) toProto() *voicev1.RecallFigures {
	return &voicev1.RecallFigures{
		Customers: int32(f.Customers), CustomersToNotify: int32(f.ToNotify), Items: int32(f.Items), ItemsOpen: int32(f.Open), Quantity: f.Quantity.InexactFloat64(),
		ReturnedQuantity: f.Returned.InexactFloat64(), ReturnRate: ratio(f.Returned, f.Quantity), Cases: int32(f.Cases),
		CompletionRate: ratio(decimal.NewFromInt(int64(f.Items-f.Open)), decimal.NewFromInt(int64(f.Items))),
	}
}

func ratio(part, all decimal.Decimal) float64 {
	if all.IsZero() {
		return 0
	}
	return part.DivRound(all, 6).InexactFloat64()
}

func (i *Item) toProto() *voicev1.RecallItem {
	return &voicev1.RecallItem{
		Name: i.Name(), Customer: aggregate.Name(i.Customer), Order: i.OrderName(), OrderNumber: i.OrderNumber, Line: i.Number, ProductLine: i.Line, ProductCode: i.Code,
		Quantity: i.Quantity.InexactFloat64(), ReturnedQuantity: i.Returned.InexactFloat64(), State: voicev1.RecallItem_State(i.State), OrderTime: timestamppb.New(i.OrderTime),
		TraceTime: timestamppb.New(i.TraceTime), ReturnTime: timestamp(i.ReturnTime), CloseReason: i.CloseReason, UpdateTime: timestamppb.New(i.UpdateTime),
	}
}

func (b *Back) toProto() *voicev1.RecallReturn {
	return &voicev1.RecallReturn{
		Name: resource.Name("recalls", b.Recall, "items", b.Item, "returns", b.ID), Customer: aggregate.Name(b.Customer), Quantity: b.Quantity.InexactFloat64(), Note: b.Note,
		Author: b.Author, CreateTime: timestamppb.New(b.CreateTime),
	}
}

func (c *Client) toProto() *voicev1.RecallCustomer {
	return &voicev1.RecallCustomer{
		Name: resource.Name("recalls", c.Recall, "customers", c.Customer), Customer: aggregate.Name(c.Customer), AffectTime: timestamppb.New(c.AffectTime),
		NotifyTime: timestamp(c.NotifyTime), Notifier: c.Notifier, Channel: c.Channel, Note: c.Note, Items: int32(c.Items), ItemsOpen: int32(c.Open),
	}
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
	at := t.AsTime().Truncate(time.Microsecond)
	return &at
}
