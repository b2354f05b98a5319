package main

import (
	"context"
	"log/slog"
	"os"

	"github.com/guanxi-crm/guanxi/deploy/guanxi/internal/up"
)

type upCommand struct {
	dataFlag
	HTTP string     `help:"Address of the gateway." default:"127.0.0.1:8080" env:"GUANXI_HTTP" name:"http" placeholder:"HOST:PORT"`
	GRPC string     `help:"Address of the profile service; 127.0.0.1:9101 if that is free, else any, when left out." name:"grpc" placeholder:"HOST:PORT"`
	Demo bool       `help:"Fill in a made-up customer base, once."`
	Log  slog.Level `help:"From which level on the log in the data directory is written: debug, info, warn, error." default:"info"`
}

// Run brings the product up until it is told to stop.
func (c upCommand) Run(ctx context.Context) error {
	dir, err := c.dir()
	if err != nil {
		return err
	}
	return up.Run(ctx, up.Options{
		Dir: dir, HTTP: c.HTTP, GRPC: c.GRPC, Demo: c.Demo, Level: c.Log, Out: os.Stdout, Services: services,
	})
}
