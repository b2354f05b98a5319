// Package idempotency makes a call with a request_id happen once: its answer is stored in the transaction of its effect, and
// whoever repeats the call gets that answer.
package idempotency

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/anypb"

	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/postgres"
)

// identified is a request with a request_id field.
type identified interface {
	proto.Message
	GetRequestId() string
}

// Guard seals the answers that hold what must be forgettable, for as long as they are remembered.
type Guard interface {
	// Seal is given an answer and how it would be kept, and returns how it is kept.
	Seal(ctx context.Context, answer proto.Message, stored []byte) ([]byte, error)
	// Open is the way back. Its errors go to the caller: what was answered is not known any more.
	Open(ctx context.Context, stored []byte) ([]byte, error)
}

// Unary runs the handler of a request that carries a request_id inside a transaction that also stores the answer, so that a
// repeated call - by the same caller, to the same method, with the same request - returns the first answer and does nothing.
// The same id on another request is INVALID_ARGUMENT. A call that comes while the first still runs waits for it. A call that
// failed left no trace and may be repeated.
//
// Answers are stored as the handler gave them, and what the caller may see of one is decided anew each time: redaction belongs
// outside of this interceptor. The handler's InTx joins the transaction, so a statement that failed fails the call; a handler
// must not go on after one. guard may be nil: answers are kept as they are.
func Unary(db *postgres.DB, now func() time.Time, guard Guard) grpc.UnaryServerInterceptor {
	return func(ctx context.Context, req any, info *grpc.UnaryServerInfo, handler grpc.UnaryHandler) (any, error) {
		m, ok := req.(identified)
		if !ok || m.GetRequestId() == "" || readOnly(info.FullMethod) {
			return handler(ctx, req)
		}
		c, err := newCall(ctx, info.FullMethod, m, guard)
		if err != nil {
			return nil, err
		}
		var answer any
		err = db.InTx(ctx, func(ctx context.Context) (err error) {
			answer, err = c.once(ctx, db, now, func(ctx context.Context) (any, error) { return handler(ctx, req) })
			return err
		})
		if err != nil {
			return nil, err
		}
		return answer, nil
	}
}

// call is a row of requests.
type call struct {
	Caller    string
	RequestID string
	Method    string
	Hash      []byte
	guard     Guard
}

func newCall(ctx context.Context, method string, m identified, guard Guard) (call, error) {
	// The request_id is part of what is hashed, which changes nothing: rows are compared only if it is the same.
	body, err := proto.MarshalOptions{Deterministic: true}.Marshal(m)
	if err != nil {
		return call{}, fault.Internal(fmt.Errorf("idempotency: hash the request: %w", err))
	}
	hash := sha256.Sum256(body)
	caller := auth.From(ctx).Subject
	if caller == "" { // the public: two of them who think of the same id must not get in each other's way
		caller = nobody + hex.EncodeToString(hash[:])
	}
	return call{Caller: caller, RequestID: m.GetRequestId(), Method: method, Hash: hash[:], guard: guard}, nil
}

// nobody begins the name of a caller without a subject, as no subject can.
const nobody = "\t"

// once runs the handler, or returns the answer of the call that ran it.
func (c call) once(
	ctx context.Context, db *postgres.DB, now func() time.Time, handler func(context.Context) (any, error),
) (any, error) {
	first, err := c.claim(ctx, db, now())
	if err != nil {
		return nil, err
	}
	if !first {
		return c.recall(ctx, db)
	}
	answer, err := handler(ctx)
	if err != nil {
		return nil, err
	}
	m, ok := answer.(proto.Message)
	if !ok {
		return nil, fault.Internal(fmt.Errorf("idempotency: %s answers a %T", c.Method, answer))
	}
	return answer, c.store(ctx, db, m)
}

func (c call) store(ctx context.Context, db *postgres.DB, answer proto.Message) error {
	packed, err := anypb.New(answer)
	if err != nil {
		return fault.Internal(fmt.Errorf("idempotency: pack the answer of %s: %w", c.Method, err))
	}
	stored, err := proto.Marshal(packed)
	if err != nil {
		return fault.Internal(fmt.Errorf("idempotency: pack the answer of %s: %w", c.Method, err))
	}
	if c.guard != nil {
		if stored, err = c.guard.Seal(ctx, answer, stored); err != nil {
			return err
		}
	}
	_, err = db.Exec(ctx, sqlStore, c.Caller, c.RequestID, stored)
	return err
}

func unpack(stored []byte) (proto.Message, error) {
	var packed anypb.Any
	if err := proto.Unmarshal(stored, &packed); err != nil {
		return nil, fault.Internal(fmt.Errorf("idempotency: unpack an answer: %w", err))
	}
	answer, err := packed.UnmarshalNew()
	if err != nil {
		return nil, fault.Internal(fmt.Errorf("idempotency: unpack an answer: %w", err))
	}
	return answer, nil
}
