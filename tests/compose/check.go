package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"path/filepath"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/guanxi-crm/guanxi/tests/internal/prometheus"
)

// check compares what was acknowledged with what is there and what a subscriber hears.
func (s *stack) check(ctx context.Context, c *client, r record) error {
	there, err := c.all(ctx)
	if err != nil {
		return err
	}
	for id, name := range r.acknowledged {
		if !there[name] {
			return fmt.Errorf("lost: %s, acknowledged as %s", id, name)
		}
	}
	// One more is that of endToEnd; a call that was never answered may have done its work or not.
	if extra := len(there) - len(r.acknowledged) - 1; extra < 0 || extra > len(r.open) {
		return fmt.Errorf("%d customers are there, %d were acknowledged and %d are open: something was done twice", len(there), len(r.acknowledged), len(r.open))
	}
	heard, err := s.heard(ctx, len(there))
	if err != nil {
		return err
	}
	for name := range there {
		if heard[name] == "" {
			return fmt.Errorf("the subscriber did not hear of %s", name)
		}
	}
	for name := range heard {
		if !there[name] {
			return fmt.Errorf("the subscriber heard of %s, which is not there", name)
		}
	}
	for name := range there { // what has gone through the broker to another service
		if err := c.eventually(ctx, "/v1/"+name+"/lifecycle"); err != nil {
			return fmt.Errorf("segmentation does not know of it: %w", err)
		}
	}
	fmt.Printf("%d customers acknowledged, all there once, all heard of; %d calls failed on the way and were made again\n", len(r.acknowledged), c.failures.Load())
	return nil
}

// shows waits until each query of the dashboard finds data.
func (s *stack) shows(ctx context.Context) error {
	panels, err := prometheus.Panels(observability + "/grafana/dashboards/guanxi.json")
	if err != nil {
		return err
	}
	for title, queries := range panels {
		for _, query := range queries {
			err := until(ctx, readyWithin, func() error {
				count, err := prometheus.Server(watcher).Find(ctx, query)
				if err == nil && count == 0 {
					err = errors.New("no data")
				}
				return err
			})
			if err != nil {
				return fmt.Errorf("panel %s: %s: %w", title, query, err)
			}
		}
	}
	fmt.Printf("%d panels of the dashboard show data\n", len(panels))
	return nil
}

// all lists the customers of this test.
func (c *client) all(ctx context.Context) (map[string]bool, error) {
	there := map[string]bool{}
	for token := ""; ; {
		var page struct {
			Customers     []named `json:"customers"`
			NextPageToken string  `json:"nextPageToken"`
		}
		query := url.Values{"pageSize": {"1000"}, "filter": {`source = "` + source + `"`}, "pageToken": {token}}
		if err := c.call(ctx, http.MethodGet, "/v1/customers?"+query.Encode(), nil, &page); err != nil {
			return nil, err
		}
		for _, one := range page.Customers {
			there[one.Name] = true
		}
		if token = page.NextPageToken; token == "" {
			return there, nil
		}
	}
}

// heard fetches what the subscriber's consumer has, until it has heard of so many and nothing more comes.
func (s *stack) heard(ctx context.Context, want int) (map[string]string, error) {
	folder := filepath.Join(s.secrets(), "subscribers", "checker")
	conn, err := nats.Connect("tls://"+broker, nats.UserCredentials(filepath.Join(folder, "nats.creds")), nats.RootCAs(filepath.Join(folder, "ca.crt")),
		nats.CustomInboxPrefix("_INBOX_checker"))
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	js, err := jetstream.New(conn)
	if err != nil {
		return nil, err
	}
	consumer, err := js.Consumer(ctx, "GUANXI", "subscriber-checker")
	if err != nil {
		return nil, err
	}
	heard := map[string]string{}
	for quiet := 0; quiet < 2; {
		count, err := fetch(ctx, consumer, heard)
		if err != nil {
			return nil, err
		}
		switch {
		case count > 0:
		case len(heard) >= want:
			quiet = 2
		default:
			quiet++
		}
	}
	return heard, nil
}

// fetch takes in what there is and notes which event told of which customer.
func fetch(ctx context.Context, consumer jetstream.Consumer, heard map[string]string) (count int, err error) {
	batch, err := consumer.Fetch(500, jetstream.FetchMaxWait(3*time.Second))
	if err != nil {
		return 0, err
	}
	for m := range batch.Messages() {
		count++
		name, err := created(m)
		if err != nil {
			return count, err
		}
		id := m.Headers().Get("ce-id")
		if before := heard[name]; before != "" && before != id {
			return count, fmt.Errorf("two events say that %s was created", name)
		}
		heard[name] = id
		if err := m.DoubleAck(ctx); err != nil {
			return count, err
		}
	}
	return count, nil
}

func created(m jetstream.Msg) (string, error) {
	var data struct {
		Customer string `json:"customer"`
	}
	if err := json.Unmarshal(m.Data(), &data); err != nil {
		return "", err
	}
	if data.Customer == "" {
		return "", errors.New("an event names no customer")
	}
	return data.Customer, nil
}
