// Package watch holds the dashboard and the alerts against what the running product shows, with the Prometheus that an operator would use.
package watch

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/promhttp"
	"github.com/stretchr/testify/require"

	"github.com/guanxi-crm/guanxi/libs/auth"
	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
	"github.com/guanxi-crm/guanxi/services/segmentation"
	"github.com/guanxi-crm/guanxi/tests/internal/prometheus"
	"github.com/guanxi-crm/guanxi/tests/internal/stage"
)

const (
	observability = "../../deploy/observability"
	within        = time.Minute
)

// Each query of the dashboard finds something where something happens, also where nothing goes wrong, and no alert fires.
func TestEveryPanelShowsData(t *testing.T) {
	t.Parallel()
	s := stage.Start(t, segmentation.Definition())
	metrics := httptest.NewServer(promhttp.HandlerFor(s.Registry, promhttp.HandlerOpts{}))
	t.Cleanup(metrics.Close)
	p := watch(t, map[string]string{"guanxi": metrics.Listener.Addr().String(), "guanxi-gateway": s.HTTP})

	busy, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() {
		done <- keepBusy(busy, s, s.Token(t, auth.Principal{Subject: "alice", Level: typev1.Level_EXECUTIVE, Territories: []string{auth.Anywhere}}))
	}()
	panels, err := prometheus.Panels(filepath.Join(observability, "grafana", "dashboards", "guanxi.json"))
	require.NoError(t, err)
	for title, queries := range panels {
		for _, query := range queries {
			require.Eventually(t, func() bool { return finds(t, p, query) }, within, 200*time.Millisecond, "%s: %s", title, query)
		}
	}
	stop()
	require.NoError(t, <-done)
	firing, err := p.Find(t.Context(), `ALERTS{alertstate="firing"}`)
	require.NoError(t, err)
	require.Zero(t, firing)
	require.True(t, finds(t, p, `up{job="guanxi"} == 1`), "the alerts have something to look at")
}

// keepBusy makes customers, has them judged and looks at them, until it is to stop.
func keepBusy(ctx context.Context, s *stage.Stage, token string) error {
	for i := 0; ctx.Err() == nil; i++ {
		body := fmt.Sprintf(`{"displayName":"number %d","kind":"ORGANIZATION","territory":"cn"}`, i)
		if err := call(ctx, http.MethodPost, "http://"+s.HTTP+"/v1/customers", token, body); err != nil {
			return err
		}
		if err := call(ctx, http.MethodGet, "http://"+s.HTTP+"/v1/churnRisks", token, ""); err != nil {
			return err
		}
	}
	return nil
}

func call(ctx context.Context, method, address, token, body string) error {
	request, err := http.NewRequestWithContext(ctx, method, address, strings.NewReader(body))
	if err != nil {
		return err
	}
	request.Header.Set("Authorization", "Bearer "+token)
	answer, err := http.DefaultClient.Do(request)
	if ctx.Err() != nil {
		return nil
	}
	if err != nil {
		return err
	}
	defer func() { _ = answer.Body.Close() }()
	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("%s %s: %s", method, address, answer.Status)
	}
	return nil
}

// watch has a Prometheus look at targets, by job, each second until the test ends, with the alerts of the product.
func watch(t *testing.T, targets map[string]string) prometheus.Server {
	t.Helper()
	dir := t.TempDir()
	rules, err := filepath.Abs(filepath.Join(observability, "alerts.yml"))
	require.NoError(t, err)
	var config strings.Builder
	fmt.Fprintf(&config, "global: {scrape_interval: 1s, evaluation_interval: 1s}\nrule_files: [%q]\nscrape_configs:\n", rules)
	for job, target := range targets {
		fmt.Fprintf(&config, "  - {job_name: %s, static_configs: [{targets: [%q], labels: {service: %s}}]}\n", job, target, job)
	}
	file := filepath.Join(dir, "prometheus.yml")
	require.NoError(t, os.WriteFile(file, []byte(config.String()), 0o600))

	address := free(t)
	command := exec.CommandContext(t.Context(), "prometheus", "--config.file="+file, "--storage.tsdb.path="+filepath.Join(dir, "data"), "--web.listen-address="+address)
	said := new(strings.Builder)
	command.Stdout, command.Stderr = said, said
	require.NoError(t, command.Start(), "it comes with Debian's package prometheus")
	t.Cleanup(func() {
		_ = command.Process.Signal(os.Interrupt)
		_ = command.Wait()
		if t.Failed() {
			t.Log(said)
		}
	})
	return prometheus.Server(address)
}

// finds says whether a query finds anything; one that cannot be asked yet finds nothing.
func finds(t *testing.T, p prometheus.Server, query string) bool {
	t.Helper()
	count, err := p.Find(t.Context(), query)
	if err != nil {
		t.Log(err)
	}
	return count > 0
}

// free is an address that nothing listens at.
func free(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer func() { require.NoError(t, listener.Close()) }()
	return listener.Addr().String()
}
