package service

import (
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/nats-io/nats.go"
	"google.golang.org/grpc"

	"github.com/guanxi-crm/guanxi/libs/postgres"
)

// graceful is how long calls that run may go on when the service stops.
const graceful = 5 * time.Second

// Stop stops the service: it says NOT_SERVING, lets calls that run end for five seconds, breaks those that have not, waits for
// background work to put down what it holds, and closes the broker and the database. Returns why it had failed, if it had.
func (r *Running) Stop() error {
	r.once.Do(func() {
		var errs []error
		for _, stop := range slices.Backward(r.stops) {
			errs = append(errs, stop())
		}
		r.failing.Do(func() {}) // from here on it cannot fail any more
		r.stopErr = errors.Join(append(errs, r.failure)...)
	})
	return r.stopErr
}

// Failed is closed when a part of the service ended that must not. Stop says why.
func (r *Running) Failed() <-chan struct{} { return r.failed }

// onStop adds what Stop does before all that was added earlier.
func (r *Running) onStop(stop func() error) { r.stops = append(r.stops, stop) }

// goServe runs what must not end before it is stopped, and then returns nil.
func (r *Running) goServe(what string, serve func() error) {
	go func() {
		if err := serve(); err != nil {
			r.fail(fmt.Errorf("%s: %w", what, err))
		}
	}()
}

func (r *Running) fail(err error) {
	r.failing.Do(func() {
		r.failure = err
		close(r.failed)
	})
}

func stopServer(server *grpc.Server, log *slog.Logger) error {
	timer := time.AfterFunc(graceful, func() {
		log.Warn("calls did not end in time and were broken")
		server.Stop()
	})
	defer timer.Stop()
	server.GracefulStop()
	return nil
}

// closeDatabase does not fail: what was to be kept is committed, and a connection that cannot say goodbye is gone all the same.
func closeDatabase(db *postgres.DB, log *slog.Logger) {
	if err := db.Close(); err != nil {
		log.Debug("closing the database", "error", err)
	}
}

// closeBroker sends what is buffered before it closes.
func closeBroker(conn *nats.Conn) error {
	if conn.IsConnected() {
		if err := conn.FlushTimeout(graceful); err != nil {
			conn.Close()
			return fmt.Errorf("the broker did not take the last messages: %w", err)
		}
	}
	conn.Close()
	return nil
}
