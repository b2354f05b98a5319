package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"text/tabwriter"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/guanxi-crm/guanxi/deploy/guanxi/internal/secrets"
	"github.com/guanxi-crm/guanxi/libs/events"
)

type subscriberCommand struct {
	Add    subscriberAddCommand    `cmd:"" help:"Let a company system listen: its credentials, its place in the stream, an example to begin with."`
	List   subscriberListCommand   `cmd:"" help:"Who listens, and how far each has come."`
	Remove subscriberRemoveCommand `cmd:"" help:"Shut a company system out, at once."`
}

// brokerFlags say where the broker of an installation is.
type brokerFlags struct {
	secretsFlag
	NATS string `help:"Address of the broker." default:"tls://127.0.0.1:4222" env:"GUANXI_NATS_URL" placeholder:"URL"`
}

// stream connects as the operator.
func (f brokerFlags) stream(ctx context.Context) (jetstream.Stream, func(), error) {
	dir, err := f.dir()
	if err != nil {
		return nil, nil, err
	}
	conn, err := f.connect(nats.UserCredentials(filepath.Join(dir.Path, secrets.Operator, "nats.creds")))
	if err != nil {
		return nil, nil, err
	}
	js, err := jetstream.New(conn)
	if err != nil {
		conn.Close()
		return nil, nil, err
	}
	stream, err := js.Stream(ctx, events.StreamName)
	if err != nil {
		conn.Close()
		return nil, nil, fmt.Errorf("the stream of events is not there; has a service been started? (%w)", err)
	}
	return stream, conn.Close, nil
}

func (f brokerFlags) connect(as nats.Option) (*nats.Conn, error) {
	dir, err := f.dir()
	if err != nil {
		return nil, err
	}
	conn, err := nats.Connect(f.NATS, as, nats.Name("guanxi subscriber"), nats.RootCAs(filepath.Join(dir.Path, secrets.Operator, "ca.crt")))
	if err != nil {
		return nil, fmt.Errorf("the broker cannot be reached at %s: %w", f.NATS, err)
	}
	return conn, nil
}

var subscriberName = regexp.MustCompile(`^[a-z][a-z0-9-]{0,39}$`)

// Limits of a subscriber's consumer: what it has not acknowledged within the wait comes again, and no more than this is on its way at once.
const (
	subscriberAckWait = time.Minute
	subscriberPending = 1000
)

type subscriberAddCommand struct {
	brokerFlags
	Name     string   `arg:"" help:"What the system is called, such as billing."`
	Subjects []string `help:"Which events; * stands for one word, > for all that follow. May be given several times." default:"guanxi.>" placeholder:"SUBJECT"`
	From     string   `help:"Since when: start (of what the stream still has) or now." enum:"start,now" default:"now"`
}

// Run adds the subscriber. Run again with other subjects, it changes them and makes fresh credentials.
func (c subscriberAddCommand) Run(ctx context.Context) error {
	if !subscriberName.MatchString(c.Name) {
		return errName
	}
	for _, s := range c.Subjects {
		if err := checkSubject(s); err != nil {
			return err
		}
	}
	dir, err := c.dir()
	if err != nil {
		return err
	}
	stream, closeConn, err := c.stream(ctx)
	if err != nil {
		return err
	}
	defer closeConn()
	if err := c.consumer(ctx, stream); err != nil {
		return err
	}
	folder, err := dir.Subscriber(c.Name)
	if err != nil {
		return err
	}
	text, err := json.MarshalIndent(map[string]any{ //nolint:gosec // the name of a file
		"url": c.NATS, "stream": events.StreamName, "durable": secrets.Durable(c.Name), "inboxPrefix": secrets.Inbox(c.Name),
		"credentials": "nats.creds", "ca": "ca.crt", "subjects": c.Subjects,
	}, "", "  ")
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(folder, "subscriber.json"), append(text, '\n'), 0o600); err != nil {
		return err
	}
	fmt.Printf("%s may listen to %v. Hand over the folder %s; docs/subscribing.md tells how to use it.\n", c.Name, c.Subjects, folder)
	return nil
}

// checkSubject refuses what could never be one of our events.
func checkSubject(subject string) error {
	if subject != "guanxi.>" && !regexp.MustCompile(`^guanxi(\.([a-z0-9_]+|\*))*(\.>)?$`).MatchString(subject) {
		return fmt.Errorf("--subjects %s is no subject of ours: they begin with guanxi., such as guanxi.profile.customer.> or guanxi.*.customer.changed.v1", subject)
	}
	return nil
}

func (c subscriberAddCommand) consumer(ctx context.Context, stream jetstream.Stream) error {
	want := jetstream.ConsumerConfig{
		Durable: secrets.Durable(c.Name), Description: "company system " + c.Name, FilterSubjects: c.Subjects,
		AckPolicy: jetstream.AckExplicitPolicy, AckWait: subscriberAckWait, MaxAckPending: subscriberPending, DeliverPolicy: jetstream.DeliverNewPolicy,
	}
	if c.From == "start" {
		want.DeliverPolicy = jetstream.DeliverAllPolicy
	}
	if old, err := stream.Consumer(ctx, want.Durable); err == nil { // where it begins cannot be changed any more
		want.DeliverPolicy = old.CachedInfo().Config.DeliverPolicy
	}
	_, err := stream.CreateOrUpdateConsumer(ctx, want)
	return err
}

type subscriberListCommand struct {
	brokerFlags
}

// Run lists who listens.
func (c subscriberListCommand) Run(ctx context.Context) error {
	stream, closeConn, err := c.stream(ctx)
	if err != nil {
		return err
	}
	defer closeConn()
	table := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "CONSUMER\tSUBJECTS\tWAITING\tUNACKNOWLEDGED\tLAST TAKEN")
	all := stream.ListConsumers(ctx)
	for info := range all.Info() {
		subjects := info.Config.FilterSubjects
		if info.Config.FilterSubject != "" {
			subjects = []string{info.Config.FilterSubject}
		}
		last := "never"
		if info.Delivered.Last != nil {
			last = info.Delivered.Last.Local().Format(time.DateTime)
		}
		fmt.Fprintf(table, "%s\t%v\t%d\t%d\t%s\n", info.Name, subjects, info.NumPending, info.NumAckPending, last)
	}
	if err := all.Err(); err != nil {
		return err
	}
	return table.Flush()
}

type subscriberRemoveCommand struct {
	brokerFlags
	Name string `arg:"" help:"What the system is called."`
}

// claimsUpdate is where the broker takes what an account is from now on.
const claimsUpdate = "$SYS.REQ.CLAIMS.UPDATE"

// Run revokes the credentials, which ends connections that stand, and removes the consumer.
func (c subscriberRemoveCommand) Run(ctx context.Context) error {
	dir, err := c.dir()
	if err != nil {
		return err
	}
	stream, closeConn, err := c.stream(ctx)
	if err != nil {
		return err
	}
	defer closeConn()
	account, err := dir.Revoke(c.Name)
	if err != nil {
		return err
	}
	if err := c.push(ctx, dir, account); err != nil {
		return err
	}
	if err := stream.DeleteConsumer(ctx, secrets.Durable(c.Name)); err != nil {
		return err
	}
	fmt.Printf("%s is shut out.\n", c.Name)
	return dir.Forget(c.Name)
}

func (c subscriberRemoveCommand) push(ctx context.Context, dir secrets.Dir, account string) error {
	credentials, err := dir.System()
	if err != nil {
		return err
	}
	system, err := c.connect(nats.UserCredentialBytes(credentials))
	if err != nil {
		return err
	}
	defer system.Close()
	answer, err := system.RequestWithContext(ctx, claimsUpdate, []byte(account))
	if err != nil {
		return fmt.Errorf("the broker did not take the change: %w", err)
	}
	var outcome struct {
		Error *struct {
			Description string `json:"description"`
		} `json:"error"`
	}
	if err := json.Unmarshal(answer.Data, &outcome); err != nil {
		return err
	}
	if outcome.Error != nil {
		return fmt.Errorf("the broker did not take the change: %s", outcome.Error.Description)
	}
	return nil
}
