package payment

import (
	"github.com/google/uuid"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/guanxi-crm/guanxi/libs/civil"
	"github.com/guanxi-crm/guanxi/libs/etag"
	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/money"
	"github.com/guanxi-crm/guanxi/libs/resource"
	profilev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/profile/v1"
)

// Name is the resource name of a payment.
func Name(customer, payment uuid.UUID) string {
	return resource.Name("customers", customer, "payments", payment)
}

// ToProto translates a payment for the API.
func ToProto(p *Payment) (*profilev1.Payment, error) {
	amount, err := p.Amount.ToProto()
	if err != nil {
		return nil, err
	}
	out := &profilev1.Payment{
		Name: Name(p.CustomerID, p.ID), SourceSystem: p.SourceSystem, PaymentNumber: p.Number, OrderNumber: p.OrderNumber, Amount: amount,
		DueDate: civil.Date(p.DueDate), Etag: etag.Of(p.Revision), CreateTime: timestamppb.New(p.CreateTime), UpdateTime: timestamppb.New(p.UpdateTime),
	}
	if p.PaidDate != nil {
		out.PaidDate = civil.Date(*p.PaidDate)
	}
	return out, nil
}

// FromProto reads the fields that callers may set.
func FromProto(customer uuid.UUID, in *profilev1.Payment) (*Payment, error) {
	amount, err := money.FromProto(in.GetAmount())
	if err != nil {
		return nil, fault.Prefix(err, "amount")
	}
	p := &Payment{
		CustomerID: customer, SourceSystem: in.GetSourceSystem(), Number: in.GetPaymentNumber(), OrderNumber: in.GetOrderNumber(), Amount: amount,
	}
	if p.DueDate, err = civil.FromProto("due_date", in.GetDueDate()); err != nil {
		return nil, err
	}
	if in.GetPaidDate() == nil {
		return p, nil
	}
	paid, err := civil.FromProto("paid_date", in.GetPaidDate())
	p.PaidDate = &paid
	return p, err
}
