package operation

import (
	"context"
	"errors"
	"time"

	"github.com/google/uuid"
	"github.com/lib/pq"

	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/postgres"
)

const (
	// Those who ask for the same at the same time come one after the other, so that the second one finds what the first one has asked for.
	ensuring = `select pg_advisory_xact_lock(hashtextextended('guanxi ensure ' || $1, 0))`
	// The lock keeps it from being begun before the transaction that relies on it has committed.
	unbegun = `select operation_id from operations
where kind = $1 and state = 1 and request = $2 and level >= $3 and territories @> $4 and territories <@ $4
order by create_time, operation_id limit 1 for share`
)

// Ensure is Start for work that has to be done once more after something has changed: the same request in the same reach that was asked for and is not begun yet does
// as well, since all of it is done after the transaction in ctx has committed. One that is running does not: part of it was done before.
func Ensure(ctx context.Context, db *postgres.DB, kind string, request any, now time.Time) (id uuid.UUID, err error) {
	caller := auth.From(ctx)
	err = db.InTx(ctx, func(ctx context.Context) error {
		if _, err := db.Exec(ctx, ensuring, kind); err != nil {
			return err
		}
		err := db.Get(ctx, &id, unbegun, kind, postgres.JSON[any]{V: request}, int(caller.Level), pq.StringArray(postgres.OrEmpty(caller.Territories)))
		if errors.Is(err, postgres.ErrNoRows) {
			id, err = Start(ctx, db, kind, request, now)
		}
		return err
	})
	return id, err
}
