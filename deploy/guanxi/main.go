// Command guanxi is the whole product: it brings Guanxi up on one machine, runs single services, and is the tool to work with a running one.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	_ "time/tzdata" // mapping files and customers name time zones, and not every machine knows them

	"github.com/alecthomas/kong"
)

// exitFailed is the exit code of a command that did not do what it was asked for. Rejected rows of an import are no failure.
const exitFailed = 2

func main() {
	tuneMemory(softLimit)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second Ctrl-C is not waited for
	parser := kong.Must(&commands{},
		kong.Name("guanxi"),
		kong.Description("Customer-relationship back end for companies that sell to other companies [客户关系管理]."),
		kong.UsageOnError(),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true}),
		kong.BindTo(ctx, (*context.Context)(nil)),
		kong.Vars{"version": version(), "services": serviceNames()},
	)
	command, err := parser.Parse(os.Args[1:])
	if err == nil {
		err = command.Run()
	}
	stopped := ctx.Err() != nil && errors.Is(err, context.Canceled)
	if err != nil && !stopped {
		fmt.Fprintln(os.Stderr, "guanxi: "+sentence(err))
		os.Exit(exitFailed)
	}
}

type commands struct {
	Up         upCommand         `cmd:"" help:"Bring the whole product up on this machine."`
	Token      tokenCommand      `cmd:"" help:"Print a token for a local instance."`
	Import     importCommand     `cmd:"" help:"Import customers, people, orders or payments from a CSV or XLSX file."`
	Events     eventsCommand     `cmd:"" help:"Watch, republish and repair events."`
	Serve      serveCommand      `cmd:"" help:"Run one service, or the gateway, against external PostgreSQL and NATS."`
	Migrate    migrateCommand    `cmd:"" help:"Bring the database of one service up to date."`
	Rebuild    rebuildCommand    `cmd:"" help:"Let a service build anew what it knows from the events of others."`
	Init       initCommand       `cmd:"" help:"Make the certificates, passwords, keys and tokens of an installation."`
	Rotate     rotateCommand     `cmd:"" help:"Exchange keys of tokens, pages, people, or the authority of certificates, step by step while all runs."`
	Subscriber subscriberCommand `cmd:"" help:"Let company systems listen to events."`
	Audit      auditCommand      `cmd:"" help:"Print who changed what in a service, one JSON object on each line."`
	Backup     backupCommand     `cmd:"" help:"Copy the databases of all services as they are at one moment, while they run."`
	Restore    restoreCommand    `cmd:"" help:"Fill empty databases with a backup."`
	Doctor     doctorCommand     `cmd:"" help:"Look at what the services rest on, and say what is wrong and what to do."`
	Version    versionCommand    `cmd:"" help:"Print the version."`
}
