package report

import (
	"context"
	"errors"
	"time"

	"github.com/google/uuid"
	"github.com/shopspring/decimal"

	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/libs/resource"
	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
	"github.com/guanxi-crm/guanxi/services/profile/internal/dossier"
	"github.com/guanxi-crm/guanxi/services/profile/internal/insight"
	"github.com/guanxi-crm/guanxi/services/profile/internal/sheet"
	"github.com/guanxi-crm/guanxi/services/profile/internal/supply"
)

// store gathers what reports are made of.
type store struct {
	db       *postgres.DB
	now      func() time.Time
	dossiers *dossier.Store
	insights *insight.Store
	sheets   *sheet.Store
}

func newStore(db *postgres.DB, now func() time.Time) *store {
	return &store{db: db, now: now, dossiers: dossier.NewStore(db, now), insights: insight.NewStore(db, now), sheets: sheet.NewStore(db)}
}

const selectCustomer = `select customer_id, display_name, legal_name, industry, territory, owner from customers where customer_id = $1 and guanxi_covers(territory, $2)`

// source gathers it for a caller who may read the customer.
func (s *store) source(ctx context.Context, customer uuid.UUID, kind Kind, first, last time.Time) (*Source, error) {
	out := &Source{First: first, Last: last, Now: s.now(), SalesEnd: monthOf(s.now().UTC())}
	err := s.db.Get(ctx, &out.Customer, selectCustomer, customer, auth.From(ctx).Scope())
	if errors.Is(err, postgres.ErrNoRows) {
		return nil, resource.Missing(ctx, resource.Name("customers", customer), typev1.Level_BASIC)
	}
	if err != nil {
		return nil, err
	}
	span := insight.Span{First: first, Last: last, Most: mostInsights, Characters: mostCharacters}
	if out.Insights, out.All, err = s.insights.Within(ctx, customer, span); err != nil || kind == Bulletin {
		return out, err
	}
	if out.Sections, _, err = s.dossiers.All(ctx, customer); err != nil {
		return nil, err
	}
	if err := s.selling(ctx, out); err != nil {
		return nil, err
	}
	return out, s.supplied(ctx, out)
}

// The newest position of each product line.
const selectPositions = `select distinct on (product_line) product_line, our_share, competitors, as_of, reason
	from supply_positions where customer_id = $1 order by product_line, as_of desc`

func (s *store) supplied(ctx context.Context, out *Source) error {
	var rows []struct {
		ProductLine string                             `db:"product_line"`
		Share       decimal.Decimal                    `db:"our_share"`
		Competitors postgres.JSON[[]supply.Competitor] `db:"competitors"`
		AsOf        time.Time                          `db:"as_of"`
		Reason      string                             `db:"reason"`
	}
	err := s.db.Select(ctx, &rows, selectPositions, out.Customer.ID)
	for _, r := range rows {
		p := Position{ProductLine: r.ProductLine, Share: r.Share.String(), AsOf: r.AsOf, Reason: r.Reason}
		for _, c := range r.Competitors.V {
			of := Competitor{Name: c.Name}
			if c.Share != nil {
				of.Share = c.Share.String()
			}
			p.Competitors = append(p.Competitors, of)
		}
		out.Positions = append(out.Positions, p)
	}
	return err
}

func (s *store) selling(ctx context.Context, out *Source) error {
	points, _, err := s.sheets.Curve(ctx, out.Customer.ID, sheet.Span{Start: out.SalesEnd.AddDate(0, 1-2*yearMonths, 0), End: out.SalesEnd}, nil)
	for _, p := range points {
		out.Sales = append(out.Sales, Sale{Month: p.Month, Currency: p.Currency, ProductLine: p.ProductLine, Amount: p.Amount})
	}
	return err
}
