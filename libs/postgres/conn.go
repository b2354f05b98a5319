package postgres

import (
	"context"
	"database/sql/driver"
	"errors"
	"net"
	"time"

	"github.com/hashicorp/golang-lru/v2/simplelru"
	"github.com/lib/pq"
	"github.com/lib/pq/pqerror"
)

const (
	// statementsKept is how many prepared statements a connection keeps, the least used go first.
	statementsKept = 512
	// grace is how long after a context's deadline the server's answer is still awaited: lib/pq
	// has asked it to cancel by then, and a connection that answers can be kept.
	grace = time.Second
	// trusted is how long after its last use a connection goes unlooked at.
	trusted = 100 * time.Millisecond
	// rollbackWithin bounds a rollback, whose context has often ended already.
	rollbackWithin = 5 * time.Second
)

// session is what lib/pq's connection can do.
type session interface {
	driver.Conn
	driver.ConnBeginTx
	driver.ConnPrepareContext
	driver.QueryerContext
	driver.ExecerContext
	driver.NamedValueChecker
	driver.Pinger
	driver.SessionResetter
	driver.Validator
}

// preparedStatement is what lib/pq's prepared statement can do.
type preparedStatement interface {
	driver.Stmt
	driver.StmtQueryContext
	driver.StmtExecContext
}

// conn keeps statements prepared by their text below database/sql, where a transaction and the
// pool share them: sql.DB.Prepare inside a transaction would need a second connection, which
// deadlocks when as many transactions as connections do so. It also keeps database/sql from
// running a statement twice, and deadlines when the network is silent.
type conn struct {
	session
	socket     net.Conn
	deadline   time.Time
	handedOut  time.Time // by the pool, for the last time
	inTx       bool
	copying    bool // lib/pq reads the answers of a COPY in a goroutine of its own
	statements *simplelru.LRU[string, preparedStatement]
}

func newConn(s session, socket net.Conn) *conn {
	closeEvicted := func(_ string, st preparedStatement) { _ = st.Close() }
	statements, err := simplelru.NewLRU(statementsKept, closeEvicted)
	if err != nil {
		panic(err) // only for a size below one
	}
	return &conn{session: s, socket: socket, statements: statements}
}

type unpreparedKey struct{}

// unprepared marks statements that are not worth keeping.
func unprepared(ctx context.Context) context.Context {
	return context.WithValue(ctx, unpreparedKey{}, true)
}

// QueryContext implements driver.QueryerContext.
func (c *conn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	c.limit(ctx)
	if ctx.Value(unpreparedKey{}) != nil {
		return attempt(c, func() (driver.Rows, error) { return c.session.QueryContext(ctx, query, args) })
	}
	return run(ctx, c, query, func(st preparedStatement) (driver.Rows, error) { return st.QueryContext(ctx, args) })
}

// ExecContext implements driver.ExecerContext. Without arguments the text goes to the server as it
// is, since several statements in one text cannot be prepared.
func (c *conn) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	c.limit(ctx)
	if len(args) == 0 || ctx.Value(unpreparedKey{}) != nil {
		return attempt(c, func() (driver.Result, error) { return c.session.ExecContext(ctx, query, args) })
	}
	return run(ctx, c, query, func(st preparedStatement) (driver.Result, error) { return st.ExecContext(ctx, args) })
}

// run executes a kept statement, preparing it first if need be. One that the server refuses
// because the schema has changed is prepared anew, once.
func run[R any](ctx context.Context, c *conn, query string, do func(preparedStatement) (R, error)) (R, error) {
	var none R
	st, kept, err := c.prepared(ctx, query)
	if err != nil {
		return none, err
	}
	result, err := attempt(c, func() (R, error) { return do(st) })
	if err == nil || !kept || pq.As(err, pqerror.FeatureNotSupported, pqerror.InvalidSQLStatementName) == nil {
		return result, err
	}
	c.statements.Remove(query)
	if c.inTx {
		return none, errors.Join(errStale, err)
	}
	if st, _, err = c.prepared(ctx, query); err != nil {
		return none, err
	}
	return attempt(c, func() (R, error) { return do(st) })
}

func (c *conn) prepared(ctx context.Context, query string) (st preparedStatement, kept bool, err error) {
	if st, ok := c.statements.Get(query); ok {
		return st, true, nil
	}
	made, err := c.session.PrepareContext(ctx, query)
	if err != nil {
		return nil, false, err
	}
	st, ok := made.(preparedStatement)
	if !ok {
		return nil, false, errors.Join(errors.New("postgres: this statement cannot be prepared"), made.Close())
	}
	c.statements.Add(query, st)
	return st, false, nil
}

// attempt tells database/sql that the connection is bad only if nothing was sent.
func attempt[R any](c *conn, do func() (R, error)) (R, error) {
	var none R
	if !c.IsValid() {
		return none, driver.ErrBadConn
	}
	result, err := do()
	if errors.Is(err, driver.ErrBadConn) {
		return none, errLost
	}
	return result, err
}

// limit makes the socket fail a little after the context's deadline.
func (c *conn) limit(ctx context.Context) {
	deadline, ok := ctx.Deadline()
	if ok {
		deadline = deadline.Add(grace)
	}
	c.limitTo(deadline)
}

func (c *conn) limitTo(deadline time.Time) {
	if !deadline.Equal(c.deadline) {
		c.deadline = deadline
		_ = c.socket.SetDeadline(deadline) // fails on a closed socket only, as the next use will
	}
}

// PrepareContext implements driver.ConnPrepareContext. Nothing but COPY is prepared through it; see run.
func (c *conn) PrepareContext(ctx context.Context, query string) (driver.Stmt, error) {
	c.limit(ctx)
	st, err := c.session.PrepareContext(ctx, query)
	if err != nil {
		return nil, err
	}
	c.copying = true
	return &copyIn{Stmt: st, conn: c}, nil
}

// copyIn is a COPY, which goes on until it is closed.
type copyIn struct {
	driver.Stmt
	conn *conn
}

// Close implements driver.Stmt.
func (s *copyIn) Close() error {
	err := s.Stmt.Close()
	s.conn.copying = false
	return err
}

// Ping implements driver.Pinger.
func (c *conn) Ping(ctx context.Context) error {
	c.limit(ctx)
	return c.session.Ping(ctx)
}

// Close says goodbye to the server, for which an earlier call's deadline, passed by now, does not count.
func (c *conn) Close() error {
	c.limitTo(time.Now().Add(grace))
	return c.session.Close()
}

// ResetSession implements driver.SessionResetter: it is called when the pool hands out a
// connection again, and finds the one that the server has closed meanwhile before anything is sent.
func (c *conn) ResetSession(ctx context.Context) error {
	if err := c.session.ResetSession(ctx); err != nil {
		return err
	}
	now := time.Now()
	if now.Sub(c.handedOut) > trusted && !quiet(c.socket) {
		return driver.ErrBadConn
	}
	c.handedOut = now
	return nil
}
