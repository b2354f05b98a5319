package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"text/tabwriter"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/guanxi-crm/guanxi/deploy/guanxi/internal/doctor"
	"github.com/guanxi-crm/guanxi/deploy/guanxi/internal/intake"
	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/service"
)

type doctorCommand struct {
	dataFlag
	External bool     `help:"Look at the PostgreSQL and NATS that the environment names, as guanxi serve does."`
	Services []string `arg:"" optional:"" help:"Which services; all when left out."`
}

// errUnwell says that something is wrong; what has been told already.
var errUnwell = errors.New("something is wrong, see above")

// Run looks at everything, tells what it found, and fails when something is wrong.
func (c doctorCommand) Run(ctx context.Context) error {
	names := c.Services
	if len(names) == 0 {
		for _, s := range services {
			names = append(names, s.Name)
		}
	}
	var found []doctor.Finding
	for _, name := range names {
		what, err := definition(name)
		if err != nil {
			return err
		}
		found = append(found, c.look(ctx, what)...)
	}
	return report(found)
}

func (c doctorCommand) look(ctx context.Context, what service.Definition) []doctor.Finding {
	at := place{dataFlag: c.dataFlag, External: c.External, Service: what.Name}
	db, err := at.database(ctx)
	if err != nil {
		return []doctor.Finding{unreachable(what.Name, fault.Text{En: "database", Zh: "数据库"}, err)}
	}
	defer db.Close()
	found := doctor.Database(ctx, what.Name, db, time.Now)
	conn, err := at.broker()
	if err != nil {
		return append(found, unreachable(what.Name, fault.Text{En: "broker", Zh: "消息代理"}, err))
	}
	defer conn.Close()
	js, err := jetstream.New(conn)
	if err != nil {
		return append(found, unreachable(what.Name, fault.Text{En: "broker", Zh: "消息代理"}, err))
	}
	return append(found, doctor.Broker(ctx, what.Name, js, consumers(what))...)
}

// consumers are those that build what the service knows of others.
func consumers(what service.Definition) []string {
	names := make([]string, len(what.Projections))
	for i, p := range what.Projections {
		names[i] = p.Consumer
	}
	return names
}

func unreachable(service string, what fault.Text, err error) doctor.Finding {
	return doctor.Finding{Service: service, What: what, State: doctor.Bad, Found: err.Error(), Advice: fault.Text{
		En: "Is it running? Are address, credentials and network right (docs/configuration.md)?", Zh: "是否已运行？地址、凭据与网络是否正确（docs/configuration.md）？",
	}}
}

// report prints all findings, and below them what to do about those that are not good.
func report(found []doctor.Finding) error {
	chinese := language() == intake.Chinese
	say := func(t fault.Text) string {
		if chinese {
			return t.Zh
		}
		return t.En
	}
	states := map[doctor.State]fault.Text{doctor.Good: {En: "good", Zh: "正常"}, doctor.Odd: {En: "ODD", Zh: "注意"}, doctor.Bad: {En: "BAD", Zh: "异常"}}
	table := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	worst := doctor.Good
	for _, f := range found {
		worst = max(worst, f.State)
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\n", say(states[f.State]), f.Service, say(f.What), f.Found)
	}
	if err := table.Flush(); err != nil {
		return err
	}
	told := map[string]bool{}
	for _, f := range found {
		if advice := say(f.Advice); f.State != doctor.Good && !told[advice] {
			told[advice] = true
			fmt.Printf("\n%s: %s\n", say(f.What), advice)
		}
	}
	if worst == doctor.Bad {
		return errUnwell
	}
	return nil
}
