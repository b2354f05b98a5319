package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

const (
	network = project + "_inside"
	// cutFor is how long a container is off the network.
	cutFor = 5 * time.Second
	// backWithin is how soon a container has caught up that others have stood in for.
	backWithin = 2 * time.Minute
	// goneFor is how long a container stays down that was stopped.
	goneFor = 3 * time.Second
)

var (
	services = []string{"profile", "segmentation", "planning", "voice", "satisfaction"}
	brokers  = []string{"nats", "nats-2", "nats-3"}
	alone    = []string{"gateway", "postgres"}
)

// fault is what happens to a container.
type fault struct {
	name string
	do   func(s *stack, ctx context.Context, container string) error
	// unnoticed: another one takes over, and no call fails.
	unnoticed bool
}

var (
	killed  = fault{name: "killed", do: (*stack).kill}
	cutOff  = fault{name: "cut off", do: (*stack).cut}
	stopped = fault{name: "stopped", do: (*stack).stop, unnoticed: true}
)

// fail has each fault happen to each container, waiting each time until all is well again.
func (s *stack) fail(ctx context.Context, c *client) error {
	if !s.cluster {
		return s.each(ctx, c, slices.Concat(first(services), first(brokers[:1]), first(alone)), killed, cutOff)
	}
	replicas := first(brokers)
	for _, service := range services {
		replicas = append(replicas, service+"_1", service+"_2")
	}
	if err := s.each(ctx, c, replicas, stopped, killed, cutOff); err != nil {
		return err
	}
	return s.each(ctx, c, first(alone), killed, cutOff)
}

// first are the names of the first containers of services.
func first(services []string) []string {
	var containers []string
	for _, service := range services {
		containers = append(containers, service+"_1")
	}
	return containers
}

func (s *stack) each(ctx context.Context, c *client, containers []string, faults ...fault) error {
	for _, container := range containers {
		if service, _, _ := strings.Cut(container, "_"); len(s.only) > 0 && !slices.Contains(s.only, service) {
			continue
		}
		for _, f := range faults {
			if err := s.recovers(ctx, c, container, f); err != nil {
				return fmt.Errorf("%s %s: %w", container, f.name, err)
			}
		}
	}
	return nil
}

func (s *stack) recovers(ctx context.Context, c *client, container string, f fault) error {
	before := c.failures.Load()
	if err := f.do(s, ctx, project+"_"+container); err != nil {
		return err
	}
	began := time.Now()
	if err := s.well(ctx, container); err != nil {
		return err
	}
	failed := c.failures.Load() - before
	fmt.Printf("%-16s %-8s well again after %.1f s, %d calls failed\n", container, f.name, time.Since(began).Seconds(), failed)
	if f.unnoticed && failed > 0 {
		return fmt.Errorf("%d calls failed", failed)
	}
	return nil
}

// kill kills the container's process from without: docker kill would have the engine think that it is wanted so.
func (s *stack) kill(ctx context.Context, container string) error {
	out, err := s.output(ctx, "docker", "inspect", "-f", "{{.State.Pid}}", container)
	if err != nil {
		return err
	}
	pid, err := strconv.Atoi(strings.TrimSpace(out))
	if err != nil {
		return err
	}
	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
		return err
	}
	time.Sleep(time.Second) // or what stands yet would count as well
	return nil
}

func (s *stack) cut(ctx context.Context, container string) error {
	if err := s.command(ctx, "docker", "network", "disconnect", network, container); err != nil {
		return err
	}
	time.Sleep(cutFor)
	alias, _, _ := strings.Cut(strings.TrimPrefix(container, project+"_"), "_")
	return s.command(ctx, "docker", "network", "connect", "--alias", alias, network, container)
}

// stop ends the container in good order, as an upgrade does.
func (s *stack) stop(ctx context.Context, container string) error {
	if err := s.command(ctx, "docker", "stop", "-t", "20", container); err != nil {
		return err
	}
	time.Sleep(goneFor)
	return s.command(ctx, "docker", "start", container)
}

// well waits until the gateway says that all services are ready, and, where others have stood in for a container, until that one is back with all it missed.
func (s *stack) well(ctx context.Context, container string) error {
	if err := ready(ctx, "http://"+api+"/readyz", readyWithin); err != nil || !s.cluster {
		return err
	}
	page := ":9100/readyz"
	switch service, _, _ := strings.Cut(container, "_"); {
	case slices.Contains(brokers, service):
		page = ":8222/healthz"
	case slices.Contains(alone, service):
		return nil
	}
	return until(ctx, backWithin, func() error {
		// A container that is started again may get another address.
		host, err := s.output(ctx, "docker", "inspect", "-f", `{{(index .NetworkSettings.Networks "`+network+`").IPAddress}}`, project+"_"+container)
		if err != nil {
			return err
		}
		return says(ctx, "http://"+strings.TrimSpace(host)+page)
	})
}

// ready waits until the page of a process says that it is.
func ready(ctx context.Context, page string, within time.Duration) error {
	return until(ctx, within, func() error { return says(ctx, page) })
}

func says(ctx context.Context, page string) error {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, page, http.NoBody)
	if err != nil {
		return err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode == http.StatusOK {
		return nil
	}
	text, err := io.ReadAll(response.Body)
	return errors.Join(fmt.Errorf("%s: %s: %s", page, response.Status, text), err)
}

// until does something again and again until it works.
func until(ctx context.Context, within time.Duration, do func() error) error {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	for {
		err := do()
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("not well within %s: %w", within, err)
		case <-time.After(100 * time.Millisecond):
		}
	}
}
