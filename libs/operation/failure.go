package operation

import (
	"context"
	"time"

	"github.com/lib/pq"
	"github.com/lib/pq/pqerror"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"

	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/postgres"
)

const (
	// The wait after a failure of the moment doubles from the first to the last of these.
	firstRetry, lastRetry = time.Second, 5 * time.Minute
	// patience is how many failures in a row are of the moment: about four hours of them.
	patience = 50
)

// passing says whether the same step may succeed later.
func passing(err error) bool {
	if postgres.Retryable(err) {
		return true
	}
	if e := pq.As(err); e != nil {
		return e.Code == pqerror.QueryCanceled // by the time limit of statements: the machine may be busy
	}
	switch fault.From(err).Code() {
	case codes.Unavailable, codes.DeadlineExceeded, codes.ResourceExhausted, codes.Aborted:
		return true
	default:
		return false
	}
}

// A failure is of the step that failed: when the answer of a commit was lost but the step is done after all, or somebody cancelled meanwhile, it is forgotten.
const (
	wait = `update operations set attempts = attempts + 1, retry_time = $3, error_reason = $4, error_en = $5, error_zh = $6
where operation_id = $1 and state in (1, 2) and step_count = $2 and attempts = $7`
	giveUp = `update operations set attempts = attempts + 1, finish_time = $3, error_reason = $4, error_en = $5, error_zh = $6, state = 4
where operation_id = $1 and state in (1, 2) and step_count = $2 and attempts = $7`
)

// note keeps a failure where those who asked for the work can see it, and lets the operation wait or end.
func (r *Runner) note(ctx context.Context, at Operation, failure error) error {
	query, when := giveUp, r.now()
	if passing(failure) && at.Attempts+1 < patience {
		query, when = wait, when.Add(min(firstRetry<<min(at.Attempts, 20), lastRetry))
		r.log.WarnContext(ctx, "operation: a step failed and will be tried again",
			"kind", at.Kind, "operation", at.ID, "attempts", at.Attempts+1, "error", failure)
	} else {
		r.log.ErrorContext(ctx, "operation: failed", "kind", at.Kind, "operation", at.ID, "attempts", at.Attempts+1, "error", failure)
	}
	reason, text := explain(failure)
	_, err := r.db.Exec(ctx, query, at.ID, at.Steps, when, reason, text.En, text.Zh, at.Attempts)
	return err
}

// explain is a failure as people read it, with the fields that are wrong, if it tells of fields. What is no fault of ours reads as an internal error: texts of
// drivers and stacks are for the log.
func explain(failure error) (reason string, text fault.Text) {
	known := fault.From(failure)
	if passing(failure) && known.Code() == codes.Internal {
		known = fault.Unavailable(failure)
	}
	text = known.Text()
	status := known.GRPCStatus()
	text.En = status.Message()
	for _, detail := range status.Details() {
		if m, ok := detail.(*errdetails.LocalizedMessage); ok {
			text.Zh = m.GetMessage()
		}
	}
	return known.Reason(), text
}
