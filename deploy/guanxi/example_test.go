package main

import (
	"bufio"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

const examples = "../../docs/examples/subscriber"

// say runs an example until it has printed so many lines, in the folder of its subscriber.
func say(t *testing.T, folder string, lines int, name string, args ...string) []string {
	t.Helper()
	command := exec.CommandContext(t.Context(), name, args...)
	command.Dir, command.Stderr = folder, t.Output()
	out, err := command.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, command.Start())
	defer func() {
		_ = command.Process.Kill()
		_ = command.Wait()
	}()
	read := make(chan string)
	go func() {
		for lines := bufio.NewScanner(out); lines.Scan(); {
			read <- lines.Text()
		}
	}()
	var said []string
	for len(said) < lines {
		select {
		case line := <-read:
			said = append(said, line)
		case <-time.After(30 * time.Second):
			require.Fail(t, "it says nothing", "%s: %v", name, said)
		}
	}
	return said
}

// The examples of docs/subscribing.md get what was granted to them, with the credentials that they are handed.
func TestExamplesListen(t *testing.T) {
	t.Parallel()
	secrets, url, profile := installation(t)
	bin := t.TempDir()
	for _, build := range [][]string{
		{"go", "build", "-o", filepath.Join(bin, "go"), "./" + examples},
		{"cc", "-Wall", "-Werror", "-o", filepath.Join(bin, "c"), examples + "-c/subscriber.c", "-lnats"},
	} {
		out, err := exec.CommandContext(t.Context(), build[0], build[1:]...).CombinedOutput()
		require.NoError(t, err, "%s", out)
	}
	for _, name := range []string{"one", "two"} {
		must(t, "subscriber", "add", name, "--secrets", secrets, "--nats", url, "--subjects", "guanxi.profile.order.>")
	}
	for _, subject := range []string{"guanxi.profile.order.recorded.v1", "guanxi.profile.customer.created.v1", "guanxi.profile.order.corrected.v1"} {
		publishNumbered(t, profile, subject)
	}
	folder := func(name string) string { return filepath.Join(secrets, "subscribers", name) }
	for name, said := range map[string][]string{
		"Go": say(t, folder("one"), 2, filepath.Join(bin, "go")),
		"C":  say(t, folder("two"), 2, filepath.Join(bin, "c"), url, "GUANXI", "subscriber-two", "_INBOX_two", "nats.creds", "ca.crt", "2"),
	} {
		require.True(t, strings.HasPrefix(said[0], "guanxi.profile.order.recorded.v1 "), "%s: %s", name, said[0])
		require.True(t, strings.HasPrefix(said[1], "guanxi.profile.order.corrected.v1 "), "%s: %s", name, said[1])
		require.Contains(t, said[1], "#3 {}", name)
	}
}
