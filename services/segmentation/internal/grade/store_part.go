package grade

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/google/uuid"
	"github.com/lib/pq"
	"github.com/shopspring/decimal"

	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/services/segmentation/internal/assess"
	"github.com/guanxi-crm/guanxi/services/segmentation/internal/gradingmodel"
	"github.com/guanxi-crm/guanxi/services/segmentation/internal/settings"
)

// Part grades customers when they are looked at.
type Part struct {
	db     *postgres.DB
	models *gradingmodel.Store
	made   sync.Map // model id -> statements
}

// NewPart makes the part of the assessment that grades.
func NewPart(db *postgres.DB, now func() time.Time) *Part {
	return &Part{db: db, models: gradingmodel.NewStore(db, now)}
}

// statements of a published model, which never changes.
type statements struct {
	model     uuid.UUID
	now, then string
	months    []int32 // of cooperation, at which a level may change
}

// outcome is a customer whose grade has changed, or whether it is provisional.
type outcome struct {
	Customer          uuid.UUID          `db:"customer_id"`
	Assessment        uuid.UUID          `db:"assessment_id"`
	Before            gradingmodel.Grade `db:"grade_before"`
	ProvisionalBefore bool               `db:"provisional_before"`
	Grade             gradingmodel.Grade `db:"grade"`
	Provisional       bool               `db:"provisional"`
	Score             *decimal.Decimal   `db:"score"`
	Overridden        bool               `db:"overridden"`
}

// Assess implements assess.Part.
func (p *Part) Assess(ctx context.Context, scope assess.Scope) ([]assess.Announcement, error) {
	if len(scope.Customers) == 0 {
		return nil, nil
	}
	s, err := p.statements(ctx, scope.Day)
	if err != nil {
		return nil, err
	}
	args, err := arguments(s.model, scope, "")
	if err != nil {
		return nil, err
	}
	var changed []outcome
	if err := p.db.Select(ctx, &changed, s.now, args...); err != nil {
		return nil, fmt.Errorf("grade: %w", err)
	}
	out := make([]assess.Announcement, len(changed))
	for i := range changed {
		out[i] = assess.Announcement{Customer: changed[i].Customer, Data: changed[i].event(s, scope)}
	}
	return out, nil
}

// AssessThen grades as of a past day, by the model and the judgements, signals and overrides of that day, customers whose measures of that day are in the table
// measures_then of the caller's transaction. It records assessments that hold from that day on until those that are there already, and says how many it was. Standings
// and announcements are of today and not touched. Without a cause in the scope the assessments' cause is "yearly".
func (p *Part) AssessThen(ctx context.Context, scope assess.Scope) (written int64, err error) {
	if len(scope.Customers) == 0 {
		return 0, nil
	}
	s, err := p.statements(ctx, scope.Day)
	if err != nil {
		return 0, err
	}
	args, err := arguments(s.model, scope, "yearly")
	if err != nil {
		return 0, err
	}
	if err := p.db.Get(ctx, &written, s.then, args...); err != nil {
		return 0, fmt.Errorf("grade: %w", err)
	}
	return written, nil
}

// statements are those of the model in force, made once.
func (p *Part) statements(ctx context.Context, day time.Time) (statements, error) {
	id, err := p.models.InForceID(ctx, day)
	if err != nil {
		return statements{}, err
	}
	if known, ok := p.made.Load(id); ok {
		return known.(statements), nil
	}
	m, err := p.models.Get(ctx, id)
	if err != nil {
		return statements{}, err
	}
	made := statements{model: id, now: assessment(m), then: assessmentThen(m), months: steps(m)}
	p.made.Store(id, made)
	return made, nil
}

// arguments are those of both statements.
func arguments(model uuid.UUID, scope assess.Scope, usual string) ([]any, error) {
	n := len(scope.Customers)
	ids, causes, references := make([]uuid.UUID, n), make([]string, n), make([]string, n)
	for i, customer := range scope.Customers {
		id, err := uuid.NewV7()
		if err != nil {
			return nil, fmt.Errorf("grade: %w", err)
		}
		cause := scope.Causes[customer]
		if cause.What == "" {
			cause.What = usual
		}
		cause = cause.Or()
		ids[i], causes[i], references[i] = id, cause.What, cause.Reference
	}
	return []any{
		pq.Array(scope.Customers), pq.Array(ids), pq.Array(causes), pq.Array(references),
		scope.Day, endOf(scope.Day, scope.Settings), scope.Settings.Zone.String(), model, scope.Now,
	}, nil
}

// endOf is the instant at which a business day ends.
func endOf(day time.Time, numbers *settings.Numbers) time.Time {
	y, m, d := day.Date()
	return time.Date(y, m, d+1, 0, 0, 0, 0, numbers.Zone)
}
