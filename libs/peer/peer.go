// Package peer connects to services of ours: the gateway to those behind it, a service to another one, the command to a running instance.
package peer

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"go.opentelemetry.io/contrib/instrumentation/google.golang.org/grpc/otelgrpc"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/keepalive"
	"google.golang.org/grpc/resolver"

	"github.com/guanxi-crm/guanxi/libs/idempotency"
	"github.com/guanxi-crm/guanxi/libs/telemetry"
)

const (
	// maxAnswer is the largest answer of a service in bytes: a full page of large rows.
	maxAnswer = 16 << 20
	// usualTimeout is for unary calls whose context has no deadline. Streams are bounded by the service that serves them.
	usualTimeout = 30 * time.Second
)

// Dial connects to a service at host:port, or rather will at the first call: it can be started later. The agent is what the service is told of the caller's
// program. Calls without side effects are repeated when the service is UNAVAILABLE, others never; a unary call without a deadline gets one of 30 seconds.
func Dial(address, agent string, more ...grpc.DialOption) (*grpc.ClientConn, error) {
	policy, err := servicePolicy()
	if err != nil {
		return nil, err
	}
	options := append([]grpc.DialOption{
		grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithDefaultServiceConfig(policy),
		grpc.WithDisableServiceConfig(), // what DNS says of it
		grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(maxAnswer)),
		grpc.WithKeepaliveParams(keepalive.ClientParameters{Time: 30 * time.Second, Timeout: 10 * time.Second}),
		grpc.WithResolvers(renewed{resolver.Get("dns"), renewEvery}),
		grpc.WithUserAgent(agent),
		grpc.WithChainUnaryInterceptor(bounded),
	}, more...)
	if telemetry.Traced() {
		options = append(options, grpc.WithStatsHandler(otelgrpc.NewClientHandler()))
	}
	conn, err := grpc.NewClient(address, options...)
	if err != nil {
		return nil, fmt.Errorf("peer: connecting to %s: %w", address, err)
	}
	return conn, nil
}

// bounded gives a deadline to calls that have none.
//
//nolint:revive // gRPC says how many arguments there are
func bounded(
	ctx context.Context, method string, req, reply any, conn *grpc.ClientConn, invoke grpc.UnaryInvoker, options ...grpc.CallOption,
) error {
	if _, ok := ctx.Deadline(); !ok {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, usualTimeout)
		defer cancel()
	}
	return invoke(ctx, method, req, reply, conn, options...)
}

type methodName struct {
	Service string `json:"service"`
	Method  string `json:"method"`
}

// servicePolicy is gRPC's service config: calls without side effects are repeated when a service is UNAVAILABLE, unless that happens
// so often that repeating would be a part of the trouble.
func servicePolicy() (string, error) {
	policy, err := json.Marshal(map[string]any{
		"methodConfig": []any{map[string]any{
			"name": readOnlyMethods(),
			"retryPolicy": map[string]any{
				"maxAttempts": 3, "initialBackoff": "0.05s", "maxBackoff": "0.5s", "backoffMultiplier": 3,
				"retryableStatusCodes": []string{"UNAVAILABLE"},
			},
		}},
		"retryThrottling":     map[string]any{"maxTokens": 20, "tokenRatio": 0.1},
		"loadBalancingConfig": []any{map[string]any{"round_robin": map[string]any{}}},
	})
	return string(policy), err
}

// readOnlyMethods are all linked RPCs of ours that declare to have no side effects. Where none is linked the list is empty and not null, which gRPC would take for
// an error.
func readOnlyMethods() []methodName {
	names := []methodName{}
	for method := range Methods() {
		if idempotency.ReadOnly(method) {
			names = append(names, methodName{string(method.Parent().FullName()), string(method.Name())})
		}
	}
	return names
}
