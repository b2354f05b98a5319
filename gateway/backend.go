package gateway

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/grpc-ecosystem/grpc-gateway/v2/runtime"
	"go.opentelemetry.io/contrib/instrumentation/google.golang.org/grpc/otelgrpc"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/keepalive"

	"github.com/guanxi-crm/guanxi/libs/idempotency"
	"github.com/guanxi-crm/guanxi/libs/telemetry"
	profilev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/profile/v1"
)

type registration func(context.Context, *runtime.ServeMux, *grpc.ClientConn) error

// registrations are the gRPC services that each of our services answers over HTTP. A new one is a line here.
var registrations = map[string][]registration{
	"profile": {
		profilev1.RegisterAttributeServiceHandler,
		profilev1.RegisterCustomerServiceHandler,
		profilev1.RegisterImportServiceHandler,
		profilev1.RegisterOrderServiceHandler,
		profilev1.RegisterPaymentServiceHandler,
		profilev1.RegisterPersonServiceHandler,
		profilev1.RegisterSettingsServiceHandler,
		profilev1.RegisterSheetServiceHandler,
	},
}

// maxAnswer is the largest answer of a service in bytes: a full page of large rows.
const maxAnswer = 16 << 20

// Dial connects to a service at host:port, or rather will at the first call: it can be started later.
func Dial(address string) (*grpc.ClientConn, error) {
	policy, err := servicePolicy()
	if err != nil {
		return nil, err
	}
	options := []grpc.DialOption{
		grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithDefaultServiceConfig(policy),
		grpc.WithDisableServiceConfig(), // what DNS says of it
		grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(maxAnswer)),
		grpc.WithKeepaliveParams(keepalive.ClientParameters{Time: 30 * time.Second, Timeout: 10 * time.Second}),
		grpc.WithUserAgent("guanxi-gateway"),
	}
	if telemetry.Traced() {
		options = append(options, grpc.WithStatsHandler(otelgrpc.NewClientHandler()))
	}
	conn, err := grpc.NewClient(address, options...)
	if err != nil {
		return nil, fmt.Errorf("gateway: connecting to %s: %w", address, err)
	}
	return conn, nil
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

// readOnlyMethods are all linked RPCs of ours that declare to have no side effects.
func readOnlyMethods() []methodName {
	var names []methodName
	for method := range methods() {
		if idempotency.ReadOnly(method) {
			names = append(names, methodName{string(method.Parent().FullName()), string(method.Name())})
		}
	}
	return names
}
