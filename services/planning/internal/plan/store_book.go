package plan

import (
	"context"
	"slices"

	"github.com/google/uuid"
	"github.com/lib/pq"
)

// bookFacts are what a task book shows besides the plan.
type bookFacts struct {
	Customer string
	People   map[string]personFacts // by id
}

type personFacts struct {
	ID         uuid.UUID `db:"person_id"`
	Position   string    `db:"position"`
	Department string    `db:"department"`
}

const (
	selectCustomer = `select display_name from customers where customer_id = $1`
	selectShown    = `select person_id, position, department from people where customer_id = $1 and person_id = any($2)`
)

// bookFacts reads what is shown of the customer and the people of a plan that the caller has been given.
func (s *Store) bookFacts(ctx context.Context, p *Plan) (*bookFacts, error) {
	facts := &bookFacts{People: map[string]personFacts{}}
	if err := s.db.Get(ctx, &facts.Customer, selectCustomer, p.Customer); err != nil {
		return nil, err
	}
	analyses, goals := p.subjects()
	asked := make([]uuid.UUID, 0, len(analyses)+len(goals))
	for _, subject := range slices.Concat(analyses, goals) {
		asked = append(asked, subject.Person)
	}
	var rows []personFacts
	if err := s.db.Select(ctx, &rows, selectShown, p.Customer, pq.Array(asked)); err != nil {
		return nil, err
	}
	for _, r := range rows {
		facts.People[r.ID.String()] = r
	}
	return facts, nil
}
