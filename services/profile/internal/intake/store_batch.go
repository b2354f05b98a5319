package intake

import (
	"context"
	"errors"
	"log/slog"

	"github.com/google/uuid"
	"google.golang.org/grpc/codes"

	"github.com/guanxi-crm/guanxi/libs/events"
	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/postgres"
	profilev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/profile/v1"
	"github.com/guanxi-crm/guanxi/services/profile/internal/customer"
	"github.com/guanxi-crm/guanxi/services/profile/internal/dossier"
	"github.com/guanxi-crm/guanxi/services/profile/internal/order"
	"github.com/guanxi-crm/guanxi/services/profile/internal/payment"
	"github.com/guanxi-crm/guanxi/services/profile/internal/person"
	"github.com/guanxi-crm/guanxi/services/profile/internal/supply"
)

// taker takes in batches, through the stores that hold the rules of each kind of fact.
type taker struct {
	db        *postgres.DB
	store     *Store
	log       *slog.Logger
	customers *customer.Store
	people    *person.Store
	orders    *order.Store
	payments  *payment.Store
	dossiers  *dossier.Store
	positions *supply.Store
}

// errDryRun undoes a batch that was only tried.
var errDryRun = errors.New("dry run")

// part is rows that are taken in together.
type part struct {
	rows   []*profilev1.ImportRow
	broken map[*profilev1.ImportRow]error // why those are rejected that no store needs to see
	dry    bool
}

func (p part) of(rows []*profilev1.ImportRow) part { return part{rows, p.broken, p.dry} }

// apply takes in a batch and moves the import on, in one transaction. A row that the database will not have, against expectation, must not stop the file: the batch
// is then halved until the row stands alone and is rejected.
func (t *taker) apply(ctx context.Context, i *Import, p part) ([]Rejection, error) {
	next, rejections, err := t.attempt(ctx, *i, p, nil)
	switch {
	case err == nil:
		*i = next
		return rejections, nil
	case !ofTheRows(ctx, err):
		return nil, err
	case len(p.rows) > 1:
		first, err := t.apply(ctx, i, p.of(p.rows[:len(p.rows)/2]))
		if err != nil {
			return nil, err
		}
		second, err := t.apply(ctx, i, p.of(p.rows[len(p.rows)/2:]))
		return append(first, second...), err
	}
	if fault.From(err).Code() == codes.Internal {
		t.log.ErrorContext(ctx, "import row not stored", "import", i.ID, "line", p.rows[0].GetFirstLine(), "error", err)
		err = fault.New(codes.Internal, "NOT_STORED", fault.Text{En: "could not be stored; the operators' log says why", Zh: "未能存储，原因见运维日志"})
	}
	next, rejections, err = t.attempt(ctx, *i, p, err)
	if err == nil {
		*i = next
	}
	return rejections, err
}

// ofTheRows says whether a failure can be the rows' own: not the end of the caller's patience, a database out of reach, or another stream on the same import.
func ofTheRows(ctx context.Context, err error) bool {
	code := fault.From(err).Code()
	return ctx.Err() == nil && !postgres.Retryable(err) && code != codes.Aborted && code != codes.DeadlineExceeded && code != codes.Unavailable
}

// attempt takes in a batch, or rejects all of it for the given reason.
func (t *taker) attempt(ctx context.Context, i Import, p part, reason error) (Import, []Rejection, error) {
	var rejections []Rejection
	err := t.db.InTx(events.WithCause(ctx, "import"), func(ctx context.Context) error {
		if !p.dry {
			if err := t.store.Lock(ctx, &i); err != nil {
				return err
			}
		}
		results, err := t.results(ctx, &i, p, reason)
		if err != nil {
			return err
		}
		for n, row := range p.rows {
			i.count(row.GetFirstLine(), row.GetLineCount(), row.GetRepeatedCount(), results[n])
			if results[n].state == rejected {
				rejections = append(rejections, reject(row.GetFirstLine(), row.GetLineCount(), results[n].err))
			}
		}
		if p.dry {
			return errDryRun
		}
		return t.store.Save(ctx, &i, rejections)
	})
	if errors.Is(err, errDryRun) {
		err = nil
	}
	return i, rejections, err
}

func (t *taker) results(ctx context.Context, i *Import, p part, reason error) ([]result, error) {
	b := newBatch(t, i, p.rows)
	if reason != nil {
		for n := range p.rows {
			b.refuse(n, reason)
		}
		return b.results, nil
	}
	for n, row := range p.rows {
		if why := p.broken[row]; why != nil {
			b.refuse(n, why)
		}
	}
	for _, step := range []func(context.Context) error{b.takeCustomers, b.findByOrder, b.takePeople, b.takeOrders, b.takePayments, b.takeSections, b.takePositions} {
		if err := step(ctx); err != nil {
			return nil, err
		}
	}
	return b.results, nil
}

// batch is a batch while it is taken in.
type batch struct {
	*taker
	importKey string
	rows      []*profilev1.ImportRow
	results   []result
	owners    []uuid.UUID     // the customer of each row's person, order or payment
	vias      []uuid.NullUUID // the merged customer by whose external id it was found
}

func newBatch(t *taker, i *Import, rows []*profilev1.ImportRow) *batch {
	return &batch{taker: t, importKey: i.Key(), rows: rows, results: make([]result, len(rows)), owners: make([]uuid.UUID, len(rows)), vias: make([]uuid.NullUUID, len(rows))}
}

func (b *batch) refuse(n int, err error) { b.results[n] = result{state: rejected, err: err} }

// open says whether nothing is decided about a row yet.
func (b *batch) open(n int) bool { return b.results[n].state == 0 }
