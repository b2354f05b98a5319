package localpg

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"time"
)

const (
	// readyWithin bounds one start: the recovery after a crash is the longest part of it.
	readyWithin = 2 * time.Minute
	// attempts to start. One can fail because somebody took the free port first, or because
	// processes of a server that was killed still hold its memory.
	attempts = 4
	// logKept is the size from which the server's log starts anew; the last one is kept.
	logKept = 10 << 20
)

func (s *Server) logFile() string { return filepath.Join(s.options.Dir, "server.log") }

func (s *Server) launch(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, readyWithin)
	defer cancel()
	var err error
	for attempt := range attempts {
		if attempt > 0 {
			time.Sleep(time.Duration(attempt) * 300 * time.Millisecond)
		}
		if err = s.launchOnce(ctx); err == nil || !errors.Is(err, errEnded) {
			return err
		}
	}
	return err
}

var errEnded = errors.New("PostgreSQL ended while starting")

func (s *Server) launchOnce(ctx context.Context) error {
	free, err := freePort()
	if err != nil {
		return err
	}
	s.port = cmp.Or(s.options.Port, free)
	log, err := openLog(s.logFile())
	if err != nil {
		return err
	}
	defer func() { _ = log.Close() }() // the server has its own handle
	cmd := s.command("postgres", append([]string{"-D", s.dataDir()}, settings(s.port, s.options.Fast)...)...)
	cmd.Dir = s.dataDir()
	cmd.Stdout, cmd.Stderr = log, log
	if s.exited, err = begin(cmd); err != nil {
		return fmt.Errorf("localpg: start PostgreSQL: %w", err)
	}
	s.pid = cmd.Process.Pid
	if err := s.awaitReady(ctx); err != nil {
		s.end(s.pid, s.exited)
		return err
	}
	return s.checkPassword(ctx)
}

// begin starts a program that dies with us. On Linux that is tied to the thread that started it,
// so that thread is held until the program has ended.
func begin(cmd *exec.Cmd) (exited <-chan struct{}, err error) {
	started, ended := make(chan error, 1), make(chan struct{})
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		defer close(ended)
		err := cmd.Start()
		started <- err
		if err == nil {
			_ = cmd.Wait() // who waits looks at cmd.ProcessState
		}
	}()
	return ended, <-started
}

func (s *Server) awaitReady(ctx context.Context) error {
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for {
		if file, ok := readPIDFile(s.dataDir()); ok && file.pid == s.pid && file.status == "ready" {
			return nil
		}
		select {
		case <-s.exited:
			return fmt.Errorf("%w; the end of %s: %s", errEnded, s.logFile(), s.logTail())
		case <-ctx.Done():
			return fmt.Errorf("PostgreSQL did not get ready: %w; the end of %s: %s", ctx.Err(), s.logFile(), s.logTail())
		case <-tick.C:
		}
	}
}

func (s *Server) checkPassword(ctx context.Context) error {
	db, err := sql.Open("postgres", s.URL("postgres"))
	if err != nil {
		return fmt.Errorf("localpg: %w", err)
	}
	defer func() { _ = db.Close() }()
	if err := db.PingContext(ctx); err != nil {
		s.end(s.pid, s.exited)
		return fmt.Errorf("PostgreSQL in %s does not let us in with the password kept there: %w", s.options.Dir, err)
	}
	return nil
}

func openLog(path string) (*os.File, error) {
	if info, err := os.Stat(path); err == nil && info.Size() > logKept {
		if err := os.Rename(path, path+".old"); err != nil {
			return nil, fmt.Errorf("localpg: %w", err)
		}
	}
	log, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, fmt.Errorf("localpg: %w", err)
	}
	return log, nil
}

// logTail is what the server said last, for the error message of a failed start.
func (s *Server) logTail() string {
	const enough = 4 << 10
	log, err := os.Open(s.logFile())
	if err != nil {
		return err.Error()
	}
	defer func() { _ = log.Close() }()
	info, err := log.Stat()
	if err != nil {
		return err.Error()
	}
	tail := make([]byte, min(info.Size(), enough))
	if _, err := log.ReadAt(tail, info.Size()-int64(len(tail))); err != nil {
		return err.Error()
	}
	return lastLines(string(tail))
}

func freePort() (int, error) {
	listener, err := net.Listen("tcp", net.JoinHostPort(host, "0"))
	if err != nil {
		return 0, fmt.Errorf("localpg: no free port: %w", err)
	}
	defer func() { _ = listener.Close() }()
	return listener.Addr().(*net.TCPAddr).Port, nil
}
