package telemetry_test

import (
	"bytes"
	"context"
	"log/slog"
	"net"
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
	stop, err := telemetry.StartTracing(context.Background(), "test", slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	stop()

	received := make(chan string, 10)
	collector := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { received <- r.URL.Path }))
	defer collector.Close()
	t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", collector.URL)
	t.Setenv("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf")
	require.True(t, telemetry.Traced())
	stop, err = telemetry.StartTracing(context.Background(), "test", slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	_, span := otel.Tracer("test").Start(context.Background(), "work")
	require.True(t, span.SpanContext().IsSampled())
	span.End()
	stop()
	select {
	case path := <-received:
		require.Equal(t, "/v1/traces", path)
	case <-time.After(10 * time.Second):
		t.Fatal("nothing was exported")
	}

	t.Setenv("OTEL_SDK_DISABLED", "true")
	require.False(t, telemetry.Traced())
}

// lines are what is logged; the exporter may have more to say when all is over.
type lines chan string

func (l lines) Write(line []byte) (int, error) {
	l <- string(line)
	return len(line), nil
}

// Not parallel either.
func TestACollectorThatDoesNotAnswerIsToldOfAndHoldsUpNoEnd(t *testing.T) {
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer silent.Close()
	t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://"+silent.Addr().String())
	t.Setenv("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf")
	told := make(lines, 10)
	stop, err := telemetry.StartTracing(context.Background(), "test", telemetry.Logger(told, slog.LevelInfo))
	require.NoError(t, err)
	_, span := otel.Tracer("test").Start(context.Background(), "work")
	span.End()
	began := time.Now()
	stop()
	require.Less(t, time.Since(began), 5*time.Second)
	require.Contains(t, <-told, `"level":"WARN","msg":"telemetry: traces were not exported","process":"test"`)
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
