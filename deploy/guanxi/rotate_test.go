package main

import (
	"bufio"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"

	"github.com/guanxi-crm/guanxi/libs/events"
)

// The broker runs all the while and reads its own again at each step, on the signal. Whoever has the files of this step or of the one before gets in, who is connected
// stays so, and at the end whoever still has those of the beginning finds that it is not the broker he knows.
func TestTheAuthorityIsExchangedBeneathABrokerThatRuns(t *testing.T) {
	t.Parallel()
	secrets := filepath.Join(t.TempDir(), "secrets")
	must(t, "init", "--secrets", secrets)
	url, reload := brokerProcess(t, secrets)
	stays := connectAs(t, url, filepath.Join(secrets, "profile"))
	js, err := jetstream.New(stays.Conn)
	require.NoError(t, err)
	_, err = events.EnsureStream(t.Context(), js, events.StreamConfig{})
	require.NoError(t, err)

	must(t, "subscriber", "add", "billing", "--secrets", secrets, "--nats", url, "--subjects", "guanxi.profile.>")
	folders := []string{"profile", "voice", "operator", filepath.Join("subscribers", "billing")}
	first := copied(t, secrets)
	for _, step := range []string{"prepare", "use", "retire"} {
		behind := copied(t, secrets)
		must(t, "rotate", "authority", step, "--secrets", secrets)
		reload()
		for _, folder := range folders {
			for state, dir := range map[string]string{"with the files of the step before": behind, "with those of the step": secrets} {
				p, err := dialAs(url, filepath.Join(dir, folder))
				require.NoError(t, err, "%s: %s %s", step, folder, state)
				p.Close()
			}
		}
		publish(t, stays, "guanxi.profile.customer.created.v1")
		require.Zero(t, stays.Stats().Reconnects, step)
	}
	for _, folder := range folders {
		_, err := dialAs(url, filepath.Join(first, folder))
		require.ErrorContains(t, err, "unknown authority", folder)
	}
}

func copied(t *testing.T, dir string) string {
	t.Helper()
	to := filepath.Join(t.TempDir(), "copy")
	require.NoError(t, os.CopyFS(to, os.DirFS(dir)))
	return to
}

// brokerProcess runs the broker in a process of its own, which can be sent the signal.
func brokerProcess(t *testing.T, secrets string) (url string, reload func()) {
	t.Helper()
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	address := listener.Addr().String()
	require.NoError(t, listener.Close())
	process := exec.CommandContext(t.Context(), os.Args[0])
	process.Env = append(os.Environ(), brokerVariable+"="+brokerFile(t, secrets, address))
	out, err := process.StderrPipe()
	require.NoError(t, err)
	require.NoError(t, process.Start())
	said := make(chan string, 1000)
	go func() {
		for lines := bufio.NewScanner(out); lines.Scan(); {
			said <- lines.Text()
		}
		close(said)
	}()
	t.Cleanup(func() { _ = process.Wait() })
	t.Cleanup(func() { _ = process.Process.Kill() })
	says := func(text string) {
		t.Helper()
		late := time.After(20 * time.Second)
		for {
			select {
			case line, more := <-said:
				require.True(t, more, "the broker has ended and not said %q", text)
				if strings.Contains(line, text) {
					return
				}
			case <-late:
				require.FailNow(t, "the broker did not say it", text)
			}
		}
	}
	says("Server is ready")
	return "tls://" + address, func() {
		t.Helper()
		require.NoError(t, process.Process.Signal(syscall.SIGHUP))
		says("Reloaded server configuration")
	}
}

// brokerVariable has the test binary be the broker with this configuration.
const brokerVariable = "GUANXI_TEST_IS_BROKER"

func serveBroker(file string) error {
	options, err := server.ProcessConfigFile(file)
	if err != nil {
		return err
	}
	s, err := server.NewServer(options)
	if err != nil {
		return err
	}
	s.ConfigureLogger()
	s.Start()
	s.WaitForShutdown()
	return nil
}
