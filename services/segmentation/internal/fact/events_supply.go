package fact

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/shopspring/decimal"

	"github.com/guanxi-crm/guanxi/libs/civil"
	"github.com/guanxi-crm/guanxi/libs/events"
	"github.com/guanxi-crm/guanxi/libs/money"
	"github.com/guanxi-crm/guanxi/libs/resource"
	profilev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/profile/v1"
)

// What profile announces of our share of a customer's supply, and of what is expected to be sold to it.
const (
	supplySubjects   = "guanxi.profile.supply_position.*.v1"
	expectedSubjects = "guanxi.profile.expected_sales.*.v1"
)

// projectSupply is project for these; known is false for any other event.
func (s *Store) projectSupply(ctx context.Context, d events.Delivery) (known bool, err error) {
	switch d.Subject {
	case "guanxi.profile.supply_position.recorded.v1":
		return true, handle(ctx, d, func(ctx context.Context, d events.Delivery, m *profilev1.SupplyPositionRecorded) error {
			return s.position(ctx, d, m.GetSupplyPosition(), m.GetAfter())
		})
	case "guanxi.profile.supply_position.changed.v1":
		return true, handle(ctx, d, func(ctx context.Context, d events.Delivery, m *profilev1.SupplyPositionChanged) error {
			return s.position(ctx, d, m.GetSupplyPosition(), m.GetAfter())
		})
	case "guanxi.profile.supply_position.deleted.v1":
		return true, handle(ctx, d, func(ctx context.Context, d events.Delivery, m *profilev1.SupplyPositionDeleted) error {
			return named(m.GetSupplyPosition(), "supplyPositions", func(customer, id uuid.UUID) error {
				return s.dropPosition(ctx, customer, id, touch{d.Aggregate, "signal", m.GetSupplyPosition(), d.Time})
			})
		})
	case "guanxi.profile.expected_sales.recorded.v1":
		return true, handle(ctx, d, func(ctx context.Context, d events.Delivery, m *profilev1.ExpectedSalesRecorded) error {
			return s.expectation(ctx, d, m.GetExpectedSales(), m.GetAfter())
		})
	case "guanxi.profile.expected_sales.corrected.v1":
		return true, handle(ctx, d, func(ctx context.Context, d events.Delivery, m *profilev1.ExpectedSalesCorrected) error {
			return s.expectation(ctx, d, m.GetExpectedSales(), m.GetAfter())
		})
	case "guanxi.profile.expected_sales.deleted.v1":
		return true, handle(ctx, d, func(ctx context.Context, d events.Delivery, m *profilev1.ExpectedSalesDeleted) error {
			return named(m.GetExpectedSales(), "expectedSales", func(customer, id uuid.UUID) error {
				return s.dropExpectation(ctx, customer, id, touch{d.Aggregate, "forecast", m.GetExpectedSales(), d.Time})
			})
		})
	}
	return false, nil
}

// named reads the ids out of a name of something that belongs to a customer.
func named(name, collection string, do func(customer, id uuid.UUID) error) error {
	ids, err := resource.Parse("name", name, "customers", collection)
	if err != nil {
		return events.Permanent(err)
	}
	return do(ids[0], ids[1])
}

// position is our share of a product line as of a day.
type position struct {
	Customer    uuid.UUID
	ID          uuid.UUID
	ProductLine string
	AsOf        time.Time
	Share       decimal.Decimal // percent
}

func (s *Store) position(ctx context.Context, d events.Delivery, name string, p *profilev1.SupplyPosition) error {
	return named(name, "supplyPositions", func(customer, id uuid.UUID) error {
		share, err := decimal.NewFromString(p.GetOurSharePercent())
		if err != nil {
			return events.Permanent(fmt.Errorf("fact: %s: the share %q: %w", name, p.GetOurSharePercent(), err))
		}
		day, ok := civil.Day(p.GetAsOfDate())
		if !ok {
			return events.Permanent(fmt.Errorf("fact: %s is of no day", name))
		}
		return s.putPosition(ctx, position{customer, id, p.GetProductLine(), day, share}, touch{d.Aggregate, "signal", name, d.Time})
	})
}

// expectation is what is expected to be sold in a fiscal year.
type expectation struct {
	Customer    uuid.UUID
	ID          uuid.UUID
	FiscalYear  int32
	ProductLine string
	Amount      money.Money
}

func (s *Store) expectation(ctx context.Context, d events.Delivery, name string, p *profilev1.ExpectedSales) error {
	return named(name, "expectedSales", func(customer, id uuid.UUID) error {
		amount, err := money.FromProto(p.GetAmount())
		if err != nil {
			return events.Permanent(fmt.Errorf("fact: %s: %w", name, err))
		}
		return s.putExpectation(ctx, expectation{customer, id, p.GetFiscalYear(), p.GetProductLine(), amount}, touch{d.Aggregate, "forecast", name, d.Time})
	})
}
