// Package telemetry sets up what a process says about itself: logs and traces. Metrics are Prometheus', kept where they are counted.
package telemetry

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"time"

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

// parting bounds how long the last traces may take: a process that stops does not wait for a collector that is not there.
const parting = 2 * time.Second

// StartTracing exports the traces of the process as OpenTelemetry's variables ask for, under the name given unless OTEL_SERVICE_NAME gives another. When there are none it does
// nothing, and a call costs nothing. Traces that cannot be exported are lost, which log tells, and nothing else suffers. Once for a process. The function returned sends what is
// still held back; call it last.
func StartTracing(ctx context.Context, name string, log *slog.Logger) (stop func(), err error) {
	if !Traced() {
		return func() {}, nil
	}
	exporter, err := autoexport.NewSpanExporter(ctx)
	if err != nil {
		return nil, fmt.Errorf("telemetry: exporter of traces: %w", err)
	}
	described, err := resource.New(ctx, resource.WithAttributes(attribute.String("service.name", name)), resource.WithFromEnv())
	if err != nil {
		return nil, fmt.Errorf("telemetry: description of the process: %w", err)
	}
	tell := otel.ErrorHandlerFunc(func(err error) { log.Warn("telemetry: traces were not exported", "process", name, "error", err) })
	otel.SetErrorHandler(tell)
	provider := trace.NewTracerProvider(trace.WithBatcher(exporter), trace.WithResource(described))
	otel.SetTracerProvider(provider)
	otel.SetTextMapPropagator(propagation.TraceContext{})
	return func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), parting)
		defer cancel()
		if err := provider.Shutdown(ctx); err != nil {
			tell(err)
		}
	}, nil
}
