package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"
)

const (
	// roleVariable makes this program a floor or a client.
	roleVariable = "GUANXI_BENCH_ROLE"
	// readyWithin is for starts that are not measured.
	readyWithin = time.Minute
)

// child is a process that serves until it is stopped.
type child struct {
	*exec.Cmd
	address string
}

func (c *child) stop() error {
	if err := c.Process.Signal(syscall.SIGTERM); err != nil {
		return err
	}
	return c.Wait()
}

// serve starts guanxi serve, and returns when it is ready.
func (g *ground) serve(ctx context.Context, what string, environment ...string) (*child, error) {
	address, err := freeAddress(ctx)
	if err != nil {
		return nil, err
	}
	admin, err := freeAddress(ctx)
	if err != nil {
		return nil, err
	}
	c := &child{g.command(ctx, "serve", what), address}
	c.Env = append(os.Environ(), append(environment, "GUANXI_LOG_LEVEL=warn",
		"GUANXI_LISTEN="+address, "GUANXI_ADMIN_LISTEN="+admin, "GUANXI_GATEWAY_LISTEN="+address)...)
	c.Stdout = os.Stderr
	if err := c.Start(); err != nil {
		return nil, err
	}
	if what == "gateway" {
		admin = address
	}
	if _, err := ready(ctx, admin); err != nil {
		return nil, errors.Join(err, c.stop())
	}
	return c, nil
}

// command prepares guanxi.
func (g *ground) command(ctx context.Context, args ...string) *exec.Cmd {
	command := exec.CommandContext(ctx, g.guanxi, args...)
	command.Stderr = os.Stderr
	return command
}

// again prepares this program in another role.
func again(ctx context.Context, role string, environment ...string) *exec.Cmd {
	command := exec.CommandContext(ctx, os.Args[0]) //nolint:gosec // it is this program
	command.Env = append(os.Environ(), append(environment, roleVariable+"="+role)...)
	command.Stderr = os.Stderr
	return command
}

// itself starts this program as a server, which prints its address.
func itself(ctx context.Context, role string, environment ...string) (*child, error) {
	c := &child{Cmd: again(ctx, role, environment...)}
	out, err := c.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := c.Start(); err != nil {
		return nil, err
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		return nil, errors.Join(fmt.Errorf("%s did not start: %w", role, err), c.stop())
	}
	c.address = strings.TrimSpace(line)
	return c, nil
}

// load runs one turn of the client in a process of its own, so that it costs the measured side nothing but the processor.
func load(ctx context.Context, w turn) (result, error) {
	told, err := json.Marshal(w)
	if err != nil {
		return result{}, err
	}
	command := again(ctx, "load")
	command.Stdin = bytes.NewReader(told)
	said, err := command.Output()
	if err != nil {
		return result{}, fmt.Errorf("client %s: %w", w.Work, err)
	}
	var r result
	return r, json.Unmarshal(said, &r)
}

// ready waits until a process says at /readyz that it is, and returns when that was.
func ready(ctx context.Context, address string) (time.Time, error) {
	ctx, cancel := context.WithTimeout(ctx, readyWithin)
	defer cancel()
	for {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+address+"/readyz", http.NoBody)
		if err != nil {
			return time.Time{}, err
		}
		response, err := http.DefaultClient.Do(request)
		if err == nil {
			_ = response.Body.Close()
			if response.StatusCode == http.StatusOK {
				return time.Now(), nil
			}
		}
		select {
		case <-ctx.Done():
			return time.Time{}, errors.New(address + " was not ready in time")
		case <-time.After(5 * time.Millisecond):
		}
	}
}

func freeAddress(ctx context.Context) (string, error) {
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return listener.Addr().String(), listener.Close()
}
