package service

import (
	"fmt"
	"log/slog"
	"time"

	"github.com/nats-io/nats.go"
)

// connect connects, and connects again forever when the broker goes away: meanwhile events wait in the outbox.
func (c NATSConfig) connect(service string, log *slog.Logger) (*nats.Conn, error) {
	options := []nats.Option{
		nats.Name("guanxi-" + service),
		nats.MaxReconnects(-1),
		nats.ReconnectWait(250 * time.Millisecond),
		nats.ReconnectBufSize(-1), // what is not sent must fail: the relay and the consumers try again themselves
		nats.DisconnectErrHandler(func(conn *nats.Conn, err error) {
			if !conn.IsClosed() { // by ourselves, when stopping
				log.Warn("the broker is gone", "error", err)
			}
		}),
		nats.ReconnectHandler(func(*nats.Conn) { log.Info("the broker is back") }),
	}
	if c.Credentials != "" {
		options = append(options, nats.UserCredentials(c.Credentials))
	}
	if c.CA != "" {
		options = append(options, nats.RootCAs(c.CA))
	}
	conn, err := nats.Connect(c.URL, options...)
	if err != nil {
		return nil, fmt.Errorf("connecting to the broker: %w", err)
	}
	return conn, nil
}
