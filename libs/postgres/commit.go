package postgres

import (
	"context"
	"database/sql/driver"
	"errors"
	"time"

	"github.com/lib/pq"
)

// BeginTx implements driver.ConnBeginTx.
func (c *conn) BeginTx(ctx context.Context, opts driver.TxOptions) (driver.Tx, error) {
	c.limit(ctx)
	inner, err := c.session.BeginTx(ctx, opts)
	if err != nil {
		return nil, err
	}
	c.inTx = true
	return &driverTx{Tx: inner, conn: c, ctx: ctx}, nil
}

// driverTx tells a commit that failed from one that may have happened.
type driverTx struct {
	driver.Tx
	conn *conn
	ctx  context.Context // of the whole transaction: a commit has none of its own
}

// Commit implements driver.Tx.
func (t *driverTx) Commit() error {
	t.conn.inTx = false
	sent := t.conn.IsValid()
	t.conn.limit(t.ctx)
	err := t.Tx.Commit()
	switch {
	case err == nil:
		return nil
	case !sent && errors.Is(err, driver.ErrBadConn):
		return errLost
	case !sent, pq.As(err) != nil, errors.Is(err, pq.ErrInFailedTransaction):
		return err
	case t.ctx.Err() != nil:
		return errors.Join(ErrInDoubt, t.ctx.Err())
	default:
		return ErrInDoubt
	}
}

// Rollback implements driver.Tx. In the middle of a COPY, which is where the end of a context finds it, the connection is given up, and the server rolls back: two would read from
// it, the COPY and we.
func (t *driverTx) Rollback() error {
	t.conn.inTx = false
	if t.conn.copying {
		t.conn.limitTo(time.Now())
		return driver.ErrBadConn
	}
	t.conn.limitTo(time.Now().Add(rollbackWithin))
	return t.Tx.Rollback()
}
