package events

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nuid"

	"github.com/guanxi-crm/guanxi/libs/failpoint"
)

const (
	// A batch is bounded by number, and by bytes, as the broker holds it until it is complete.
	batchSize  = 500
	batchBytes = 4 << 20
	// few are quicker one by one: for a batch a broker without replicas first makes files, which takes as long as six or seven single messages.
	few = 6

	// The headers of an atomic batch (ADR-50 of NATS).
	headerBatch       = "Nats-Batch-Id"
	headerBatchNumber = "Nats-Batch-Sequence"
	headerBatchCommit = "Nats-Batch-Commit"

	// errDuplicateInBatch refuses a whole batch because the stream has one of its messages already.
	errDuplicateInBatch = 10201
)

// publisher writes to the stream. Nothing is published before the broker has said that it is on disk.
type publisher struct{ conn *nats.Conn }

// publish stores all of the rows, in order. After an error some may be stored: publishing them again does no harm.
func (p publisher) publish(ctx context.Context, rows []row) error {
	if len(rows) <= few {
		return p.each(ctx, rows)
	}
	err := p.batch(ctx, rows)
	if refused, ok := errors.AsType[*refusal](err); ok && refused.Code == errDuplicateInBatch {
		return p.each(ctx, rows)
	}
	return err
}

// each stores the rows one after another.
func (p publisher) each(ctx context.Context, rows []row) error {
	for i := range rows {
		if err := p.single(ctx, rows[i].Event); err != nil {
			return err
		}
	}
	return nil
}

// batch stores all rows or none. Only the last message asks for an answer, which speaks for all.
func (p publisher) batch(ctx context.Context, rows []row) error {
	id := nuid.Next()
	for i := range rows {
		m := rows[i].message()
		m.Header[headerBatch] = []string{id}
		m.Header[headerBatchNumber] = []string{strconv.Itoa(i + 1)}
		if i+1 < len(rows) {
			if err := p.conn.PublishMsg(m); err != nil {
				return fmt.Errorf("events: publishing a batch: %w", err)
			}
			failpoint.Hit("relay.mid_batch")
			continue
		}
		m.Header[headerBatchCommit] = []string{"1"}
		answer, err := p.ask(ctx, m)
		if err != nil {
			return fmt.Errorf("events: publishing a batch of %d: %w", len(rows), err)
		}
		if answer.Batch != id || answer.Count != len(rows) {
			return fmt.Errorf("events: a batch of %d was acknowledged as %q with %d", len(rows), answer.Batch, answer.Count)
		}
	}
	return nil
}

func (p publisher) single(ctx context.Context, e Event) error {
	if _, err := p.ask(ctx, e.message()); err != nil {
		return fmt.Errorf("events: publishing %s: %w", e.ID, err)
	}
	return nil
}

// acknowledgement is the broker's answer.
type acknowledgement struct {
	Error  *refusal `json:"error"`
	Stream string   `json:"stream"`
	Batch  string   `json:"batch"`
	Count  int      `json:"count"`
}

// refusal is why the broker stored nothing.
type refusal struct {
	Code        int    `json:"err_code"`
	Description string `json:"description"`
}

// Error implements error.
func (r *refusal) Error() string { return fmt.Sprintf("%s (%d)", r.Description, r.Code) }

func (p publisher) ask(ctx context.Context, m *nats.Msg) (acknowledgement, error) {
	ctx, stop := context.WithTimeout(ctx, within)
	defer stop()
	ctx, release := whileConnected(ctx, p.conn)
	defer release()
	var answer acknowledgement
	reply, err := p.conn.RequestMsgWithContext(ctx, m)
	if err != nil {
		return answer, cmp.Or(context.Cause(ctx), err)
	}
	if err := json.Unmarshal(reply.Data, &answer); err != nil {
		return answer, fmt.Errorf("the answer %q is none of JetStream: %w", reply.Data, err)
	}
	if answer.Error != nil {
		return answer, answer.Error
	}
	if answer.Stream != StreamName {
		return answer, fmt.Errorf("stored in the stream %q", answer.Stream)
	}
	return answer, nil
}

var errDisconnected = errors.New("the connection broke while the broker was asked")

// whileConnected ends ctx when the connection breaks: an answer that was on its way then never comes, and waiting for it until the
// deadline would hold up all events for as long after every restart of the broker.
func whileConnected(ctx context.Context, conn *nats.Conn) (_ context.Context, release func()) {
	ctx, cancel := context.WithCancelCause(ctx)
	broken := conn.StatusChanged(nats.RECONNECTING, nats.DISCONNECTED, nats.CLOSED)
	go func() {
		select {
		case <-broken:
			cancel(errDisconnected)
		case <-ctx.Done():
		}
	}()
	return ctx, func() {
		cancel(nil)
		conn.RemoveStatusListener(broken)
	}
}

// batchLength is how many of the rows fit into one batch, at least one.
func batchLength(rows []row) int {
	bytes := 0
	for i := range rows {
		bytes += len(rows[i].Data) + headerBytes
		if i == batchSize || i > 0 && bytes > batchBytes {
			return i
		}
	}
	return len(rows)
}

// headerBytes is about what the headers of a message take.
const headerBytes = 1 << 10
