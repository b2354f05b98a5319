// Package world is a private PostgreSQL, a broker, a service and a subscriber, each in a process of its own, to be killed and brought up
// again at the same place.
package world

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/localpg"
	"github.com/guanxi-crm/guanxi/libs/seal"
	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
	"github.com/guanxi-crm/guanxi/tests/faults/internal/wire"
)

// ReadyWithin is how long any part may take to be of use again.
const ReadyWithin = 10 * time.Second

// errEnded is the end of a process that was to live: at a failpoint, for one.
var errEnded = errors.New("the process has ended")

// Options say what the world is made of.
type Options struct {
	// Dir is the world's own.
	Dir string
	// Mold is what Cast left for worlds of the service.
	Mold string
	// Binaries is where guanxi, broker and subscriber are.
	Binaries string
	// Service is the name of the service under test.
	Service string
	// Wired puts links between the service and what it talks to, and between it and its clients.
	Wired bool
	// Subscriber is how the subscriber behaves.
	Subscriber SubscriberConfig
}

// World is the running whole.
type World struct {
	Options
	Token string
	// Links, if Wired, lead from the service to the database and the broker, and from the clients to the service.
	ToDatabase, ToBroker, ToService *wire.Proxy

	database                            *localpg.Server
	databasePort, brokerPort, adminPort int
	servicePort, secondPort             int
	broker, service, second, subscriber *process
}

// Cast leaves in dir what the databases of worlds begin as: the service's up to date, the subscriber's empty.
func Cast(ctx context.Context, dir, binaries, service string) error {
	server, err := localpg.Start(ctx, localpg.Options{Dir: dir})
	if err != nil {
		return err
	}
	defer server.Stop()
	if err := server.Create(ctx, service, Consumer); err != nil {
		return err
	}
	migrate := exec.CommandContext(ctx, filepath.Join(binaries, "guanxi"), "migrate", service)
	migrate.Env = append(os.Environ(), "GUANXI_DATABASE_URL="+server.URL(service))
	if said, err := migrate.CombinedOutput(); err != nil {
		return fmt.Errorf("world: migrating %s: %w: %s", service, err, said)
	}
	return nil
}

// Start brings everything up.
func Start(ctx context.Context, o Options) (*World, error) {
	w := &World{Options: o}
	if err := w.prepare(ctx); err != nil {
		return nil, err
	}
	start := []func(context.Context) error{
		w.StartDatabase, w.StartBroker, w.openLinks,
		func(ctx context.Context) error { return w.StartService(ctx) },
		func(ctx context.Context) error { return w.StartSubscriber(ctx) },
	}
	for _, step := range start {
		if err := step(ctx); err != nil {
			w.Stop()
			return nil, err
		}
	}
	return w, nil
}

// prepare chooses the ports and makes keys and a token.
func (w *World) prepare(ctx context.Context) error {
	if err := os.MkdirAll(w.Dir, 0o711); err != nil { //nolint:gosec // PostgreSQL's account has to pass
		return err
	}
	for _, port := range []*int{&w.databasePort, &w.brokerPort, &w.adminPort, &w.servicePort, &w.secondPort} {
		var err error
		if *port, err = freePort(ctx); err != nil {
			return err
		}
	}
	// A service whose clock is an hour behind must not take the token for one of the future.
	signer, err := auth.NewSigner(w.file("signer.pem"), "https://faults.test", "guanxi", func() time.Time { return time.Now().Add(-2 * time.Hour) })
	if err != nil {
		return err
	}
	keys, err := json.Marshal(signer.Keys())
	if err != nil {
		return err
	}
	const pageKey = "BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=\n"
	if err := errors.Join(os.WriteFile(w.file("keys.json"), keys, 0o600), os.WriteFile(w.file("page.key"), []byte(pageKey), 0o600),
		os.WriteFile(w.file("person.keys"), []byte(seal.NewFile()), 0o600)); err != nil {
		return err
	}
	w.Token, err = signer.Sign(auth.Principal{Subject: "faults", Level: typev1.Level_EXECUTIVE, Territories: []string{auth.Anywhere}, Administrator: true}, 48*time.Hour)
	return err
}

// PersonKeysFile holds the keys that the service seals people under.
func (w *World) PersonKeysFile() string { return w.file("person.keys") }

func (w *World) file(name string) string { return filepath.Join(w.Dir, name) }

// Stop ends everything.
func (w *World) Stop() {
	for _, p := range []*process{w.subscriber, w.service, w.second, w.broker} {
		p.kill()
	}
	for _, link := range []*wire.Proxy{w.ToDatabase, w.ToBroker, w.ToService} {
		link.Close()
	}
	if w.database != nil {
		w.KillDatabase()
	}
}

// StartDatabase brings PostgreSQL up, with the databases of the service and of the subscriber. It is durable, as in production: what it
// acknowledged has to survive.
func (w *World) StartDatabase(ctx context.Context) error {
	var err error
	w.database, err = localpg.Start(ctx, localpg.Options{Dir: w.file("postgres"), Port: w.databasePort, From: w.Mold})
	return err
}

// KillDatabase shuts PostgreSQL down in immediate mode: its processes stop as they are, and it has to recover.
func (w *World) KillDatabase() {
	if pid, err := w.postmaster(); err == nil {
		if p, err := os.FindProcess(pid); err == nil {
			_ = p.Signal(syscall.SIGQUIT)
			<-w.database.Done()
		}
	}
	w.database.Stop()
	w.database = nil
}

func (w *World) postmaster() (int, error) {
	text, err := os.ReadFile(w.file("postgres/data/postmaster.pid"))
	if err != nil {
		return 0, err
	}
	line, _, _ := strings.Cut(string(text), "\n")
	return strconv.Atoi(line)
}

// DatabaseURL leads past the links.
func (w *World) DatabaseURL(name string) string { return w.database.URL(name) }

// BrokerURL leads past the links.
func (w *World) BrokerURL() string { return "nats://" + local(w.brokerPort) }

// StartBroker brings NATS up.
func (w *World) StartBroker(ctx context.Context) error {
	var err error
	w.broker, err = launch(ctx, w.file("broker.log"), nil, filepath.Join(w.Binaries, "broker"),
		"-dir", w.file("nats"), "-port", strconv.Itoa(w.brokerPort))
	if err != nil {
		return err
	}
	return listening(ctx, w.brokerPort, w.broker, ReadyWithin)
}

// KillBroker kills NATS with -9.
func (w *World) KillBroker() { w.broker.kill() }

// openLinks puts the links between, if there are to be any.
func (w *World) openLinks(ctx context.Context) error {
	if !w.Wired {
		return nil
	}
	var err [3]error
	w.ToDatabase, err[0] = wire.Open(ctx, local(w.databasePort))
	w.ToBroker, err[1] = wire.Open(ctx, local(w.brokerPort))
	w.ToService, err[2] = wire.Open(ctx, local(w.servicePort))
	return errors.Join(err[:]...)
}

// ServiceAddress is where clients reach the service.
func (w *World) ServiceAddress() string {
	if w.ToService != nil {
		return w.ToService.Address()
	}
	return local(w.servicePort)
}

// through is a URL that leads over a link, if there is one.
func through(link *wire.Proxy, address string) (string, error) {
	if link == nil {
		return address, nil
	}
	u, err := url.Parse(address)
	if err != nil {
		return "", fmt.Errorf("world: %w", err)
	}
	u.Host = link.Address()
	return u.String(), nil
}
