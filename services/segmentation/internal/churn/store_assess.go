package churn

import (
	"context"
	"time"

	"github.com/google/uuid"
	"github.com/lib/pq"

	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/libs/resource"
	"github.com/guanxi-crm/guanxi/services/segmentation/internal/assess"
)

// Part is the churn warnings as a part of the assessment; it comes after the standing, of which it needs the tier. The customers of a scope are held, so
// no two assessments judge one at the same time.
type Part struct {
	store *Store
}

// NewPart makes the part.
func NewPart(db *postgres.DB) *Part { return &Part{store: NewStore(db)} }

// Where condition and open risk differ: a condition without a risk is to be raised, a risk without a condition to be cleared.
const differences = `with ` + given + `, ` + subjects + `, ` + conditions + `, open as (
		select customer_id, risk_id, reason, raise_day, raise_time, cause, reference, settings_version, figures
		from churn_risks where customer_id = any($2) and clear_time is null
	), differs as (
		select coalesce(h.customer_id, o.customer_id) as customer_id, coalesce(h.reason, o.reason) as reason, o.risk_id,
			h.figures || jsonb_build_object('last_day', h.last_day) as holds, o.raise_day, o.raise_time, o.cause, o.reference, o.settings_version, o.figures
		from holds h full join open o on o.customer_id = h.customer_id and o.reason = h.reason
		where h.customer_id is null or o.customer_id is null
	)
	select d.customer_id, d.reason, d.risk_id, d.holds, d.raise_day, d.raise_time, d.cause, d.reference, d.settings_version, d.figures, m.last_day, m.last_order
	from differs d left join measures m using (customer_id) order by d.customer_id, d.reason`

type difference struct {
	CustomerID uuid.UUID               `db:"customer_id"`
	Reason     Reason                  `db:"reason"`
	Holds      postgres.JSON[*Figures] `db:"holds"` // nil: no longer
	ID         uuid.NullUUID           `db:"risk_id"`
	RaiseDay   *time.Time              `db:"raise_day"`
	RaiseTime  *time.Time              `db:"raise_time"`
	Cause      *string                 `db:"cause"`
	Reference  *string                 `db:"reference"`
	Version    *int32                  `db:"settings_version"`
	Figures    postgres.JSON[*Figures] `db:"figures"`
	LastDay    *time.Time              `db:"last_day"`
	LastOrder  uuid.NullUUID           `db:"last_order"`
}

// Assess implements assess.Part.
func (p *Part) Assess(ctx context.Context, scope assess.Scope) ([]assess.Announcement, error) {
	model, err := p.store.Model(ctx)
	if err != nil {
		return nil, err
	}
	var differs []difference
	err = p.store.db.Select(ctx, &differs, differences, rulesOf(scope.Day, scope.Settings, scope.Settings.Churn, model), pq.Array(scope.Customers))
	if err != nil || len(differs) == 0 {
		return nil, err
	}
	raised, cleared, err := settle(scope, differs)
	if err != nil {
		return nil, err
	}
	if err := p.store.raise(ctx, raised); err != nil {
		return nil, err
	}
	if err := p.store.clear(ctx, cleared); err != nil {
		return nil, err
	}
	open, err := p.store.mark(ctx, differs)
	if err != nil {
		return nil, err
	}
	return announce(raised, cleared, open)
}

// settle makes risks of the differences.
func settle(scope assess.Scope, differs []difference) (raised, cleared []*Risk, err error) {
	for _, d := range differs {
		cause := scope.Causes[d.CustomerID].Or()
		if d.Holds.V == nil {
			cleared = append(cleared, d.ended(scope, cause))
			continue
		}
		id, err := uuid.NewV7()
		if err != nil {
			return nil, nil, err
		}
		raised = append(raised, &Risk{
			CustomerID: d.CustomerID, ID: id, Reason: d.Reason, RaiseDay: scope.Day, RaiseTime: scope.Now, Cause: cause.What, Reference: cause.Reference,
			Version: scope.Settings.Version, Figures: *d.Holds.V,
		})
	}
	return raised, cleared, nil
}

// ended is the risk with its end. Silence that ends with a new order ends by it, whatever else made us look.
func (d *difference) ended(scope assess.Scope, cause assess.Cause) *Risk {
	if d.Reason == Silence && d.LastOrder.Valid && d.LastDay.Format(time.DateOnly) > d.Figures.V.LastDay {
		cause = assess.Cause{What: "order", Reference: resource.Name("customers", d.CustomerID, "orders", d.LastOrder.UUID)}
	}
	return &Risk{
		CustomerID: d.CustomerID, ID: d.ID.UUID, Reason: d.Reason, RaiseDay: *d.RaiseDay, RaiseTime: *d.RaiseTime, Cause: *d.Cause, Reference: *d.Reference,
		Version: *d.Version, Figures: *d.Figures.V, End: &End{Day: scope.Day, Time: scope.Now, Cause: cause.What, Reference: cause.Reference},
	}
}

var raiseColumns = []string{"customer_id", "risk_id", "reason", "raise_day", "raise_time", "cause", "reference", "settings_version", "figures"}

func (s *Store) raise(ctx context.Context, risks []*Risk) error {
	if len(risks) == 0 {
		return nil
	}
	return s.db.CopyIn(ctx, "churn_risks", raiseColumns, func(yield func([]any) bool) {
		for _, r := range risks {
			figures := postgres.JSON[Figures]{V: r.Figures}
			if !yield([]any{r.CustomerID, r.ID, int16(r.Reason), r.RaiseDay, r.RaiseTime, r.Cause, r.Reference, r.Version, figures}) {
				return
			}
		}
	})
}

const clearRisks = `update churn_risks r set clear_day = $1, clear_time = $2, clear_cause = e.cause, clear_reference = e.reference
	from unnest(cast($3 as uuid[]), cast($4 as uuid[]), cast($5 as text[]), cast($6 as text[])) as e (customer_id, risk_id, cause, reference)
	where r.customer_id = e.customer_id and r.risk_id = e.risk_id`

func (s *Store) clear(ctx context.Context, risks []*Risk) error {
	if len(risks) == 0 {
		return nil
	}
	var customers, ids []uuid.UUID
	var causes, references []string
	for _, r := range risks {
		customers, ids = append(customers, r.CustomerID), append(ids, r.ID)
		causes, references = append(causes, r.End.Cause), append(references, r.End.Reference)
	}
	_, err := s.db.Exec(ctx, clearRisks, risks[0].End.Day, risks[0].End.Time, pq.Array(customers), pq.Array(ids), pq.Array(causes), pq.Array(references))
	return err
}

// The standing says whether there is an open risk; what comes back are the open ones.
const markStandings = `with changed as (
		select c.customer_id, coalesce(array_agg(r.reason order by r.reason) filter (where r.reason is not null), '{}') as reasons
		from unnest(cast($1 as uuid[])) as c (customer_id) left join churn_risks r on r.customer_id = c.customer_id and r.clear_time is null
		group by c.customer_id
	), marked as (
		update standings s set at_risk = c.reasons <> '{}' from changed c where s.customer_id = c.customer_id and s.at_risk <> (c.reasons <> '{}')
	)
	select customer_id, reasons from changed`

func (s *Store) mark(ctx context.Context, differs []difference) (map[uuid.UUID][]Reason, error) {
	var customers []uuid.UUID
	for i, d := range differs { // they come by customer
		if i == 0 || d.CustomerID != differs[i-1].CustomerID {
			customers = append(customers, d.CustomerID)
		}
	}
	var rows []struct {
		CustomerID uuid.UUID     `db:"customer_id"`
		Reasons    pq.Int32Array `db:"reasons"`
	}
	if err := s.db.Select(ctx, &rows, markStandings, pq.Array(customers)); err != nil {
		return nil, err
	}
	open := make(map[uuid.UUID][]Reason, len(rows))
	for _, r := range rows {
		for _, reason := range r.Reasons {
			open[r.CustomerID] = append(open[r.CustomerID], Reason(reason))
		}
	}
	return open, nil
}
