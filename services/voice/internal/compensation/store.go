package compensation

import (
	"context"
	"errors"
	"time"

	"github.com/google/uuid"

	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/etag"
	"github.com/guanxi-crm/guanxi/libs/history"
	"github.com/guanxi-crm/guanxi/libs/listing"
	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/libs/resource"
	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
	"github.com/guanxi-crm/guanxi/services/voice/internal/casefile"
	"github.com/guanxi-crm/guanxi/services/voice/internal/settings"
)

// Store keeps compensations.
type Store struct {
	db      *postgres.DB
	now     func() time.Time
	numbers *settings.Store
	cases   *casefile.Store
}

// NewStore makes a store.
func NewStore(db *postgres.DB, now func() time.Time) *Store {
	return &Store{db: db, now: now, numbers: settings.NewStore(db, now), cases: casefile.NewStore(db, now, casefile.Tools{})}
}

const (
	columns = `m.customer_id, m.case_id, m.compensation_id, m.kind, m.amount, m.currency, m.reason, m.state, m.tier, m.proposer, m.decider, m.decide_time, m.decide_reason,
	m.payer, m.pay_time, m.pay_reference, m.create_time, m.update_time, m.revision`

	from    = `compensations m join customers c on c.customer_id = m.customer_id`
	visible = `guanxi_covers(c.territory, $1)`

	selectByID = `select ` + columns + ` from ` + from + ` where ` + visible + ` and m.case_id = $2 and m.compensation_id = $3`

	insert = `insert into compensations (customer_id, case_id, compensation_id, kind, amount, currency, reason, state, tier, proposer, create_time, update_time, revision)
	values (:customer_id, :case_id, :compensation_id, :kind, :amount, :currency, :reason, :state, :tier, :proposer, :create_time, :create_time, 1)`

	update = `update compensations set state = :state, decider = :decider, decide_time = :decide_time, decide_reason = :decide_reason, payer = :payer, pay_time = :pay_time,
		pay_reference = :pay_reference, update_time = :update_time, revision = :revision
	where customer_id = :customer_id and case_id = :case_id and compensation_id = :compensation_id`
)

// Get reads a compensation of a customer within the caller's territories.
func (s *Store) Get(ctx context.Context, of, id uuid.UUID) (*Compensation, error) {
	var c Compensation
	err := s.db.Get(ctx, &c, selectByID, auth.From(ctx).Scope(), of, id)
	if errors.Is(err, postgres.ErrNoRows) {
		return nil, resource.Missing(ctx, Name(of, id), typev1.Level_BASIC)
	}
	return &c, err
}

// Create proposes a compensation.
func (s *Store) Create(ctx context.Context, of uuid.UUID, m *Compensation) error {
	numbers, err := s.numbers.Current(ctx)
	if err != nil {
		return err
	}
	_, err = s.cases.Change(ctx, of, "", func(ctx context.Context, c *casefile.Case) ([]history.Record, error) {
		if m.ID, err = uuid.NewV7(); err != nil {
			return nil, err
		}
		m.Customer, m.Case, m.State, m.Tier, m.Proposer = c.Customer, c.ID, Proposed, TierOf(numbers.Limits, m.Amount, m.Currency), auth.From(ctx).Subject
		m.CreateTime, m.Revision = s.now(), 1
		m.UpdateTime = m.CreateTime
		if _, err := s.db.NamedExec(ctx, insert, m); err != nil {
			return nil, err
		}
		return s.happened(ctx, c, m, m.Reason)
	})
	return err
}

// Change lets do change a compensation of a case; do says what there is to note of it, and whether it has changed anything.
func (s *Store) Change(ctx context.Context, of, id uuid.UUID, tag string, do func(*casefile.Case, *Compensation) (note string, changed bool, err error)) (m *Compensation, err error) {
	_, err = s.cases.Change(ctx, of, "", func(ctx context.Context, c *casefile.Case) ([]history.Record, error) {
		if m, err = s.Get(ctx, of, id); err != nil {
			return nil, err
		}
		if err := etag.Check(tag, m.Revision, m.Name()); err != nil {
			return nil, err
		}
		note, changed, err := do(c, m)
		if err != nil || !changed {
			return nil, err
		}
		m.Revision, m.UpdateTime = m.Revision+1, s.now()
		if _, err := s.db.NamedExec(ctx, update, m); err != nil {
			return nil, err
		}
		return s.happened(ctx, c, m, note)
	})
	return m, err
}

// happened notes and announces what became of a compensation.
func (s *Store) happened(ctx context.Context, c *casefile.Case, m *Compensation, note string) ([]history.Record, error) {
	entry := casefile.Entry{Kind: casefile.CompensationEntry, Note: note, Data: map[string]string{"compensation": m.Name(), "state": names[m.State]}}
	if err := s.cases.Note(ctx, c.Customer, c.ID, entry); err != nil {
		return nil, err
	}
	records, err := s.cases.Touch(ctx, c, "compensations")
	if err != nil || m.State != Approved {
		return records, err
	}
	approved, err := m.approved(ctx)
	return append(records, approved), err
}

// List reads a page of the compensations of a case, or of all within the caller's territories.
func (s *Store) List(ctx context.Context, plan *listing.Plan, of uuid.UUID) ([]*Compensation, string, error) {
	query, args := plan.Query(columns, from, visible, auth.From(ctx).Scope())
	if of != resource.Any {
		if _, err := s.cases.Get(ctx, of); err != nil {
			return nil, "", err
		}
		query, args = plan.Query(columns, from, visible+` and m.case_id = $2`, auth.From(ctx).Scope(), of)
	}
	var rows []struct {
		Compensation
		listing.Cursor
	}
	if err := s.db.SelectDynamic(ctx, &rows, query, args...); err != nil {
		return nil, "", err
	}
	rows, next, err := listing.Page(plan, rows)
	out := make([]*Compensation, len(rows))
	for i := range rows {
		out[i] = &rows[i].Compensation
	}
	return out, next, err
}
