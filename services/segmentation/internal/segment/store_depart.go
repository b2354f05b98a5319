package segment

import (
	"context"
	"log/slog"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/lib/pq"

	"github.com/guanxi-crm/guanxi/libs/aggregate"
	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/events"
	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/libs/worker"
	"github.com/guanxi-crm/guanxi/services/segmentation/internal/assess"
	"github.com/guanxi-crm/guanxi/services/segmentation/internal/rule"
)

// departures is how many customers leave in one transaction.
const departures = 500

// leaver has deleted customers leave the segments that they belong to: the assessment looks at the living only. It goes by the state and not by the event of the deletion,
// so that nobody leaves because events of the past are replayed.
type leaver struct {
	store *Store
	// unready is as in Kind.
	unready func(context.Context) (bool, error)
}

// Departures is that work, which goes on until the service stops. Deleted customers leave within a second of our hearing of it; one who is taken back enters again by the
// assessment that follows. Paused segments stay as they are.
func Departures(db *postgres.DB, now func() time.Time, unready func(context.Context) (bool, error), log *slog.Logger) *worker.Loop {
	d := leaver{store: NewStore(db, now), unready: unready}
	return &worker.Loop{Name: "segment departures", Pass: d.pass, Poll: time.Second, Log: log}
}

const (
	deletedMembers = `select c.customer_id from customers c where c.delete_time is not null
		and exists (select from segment_members k join segments s using (segment_id) where k.customer_id = c.customer_id and s.state = 1)
	order by c.customer_id limit $1`
	leaveAll = `delete from segment_members k using segments s where k.customer_id = any($1) and s.segment_id = k.segment_id and s.state = 1
		returning k.customer_id, k.segment_id, s.label_en, s.label_zh, s.level`
)

type departure struct {
	CustomerID uuid.UUID  `db:"customer_id"`
	SegmentID  uuid.UUID  `db:"segment_id"`
	LabelEn    string     `db:"label_en"`
	LabelZh    string     `db:"label_zh"`
	Level      rule.Level `db:"level"`
}

func (d leaver) pass(ctx context.Context) (count int, err error) {
	if unready, err := d.unready(ctx); err != nil || unready {
		return 0, err
	}
	ctx = events.WithCause(auth.With(ctx, auth.Principal{Territories: []string{auth.Anywhere}}), "recompute")
	db := d.store.db
	err = db.InTx(ctx, func(ctx context.Context) error {
		var ids []uuid.UUID
		if err := db.Select(ctx, &ids, deletedMembers, departures); err != nil || len(ids) == 0 {
			return err
		}
		count = len(ids)
		held, err := aggregate.Hold(ctx, db, ids)
		if err != nil {
			return err
		}
		gone := slices.DeleteFunc(ids, func(id uuid.UUID) bool { return held[id] == nil || !held[id].Deleted })
		var left []departure
		if err := db.Select(ctx, &left, leaveAll, pq.Array(gone)); err != nil {
			return err
		}
		announced := make([]assess.Announcement, len(left))
		for i, l := range left {
			m := move{CustomerID: l.CustomerID, SegmentID: l.SegmentID}
			announced[i] = m.announcement(&Segment{ID: l.SegmentID, LabelEn: l.LabelEn, LabelZh: l.LabelZh, Level: l.Level})
		}
		entries, err := records(ctx, d.store.now(), announced)
		if err != nil {
			return err
		}
		return aggregate.Record(ctx, db, held, entries)
	})
	return count, err
}
