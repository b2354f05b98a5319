package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"syscall"
	"time"
)

// instance is one running product, with the data in a directory of its own.
type instance struct {
	*place
	dir, address, token string
	process             *exec.Cmd
}

// startWithin is how long a start may take; on a machine that is busy with nothing else it takes seconds.
const startWithin = time.Minute

// up brings the product up on the directory name, which keeps the data of an earlier one of that name.
func (p *place) up(ctx context.Context, name string) (*instance, error) {
	address, err := freeAddress(ctx)
	if err != nil {
		return nil, err
	}
	i := &instance{place: p, dir: filepath.Join(p.work, name), address: address}
	i.process = exec.CommandContext(ctx, p.guanxi, "up", "--data", i.dir, "--http", address)
	i.process.Stderr, i.process.Env = os.Stderr, p.environment
	i.process.Cancel = func() error { return i.process.Process.Signal(syscall.SIGTERM) }
	i.process.WaitDelay = 30 * time.Second
	if err := i.process.Start(); err != nil {
		return nil, err
	}
	if err := i.ready(ctx); err != nil {
		return nil, errors.Join(err, i.stop())
	}
	token := exec.CommandContext(ctx, p.guanxi, "token", "--data", i.dir, "--subject", "realdata", "--level", "executive")
	token.Env = p.environment
	printed, err := token.Output()
	if err != nil {
		return nil, errors.Join(fmt.Errorf("guanxi token: %w", err), i.stop())
	}
	i.token = string(printed[:len(printed)-1])
	return i, nil
}

func freeAddress(ctx context.Context) (string, error) {
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return listener.Addr().String(), listener.Close()
}

func (i *instance) ready(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, startWithin)
	defer cancel()
	for {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+i.address+"/readyz", http.NoBody)
		if err != nil {
			return err
		}
		response, err := http.DefaultClient.Do(request)
		if err == nil {
			_ = response.Body.Close()
			if response.StatusCode == http.StatusOK {
				return nil
			}
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("guanxi up was not ready within %v", startWithin)
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// stop stops the product in good order.
func (i *instance) stop() error {
	if err := i.process.Process.Signal(syscall.SIGTERM); err != nil {
		return err
	}
	return i.process.Wait()
}

// importing prepares guanxi import of a file.
func (i *instance) importing(ctx context.Context, mapping, file, id string) *exec.Cmd {
	command := exec.CommandContext(ctx, i.guanxi, "import", "--data", i.dir, "--id", id, "--mapping", i.mapping(mapping),
		"--rejected", filepath.Join(i.dir, id+".rejected.csv"), file)
	command.Env = append(i.surroundings(), "GUANXI_TOKEN="+i.token) // an import is shown to whom it belongs
	command.Stdout, command.Stderr = os.Stdout, os.Stderr
	return command
}

// surroundings are the variables that the product is started with.
func (p *place) surroundings() []string {
	if p.environment != nil {
		return slices.Clip(p.environment)
	}
	return os.Environ()
}
