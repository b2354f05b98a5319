package localpg_test

import (
	"bufio"
	"context"
	"database/sql"
	"os"
	osexec "os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/guanxi-crm/guanxi/libs/localpg"
)

const helperDir = "LOCALPG_TEST_DIR"

// TestMain lets this test binary be the process that is killed.
func TestMain(m *testing.M) {
	if dir := os.Getenv(helperDir); dir != "" {
		holdServer(dir)
	}
	os.Exit(m.Run())
}

func holdServer(dir string) {
	server, err := localpg.Start(context.Background(), localpg.Options{Dir: dir})
	if err != nil {
		os.Stdout.WriteString("failed: " + err.Error() + "\n")
		os.Exit(1)
	}
	os.Stdout.WriteString(server.URL("postgres") + "\n")
	select {}
}

func TestAKilledProcessLeavesNoServerAndNoDamage(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	open(t, dir)
	for round := range 2 {
		helper := osexec.Command(os.Args[0])
		helper.Env = append(os.Environ(), helperDir+"="+dir)
		helper.Stderr = os.Stderr
		out, err := helper.StdoutPipe()
		require.NoError(t, err)
		require.NoError(t, helper.Start())
		line, err := bufio.NewReader(out).ReadString('\n')
		require.NoError(t, err)
		url := strings.TrimSpace(line)
		require.True(t, strings.HasPrefix(url, "postgres://"), url)
		execURL(t, url, "create table if not exists notes (n int)")
		execURL(t, url, "insert into notes values (1)")
		pid := postmaster(t, dir)
		require.NoError(t, helper.Process.Kill())
		_ = helper.Wait() // reports the kill

		begin := time.Now()
		server := start(t, localpg.Options{Dir: dir})
		require.Less(t, time.Since(begin), 10*time.Second)
		require.NotEqual(t, pid, postmaster(t, dir))
		require.Equal(t, []string{"1", "2"}[round], value(t, server, "postgres", "select count(*) from notes"))
		server.Stop()
	}
}

func TestAKilledServerRecovers(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	open(t, dir)
	server := start(t, localpg.Options{Dir: dir})
	exec(t, server, "postgres", "create table notes as select 'kept' as text")
	require.NoError(t, syscall.Kill(atoi(t, postmaster(t, dir)), syscall.SIGKILL))
	<-server.Done()
	server.Stop()
	again := start(t, localpg.Options{Dir: dir})
	require.Equal(t, "kept", value(t, again, "postgres", "select text from notes"))
}

func TestAsRootTheServerRunsAsSomebodyElse(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	open(t, dir)
	start(t, localpg.Options{Dir: dir, Fast: true})
	info, err := os.Stat(filepath.Join("/proc", postmaster(t, dir)))
	require.NoError(t, err)
	owner := info.Sys().(*syscall.Stat_t).Uid
	require.NotZero(t, owner)
	if os.Geteuid() != 0 {
		require.EqualValues(t, os.Geteuid(), owner)
	}
}

func TestAClosedDirectoryAboveIsNamed(t *testing.T) {
	t.Parallel()
	closed := filepath.Join(t.TempDir(), "closed")
	require.NoError(t, os.Mkdir(closed, 0o700))
	open(t, filepath.Dir(closed))
	server, err := localpg.Start(t.Context(), localpg.Options{Dir: filepath.Join(closed, "guanxi"), Fast: true})
	if os.Geteuid() != 0 {
		require.NoError(t, err, "it is our own")
		server.Stop()
		return
	}
	require.ErrorContains(t, err, "may not enter "+closed+": choose a data directory outside of it")
}

func TestAbandonedDirectoriesAreRemoved(t *testing.T) {
	t.Parallel()
	parent := t.TempDir()
	open(t, parent)
	used, abandoned, young := filepath.Join(parent, "t-1"), filepath.Join(parent, "t-2"), filepath.Join(parent, "t-3")
	start(t, localpg.Options{Dir: used, Fast: true})
	start(t, localpg.Options{Dir: abandoned, Fast: true}).Stop()
	require.NoError(t, os.Mkdir(young, 0o700))
	long := time.Now().Add(-time.Hour)
	require.NoError(t, os.Chtimes(used, long, long))
	require.NoError(t, os.Chtimes(abandoned, long, long))
	localpg.RemoveAbandoned(filepath.Join(parent, "t-*"))
	require.DirExists(t, used)
	require.NoDirExists(t, abandoned)
	require.DirExists(t, young)
}

// postmaster is the number of the server's process.
func postmaster(t *testing.T, dir string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(dir, "data", "postmaster.pid"))
	require.NoError(t, err)
	pid, _, _ := strings.Cut(string(text), "\n")
	return pid
}

func atoi(t *testing.T, text string) int {
	t.Helper()
	n, err := strconv.Atoi(text)
	require.NoError(t, err)
	return n
}

func execURL(t *testing.T, url, statement string) {
	t.Helper()
	db, err := sql.Open("postgres", url)
	require.NoError(t, err)
	_, err = db.ExecContext(t.Context(), statement)
	require.NoError(t, err)
	require.NoError(t, db.Close())
}
