package payment

import (
	"time"

	"github.com/google/uuid"
	"google.golang.org/genproto/googleapis/type/date"
	"google.golang.org/protobuf/types/known/timestamppb"

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
		DueDate: day(p.DueDate), Etag: etag.Of(p.Revision), CreateTime: timestamppb.New(p.CreateTime), UpdateTime: timestamppb.New(p.UpdateTime),
	}
	if p.PaidDate != nil {
		out.PaidDate = day(*p.PaidDate)
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
	if p.DueDate, err = midnight("due_date", in.GetDueDate()); err != nil {
		return nil, err
	}
	if in.GetPaidDate() == nil {
		return p, nil
	}
	paid, err := midnight("paid_date", in.GetPaidDate())
	p.PaidDate = &paid
	return p, err
}

func day(t time.Time) *date.Date {
	return &date.Date{Year: int32(t.Year()), Month: int32(t.Month()), Day: int32(t.Day())}
}

func midnight(field string, d *date.Date) (time.Time, error) {
	t := time.Date(int(d.GetYear()), time.Month(d.GetMonth()), int(d.GetDay()), 0, 0, 0, 0, time.UTC)
	if d.GetYear() < 1900 || d.GetYear() > 2200 || int32(t.Month()) != d.GetMonth() || int32(t.Day()) != d.GetDay() {
		return t, fault.Invalid(fault.Field(field, "DATE", fault.Text{
			En: "is not a full date of the years 1900 to 2200", Zh: "不是 1900 至 2200 年间的完整日期",
		}))
	}
	return t, nil
}
