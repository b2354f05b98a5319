//go:build unix

package postgres_test

import (
	"context"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/guanxi-crm/guanxi/libs/localpg"
	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/libs/testkit"
)

// While the server is shot down and comes up again, writers see retryable errors only, and all
// that was acknowledged is there afterwards.
func TestAnImmediateRestartIsRetryable(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	require.NoError(t, os.Chmod(filepath.Dir(dir), 0o711)) // let the server's account through
	server, err := localpg.Start(t.Context(), localpg.Options{Dir: dir})
	require.NoError(t, err)
	db := testkit.Open(t, postgres.Config{URL: server.URL("postgres")})
	require.NoError(t, notes(t.Context(), db))

	stop := make(chan struct{})
	var acknowledged sync.Map
	var failures []error
	var mu sync.Mutex
	var writers sync.WaitGroup
	for w := range 4 {
		writers.Go(func() {
			for i := 0; ; i++ {
				select {
				case <-stop:
					return
				default:
				}
				text := strconv.Itoa(w) + "/" + strconv.Itoa(i)
				write := func(ctx context.Context) error { return add(ctx, db, text) }
				if w%2 == 0 {
					inner := write
					write = func(ctx context.Context) error { return db.InTx(ctx, inner) }
				}
				ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
				err := write(ctx)
				cancel()
				if err == nil {
					acknowledged.Store(text, true)
					continue
				}
				mu.Lock()
				failures = append(failures, err)
				mu.Unlock()
				time.Sleep(5 * time.Millisecond)
			}
		})
	}
	time.Sleep(200 * time.Millisecond)
	u := server.URL("postgres")
	require.NoError(t, syscall.Kill(postmaster(t, dir), syscall.SIGQUIT))
	<-server.Done()
	server.Stop()
	again, err := localpg.Start(t.Context(), localpg.Options{Dir: dir, Port: portOf(t, u)})
	require.NoError(t, err)
	t.Cleanup(again.Stop)
	require.Eventually(t, func() bool { return db.Ping(t.Context()) == nil }, testkit.Patience, 10*time.Millisecond)
	time.Sleep(200 * time.Millisecond)
	close(stop)
	writers.Wait()

	require.NotEmpty(t, failures, "the restart was noticed")
	for _, err := range failures {
		require.True(t, postgres.Retryable(err), "%#v %v", err, err)
	}
	stored := map[string]bool{}
	for _, text := range texts(t, db) {
		stored[text] = true
	}
	acknowledged.Range(func(text, _ any) bool {
		require.True(t, stored[text.(string)], "%s was acknowledged", text)
		return true
	})
}

func postmaster(t *testing.T, dir string) int {
	t.Helper()
	text, err := os.ReadFile(dir + "/data/postmaster.pid")
	require.NoError(t, err)
	line, _, _ := strings.Cut(string(text), "\n")
	pid, err := strconv.Atoi(line)
	require.NoError(t, err)
	return pid
}

func portOf(t *testing.T, u string) int {
	t.Helper()
	_, rest, _ := strings.Cut(u, "@127.0.0.1:")
	text, _, _ := strings.Cut(rest, "/")
	port, err := strconv.Atoi(text)
	require.NoError(t, err)
	return port
}
