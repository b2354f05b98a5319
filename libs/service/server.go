package service

import (
	"time"

	"go.opentelemetry.io/contrib/instrumentation/google.golang.org/grpc/otelgrpc"
	"google.golang.org/grpc"
	"google.golang.org/grpc/keepalive"

	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/idempotency"
	"github.com/guanxi-crm/guanxi/libs/level"
	"github.com/guanxi-crm/guanxi/libs/reach"
	"github.com/guanxi-crm/guanxi/libs/telemetry"
	"github.com/guanxi-crm/guanxi/libs/validate"
)

const (
	// MaxMessage is the largest message a server takes, in bytes.
	MaxMessage = 1 << 20
	// MaxHeaders is the most that a server takes of a call's headers, the token among them, in bytes as HTTP/2 counts them.
	MaxHeaders = 8 << 10
	// MaxStreams is how many calls one connection carries at once.
	MaxStreams = 256
	// MinPing is how often clients may ask whether a connection still stands.
	MinPing = 20 * time.Second
)

// limits keep one client from taking what belongs to all.
func limits(cfg Config) []grpc.ServerOption {
	return []grpc.ServerOption{
		grpc.MaxRecvMsgSize(MaxMessage),
		grpc.MaxHeaderListSize(MaxHeaders),
		grpc.MaxConcurrentStreams(MaxStreams),
		grpc.ConnectionTimeout(10 * time.Second),
		grpc.KeepaliveEnforcementPolicy(keepalive.EnforcementPolicy{MinTime: MinPing, PermitWithoutStream: true}),
		grpc.KeepaliveParams(keepalive.ServerParameters{
			Time: time.Minute, Timeout: 20 * time.Second,
			MaxConnectionIdle: 15 * time.Minute,
			// Lets clients find new replicas. Streams that run are let run to their end.
			MaxConnectionAge: 30 * time.Minute, MaxConnectionAgeGrace: cfg.Deadline.Stream,
		}),
		grpc.WaitForHandlers(true), // before the database is closed under them
	}
}

// serverOptions are the limits and what every call passes through, in order.
func (r *Running) serverOptions(p *Platform, verifier *auth.Verifier, table *auth.Table) ([]grpc.ServerOption, error) {
	counted, err := newCalls(r.registry)
	if err != nil {
		return nil, err
	}
	outermost := &edge{log: r.log, calls: counted}
	deadline := r.cfg.Deadline
	var guard idempotency.Guard
	if r.def.Answers != nil {
		guard = r.def.Answers(p)
	}
	busy := &overload{most: int64(r.concurrency())}
	literal := make(map[string]bool, len(r.def.Literal))
	for _, method := range r.def.Literal {
		literal[method] = true
	}
	caught, err := register(r.registry, reach.NewCounter())
	if err != nil {
		return nil, err
	}
	net := reach.New(p.DB, r.log, caught)
	authenticate, authenticateStream := auth.Authentication(verifier, table)
	permit, permitStream := auth.Permission(table)

	options := append(append(limits(r.cfg), r.cfg.TLS.Server()),
		// Goroutines that stay have the stack that a call needs; to let it grow anew for each call takes a twentieth of it. Calls beyond these are not held up.
		grpc.NumStreamWorkers(uint32(r.concurrency())),
		grpc.ChainUnaryInterceptor(
			outermost.unary, deadline.unary, busy.unary, authenticate, permit, validate.Unary, net.Unary,
			// The answer is redacted outside of what stores it: the caller's level may differ when he asks again.
			level.UnaryServerInterceptor(), idempotency.Unary(p.DB, p.Now, guard),
			// Old names are exchanged inside of what compares repeated calls: a call repeated after a merge is still the same.
			p.Aliases.Unary(literal),
		),
		grpc.ChainStreamInterceptor(
			outermost.stream, deadline.stream, busy.stream, authenticateStream, permitStream, validate.Stream, net.Stream,
			level.StreamServerInterceptor(), p.Aliases.Stream(literal),
		),
	)
	if telemetry.Traced() {
		options = append(options, grpc.StatsHandler(otelgrpc.NewServerHandler()))
	}
	return options, nil
}

// concurrency is how many calls of one method run at once: enough to keep every connection busy while others of them are before
// or behind the database.
func (r *Running) concurrency() int {
	if r.cfg.Concurrency > 0 {
		return r.cfg.Concurrency
	}
	return 4 * r.db.MaxConns()
}
