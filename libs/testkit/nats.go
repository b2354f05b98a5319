package testkit

import (
	"os"
	"testing"
	"time"

	natsserver "github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/stretchr/testify/require"
)

// NATS returns a connection to a NATS server with JetStream that the test has to itself.
func NATS(t testing.TB) *nats.Conn {
	t.Helper()
	return StartNATS(t).Connect(t)
}

// NATSServer is a NATS server with JetStream for tests that stop and start it.
type NATSServer struct {
	options natsserver.Options
	running *natsserver.Server
}

// StartNATS starts a server that is stopped when the test ends.
func StartNATS(t testing.TB) *NATSServer {
	t.Helper()
	s := &NATSServer{options: natsserver.Options{
		Host:      "127.0.0.1",
		Port:      natsserver.RANDOM_PORT,
		JetStream: true,
		StoreDir:  storeDir(t),
		NoLog:     true,
		NoSigs:    true,
	}}
	s.Start(t)
	t.Cleanup(s.Stop)
	return s
}

// storeDir is gone when the test ends.
func storeDir(t testing.TB) string {
	t.Helper()
	where, _ := place()
	dir, err := os.MkdirTemp(where, "guanxi-nats-") //nolint:usetesting // t.TempDir knows one place only
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, os.RemoveAll(dir)) })
	return dir
}

// Start starts the server again after Stop: same address, same streams.
func (s *NATSServer) Start(t testing.TB) {
	t.Helper()
	options := s.options
	running, err := natsserver.NewServer(&options)
	require.NoError(t, err)
	running.Start()
	require.True(t, running.ReadyForConnections(10*time.Second), "the NATS server does not get ready")
	s.running = running
	s.options.Port = options.Port
}

// Stop ends the server; what JetStream has acknowledged stays.
func (s *NATSServer) Stop() {
	s.running.Shutdown()
	s.running.WaitForShutdown()
}

// URL to connect to.
func (s *NATSServer) URL() string { return s.running.ClientURL() }

// Connect returns a connection that reconnects quickly and is closed when the test ends.
func (s *NATSServer) Connect(t testing.TB) *nats.Conn {
	t.Helper()
	nc, err := nats.Connect(s.URL(), nats.MaxReconnects(-1), nats.ReconnectWait(20*time.Millisecond))
	require.NoError(t, err)
	t.Cleanup(nc.Close)
	return nc
}
