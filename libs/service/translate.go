package service

import (
	"context"
	"errors"

	"github.com/lib/pq"
	"github.com/lib/pq/pqerror"
	"google.golang.org/grpc/codes"

	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/postgres"
)

// translate makes a fault of what a handler returned. What nobody further in understood may still be of the moment: a database that
// restarts, a statement out of time, a caller who left.
func translate(ctx context.Context, err error) *fault.Error {
	failed := fault.From(err)
	if failed.Code() != codes.Internal {
		return failed
	}
	switch {
	case postgres.Retryable(err):
		return fault.Unavailable(err)
	case cancelled(err) && errors.Is(ctx.Err(), context.Canceled):
		return fault.From(context.Canceled)
	case cancelled(err), errors.Is(ctx.Err(), context.DeadlineExceeded):
		return fault.Timeout(err)
	default:
		return failed
	}
}

// cancelled says that the database ended the statement: out of statement_timeout, or because the call was over.
func cancelled(err error) bool {
	e := pq.As(err)
	return e != nil && e.Code == pqerror.QueryCanceled
}
