package postgres

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"

	"github.com/lib/pq"
	"github.com/lib/pq/pqerror"
)

// ErrNoRows is what Get returns when there is no row.
var ErrNoRows = sql.ErrNoRows

// ErrInDoubt is a commit whose answer was lost: it may have happened or not. It is Retryable in
// the sense that the caller may ask again with the same request_id; code that repeats work by
// itself must leave it alone.
var ErrInDoubt = errors.New("postgres: the connection broke during commit, which may have happened")

// errLost is a statement whose answer was lost. It does not wrap driver.ErrBadConn, on which
// database/sql would run the statement again although it may have been executed.
var errLost = errors.New("postgres: the connection broke while a statement was running")

// errStale is a prepared statement that the server no longer accepts, inside a transaction.
var errStale = errors.New("postgres: the schema changed under a prepared statement")

// Violated says whether err is the violation of the constraint or unique index of that name.
func Violated(err error, constraint string) bool {
	e := pq.As(err)
	return e != nil && e.Code.Class() == "23" && e.Constraint == constraint
}

// Retryable says whether err is of the moment - the server restarts, is full, cannot be reached, or
// chose this transaction as the victim of a conflict - so that the same request may succeed later.
// The work may have been done all the same when the connection broke: only who asks for reads or
// with a request_id may repeat it. The end of the caller's own context is not retryable.
func Retryable(err error) bool {
	if err == nil || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return false
	}
	for _, broken := range []error{
		ErrInDoubt, errLost, errStale, driver.ErrBadConn, sql.ErrConnDone, io.EOF, io.ErrUnexpectedEOF,
	} {
		if errors.Is(err, broken) {
			return true
		}
	}
	if e := pq.As(err); e != nil {
		return retryableCode(e.Code)
	}
	_, network := errors.AsType[*net.OpError](err)
	return network
}

func retryableCode(code pqerror.Code) bool {
	switch code {
	case pqerror.AdminShutdown, pqerror.CrashShutdown, pqerror.CannotConnectNow,
		pqerror.TRSerializationFailure, pqerror.TRDeadlockDetected,
		pqerror.TooManyConnections, pqerror.LockNotAvailable:
		return true
	}
	return strings.HasPrefix(string(code), "08") // connection exceptions
}

// withContext makes an error that came with the end of ctx also be that end: the driver reports a
// cancelled statement by the server's words, or by a closed connection.
func withContext(ctx context.Context, err error) error {
	if err == nil || ctx.Err() == nil || errors.Is(err, ctx.Err()) {
		return err
	}
	return fmt.Errorf("%w: %w", ctx.Err(), err)
}
