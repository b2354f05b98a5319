// Package localnats is a NATS server inside the process: for the product in one command, and for tests.
package localnats

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"time"

	"github.com/nats-io/nats-server/v2/server"
)

const (
	readyWithin = 10 * time.Second
	// maxPayload is far above what an event may have: it bounds the memory that a client can ask for.
	maxPayload = 8 << 20
)

// Options say where and for whom the server runs. It listens on the loopback interface only.
type Options struct {
	// Dir holds the streams. It must not be shared with another server.
	Dir string
	// Port to listen on; zero takes a free one.
	Port int
	// User and Password, or NKey, the public key of a user, are asked of clients; without any of them everybody on this machine may
	// connect.
	User, Password, NKey string
	// Relaxed leaves it to the operating system when messages reach the disk: a crash of the machine loses acknowledged ones. For tests.
	Relaxed bool
	// Log receives what the server says, if it is set.
	Log *slog.Logger
}

// Server is a running server.
type Server struct {
	inner *server.Server
}

// Start returns when the server takes connections.
func Start(o Options) (*Server, error) {
	if err := free(o.Port); err != nil {
		return nil, err
	}
	dir, err := filepath.Abs(o.Dir)
	if err != nil {
		return nil, fmt.Errorf("localnats: %w", err)
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("localnats: %w", err)
	}
	inner, err := server.NewServer(o.server(dir))
	if err != nil {
		return nil, fmt.Errorf("localnats: %w", err)
	}
	if o.Log != nil {
		inner.SetLoggerV2(logger{o.Log}, false, false, false)
	}
	go inner.Start()
	if !inner.ReadyForConnections(readyWithin) {
		inner.Shutdown()
		inner.WaitForShutdown()
		return nil, errors.New("localnats: the server did not become ready")
	}
	return &Server{inner}, nil
}

// free says early what the server would only keep silent about.
func free(port int) error {
	if port == 0 {
		return nil
	}
	listener, err := net.ListenTCP("tcp", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: port})
	if err != nil {
		return fmt.Errorf("localnats: port %d cannot be used: %w", port, err)
	}
	return listener.Close()
}

func (o Options) server(dir string) *server.Options {
	out := &server.Options{
		ServerName:   "guanxi",
		Host:         "127.0.0.1",
		Port:         o.Port,
		JetStream:    true,
		StoreDir:     dir,
		SyncAlways:   !o.Relaxed, // the default of two minutes loses acknowledged messages when power fails
		MaxPayload:   maxPayload,
		NoLog:        o.Log == nil,
		NoSigs:       true, // stopping is the process's decision
		Username:     o.User,
		Password:     o.Password,
		PingInterval: 20 * time.Second,
	}
	if out.Port == 0 {
		out.Port = server.RANDOM_PORT
	}
	if o.NKey != "" {
		out.Nkeys = []*server.NkeyUser{{Nkey: o.NKey}}
	}
	return out
}

// URL is where clients connect.
func (s *Server) URL() string { return s.inner.ClientURL() }

// Stop closes all connections and returns when the streams are on disk.
func (s *Server) Stop() {
	s.inner.Shutdown()
	s.inner.WaitForShutdown()
}
