// Command compose proves docker-compose.yml: it builds the images, brings the stack up, works with it through the gateway, kills each container and cuts each off the network
// meanwhile, and checks at the end that nothing acknowledged is lost, nothing was done twice, and a subscriber heard of everything and of nothing else.
//
// With --cluster it does so with the overlay of three brokers and two replicas of each service, and takes containers down in good order, too: then no call may fail.
// With --watch the Prometheus of the overlay for that looks on, and has to show data in each panel of the dashboard. Grafana and Jaeger of that overlay stay out: there is nothing
// that could stand in for their images, and that spans have nowhere to go must not trouble the services.
//
//	go run ./tests/compose [--cluster] [--watch] [--only SERVICE] [--keep]
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/alecthomas/kong"
)

type options struct {
	Cluster bool     `help:"With three brokers and two replicas of each service."`
	Watch   bool     `help:"With Prometheus, and see that it shows data in each panel of the dashboard."`
	Only    []string `help:"Have faults happen to the containers of these services only." placeholder:"SERVICE"`
	Keep    bool     `help:"Leave the stack up at the end."`
	Built   bool     `help:"Take the images that are there, guanxi:test among them, instead of building them."`
}

const (
	project = "guanxi-test"
	version = "test"
	api     = "127.0.0.1:18080"
	broker  = "127.0.0.1:14222"
	watcher = "127.0.0.1:19090"

	observability = "deploy/observability"
	// readyWithin is how soon all has to be well after a fault.
	readyWithin = 30 * time.Second
	// startWithin is how soon the stack has to be up.
	startWithin = 5 * time.Minute
)

func main() {
	var o options
	kong.Parse(&o, kong.Name("compose"), kong.Description("Proves docker-compose.yml."))
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, o)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "compose:", err)
		os.Exit(1)
	}
}

// stack is the installation under test.
type stack struct {
	dir     string // of its own, for binary and secrets
	guanxi  string
	files   []string
	cluster bool
	watched bool
	only    []string
}

func run(ctx context.Context, o options) (err error) {
	for _, service := range o.Only {
		if !slices.Contains(slices.Concat(services, brokers, alone), service) {
			return fmt.Errorf("--only %s: there is no such service", service)
		}
	}
	dir, err := os.MkdirTemp("", "guanxi-compose-*")
	if err != nil {
		return err
	}
	s := &stack{dir: dir, guanxi: filepath.Join(dir, "guanxi"), files: []string{"-f", "docker-compose.yml"}, cluster: o.Cluster, watched: o.Watch, only: o.Only}
	if o.Cluster {
		s.files = append(s.files, "-f", "deploy/cluster/docker-compose.yml")
	}
	if o.Watch {
		s.files = append(s.files, "-f", observability+"/docker-compose.yml")
	}
	if !o.Keep {
		defer func() {
			err = errors.Join(err, s.compose(context.WithoutCancel(ctx), "down", "-v", "-t", "5"), os.RemoveAll(dir))
		}()
	}
	if err := s.up(ctx, o.Built); err != nil {
		return errors.Join(err, s.tell(ctx))
	}
	if err := s.prove(ctx); err != nil {
		return errors.Join(err, s.tell(ctx))
	}
	return nil
}

// up builds everything and brings it up.
func (s *stack) up(ctx context.Context, built bool) error {
	began := time.Now()
	images := [][]string{
		{"bash", "tests/compose/images.sh"},
		{"docker", "build", "--quiet", "--network", "host", "--build-arg", "VERSION=" + version, "-t", "guanxi:" + version, "."},
	}
	if built {
		images = nil
	}
	for _, step := range append(images, [][]string{
		{"go", "build", "-o", s.guanxi, "./deploy/guanxi"},
		{s.guanxi, "init", "--secrets", s.secrets()},
	}...) {
		if err := s.command(ctx, step...); err != nil {
			return err
		}
	}
	fmt.Printf("images and secrets are made after %.0f s\n", time.Since(began).Seconds())
	began = time.Now()
	names, err := s.startable(ctx)
	if err != nil {
		return err
	}
	if err := s.compose(ctx, append([]string{"up", "-d", "--no-build"}, names...)...); err != nil {
		return err
	}
	if err := ready(ctx, "http://"+api+"/readyz", startWithin); err != nil {
		return err
	}
	fmt.Printf("the stack is up after %.1f s\n", time.Since(began).Seconds())
	return nil
}

// startable are the services of the files whose images can be had or stood in for.
func (s *stack) startable(ctx context.Context) ([]string, error) {
	out, err := s.output(ctx, s.composed(ctx, "config", "--services")...)
	return slices.DeleteFunc(strings.Fields(out), func(name string) bool { return name == "grafana" || name == "jaeger" }), err
}

// prove works with the stack while its parts fail one after another.
func (s *stack) prove(ctx context.Context) error {
	token, err := s.token(ctx)
	if err != nil {
		return err
	}
	err = s.command(ctx, s.guanxi, "subscriber", "add", "checker", "--secrets", s.secrets(), "--nats", "tls://"+broker, "--subjects", "guanxi.profile.customer.created.v1", "--from", "start")
	if err != nil {
		return err
	}
	client := &client{token: token}
	if err := client.endToEnd(ctx); err != nil {
		return err
	}
	writing, stopWriting := context.WithCancel(ctx)
	written := make(chan record, 1)
	go func() { written <- client.write(writing) }()
	err = s.fail(ctx, client)
	stopWriting()
	history := <-written
	if err != nil {
		return err
	}
	if s.watched {
		if err := s.shows(ctx); err != nil {
			return err
		}
	}
	return s.check(ctx, client, history)
}

func (s *stack) secrets() string { return filepath.Join(s.dir, "secrets") }

func (s *stack) token(ctx context.Context) (string, error) {
	out, err := s.output(ctx, s.guanxi, "token", "--secrets", s.secrets(), "--level", "executive", "--administrator", "--subject", "checker", "--ttl", "12h")
	return strings.TrimSpace(out), err
}

func (s *stack) environment() []string {
	return append(os.Environ(), "GUANXI_VERSION="+version, "GUANXI_SECRETS="+s.secrets(), "GUANXI_PUBLISH="+api, "GUANXI_NATS_PUBLISH="+broker, "GUANXI_PROMETHEUS_PUBLISH="+watcher)
}

func (s *stack) command(ctx context.Context, args ...string) error {
	out, err := s.output(ctx, args...)
	if err != nil {
		return fmt.Errorf("%w\n%s", err, out)
	}
	return nil
}

func (s *stack) output(ctx context.Context, args ...string) (string, error) {
	command := exec.CommandContext(ctx, args[0], args[1:]...)
	command.Env = s.environment()
	out, err := command.CombinedOutput()
	if err != nil {
		return string(out), fmt.Errorf("%s: %w", strings.Join(args, " "), err)
	}
	return string(out), nil
}

func (s *stack) compose(ctx context.Context, args ...string) error {
	return s.command(ctx, s.composed(ctx, args...)...)
}

// composed is a call of the compose tool with the files of the stack.
func (s *stack) composed(ctx context.Context, args ...string) []string {
	return slices.Concat(composeTool(ctx), []string{"-p", project}, s.files, args)
}

// composeTool is Compose v2 where it is there, else the older program; both name containers alike with this.
func composeTool(ctx context.Context) []string {
	if exec.CommandContext(ctx, "docker", "compose", "version").Run() == nil {
		return []string{"docker", "compose", "--compatibility"}
	}
	return []string{"docker-compose"}
}

// tell shows what the containers said last.
func (s *stack) tell(ctx context.Context) error {
	out, err := s.output(context.WithoutCancel(ctx), s.composed(ctx, "logs", "--tail", "15", "--no-color")...)
	fmt.Println(out)
	states, errStates := s.output(context.WithoutCancel(ctx), "docker", "ps", "-a", "--format", "{{.Names}}\t{{.Status}}")
	fmt.Println(states)
	return errors.Join(err, errStates)
}
