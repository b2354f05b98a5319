// Package telemetry sets up what a process says about itself: logs and traces. Metrics are Prometheus', kept where they are counted.
package telemetry

import (
	"context"
	"fmt"
	"os"
	"strings"

	"go.opentelemetry.io/contrib/exporters/autoexport"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/sdk/resource"
	"go.opentelemetry.io/otel/sdk/trace"
)

// Traced says whether this process exports traces: whether any of OpenTelemetry's own variables (OTEL_...) is set, and
// OTEL_SDK_DISABLED does not say otherwise.
func Traced() bool {
	if strings.EqualFold(os.Getenv("OTEL_SDK_DISABLED"), "true") {
		return false
	}
	for _, variable := range os.Environ() {
		if strings.HasPrefix(variable, "OTEL_") {
			return true
		}
	}
	return false
}

// StartTracing exports the traces of the process as OpenTelemetry's variables ask for, under the name given unless
// OTEL_SERVICE_NAME gives another. When there are none it does nothing, and a call costs nothing. Once for a process. The function
// returned sends what is still held back; call it last.
func StartTracing(ctx context.Context, name string) (stop func(context.Context) error, err error) {
	if !Traced() {
		return func(context.Context) error { return nil }, nil
	}
	exporter, err := autoexport.NewSpanExporter(ctx)
	if err != nil {
		return nil, fmt.Errorf("telemetry: exporter of traces: %w", err)
	}
	described, err := resource.New(ctx, resource.WithAttributes(attribute.String("service.name", name)), resource.WithFromEnv())
	if err != nil {
		return nil, fmt.Errorf("telemetry: description of the process: %w", err)
	}
	provider := trace.NewTracerProvider(trace.WithBatcher(exporter), trace.WithResource(described))
	otel.SetTracerProvider(provider)
	otel.SetTextMapPropagator(propagation.TraceContext{})
	return provider.Shutdown, nil
}
