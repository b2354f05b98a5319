package analysis

import (
	"context"
	"log/slog"
	"time"

	"github.com/google/uuid"
	"github.com/lib/pq"

	"github.com/guanxi-crm/guanxi/libs/aggregate"
	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/events"
	"github.com/guanxi-crm/guanxi/libs/history"
	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/libs/worker"
	satisfactionv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/satisfaction/v1"
	"github.com/guanxi-crm/guanxi/services/satisfaction/internal/survey"
)

// Announcer tells how satisfied customers are by surveys that were published.
type Announcer struct {
	db  *postgres.DB
	now func() time.Time
}

// NewAnnouncer makes one.
func NewAnnouncer(db *postgres.DB, now func() time.Time) *Announcer {
	return &Announcer{db: db, now: now}
}

// Loop is its work.
func (a *Announcer) Loop(log *slog.Logger) *worker.Loop {
	return (&worker.Loop{Name: "customer-scores", Pass: a.Pass, Log: log}).Start(a.db, "customer_scores")
}

// batch is how many customers are locked at a time.
const batch = 500

const (
	// Customers are locked before their scores, and two that find the same are told apart by the update.
	waiting = `select customer_id from customer_scores where survey_id = (select survey_id from customer_scores where not announced order by survey_id limit 1)
		and not announced order by customer_id limit $1`

	claim = `update customer_scores set announced = true where customer_id = any($1) and not announced returning survey_id, customer_id, score::text as score, responses`
)

// told is a score on its way.
type told struct {
	Survey    uuid.UUID `db:"survey_id"`
	Customer  uuid.UUID `db:"customer_id"`
	Score     string    `db:"score"`
	Responses int32     `db:"responses"`
}

// Pass announces a batch.
func (a *Announcer) Pass(ctx context.Context) (count int, err error) {
	ctx = events.WithCause(auth.With(ctx, auth.Principal{Territories: []string{auth.Anywhere}}), "publish")
	return count, a.db.InTx(ctx, func(ctx context.Context) error {
		var ids []uuid.UUID
		if err := a.db.Select(ctx, &ids, waiting, batch); err != nil || len(ids) == 0 {
			return err
		}
		held, err := aggregate.Hold(ctx, a.db, ids)
		if err != nil {
			return err
		}
		var scores []told
		if err := a.db.Select(ctx, &scores, claim, pq.Array(ids)); err != nil {
			return err
		}
		count = len(scores)
		var records []history.Record
		for _, x := range scores {
			if h := held[x.Customer]; h == nil || h.Deleted {
				continue
			}
			event, err := events.New(ctx, a.now(), x.Customer, &satisfactionv1.CustomerScorePublished{
				Customer: aggregate.Name(x.Customer), Survey: survey.Name(x.Survey), Score: x.Score, Responses: x.Responses,
			})
			if err != nil {
				return err
			}
			records = append(records, history.Record{Event: event}) // it changes nothing of the customer, and so is none of its history
		}
		return aggregate.Record(ctx, a.db, held, records)
	})
}
