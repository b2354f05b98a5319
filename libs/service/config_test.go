package service_test

import (
	"encoding/base64"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/caarlos0/env/v11"
	"github.com/stretchr/testify/require"

	"github.com/guanxi-crm/guanxi/libs/page"
	"github.com/guanxi-crm/guanxi/libs/service"
)

func TestServiceGoesBeforeCommon(t *testing.T) {
	t.Parallel()
	cfg, err := service.LoadConfig("profile", []string{
		"GUANXI_LISTEN=:1", "GUANXI_DATABASE_URL=common", "GUANXI_PROFILE_DATABASE_URL=own", "GUANXI_VOICE_LISTEN=:2",
		"GUANXI_AUTH_ALGORITHMS=EdDSA,RS256", "GUANXI_PROFILE_DEADLINE_DEFAULT=3s", "GUANXI_LOG_LEVEL=debug",
	})
	require.NoError(t, err)
	require.Equal(t, ":1", cfg.Listen)
	require.Equal(t, "own", cfg.Database.URL)
	require.Equal(t, 16, cfg.Database.MaxConns)
	require.Equal(t, []string{"EdDSA", "RS256"}, cfg.Auth.Algorithms)
	require.Equal(t, 3*time.Second, cfg.Deadline.Default)
	require.Equal(t, 60*time.Second, cfg.Deadline.Longest)
	require.Equal(t, "DEBUG", cfg.LogLevel.String())

	_, err = service.LoadConfig("profile", []string{"GUANXI_DEADLINE_DEFAULT=soon"})
	require.ErrorContains(t, err, "Default")
}

// The operator's table names every variable there is, with the default that it has, and none that there is not.
func TestTableOfVariables(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../docs/configuration.md")
	require.NoError(t, err)
	table, _, _ := strings.Cut(string(text), "## Gateway")
	params, err := env.GetFieldParamsWithOptions(&service.Config{}, env.Options{Prefix: "GUANXI_"})
	require.NoError(t, err)
	var rows []string
	for line := range strings.Lines(table) {
		if strings.HasPrefix(line, "| `GUANXI_") {
			rows = append(rows, line)
		}
	}
	documented := strings.Join(rows, "")
	for _, p := range params {
		want := "| `" + p.Key + "` | "
		if p.DefaultValue != "" {
			want += "`" + p.DefaultValue + "`"
		}
		require.Contains(t, documented, want)
	}
	require.Len(t, rows, len(params))
}

func TestPageKeysFile(t *testing.T) {
	t.Parallel()
	key := func(fill byte) string {
		return base64.StdEncoding.EncodeToString([]byte(strings.Repeat(string(rune(fill)), page.KeySize)))
	}
	for name, test := range map[string]struct{ content, want string }{
		"two keys":      {key('a') + "\n\n " + key('b') + "\n", ""},
		"no key":        {"\n", "no key"},
		"a short key":   {"YWJj\n", "has 3 bytes"},
		"not base64":    {"secret!\n", "not base64"},
		"no final line": {key('a'), ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, cfg, deps := parts(t)
			deps.Pages = nil
			cfg.PageKeysFile = filepath.Join(t.TempDir(), "keys")
			require.NoError(t, os.WriteFile(cfg.PageKeysFile, []byte(test.content), 0o600))
			running, err := service.Start(t.Context(), definition(&testService{}), cfg, deps)
			if test.want == "" {
				require.NoError(t, err)
				require.NoError(t, running.Stop())
				return
			}
			require.ErrorContains(t, err, test.want)
			require.NotContains(t, err.Error(), "secret")
		})
	}
}
