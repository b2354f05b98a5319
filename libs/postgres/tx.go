package postgres

import (
	"context"
	"errors"
	"fmt"

	"github.com/jmoiron/sqlx"

	"github.com/guanxi-crm/guanxi/libs/failpoint"
)

// transaction is what InTx puts into the context.
type transaction struct {
	*sqlx.Tx
	effect
	doomed error // why a nested InTx failed
}

// txKey tells the transactions of several databases in one context apart.
type txKey struct{ db *DB }

func (db *DB) current(ctx context.Context) *transaction {
	t, _ := ctx.Value(txKey{db}).(*transaction)
	return t
}

// InTx runs fn in a transaction: the one in ctx if there is one, else a new one (read committed)
// that is committed when fn returns nil and rolled back when it returns an error or panics. When a
// nested call fails the whole transaction is rolled back, even if the caller drops its error.
// Nothing is ever retried; see ErrInDoubt for a commit whose answer was lost.
func (db *DB) InTx(ctx context.Context, fn func(ctx context.Context) error) error {
	if outer := db.current(ctx); outer != nil {
		return outer.join(ctx, fn)
	}
	tx, err := db.pool.BeginTxx(ctx, nil)
	if err != nil {
		return withContext(ctx, err)
	}
	t := &transaction{Tx: tx}
	defer func() { _ = tx.Rollback() }() // does nothing after a commit
	if err := fn(context.WithValue(ctx, txKey{db}, t)); err != nil {
		return err
	}
	if t.doomed != nil {
		return fmt.Errorf("postgres: rolled back because a part of the transaction failed: %w", t.doomed)
	}
	failpoint.Hit("commit.before")
	if err := tx.Commit(); err != nil {
		return withContext(ctx, err)
	}
	failpoint.Hit("commit.after")
	if t.writes {
		db.committed(t.effect)
	}
	return nil
}

// Apart returns a context whose work is not part of ctx's transaction: for work on many rows that must not hold the locks of all of them until the end. What is
// done with it stays done when the transaction is rolled back, so it has to be harmless when done again.
func (db *DB) Apart(ctx context.Context) context.Context {
	return context.WithValue(ctx, txKey{db}, (*transaction)(nil))
}

var errPanicked = errors.New("postgres: a part of the transaction panicked")

func (t *transaction) join(ctx context.Context, fn func(ctx context.Context) error) error {
	before := t.doomed
	t.doomed = errPanicked
	err := fn(ctx)
	t.doomed = before
	if err != nil && t.doomed == nil {
		t.doomed = err
	}
	return err
}
