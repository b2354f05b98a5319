package recall

import (
	"context"
	"fmt"

	"github.com/google/uuid"
	"github.com/shopspring/decimal"

	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/operation"
	"github.com/guanxi-crm/guanxi/libs/resource"
	voicev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/voice/v1"
)

// step does something to a recall that is named, and answers it whole.
func (s *Server) step(ctx context.Context, name string, do func(id uuid.UUID) (*Recall, error)) (*voicev1.Recall, error) {
	id, err := parse("name", name)
	if err != nil {
		return nil, err
	}
	r, err := do(id)
	if err != nil {
		return nil, err
	}
	return s.whole(ctx, r)
}

// StartRecall implements RecallService.
func (s *Server) StartRecall(ctx context.Context, r *voicev1.StartRecallRequest) (*voicev1.Recall, error) {
	id, err := parse("name", r.GetName())
	if err != nil {
		return nil, err
	}
	started, o, err := s.store.Start(ctx, id, r.GetEtag())
	if err != nil {
		return nil, err
	}
	out := started.toProto()
	out.Figures, out.Trace = (&Figures{}).toProto(), operation.ToProto(o)
	return out, nil
}

// CompleteRecall implements RecallService.
func (s *Server) CompleteRecall(ctx context.Context, r *voicev1.CompleteRecallRequest) (*voicev1.Recall, error) {
	return s.step(ctx, r.GetName(), func(id uuid.UUID) (*Recall, error) { return s.store.Complete(ctx, id, r.GetReason(), r.GetEtag()) })
}

// CancelRecall implements RecallService.
func (s *Server) CancelRecall(ctx context.Context, r *voicev1.CancelRecallRequest) (*voicev1.Recall, error) {
	return s.step(ctx, r.GetName(), func(id uuid.UUID) (*Recall, error) { return s.store.Cancel(ctx, id, r.GetReason(), r.GetEtag()) })
}

// NotifyRecall implements RecallService.
func (s *Server) NotifyRecall(ctx context.Context, r *voicev1.NotifyRecallRequest) (*voicev1.NotifyRecallResponse, error) {
	id, err := parse("name", r.GetName())
	if err != nil {
		return nil, err
	}
	n := Notice{Channel: r.GetChannel(), Note: r.GetNote(), Time: instant(r.GetNotifyTime())}
	for i, name := range r.GetCustomers() {
		ids, err := resource.Parse(fmt.Sprintf("customers[%d]", i), name, "customers")
		if err != nil {
			return nil, err
		}
		n.Customers = append(n.Customers, ids[0])
	}
	told, left, err := s.store.Notify(ctx, id, n)
	if err != nil {
		return nil, err
	}
	return &voicev1.NotifyRecallResponse{Notified: int32(told), Remaining: int32(left)}, nil
}

// decimals is how many places quantities have at most, as those of orders.
const decimals = 6

// RecordRecallReturn implements RecallService.
func (s *Server) RecordRecallReturn(ctx context.Context, r *voicev1.RecordRecallReturnRequest) (*voicev1.RecallItem, error) {
	ids, err := resource.Parse("name", r.GetName(), "recalls", "items")
	if err != nil {
		return nil, err
	}
	quantity := decimal.NewFromFloat(r.GetQuantity())
	switch {
	case quantity.IsZero():
		return nil, fault.Invalid(fault.Field("quantity", "RANGE", fault.Text{En: "must not be 0", Zh: "不得为 0"}))
	case !quantity.Equal(quantity.Round(decimals)):
		return nil, fault.Invalid(fault.Field("quantity", "DECIMALS", fault.Text{En: "must have at most 6 decimals", Zh: "小数不得超过 6 位"}))
	}
	i, err := s.store.Return(ctx, ids[0], ids[1], quantity, r.GetNote())
	if err != nil {
		return nil, err
	}
	return i.toProto(), nil
}

// CloseRecallItem implements RecallService.
func (s *Server) CloseRecallItem(ctx context.Context, r *voicev1.CloseRecallItemRequest) (*voicev1.RecallItem, error) {
	ids, err := resource.Parse("name", r.GetName(), "recalls", "items")
	if err != nil {
		return nil, err
	}
	i, err := s.store.Close(ctx, ids[0], ids[1], r.GetReason())
	if err != nil {
		return nil, err
	}
	return i.toProto(), nil
}
