// Package operation does long-running work that somebody asked for by an RPC: in steps, each of which commits its effect together with how far the work has come, so
// that it goes on where it stopped whatever happens to the process, happens once however many replicas run, shows its progress, and can be called off.
//
// A service says what a kind of work does (Kind), asks for it in the RPC's own transaction (Start), and lets a Runner do it. Its resource for a run embeds the
// message guanxi.type.v1.Operation (ToProto).
package operation

import (
	"context"
	"time"

	"github.com/google/uuid"
	"github.com/lib/pq"

	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/fault"
	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
)

// Kept is how long a finished operation is remembered.
const Kept = 90 * 24 * time.Hour

// State is where an operation stands. The numbers are those of guanxi.type.v1.Operation.State.
type State int

// The states; the last three are final.
const (
	Pending State = iota + 1
	Running
	Succeeded
	Failed
	Cancelled
)

// Final says that nothing more will happen.
func (s State) Final() bool { return s >= Succeeded }

// Operation is one run of work.
type Operation struct {
	ID      uuid.UUID `db:"operation_id"`
	Kind    string    `db:"kind"`
	Request []byte    `db:"request"` // what Start was given, as JSON; see Decode
	State   State     `db:"state"`
	Cursor  string    `db:"cursor"` // what the last step returned, "" before the first
	Steps   int64     `db:"step_count"`
	Done    int64     `db:"done_count"`
	Total   int64     `db:"total_count"` // 0 = not known
	Result  []byte    `db:"result"`      // as JSON; nil unless it succeeded
	// What went wrong, who called it off, or what a running one waits to try again after; without a reason nothing did.
	Reason     string     `db:"error_reason"`
	ErrorEn    string     `db:"error_en"`
	ErrorZh    string     `db:"error_zh"`
	Actor      string     `db:"actor"` // who asked
	CreateTime time.Time  `db:"create_time"`
	StartTime  *time.Time `db:"start_time"`
	FinishTime *time.Time `db:"finish_time"`
	Attempts   int        `db:"attempts"` // failed in a row

	Level       typev1.Level   `db:"level"`
	Territories pq.StringArray `db:"territories"`
	RetryTime   time.Time      `db:"retry_time"`
}

// Error is what went wrong, in both languages.
func (o *Operation) Error() fault.Text { return fault.Text{En: o.ErrorEn, Zh: o.ErrorZh} }

// caller is who asked, with what was in his reach then. He is no administrator here: what only those may ask for is for the RPC to refuse.
func (o *Operation) caller() auth.Principal {
	return auth.Principal{Subject: o.Actor, Level: o.Level, Territories: o.Territories}
}

// Kind is a kind of work. Its operations are done one at a time, those asked for first going first.
type Kind struct {
	// Name is the kind's name for good: operations that are not finished are found by it.
	Name string
	// Begin counts what there is to do, for the progress to be shown against; nil when that is not known.
	Begin func(ctx context.Context, o Operation) (total int64, err error)
	// Step does the next part of the work, from o.Cursor on. What it writes with ctx commits together with the new cursor: it happens exactly once, or, when the
	// step fails or the operation is cancelled meanwhile, not at all. The caller in ctx is the one who asked (auth.From), so that his territories limit the work.
	//
	// A step should take a second or so, as it holds its locks that long, and has a minute. One that has more to write than one transaction should hold may
	// commit parts of it by postgres.DB.Apart: these stay when the step fails, are done again with it - even at the same time, when a replica lost its connection
	// without noticing - and so have to be harmless when repeated.
	//
	// A failure of the moment (postgres.Retryable, UNAVAILABLE, a time limit, ...) is tried again after a while that grows to five minutes, 50 times in a row;
	// any other ends the operation as FAILED with the error's texts if it is a fault, else as INTERNAL.
	Step func(ctx context.Context, o Operation) (Progress, error)
}

// Progress is what a step did.
type Progress struct {
	// Cursor is where the next step goes on: it has to differ from the one the step began at, else the work would never end.
	Cursor string
	// Done is how many items this step did, not those before it.
	Done int64
	// Finished says that there is no next step.
	Finished bool
	// Result is what came of the work, kept as JSON; of the step that finished it.
	Result any
}
