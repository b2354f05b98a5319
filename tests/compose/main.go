// Command compose proves docker-compose.yml: it builds the images, brings the stack up, works with it through the gateway, kills each container and cuts each off the network
// meanwhile, and checks at the end that nothing acknowledged is lost, nothing was done twice, and a subscriber heard of everything and of nothing else.
//
//	go run ./tests/compose [--keep]
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/alecthomas/kong"
)

type options struct {
	Keep  bool `help:"Leave the stack up at the end."`
	Built bool `help:"Take the images that are there, guanxi:test among them, instead of building them."`
}

const (
	project = "guanxi-test"
	version = "test"
	api     = "127.0.0.1:18080"
	broker  = "127.0.0.1:14222"
	// readyWithin is how soon all has to be well after a fault.
	readyWithin = 30 * time.Second
	// startWithin is how soon the stack has to be up.
	startWithin = 5 * time.Minute
	// cutFor is how long a container is off the network.
	cutFor = 5 * time.Second
)

// targets are what is killed and cut off.
var targets = []string{"profile", "segmentation", "planning", "voice", "satisfaction", "gateway", "nats", "postgres"}

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
	dir    string // of its own, for binary and secrets
	guanxi string
	files  []string
}

func run(ctx context.Context, o options) (err error) {
	dir, err := os.MkdirTemp("", "guanxi-compose-*")
	if err != nil {
		return err
	}
	s := &stack{dir: dir, guanxi: filepath.Join(dir, "guanxi"), files: []string{"-f", "docker-compose.yml"}}
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
	if err := s.compose(ctx, "up", "-d", "--no-build"); err != nil {
		return err
	}
	if err := s.ready(ctx, startWithin); err != nil {
		return err
	}
	fmt.Printf("the stack is up after %.1f s\n", time.Since(began).Seconds())
	return nil
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
	err = s.fail(ctx)
	stopWriting()
	history := <-written
	if err != nil {
		return err
	}
	return s.check(ctx, client, history)
}

// fail kills each container and cuts it off, waiting each time until all is well again.
func (s *stack) fail(ctx context.Context) error {
	for _, target := range targets {
		if err := s.recovers(ctx, "killed", target, s.kill); err != nil {
			return err
		}
		if err := s.recovers(ctx, "cut off", target, s.cut); err != nil {
			return err
		}
	}
	return nil
}

func (s *stack) recovers(ctx context.Context, what, target string, fault func(context.Context, string) error) error {
	if err := fault(ctx, target); err != nil {
		return fmt.Errorf("%s %s: %w", what, target, err)
	}
	began := time.Now()
	if err := s.ready(ctx, readyWithin); err != nil {
		return fmt.Errorf("after %s was %s: %w", target, what, err)
	}
	fmt.Printf("%-12s %-8s well again after %.1f s\n", target, what, time.Since(began).Seconds())
	return nil
}

// kill kills the container's process from without: docker kill would have the engine think that it is wanted so.
func (s *stack) kill(ctx context.Context, target string) error {
	out, err := s.output(ctx, "docker", "inspect", "-f", "{{.State.Pid}}", container(target))
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

func (s *stack) cut(ctx context.Context, target string) error {
	network := project + "_inside"
	if err := s.command(ctx, "docker", "network", "disconnect", network, container(target)); err != nil {
		return err
	}
	time.Sleep(cutFor)
	return s.command(ctx, "docker", "network", "connect", "--alias", target, network, container(target))
}

func container(target string) string { return project + "_" + target + "_1" }

func (s *stack) secrets() string { return filepath.Join(s.dir, "secrets") }

func (s *stack) token(ctx context.Context) (string, error) {
	out, err := s.output(ctx, s.guanxi, "token", "--secrets", s.secrets(), "--level", "executive", "--administrator", "--subject", "checker", "--ttl", "12h")
	return strings.TrimSpace(out), err
}

func (s *stack) environment() []string {
	return append(os.Environ(), "GUANXI_VERSION="+version, "GUANXI_SECRETS="+s.secrets(), "GUANXI_PUBLISH="+api, "GUANXI_NATS_PUBLISH="+broker)
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
	return s.command(ctx, append(append(append(composeTool(ctx), "-p", project), s.files...), args...)...)
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
	out, err := s.output(context.WithoutCancel(ctx), append(append(append(composeTool(ctx), "-p", project), s.files...), "logs", "--tail", "15", "--no-color")...)
	fmt.Println(out)
	states, errStates := s.output(context.WithoutCancel(ctx), "docker", "ps", "-a", "--format", "{{.Names}}\t{{.Status}}")
	fmt.Println(states)
	return errors.Join(err, errStates)
}
