package telemetry_test

import (
	"bytes"
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel"

	"github.com/guanxi-crm/guanxi/libs/telemetry"
)

// Not parallel, as are environment and tracer provider: one for the process.
func TestTracesAreExportedWhereOpenTelemetryIsSetUp(t *testing.T) {
	require.False(t, telemetry.Traced())
	stop, err := telemetry.StartTracing(context.Background(), "test")
	require.NoError(t, err)
	require.NoError(t, stop(context.Background()))

	received := make(chan string, 10)
	collector := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { received <- r.URL.Path }))
	defer collector.Close()
	t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", collector.URL)
	t.Setenv("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf")
	require.True(t, telemetry.Traced())
	stop, err = telemetry.StartTracing(context.Background(), "test")
	require.NoError(t, err)
	_, span := otel.Tracer("test").Start(context.Background(), "work")
	require.True(t, span.SpanContext().IsSampled())
	span.End()
	require.NoError(t, stop(context.Background()))
	select {
	case path := <-received:
		require.Equal(t, "/v1/traces", path)
	case <-time.After(10 * time.Second):
		t.Fatal("nothing was exported")
	}

	t.Setenv("OTEL_SDK_DISABLED", "true")
	require.False(t, telemetry.Traced())
}

func TestLoggerWritesJSONFromItsLevelOn(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	log := telemetry.Logger(&out, slog.LevelWarn)
	log.Info("quiet")
	log.Warn("loud", "key", "value")
	require.NotContains(t, out.String(), "quiet")
	require.Contains(t, out.String(), `"msg":"loud","key":"value"`)
}
