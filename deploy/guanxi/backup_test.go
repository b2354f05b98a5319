package main

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/guanxi-crm/guanxi/libs/postgres"
)

// A backup that is taken while customers come in fits together: restored elsewhere, with a stream that is empty, every service gets to know what it had not heard of yet, and
// none knows of more than profile does. Who was erased after the backup stays so.
func TestBackupUnderLoadIsRestored(t *testing.T) {
	t.Parallel()
	dir, address := dataDir(t), freeAddress(t)
	process := start(t, dir, address)
	token := strings.TrimSpace(must(t, "token", "--data", dir, "--subject", "alice", "--level", "manager"))
	url := "http://" + address
	create := func(n int64) string {
		body := fmt.Sprintf(`{"displayName": "客户 %d", "kind": "ORGANIZATION", "territory": "cn/south", "owner": "alice"}`, n)
		name, _ := call(t, token, http.MethodPost, url+"/v1/customers", body)["name"].(string)
		return name
	}
	first := create(0)
	person := call(t, token, http.MethodPost, url+"/v1/"+first+"/people", `{"displayName": "planted-name", "birthday": {"month": 2, "day": 29}}`)["name"].(string)
	stop, done := make(chan struct{}), make(chan struct{})
	var written atomic.Int64
	go func() {
		defer close(done)
		for {
			select {
			case <-stop:
				return
			default:
				create(written.Add(1))
			}
		}
	}()
	require.Eventually(t, func() bool { return written.Load() > 50 }, time.Minute, time.Millisecond)
	work := t.TempDir()
	saved, keys := filepath.Join(work, "backup"), filepath.Join(work, "keys")
	must(t, "backup", saved, "--keys", keys, "--data", dir)
	require.Contains(t, refused(t, "backup", saved, "--keys", keys, "--data", dir), "is there already")
	atBackup := written.Load()
	require.Eventually(t, func() bool { return written.Load() > atBackup+50 }, time.Minute, time.Millisecond)
	close(stop)
	<-done
	call(t, token, http.MethodPost, url+"/v1/"+person+":erase", `{"basis": "REQUEST", "reference": "x"}`)
	must(t, "backup", filepath.Join(work, "later"), "--keys", keys, "--data", dir) // by which the keys are as they are now
	require.NoError(t, process.Process.Signal(syscall.SIGTERM))
	require.NoError(t, process.Wait())

	other := dataDir(t)
	require.NoError(t, os.MkdirAll(other, 0o700))
	for _, key := range []string{"instance.key", "page.key", "person.keys"} { // what is kept apart from backups
		content, err := os.ReadFile(filepath.Join(dir, key))
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(filepath.Join(other, key), content, 0o600))
	}
	must(t, "restore", saved, "--keys", keys, "--data", other)
	require.Contains(t, refused(t, "restore", saved, "--keys", keys, "--data", other), "is not empty")
	process = start(t, other, address)
	restored := count(t, other, "profile", `select count(*) from customers`)
	require.Greater(t, restored, 50)
	require.LessOrEqual(t, restored, int(written.Load())+1)
	for _, service := range []string{"segmentation", "planning", "voice", "satisfaction"} {
		require.Eventually(t, func() bool { return count(t, other, service, `select count(*) from customers`) == restored }, time.Minute, 20*time.Millisecond, service)
		require.Zero(t, count(t, other, service, `select count(*) from dead_letters`), service)
	}
	require.Zero(t, count(t, other, "profile", `select count(*) from people`), "who was erased since is not brought back")
	require.Eventually(t, func() bool { return count(t, other, "planning", `select count(*) from people`) == 0 }, time.Minute, 20*time.Millisecond)
	for _, file := range []string{"profile.dump", "planning.dump"} {
		content, err := os.ReadFile(filepath.Join(saved, file))
		require.NoError(t, err)
		require.NotContains(t, string(content), "planted-name")
	}
	require.NotEmpty(t, create(-1), "it goes on")
	require.NoError(t, process.Process.Signal(syscall.SIGTERM))
	require.NoError(t, process.Wait())

	damaged := filepath.Join(saved, "voice.dump")
	require.NoError(t, os.WriteFile(damaged, []byte("x"), 0o600))
	require.Contains(t, refused(t, "restore", saved, "--keys", keys, "--data", dataDir(t)), "voice.dump is damaged")
}

// count asks the database of a service of an instance that runs.
func count(t *testing.T, dir, service, query string) (n int) {
	t.Helper()
	config, err := place{dataFlag: dataFlag{Data: dir}, Service: service}.config()
	require.NoError(t, err)
	db, err := postgres.Open(t.Context(), config.Database)
	require.NoError(t, err)
	defer func() { require.NoError(t, db.Close()) }()
	require.NoError(t, db.GetDynamic(t.Context(), &n, query))
	return n
}
