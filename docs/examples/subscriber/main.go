// Command subscriber is an example of a company system that listens to Guanxi: it fetches its events, handles each once and in order, and acknowledges it. Start it in the
// folder that `guanxi subscriber add` made:
//
//	cd secrets/subscribers/billing && subscriber
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"strconv"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// config is subscriber.json.
type config struct {
	URL         string `json:"url"`
	Stream      string `json:"stream"`
	Durable     string `json:"durable"`
	InboxPrefix string `json:"inboxPrefix"`
	Credentials string `json:"credentials"`
	CA          string `json:"ca"`
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx)
	stop()
	if err != nil && !errors.Is(err, context.Canceled) {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	text, err := os.ReadFile("subscriber.json")
	if err != nil {
		return err
	}
	var c config
	if err := json.Unmarshal(text, &c); err != nil {
		return err
	}
	conn, err := nats.Connect(c.URL, nats.UserCredentials(c.Credentials), nats.RootCAs(c.CA), nats.CustomInboxPrefix(c.InboxPrefix),
		nats.Name(c.Durable), nats.MaxReconnects(-1))
	if err != nil {
		return err
	}
	defer conn.Close()
	js, err := jetstream.New(conn)
	if err != nil {
		return err
	}
	consumer, err := js.Consumer(ctx, c.Stream, c.Durable)
	if err != nil {
		return err
	}
	h := &handler{seen: map[string]uint64{}}
	for ctx.Err() == nil {
		batch, err := consumer.Fetch(100, jetstream.FetchMaxWait(5*time.Second))
		if err != nil { // the broker is away, most likely
			time.Sleep(time.Second)
			continue
		}
		for message := range batch.Messages() {
			if err := h.handle(message); err != nil {
				// It comes again in a moment; never without a delay, or the tries are used up at once.
				_ = message.NakWithDelay(5 * time.Second)
				continue
			}
			if err := message.DoubleAck(ctx); err != nil {
				fmt.Fprintln(os.Stderr, "it will come again:", err)
			}
		}
	}
	return ctx.Err()
}

// handler keeps the last version of each aggregate that it is done with. A real system keeps that in its database, in the transaction of the effect: then an event that comes
// again, be it after a crash, has no second effect.
type handler struct{ seen map[string]uint64 }

func (h *handler) handle(m jetstream.Msg) error {
	header := m.Headers()
	aggregate := header.Get("ce-partitionkey")
	version, err := strconv.ParseUint(header.Get("ce-sequence"), 10, 64)
	if err != nil {
		return m.TermWithReason("no event of ours")
	}
	if version <= h.seen[aggregate] {
		return nil // known already
	}
	fmt.Fprintf(os.Stdout, "%s %s #%d %s\n", header.Get("ce-type"), header.Get("ce-subject"), version, m.Data())
	h.seen[aggregate] = version
	return nil
}
