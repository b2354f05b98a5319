package forecast

import (
	"github.com/google/uuid"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/guanxi-crm/guanxi/libs/etag"
	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/money"
	"github.com/guanxi-crm/guanxi/libs/resource"
	profilev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/profile/v1"
)

// Name is the resource name of a forecast.
func Name(customer, sales uuid.UUID) string {
	return resource.Name("customers", customer, "expectedSales", sales)
}

// ToProto translates a forecast for the API.
func ToProto(f *Forecast) (*profilev1.ExpectedSales, error) {
	amount, err := f.Amount.ToProto()
	if err != nil {
		return nil, err
	}
	return &profilev1.ExpectedSales{
		Name: Name(f.CustomerID, f.ID), FiscalYear: f.FiscalYear, ProductLine: f.ProductLine, Amount: amount, Note: f.Note, Author: f.Author,
		Etag: etag.Of(f.Revision), CreateTime: timestamppb.New(f.CreateTime), UpdateTime: timestamppb.New(f.UpdateTime),
	}, nil
}

// FromProto reads the fields that callers may set.
func FromProto(customer uuid.UUID, in *profilev1.ExpectedSales) (*Forecast, error) {
	amount, err := money.FromProto(in.GetAmount())
	if err != nil {
		return nil, fault.Prefix(err, "amount")
	}
	return &Forecast{CustomerID: customer, FiscalYear: in.GetFiscalYear(), ProductLine: in.GetProductLine(), Amount: amount, Note: in.GetNote()}, nil
}
