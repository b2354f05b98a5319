package grade

import (
	"cmp"
	"context"
	"slices"

	"github.com/guanxi-crm/guanxi/libs/aggregate"
	"github.com/guanxi-crm/guanxi/libs/civil"
	"github.com/guanxi-crm/guanxi/libs/money"
	segmentationv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/segmentation/v1"
	"github.com/guanxi-crm/guanxi/services/segmentation/internal/gradingmodel"
)

// maxMovers is how many movers an answer names.
const maxMovers = 100

// SimulateGradingModel implements GradeService.
func (s *Server) SimulateGradingModel(ctx context.Context, r *segmentationv1.SimulateGradingModelRequest) (*segmentationv1.GradingSimulation, error) {
	numbers, err := s.numbers.Current(ctx)
	if err != nil {
		return nil, err
	}
	m, err := gradingmodel.Find(ctx, s.store.models, s.today, "name", r.GetName())
	if err != nil {
		return nil, err
	}
	today := numbers.Today(s.now())
	rows, err := s.store.simulate(ctx, m, today, numbers, cmp.Or(int(r.GetMoverCount()), maxMovers))
	if err != nil {
		return nil, err
	}
	out := &segmentationv1.GradingSimulation{Model: gradingmodel.Name(m.ID), Day: civil.Date(today)}
	return out, fill(out, rows, numbers.Currency)
}

// fill puts the rows of a simulation into the answer, the matrix from the best grade down.
func fill(out *segmentationv1.GradingSimulation, rows []simulated, currency string) error {
	slices.SortStableFunc(rows, func(a, b simulated) int {
		if a.Kind == mover && b.Kind == mover {
			return 0 // in the order of the database
		}
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(b.Before, a.Before), cmp.Compare(b.After, a.After))
	})
	moved := money.Zero(currency)
	for i := range rows {
		row := &rows[i]
		amount := money.Money{Amount: row.Value, Currency: currency}
		value, err := amount.ToProto()
		if err != nil {
			return err
		}
		if row.Kind == mover {
			out.Movers = append(out.Movers, &segmentationv1.GradeMover{
				Customer: aggregate.Name(*row.Customer), DisplayName: row.DisplayName, From: row.Before.String(), To: row.After.String(),
				ScoreBefore: text(row.ScoreBefore), ScoreAfter: text(row.Score), Value: value,
			})
			continue
		}
		out.Transitions = append(out.Transitions, &segmentationv1.GradeTransition{
			From: row.Before.String(), To: row.After.String(), CustomerCount: row.Customers, ProvisionalCount: row.Provisional, Value: value,
		})
		out.CustomerCount += row.Customers
		out.ProvisionalCount += row.Provisional
		if row.Before != row.After {
			out.MovedCount += row.Customers
			if moved, err = moved.Add(amount); err != nil {
				return err
			}
		}
	}
	value, err := moved.ToProto()
	out.MovedValue = value
	return err
}
