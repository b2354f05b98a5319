package secrets_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"

	"github.com/guanxi-crm/guanxi/deploy/guanxi/internal/secrets"
)

// docker-compose.yml lets in whom a service is asked by, and has it ask whom it may.
func TestComposeLetsInWhoAsks(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../../../docker-compose.yml")
	require.NoError(t, err)
	var stack struct {
		Services map[string]struct {
			Environment map[string]string `yaml:"environment"`
		} `yaml:"services"`
	}
	require.NoError(t, yaml.Unmarshal(text, &stack))
	for _, s := range secrets.Services {
		has := stack.Services[s.Name].Environment
		require.ElementsMatch(t, secrets.Clients(s.Name), strings.Split(has["GUANXI_TLS_ALLOW"], ","), s.Name)
		var peers []string
		for _, asked := range s.Asks {
			peers = append(peers, asked+"="+asked+":9000")
		}
		require.Equal(t, strings.Join(peers, ","), has["GUANXI_PEERS"], s.Name)
	}
}

// What is there and good stays; what ends soon is renewed.
func TestInitAgain(t *testing.T) {
	t.Parallel()
	now := time.Now()
	d := secrets.Dir{Path: filepath.Join(t.TempDir(), "secrets"), Now: func() time.Time { return now }, Owner: -1}
	var made []string
	say := func(path string) { made = append(made, filepath.Base(path)) }
	require.NoError(t, d.Init(say))
	require.NotEmpty(t, made)
	made = nil
	require.NoError(t, d.Init(say))
	require.Empty(t, made)
	now = now.AddDate(0, 9, 0)
	require.NoError(t, d.Init(say))
	require.Contains(t, made, "profile.crt")
	require.Contains(t, made, "peer.token")
	require.NotContains(t, made, "person.key", "keys are made once and for all")
}
