package localpg

import (
	"context"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

const (
	fastWithin      = 20 * time.Second
	immediateWithin = 5 * time.Second
)

// pidFile is postmaster.pid, which a running server keeps in its data directory.
type pidFile struct {
	pid    int
	port   int
	status string // starting, ready, stopping
}

func readPIDFile(data string) (pidFile, bool) {
	text, err := os.ReadFile(filepath.Join(data, "postmaster.pid"))
	if err != nil {
		return pidFile{}, false
	}
	lines := strings.Split(string(text), "\n")
	pid, err := strconv.Atoi(strings.TrimSpace(lines[0]))
	if err != nil || len(lines) < 4 {
		return pidFile{}, false
	}
	file := pidFile{pid: pid}
	file.port, _ = strconv.Atoi(strings.TrimSpace(lines[3])) // not written yet is port 0
	if len(lines) > 7 {
		file.status = strings.TrimSpace(lines[7])
	}
	return file, true
}

// endPredecessor waits until the server of a process that is gone has gone, too, and helps it on.
// The directory's lock is ours, so nobody uses it. A file left by a crash is the server's own
// business: it recognizes that.
func (s *Server) endPredecessor(ctx context.Context) error {
	file, ok := readPIDFile(s.dataDir())
	if !ok || !alive(file, s.dataDir()) {
		return nil
	}
	s.options.Log.Info("waiting for the previous PostgreSQL to end", "pid", file.pid)
	gone := make(chan struct{})
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	go func() {
		defer close(gone)
		for ctx.Err() == nil && alive(file, s.dataDir()) {
			time.Sleep(10 * time.Millisecond)
		}
	}()
	s.end(file.pid, gone)
	return ctx.Err()
}

// end stops a server the orderly way, then the quick way, then the hard way.
func (s *Server) end(pid int, gone <-chan struct{}) {
	for _, step := range []struct {
		how    shutdown
		within time.Duration
	}{{fast, fastWithin}, {immediate, immediateWithin}, {kill, immediateWithin}} {
		select {
		case <-gone:
			return
		default:
		}
		s.signal(pid, step.how)
		select {
		case <-gone:
			return
		case <-time.After(step.within):
			s.options.Log.Warn("PostgreSQL does not end", "pid", pid, "after", step.within)
		}
	}
}

// shutdown is a way to end a server.
type shutdown string

const (
	fast      shutdown = "INT"  // disconnect the clients, write everything down
	immediate shutdown = "QUIT" // leave it to the next start's recovery
	kill      shutdown = "KILL"
)
