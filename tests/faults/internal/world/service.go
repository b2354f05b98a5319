package world

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"time"

	"github.com/guanxi-crm/guanxi/libs/failpoint"
)

// StartService brings the service up with failpoints. That it dies at one before it is ready is no error.
func (w *World) StartService(ctx context.Context, points ...string) (err error) {
	w.service, err = w.serve(ctx, w.servicePort, w.adminPort, points)
	return err
}

// StartSecond brings a second instance of the service up, on the same database and broker.
func (w *World) StartSecond(ctx context.Context, points ...string) (err error) {
	w.second, err = w.serve(ctx, w.secondPort, 0, points)
	return err
}

func (w *World) serve(ctx context.Context, port, admin int, points []string) (*process, error) {
	database, err := through(w.ToDatabase, w.DatabaseURL(w.Service))
	if err != nil {
		return nil, err
	}
	broker, err := through(w.ToBroker, w.BrokerURL())
	if err != nil {
		return nil, err
	}
	env := []string{
		"GUANXI_LISTEN=" + local(port),
		"GUANXI_DATABASE_URL=" + database,
		"GUANXI_NATS_URL=" + broker,
		"GUANXI_AUTH_ISSUER=https://faults.test",
		"GUANXI_AUTH_AUDIENCE=guanxi",
		"GUANXI_AUTH_ALGORITHMS=EdDSA",
		"GUANXI_AUTH_KEYS_FILE=" + w.file("keys.json"),
		"GUANXI_PAGE_KEYS_FILE=" + w.file("page.key"),
		"GUANXI_PERSON_KEYS_FILE=" + w.file("person.keys"),
		"GUANXI_LOG_LEVEL=warn",
		failpoint.Variable + "=" + strings.Join(points, ","),
	}
	if admin > 0 {
		env = append(env, "GUANXI_ADMIN_LISTEN="+local(admin))
	}
	p, err := launch(ctx, w.file("service.log"), env, filepath.Join(w.Binaries, "guanxi"), "serve", w.Service)
	if err != nil {
		return nil, err
	}
	err = listening(ctx, port, p, ReadyWithin)
	if len(points) > 0 && errors.Is(err, errEnded) {
		err = nil
	}
	return p, err
}

// KillService kills the service with -9.
func (w *World) KillService() { w.service.kill() }

// KillSecond kills the second instance with -9.
func (w *World) KillSecond() { w.second.kill() }

// TerminateService stops the service in good order.
func (w *World) TerminateService() error { return w.service.terminate(ReadyWithin) }

// ServiceDied waits until the service has died at a failpoint.
func (w *World) ServiceDied(within time.Duration) bool { return w.service.died(within) }

// AdminURL is where the service tells of itself.
func (w *World) AdminURL() string { return "http://" + local(w.adminPort) }

// Consumer is the name of the subscription and of its database.
const Consumer = "faults-subscriber"

// SubscriberConfig is what the subscriber is told, by variables of the environment.
type SubscriberConfig struct {
	Database string `env:"SUBSCRIBER_DATABASE"`
	NATS     string `env:"SUBSCRIBER_NATS"`
	Service  string `env:"SUBSCRIBER_SERVICE"`
	// Slow is how long each event takes.
	Slow time.Duration `env:"SUBSCRIBER_SLOW"`
	// Careless leaves the effect outside the transaction that remembers the event: the guard against doing it twice is off.
	Careless bool `env:"SUBSCRIBER_CARELESS"`
}

// StartSubscriber brings the subscriber up with failpoints. It is ready when it will be: the stream waits.
func (w *World) StartSubscriber(ctx context.Context, points ...string) (err error) {
	env := []string{
		"SUBSCRIBER_DATABASE=" + w.DatabaseURL(Consumer),
		"SUBSCRIBER_NATS=" + w.BrokerURL(),
		"SUBSCRIBER_SERVICE=" + w.Service,
		"SUBSCRIBER_SLOW=" + w.Subscriber.Slow.String(),
		failpoint.Variable + "=" + strings.Join(points, ","),
	}
	if w.Subscriber.Careless {
		env = append(env, "SUBSCRIBER_CARELESS=true")
	}
	w.subscriber, err = launch(ctx, w.file("subscriber.log"), env, filepath.Join(w.Binaries, "subscriber"))
	return err
}

// KillSubscriber kills the subscriber with -9.
func (w *World) KillSubscriber() { w.subscriber.kill() }

// SubscriberDied waits until the subscriber has died at a failpoint.
func (w *World) SubscriberDied(within time.Duration) bool { return w.subscriber.died(within) }
