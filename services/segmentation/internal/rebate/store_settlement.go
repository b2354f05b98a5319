package rebate

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/google/uuid"
	"github.com/lib/pq"
	"google.golang.org/grpc/codes"

	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/operation"
	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/services/segmentation/internal/settings"
)

// settlement is the kind of the operations that settle.
const settlement = "rebate-settlement"

// progress is how far a settlement has come; the cursor of its operation.
type progress struct {
	After   place   `json:"after"`
	Outcome Outcome `json:"outcome"`
}

func progressOf(o *operation.Operation) (p progress, err error) {
	if o.Cursor == "" {
		return p, nil
	}
	if err := json.Unmarshal([]byte(o.Cursor), &p); err != nil {
		return p, fmt.Errorf("rebate: cursor: %w", err)
	}
	return p, nil
}

// Settling is the work of settling, some hundred agreements in a step. Each step posts and notes how far it has come together, so no agreement is posted twice, and a later
// settlement finds nothing to do where this one was.
func Settling(s *Store, numbers *settings.Store) operation.Kind {
	r := settler{s, numbers}
	return operation.Kind{Name: settlement, Begin: r.begin, Step: r.step}
}

type settler struct {
	*Store
	numbers *settings.Store
}

func (r settler) begin(ctx context.Context, o operation.Operation) (total int64, err error) {
	var asked Settlement
	if err := o.Decode(&asked); err != nil {
		return 0, err
	}
	return total, r.db.Get(ctx, &total, countInReach, auth.From(ctx).Scope(), asked.FiscalYear, pq.Array(asked.Customers))
}

func (r settler) step(ctx context.Context, o operation.Operation) (did operation.Progress, err error) {
	var asked Settlement
	if err := o.Decode(&asked); err != nil {
		return did, err
	}
	p, err := progressOf(&o)
	if err != nil {
		return did, err
	}
	numbers, err := r.numbers.Current(ctx)
	if err != nil {
		return did, err
	}
	if numbers.Currency != asked.Currency || numbers.FiscalYearStart != asked.From.Month() {
		return did, fault.New(codes.FailedPrecondition, "SETTINGS_CHANGED", fault.Text{
			En: "currency or fiscal year have become others meanwhile; settle again", Zh: "币种或财年起始月在此期间已更改，请重新结算",
		})
	}
	before := p.Outcome.Agreements + p.Outcome.Skipped
	at, err := r.next(ctx, asked, p.After, &p.Outcome)
	if err != nil {
		return did, err
	}
	if at == nil {
		return operation.Progress{Cursor: o.Cursor, Finished: true}, nil
	}
	if err := r.keep(ctx, o.ID, &p.Outcome); err != nil {
		return did, err
	}
	p.After = *at
	cursor, err := json.Marshal(p)
	return operation.Progress{Cursor: string(cursor), Done: int64(p.Outcome.Agreements + p.Outcome.Skipped - before)}, err
}

const (
	insertResults = `insert into rebate_settlement_results (operation_id, result_number, customer_id, posting)
		select $1, n, customer_id, cast(posting as jsonb) from unnest(cast($2 as integer[]), cast($3 as uuid[]), cast($4 as text[])) as r (n, customer_id, posting)`
	selectResults = `select posting from rebate_settlement_results where operation_id = $1 order by result_number`
)

// keep stores the results of a step, which are the last ones of the outcome.
func (s *Store) keep(ctx context.Context, id uuid.UUID, out *Outcome) error {
	if len(out.results) == 0 {
		return nil
	}
	var numbers []int32
	var customers []uuid.UUID
	var postings []string
	for i, p := range out.results {
		body, err := json.Marshal(p)
		if err != nil {
			return fmt.Errorf("rebate: a result: %w", err)
		}
		numbers, customers, postings = append(numbers, int32(out.Shown-len(out.results)+i)), append(customers, p.Customer), append(postings, string(body))
	}
	_, err := s.db.Exec(ctx, insertResults, id, pq.Array(numbers), pq.Array(customers), pq.Array(postings))
	return err
}

// results reads what a settlement shows.
func (s *Store) results(ctx context.Context, id uuid.UUID) ([]*Posting, error) {
	var rows []postgres.JSON[Posting]
	if err := s.db.Select(ctx, &rows, selectResults, id); err != nil {
		return nil, err
	}
	out := make([]*Posting, len(rows))
	for i := range rows {
		out[i] = &rows[i].V
	}
	return out, nil
}
