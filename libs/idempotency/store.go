package idempotency

import (
	"bytes"
	"context"
	"errors"
	"time"

	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/postgres"
)

const (
	// A concurrent twin waits here for the end of the first call's transaction.
	sqlClaim = `
		insert into requests (caller, request_id, method, hash, create_time)
		values ($1, $2, $3, $4, $5)
		on conflict (caller, request_id) do nothing`
	sqlStore  = `update requests set answer = $3 where caller = $1 and request_id = $2`
	sqlRecall = `select method, hash, answer from requests where caller = $1 and request_id = $2`
	sqlPurge  = `delete from requests where create_time < $1`
)

// Kept is how long an answer is remembered.
const Kept = 24 * time.Hour

// Purge forgets the answers of calls before olderThan and says how many there were.
func Purge(ctx context.Context, db *postgres.DB, olderThan time.Time) (int64, error) {
	result, err := db.Exec(ctx, sqlPurge, olderThan)
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}

// claim reports whether this call is the first with its id.
func (c call) claim(ctx context.Context, db *postgres.DB, now time.Time) (bool, error) {
	result, err := db.Exec(ctx, sqlClaim, c.Caller, c.RequestID, c.Method, c.Hash, now)
	if err != nil {
		return false, err
	}
	claimed, err := result.RowsAffected()
	return claimed == 1, err
}

// recall returns the answer of the call that came first.
func (c call) recall(ctx context.Context, db *postgres.DB) (any, error) {
	var first struct {
		Method string `db:"method"`
		Hash   []byte `db:"hash"`
		Answer []byte `db:"answer"`
	}
	err := db.Get(ctx, &first, sqlRecall, c.Caller, c.RequestID)
	if errors.Is(err, postgres.ErrNoRows) { // purged since claim
		return nil, fault.Unavailable(err)
	}
	if err != nil {
		return nil, err
	}
	if first.Method != c.Method || !bytes.Equal(first.Hash, c.Hash) {
		return nil, fault.Invalid(fault.Field("request_id", "REQUEST_ID_REUSED", fault.Text{
			En: "was used for another request; choose a new id for each call",
			Zh: "已用于另一个请求；每次调用请使用新的标识",
		}))
	}
	if c.guard != nil {
		if first.Answer, err = c.guard.Open(ctx, first.Answer); err != nil {
			return nil, err
		}
	}
	return unpack(first.Answer)
}
