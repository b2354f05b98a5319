package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"text/tabwriter"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/guanxi-crm/guanxi/libs/events"
	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/libs/service"
)

type eventsCommand struct {
	Tail      tailCommand      `cmd:"" help:"Show events as they happen."`
	Republish republishCommand `cmd:"" help:"Publish the events of one service again, for a stream that lost them."`
	DLQ       dlqCommand       `cmd:"" name:"dlq" help:"Events that a consumer has given up."`
}

// place is whose events are meant: those of a local instance, or those of the environment.
type place struct {
	dataFlag
	External bool   `help:"Use the PostgreSQL and NATS that the environment names, as guanxi serve does."`
	Service  string `help:"The service." default:"profile"`
}

func (p place) config() (service.Config, error) {
	if p.External {
		return service.LoadConfig(p.Service, os.Environ())
	}
	var config service.Config
	dir, err := p.dir()
	if err != nil {
		return config, err
	}
	endpoints, err := dir.Endpoints()
	if err != nil {
		return config, err
	}
	config.NATS.URL, config.Database.URL = endpoints.NATS, endpoints.Databases[p.Service]
	if config.Database.URL == "" {
		return config, fmt.Errorf("there is no service %q", p.Service)
	}
	return config, nil
}

func (p place) database(ctx context.Context) (*postgres.DB, error) {
	config, err := p.config()
	if err != nil {
		return nil, err
	}
	return postgres.Open(ctx, config.Database)
}

func (p place) broker() (*nats.Conn, error) {
	config, err := p.config()
	if err != nil {
		return nil, err
	}
	return connect(config.NATS)
}

func connect(config service.NATSConfig) (*nats.Conn, error) {
	options := []nats.Option{nats.Name("guanxi events")}
	if config.Credentials != "" {
		options = append(options, nats.UserCredentials(config.Credentials))
	}
	if config.CA != "" {
		options = append(options, nats.RootCAs(config.CA))
	}
	conn, err := nats.Connect(config.URL, options...)
	if err != nil {
		return nil, fmt.Errorf("the event stream cannot be reached; is the instance running? (%w)", err)
	}
	return conn, nil
}

type tailCommand struct {
	place
	Subject string `help:"Which ones; * stands for one word, > for all that follow." default:"guanxi.>"`
	From    string `help:"Since when: start (of what the stream still has), now, or a time such as 2026-01-31T08:00:00Z." default:"now"`
	JSON    bool   `help:"One JSON object on each line." name:"json"`
}

// Run shows events until it is told to stop.
func (c tailCommand) Run(ctx context.Context) error {
	from, err := since(c.From)
	if err != nil {
		return err
	}
	conn, err := c.broker()
	if err != nil {
		return err
	}
	defer conn.Close()
	js, err := jetstream.New(conn)
	if err != nil {
		return err
	}
	show := showLine
	if c.JSON {
		show = showJSON
	}
	return events.Tail(ctx, js, c.Subject, from, func(m events.Message) error { return show(os.Stdout, m) })
}

// since reads a time, and the two words that stand for one.
func since(text string) (time.Time, error) {
	switch text {
	case "now":
		return time.Time{}, nil
	case "start":
		return time.Unix(0, 0), nil
	}
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return t, fmt.Errorf("--from %s is neither start nor now nor a time such as 2026-01-31T08:00:00Z", text)
	}
	return t, nil
}

func showLine(to io.Writer, m events.Message) error {
	if m.Err != nil {
		_, err := fmt.Fprintf(to, "%s  unreadable: %v\n", m.Subject, m.Err)
		return err
	}
	_, err := fmt.Fprintf(to, "%s  %s  #%d  by %s (%s)\n  %s\n", m.Time.Local().Format(time.DateTime), m.Subject, m.Version, m.Actor, m.Cause, m.Data)
	return err
}

func showJSON(to io.Writer, m events.Message) error {
	headers := make(map[string]string, len(m.Header))
	for name := range m.Header {
		headers[name] = m.Header.Get(name)
	}
	line := struct {
		Sequence uint64            `json:"sequence"`
		Subject  string            `json:"subject"`
		Headers  map[string]string `json:"headers"`
		Data     json.RawMessage   `json:"data,omitempty"`
		Raw      []byte            `json:"raw,omitempty"` // what is no JSON, of somebody who is not us
	}{Sequence: m.Sequence, Subject: m.Subject, Headers: headers}
	if json.Valid(m.Data) {
		line.Data = m.Data
	} else {
		line.Raw = m.Data
	}
	return json.NewEncoder(to).Encode(line)
}

type republishCommand struct {
	place
	From string `help:"Those that happened since then: start, or a time such as 2026-01-31T08:00:00Z." required:""`
}

// Run marks the events; the service's relay publishes them within a second. The broker drops those that it still knows.
func (c republishCommand) Run(ctx context.Context) error {
	from, err := since(c.From)
	if err != nil || from.IsZero() {
		return fmt.Errorf("--from %s is neither start nor a time such as 2026-01-31T08:00:00Z", c.From)
	}
	db, err := c.database(ctx)
	if err != nil {
		return err
	}
	defer db.Close()
	count, err := events.Republish(ctx, db, from)
	if err != nil {
		return err
	}
	_, err = fmt.Printf("%d events will be published again.\n", count)
	return err
}

type dlqCommand struct {
	List   dlqListCommand   `cmd:"" help:"List them."`
	Replay dlqReplayCommand `cmd:"" help:"Hand one to its consumer again."`
	Purge  dlqPurgeCommand  `cmd:"" help:"Throw one away for good."`
}

type dlqListCommand struct {
	place
	Consumer string `help:"Those of one consumer only."`
}

// Run lists all dead letters, page by page.
func (c dlqListCommand) Run(ctx context.Context) error {
	db, err := c.database(ctx)
	if err != nil {
		return err
	}
	defer db.Close()
	table := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "NUMBER\tCONSUMER\tSUBJECT\tEVENT\tATTEMPTS\tGIVEN UP\tREASON")
	const page = 500
	for after := int64(0); ; {
		letters, err := events.DeadLetters(ctx, db, c.Consumer, after, page)
		if err != nil {
			return err
		}
		for _, l := range letters {
			fmt.Fprintf(table, "%d\t%s\t%s\t%s\t%d\t%s\t%s\n", l.Number, l.Consumer, l.Subject, l.ID, l.Attempts, l.DeadTime.Local().Format(time.DateTime), l.Reason)
			after = l.Number
		}
		if len(letters) < page {
			return table.Flush()
		}
	}
}

type dlqReplayCommand struct {
	place
	Number int64 `arg:"" help:"Its number in the list."`
}

// Run hands the dead letter to its consumer again.
func (c dlqReplayCommand) Run(ctx context.Context) error {
	db, err := c.database(ctx)
	if err != nil {
		return err
	}
	defer db.Close()
	return events.Replay(ctx, db, c.Number, time.Now())
}

type dlqPurgeCommand struct {
	place
	Number int64 `arg:"" help:"Its number in the list."`
}

// Run throws the dead letter away.
func (c dlqPurgeCommand) Run(ctx context.Context) error {
	db, err := c.database(ctx)
	if err != nil {
		return err
	}
	defer db.Close()
	return events.PurgeDeadLetter(ctx, db, c.Number)
}

// forgetStream removes the stream of events, which tells of what is no longer so after a restore. The next start makes a new one.
func forgetStream(ctx context.Context, config service.Config) error {
	conn, err := connect(config.NATS)
	if err != nil {
		return err
	}
	defer conn.Close()
	js, err := jetstream.New(conn)
	if err != nil {
		return err
	}
	err = js.DeleteStream(ctx, events.StreamName)
	if errors.Is(err, jetstream.ErrStreamNotFound) {
		return nil
	}
	return err
}
