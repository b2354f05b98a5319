// Package observability_test holds the alerts to what they are about. What the dashboard shows of a running product is held by tests/watch.
package observability_test

import (
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/grafana/grafana-foundation-sdk/go/cog"
	"github.com/grafana/grafana-foundation-sdk/go/cog/plugins"
	"github.com/grafana/grafana-foundation-sdk/go/dashboard"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"
)

const root = "../.."

type rules struct {
	Groups []struct {
		Rules []struct {
			Alert       string
			Expr        string
			Labels      map[string]string
			Annotations map[string]string
		}
	}
}

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	return string(text)
}

// Every alert fires in its case and is quiet before; promtool comes with Debian's package prometheus.
func TestAlertsFire(t *testing.T) {
	t.Parallel()
	out, err := exec.CommandContext(t.Context(), "promtool", "test", "rules", "alerts_test.yml").CombinedOutput()
	require.NoError(t, err, "%s", out)
}

var metric = regexp.MustCompile(`guanxi_[a-z_]+`)

func TestAlertsAreTestedExplainedAndAboutWhatThereIs(t *testing.T) {
	t.Parallel()
	var all rules
	require.NoError(t, yaml.Unmarshal([]byte(read(t, "alerts.yml")), &all))
	cases, runbook, source := read(t, "alerts_test.yml"), read(t, filepath.Join(root, "docs", "runbook.md")), sources(t)
	count := 0
	for _, group := range all.Groups {
		for _, rule := range group.Rules {
			count++
			require.Contains(t, cases, "alertname: "+rule.Alert+"\n")
			require.Contains(t, runbook, "\n## "+rule.Alert+"\n")
			require.Contains(t, []string{"page", "ticket"}, rule.Labels["severity"])
			require.NotEmpty(t, rule.Annotations["summary"])
			require.NotEmpty(t, rule.Annotations["summary_zh"])
			for _, name := range metric.FindAllString(rule.Expr, -1) {
				require.True(t, exported(source, name), "%s: no code exports %s", rule.Alert, name)
			}
		}
	}
	require.Equal(t, count, strings.Count(runbook, "\n## Guanxi"), "the runbook explains alerts that there are")
}

// Grafana knows each field of the dashboard and misses none, by the types of its own that it publishes.
func TestGrafanaKnowsEachFieldOfTheDashboard(t *testing.T) {
	t.Parallel()
	plugins.RegisterDefaultPlugins()
	var board dashboard.Dashboard //nolint:staticcheck // its successor is another format
	var problems cog.BuildErrors  // never a nil error, also when there are none
	require.ErrorAs(t, board.UnmarshalJSONStrict([]byte(read(t, filepath.Join("grafana", "dashboards", "guanxi.json")))), &problems)
	require.Empty(t, problems)
	require.NoError(t, board.Validate())
	require.NotEmpty(t, board.Panels)
}

// exported says whether a metric of that name is made anywhere; a histogram gives three, a consumer's counters are put together.
func exported(source, name string) bool {
	for _, suffix := range []string{"_count", "_bucket", "_sum", ""} {
		base := strings.TrimSuffix(name, suffix)
		if strings.Contains(source, `"`+base+`"`) || strings.Contains(source, `"`+strings.TrimPrefix(base, "guanxi_consumer_")+`"`) {
			return true
		}
	}
	return false
}

func sources(t *testing.T) string {
	t.Helper()
	var all strings.Builder
	for _, dir := range []string{"libs", "services", "gateway"} {
		err := filepath.WalkDir(filepath.Join(root, dir), func(path string, _ fs.DirEntry, err error) error {
			if err == nil && strings.HasSuffix(path, ".go") && !strings.HasSuffix(path, "_test.go") {
				all.WriteString(read(t, path))
			}
			return err
		})
		require.NoError(t, err)
	}
	return all.String()
}
