// Package reach looks at every answer before it leaves: none names a customer outside of its caller's territories.
//
// What a caller gets is limited by the statements themselves, by guanxi_covers in each of them. This is the net beneath, for the statement that forgot it: an answer that
// names a customer out of reach is not sent, which is counted and logged. The database is asked once for an answer, and not at all for callers who see everything, for
// answers that name no customer, and for customers whose territory stands beside their name. It comes after the handler: a call that has written has done so. Why it is here
// and not in policies of the database: docs/decisions/0019-reach.md.
package reach

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"github.com/google/uuid"
	"github.com/lib/pq"
	"github.com/prometheus/client_golang/prometheus"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"

	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/postgres"
)

// Net catches answers. It asks of the service's database what package aggregate does.
type Net struct {
	db     *postgres.DB
	log    *slog.Logger
	caught prometheus.Counter
}

// NewCounter makes what nets count in; all of a process share one.
func NewCounter() prometheus.Counter {
	return prometheus.NewCounter(prometheus.CounterOpts{
		Name: "guanxi_reach_caught_total",
		Help: "Answers that were not sent as they named a customer outside of the caller's territories.",
	})
}

// New makes the net of a service.
func New(db *postgres.DB, log *slog.Logger, caught prometheus.Counter) *Net {
	return &Net{db: db, log: log, caught: caught}
}

// Unary looks at the answer. It belongs outside of what remembers answers: the customer may have left the caller's territories since.
func (n *Net) Unary(ctx context.Context, req any, info *grpc.UnaryServerInfo, handle grpc.UnaryHandler) (any, error) {
	answer, err := handle(ctx, req)
	if err != nil {
		return nil, err
	}
	if err := n.look(ctx, info.FullMethod, answer); err != nil {
		return nil, err
	}
	return answer, nil
}

// Stream looks at every message that goes out.
func (n *Net) Stream(srv any, stream grpc.ServerStream, info *grpc.StreamServerInfo, handle grpc.StreamHandler) error {
	return handle(srv, &watched{ServerStream: stream, net: n, method: info.FullMethod})
}

type watched struct {
	grpc.ServerStream
	net    *Net
	method string
}

// SendMsg implements grpc.ServerStream.
func (s *watched) SendMsg(m any) error {
	if err := s.net.look(s.Context(), s.method, m); err != nil {
		return err
	}
	return s.ServerStream.SendMsg(m)
}

const outside = `select customer_id from customers where customer_id = any($1) and not guanxi_covers(territory, $2) limit 1`

func (n *Net) look(ctx context.Context, method string, answer any) error {
	caller := auth.From(ctx)
	m, ok := answer.(proto.Message)
	if !ok || caller.Everywhere() {
		return nil
	}
	named := customers(m, caller.Covers)
	if len(named) == 0 {
		return nil
	}
	var id uuid.UUID
	err := n.db.Get(ctx, &id, outside, pq.Array(named), caller.Scope())
	if errors.Is(err, postgres.ErrNoRows) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("reach: %w", err)
	}
	n.caught.Inc()
	n.log.ErrorContext(ctx, "an answer named a customer outside of the caller's territories and was not sent",
		slog.String("method", method), slog.String("customer", id.String()), slog.String("caller", caller.Subject))
	return fault.Denied("OUT_OF_REACH", fault.Text{
		En: "the answer concerns a customer outside of your territories",
		Zh: "结果涉及您辖区之外的客户",
	})
}
