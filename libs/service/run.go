package service

import (
	"context"
	"os"

	"github.com/guanxi-crm/guanxi/libs/telemetry"
)

// Run runs the service until ctx ends, which is a stop in good order, or until it cannot go on.
func Run(ctx context.Context, def Definition, cfg Config) error {
	log := telemetry.Logger(os.Stdout, cfg.LogLevel)
	stopTracing, err := telemetry.StartTracing(ctx, "guanxi-"+def.Name, log)
	if err != nil {
		return err
	}
	defer stopTracing()

	running, err := Start(ctx, def, cfg, Deps{Log: log})
	if err != nil {
		return err
	}
	select {
	case <-ctx.Done():
	case <-running.Failed():
	}
	return running.Stop()
}
