package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestMain lets the test binary be guanxi itself, so that the tests run the real command in processes of its own.
func TestMain(m *testing.M) {
	if os.Getenv("GUANXI_TEST_IS_GUANXI") != "" {
		main()
		return
	}
	if file := os.Getenv(brokerVariable); file != "" {
		if err := serveBroker(file); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// guanxi prepares the command.
func guanxi(ctx context.Context, args ...string) *exec.Cmd {
	command := exec.CommandContext(ctx, os.Args[0], args...)
	command.Env = append(os.Environ(), "GUANXI_TEST_IS_GUANXI=1", "LC_ALL=C")
	return command
}

// must runs the command to its end and returns what it printed.
func must(t *testing.T, args ...string) string {
	t.Helper()
	command := guanxi(t.Context(), args...)
	var errors bytes.Buffer
	command.Stderr = &errors
	out, err := command.Output()
	require.NoError(t, err, "%s: %s", strings.Join(args, " "), errors.String())
	return string(out)
}

// refused runs a command that must fail and returns the one sentence that it says.
func refused(t *testing.T, args ...string) string {
	t.Helper()
	command := guanxi(t.Context(), args...)
	var errors bytes.Buffer
	command.Stderr = &errors
	out, err := command.Output()
	require.Error(t, err, "guanxi %s", strings.Join(args, " "))
	require.Equal(t, exitFailed, command.ProcessState.ExitCode())
	require.Empty(t, string(out))
	require.Equal(t, 1, strings.Count(errors.String(), "\n"), "one line, not %s", errors.String())
	return errors.String()
}

// dataDir is one that PostgreSQL can reach below, also when the tests run as root.
func dataDir(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	require.NoError(t, os.Chmod(filepath.Dir(dir), 0o711))
	return filepath.Join(dir, "data")
}

func freeAddress(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	require.NoError(t, listener.Close())
	return listener.Addr().String()
}

// start brings Guanxi up and waits until it is ready.
func start(t *testing.T, dir, address string, flags ...string) *exec.Cmd {
	t.Helper()
	command := guanxi(context.Background(), append([]string{"up", "--data", dir, "--http", address}, flags...)...)
	command.Stderr = t.Output()
	out, err := command.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, command.Start())
	t.Cleanup(func() { _ = command.Process.Kill() })
	ready := make(chan string, 1)
	go func() {
		var said bytes.Buffer
		buffer := make([]byte, 4096)
		for {
			n, err := out.Read(buffer)
			said.Write(buffer[:n])
			if strings.Contains(said.String(), "Ctrl-C stops it.") || err != nil {
				ready <- said.String()
				_, _ = io.Copy(io.Discard, out)
				return
			}
		}
	}()
	select {
	case said := <-ready:
		require.Contains(t, said, "Guanxi is up at http://"+address)
	case <-time.After(8 * time.Minute): // with demo data, beside other tests under the race detector
		require.Fail(t, "guanxi up was not ready in time")
	}
	return command
}

// call calls the gateway and returns the answer's JSON.
func call(t *testing.T, token, method, url, body string) map[string]any {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	require.NoError(t, err)
	request.Header.Set("Authorization", "Bearer "+token)
	response, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	require.Equal(t, http.StatusOK, response.StatusCode, string(text))
	var answer map[string]any
	require.NoError(t, json.Unmarshal(text, &answer))
	return answer
}

// One instance through its life: up, used, killed the hard way, up again with all its data, stopped.
func TestUp(t *testing.T) {
	t.Parallel()
	dir, address := dataDir(t), freeAddress(t)
	process := start(t, dir, address, "--demo")

	require.Contains(t, refused(t, "up", "--data", dir, "--http", freeAddress(t)), "is in use by another process")
	require.Contains(t, refused(t, "rebuild", "--data", dir, "segmentation"), "is in use by another process")
	other := dataDir(t)
	require.Contains(t, refused(t, "up", "--data", other, "--http", address), "the address "+address+" is taken by another program")

	token := strings.TrimSpace(must(t, "token", "--data", dir, "--subject", "alice", "--level", "manager", "--territory", "cn/south"))
	url := "http://" + address
	name := call(t, token, http.MethodPost, url+"/v1/customers",
		`{"displayName": "瑞恒", "kind": "ORGANIZATION", "territory": "cn/south/shenzhen"}`)["name"].(string)
	before := call(t, token, http.MethodGet, url+"/v1/"+name, "")
	importing(t, dir)

	require.NoError(t, process.Process.Signal(syscall.SIGKILL))
	_ = process.Wait()
	process = start(t, dir, address, "--demo")
	require.Equal(t, before, call(t, token, http.MethodGet, url+"/v1/"+name, ""), "what was acknowledged is there")
	require.Contains(t, must(t, importArgs(dir)...), "Nothing to do")
	require.Contains(t, firstEvents(t, dir, "guanxi.profile.customer.created.v1"), `"`+name+`"`)
	require.Equal(t, "NUMBER  CONSUMER  SUBJECT  EVENT  ATTEMPTS  GIVEN UP  REASON\n", must(t, "events", "dlq", "list", "--data", dir))

	require.NotContains(t, must(t, "doctor", "--data", dir), "BAD")

	require.NoError(t, process.Process.Signal(syscall.SIGTERM))
	require.NoError(t, process.Wait(), "it was asked to stop")
	require.Contains(t, refused(t, "events", "tail", "--data", dir), "is not running: start it with guanxi up --data "+dir)
	require.Contains(t, refused(t, "rebuild", "--data", dir, "nobody"), "there is no service")
}

func importArgs(dir string) []string {
	return []string{
		"import", "--data", dir, "--mapping", filepath.Join(dir, "m.yaml"), "--rejected", filepath.Join(dir, "rejected.csv"), filepath.Join(dir, "new.csv"),
	}
}

// importing imports two customers, of which one has a wrong registration number.
func importing(t *testing.T, dir string) {
	t.Helper()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "m.yaml"), []byte(`
kind: customers
source_system: crm
fields:
  external_ids[0].id: {column: id}
  display_name: {column: name}
  registration_number: {column: code}
  kind: ORGANIZATION
  territory: cn/east/shanghai
`), 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "new.csv"), []byte("id,name,code\n1,腾讯,91440300708461136T\n2,错误,91440300708461136A\n"), 0o600))
	require.Contains(t, must(t, append(importArgs(dir), "--dry-run")...), "nothing was stored")
	out := must(t, importArgs(dir)...)
	require.Regexp(t, `stored +1\n`, out)
	require.Regexp(t, `rejected +1\n`, out)
	text, err := os.ReadFile(filepath.Join(dir, "rejected.csv"))
	require.NoError(t, err)
	require.Contains(t, string(text), "\n2,错误,91440300708461136A,3,")
}

// firstEvents lets guanxi events tail show those since the start, for as long as it takes to show the newest one.
func firstEvents(t *testing.T, dir, subject string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	command := guanxi(ctx, "events", "tail", "--data", dir, "--from", "start", "--json", "--subject", subject)
	command.Stderr = t.Output()
	out, err := command.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, command.Start())
	decoder := json.NewDecoder(out)
	var all strings.Builder
	const demoAndOurs = 300 + 2
	for range demoAndOurs {
		var event struct {
			Subject string            `json:"subject"`
			Headers map[string]string `json:"headers"`
			Data    json.RawMessage   `json:"data"`
		}
		require.NoError(t, decoder.Decode(&event))
		require.Equal(t, subject, event.Subject)
		require.NotEmpty(t, event.Headers["ce-id"])
		all.Write(event.Data)
	}
	require.NoError(t, command.Process.Signal(syscall.SIGTERM))
	require.NoError(t, command.Wait(), "being stopped is no failure")
	return all.String()
}

func TestOneSentence(t *testing.T) {
	t.Parallel()
	none := filepath.Join(t.TempDir(), "none")
	for _, test := range []struct {
		says string
		args []string
	}{
		{"there is no Guanxi instance in " + none, []string{"token", "--data", none, "--subject", "a"}},
		{"there is no Guanxi instance in " + none, []string{"events", "tail", "--data", none}},
		{"there is no Guanxi instance in " + none, []string{"import", "--data", none, "--mapping", "m", "f.csv"}},
		{"--token is missing", []string{"import", "--grpc", "127.0.0.1:1", "--mapping", "m", "f.csv"}},
		{"--from yesterday is neither start nor now", []string{"events", "tail", "--data", none, "--from", "yesterday"}},
		{"--from now is neither start nor a time", []string{"events", "republish", "--data", none, "--from", "now"}},
		{`there is no service "billing"`, []string{"serve", "billing"}},
		{`there is no service "billing"`, []string{"migrate", "billing"}},
		{`there is no service "billing"`, []string{"rebuild", "billing"}},
		{"there is no Guanxi instance in " + none, []string{"rebuild", "--data", none, "segmentation"}},
	} {
		require.Contains(t, refused(t, test.args...), test.says)
	}
	_, err := os.Stat(none)
	require.ErrorIs(t, err, os.ErrNotExist, "a command that finds no instance makes none")
}

func TestVersion(t *testing.T) {
	t.Parallel()
	require.NotEmpty(t, strings.TrimSpace(must(t, "version")))
}
