package world

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"strconv"
	"sync"
	"syscall"
	"time"
)

// process is a child that can be killed. It dies with the context that it was started with.
type process struct {
	command *exec.Cmd
	input   io.Closer // children of ours end when it does
	ended   chan struct{}
}

// launch starts a program with nothing of our environment; what it says goes to the end of the file log.
func launch(ctx context.Context, log string, env []string, path string, args ...string) (*process, error) {
	out, err := os.OpenFile(log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	defer out.Close()
	p := &process{command: exec.CommandContext(ctx, path, args...), ended: make(chan struct{})}
	p.command.Env = append([]string{"PATH=" + os.Getenv("PATH"), "TZ=UTC"}, env...)
	p.command.Stdout, p.command.Stderr = out, out
	if p.input, err = p.command.StdinPipe(); err != nil {
		return nil, err
	}
	if err := p.command.Start(); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	go func() {
		_ = p.command.Wait() // how it ended is of no interest: most are killed
		close(p.ended)
	}()
	return p, nil
}

// kill is kill -9. The process is gone when it returns.
func (p *process) kill() {
	if p == nil {
		return
	}
	_ = p.command.Process.Kill()
	<-p.ended
	_ = p.input.Close()
}

// terminate asks the process to stop, and waits until it has.
func (p *process) terminate(within time.Duration) error {
	if err := p.command.Process.Signal(syscall.SIGTERM); err != nil {
		return err
	}
	select {
	case <-p.ended:
	case <-time.After(within):
		return fmt.Errorf("%s did not stop within %s", p.command.Path, within)
	}
	if code := p.command.ProcessState.ExitCode(); code != 0 {
		return fmt.Errorf("%s stopped with %d", p.command.Path, code)
	}
	return nil
}

// died waits for the process to end by itself.
func (p *process) died(within time.Duration) bool {
	select {
	case <-p.ended:
		return true
	case <-time.After(within):
		return false
	}
}

// taken are the ports given out: those of another world look free while its server is down, and who took one would speak with that world's clients.
var taken sync.Map

// freePort is one that no outgoing connection takes while its server is down: those begin at 32768. None is given out twice.
func freePort(ctx context.Context) (int, error) {
	for range 100 {
		port := 20000 + rand.IntN(12000)
		if _, twice := taken.LoadOrStore(port, true); twice {
			continue
		}
		listener, err := new(net.ListenConfig).Listen(ctx, "tcp", local(port))
		if err == nil {
			return port, listener.Close()
		}
	}
	return 0, errors.New("no free port")
}

func local(port int) string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(port)) }

// listening waits until somebody takes connections at the port; it gives up early when who should has ended.
func listening(ctx context.Context, port int, p *process, within time.Duration) error {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	var dialer net.Dialer
	for {
		conn, err := dialer.DialContext(ctx, "tcp", local(port))
		if err == nil {
			return conn.Close()
		}
		select {
		case <-p.ended:
			return errEnded
		case <-ctx.Done():
			return fmt.Errorf("nobody listens on port %d within %s", port, within)
		case <-time.After(5 * time.Millisecond):
		}
	}
}
