package main

import (
	"context"
	"fmt"
	"os"
	"strings"

	"github.com/guanxi-crm/guanxi/gateway"
	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/libs/service"
	"github.com/guanxi-crm/guanxi/services/planning"
	"github.com/guanxi-crm/guanxi/services/profile"
	"github.com/guanxi-crm/guanxi/services/satisfaction"
	"github.com/guanxi-crm/guanxi/services/segmentation"
	"github.com/guanxi-crm/guanxi/services/voice"
)

// services are all there are. Each asks only those before it.
var services = []service.Definition{
	profile.Definition(), segmentation.Definition(), planning.Definition(), voice.Definition(), satisfaction.Definition(),
}

// serviceNames are those names as help prints them.
func serviceNames() string {
	var names []string
	for _, s := range services {
		names = append(names, s.Name)
	}
	return strings.Join(names, ", ")
}

func definition(name string) (service.Definition, error) {
	for _, s := range services {
		if s.Name == name {
			return s, nil
		}
	}
	return service.Definition{}, fmt.Errorf("there is no service %q", name)
}

type serveCommand struct {
	Service string `arg:"" help:"${services} or gateway. What it needs is told by variables of the environment; docs/configuration.md lists them."`
}

// Run runs the service until it is told to stop.
func (c serveCommand) Run(ctx context.Context) error {
	tuneMemory(serviceLimit)
	if c.Service == "gateway" {
		config, err := gateway.LoadConfig(os.Environ())
		if err != nil {
			return err
		}
		return gateway.Run(ctx, config)
	}
	what, err := definition(c.Service)
	if err != nil {
		return err
	}
	config, err := service.LoadConfig(what.Name, os.Environ())
	if err != nil {
		return err
	}
	return service.Run(ctx, what, config)
}

type migrateCommand struct {
	Service string `arg:"" help:"${services}."`
}

// Run brings the database up to date. guanxi serve does so too at its start; this is for those who do it beforehand, with another account.
func (c migrateCommand) Run(ctx context.Context) error {
	what, err := definition(c.Service)
	if err != nil {
		return err
	}
	config, err := service.LoadConfig(what.Name, os.Environ())
	if err != nil {
		return err
	}
	db, err := postgres.Open(ctx, config.Database)
	if err != nil {
		return err
	}
	defer db.Close()
	return service.Migrate(ctx, db, what)
}
