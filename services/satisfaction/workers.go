package satisfaction

import (
	"context"

	"google.golang.org/grpc"

	"github.com/guanxi-crm/guanxi/libs/operation"
	"github.com/guanxi-crm/guanxi/libs/service"
	"github.com/guanxi-crm/guanxi/services/satisfaction/internal/analysis"
	"github.com/guanxi-crm/guanxi/services/satisfaction/internal/settings"
	"github.com/guanxi-crm/guanxi/services/satisfaction/internal/survey"
)

// workers ask profile for what its events do not carry, and planning whether customers may be invited; tell how satisfied customers are; and do the operations that were asked for.
func workers(p *service.Platform) []service.Worker {
	fetcher := facts(p).Loop(func() (grpc.ClientConnInterface, error) { return p.Peer("profile") }, p.Log)
	surveys := survey.NewStore(p.DB, p.Now, settings.NewStore(p.DB, p.Now))
	gate := &survey.Gate{Store: surveys, Planning: func() (grpc.ClientConnInterface, error) { return p.Peer("planning") }}
	return []service.Worker{
		{Name: "fetcher", Run: fetcher.Run},
		{Name: "survey-gate", Run: gate.Loop(p.Log).Run},
		{Name: "customer-scores", Run: analysis.NewAnnouncer(p.DB, p.Now).Loop(p.Log).Run},
		{Name: "operations", Run: func(ctx context.Context) error {
			runner, err := operation.NewRunner(p.DB, []operation.Kind{surveys.Kind()}, p.Log, p.Now)
			if err != nil {
				return err
			}
			return runner.Run(ctx)
		}},
	}
}
