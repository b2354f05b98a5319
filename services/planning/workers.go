package planning

import (
	"context"

	"google.golang.org/grpc"

	"github.com/guanxi-crm/guanxi/libs/operation"
	"github.com/guanxi-crm/guanxi/libs/policybook"
	"github.com/guanxi-crm/guanxi/libs/service"
	"github.com/guanxi-crm/guanxi/services/planning/internal/contactplan"
	"github.com/guanxi-crm/guanxi/services/planning/internal/fact"
	"github.com/guanxi-crm/guanxi/services/planning/internal/policy"
	"github.com/guanxi-crm/guanxi/services/planning/internal/settings"
)

// workers ask profile and segmentation for what their events do not carry, plan customers again after a change, and do the operations that were asked for.
func workers(p *service.Platform) []service.Worker {
	fetcher := &fact.Fetcher{Store: facts(p), Profile: func() (grpc.ClientConnInterface, error) { return p.Peer("profile") }}
	plans := contactplan.NewStore(p.DB, p.Now, settings.NewStore(p.DB, p.Now))
	replanner := &contactplan.Replanner{Store: plans, Rebuilding: func(ctx context.Context) (bool, error) {
		return p.Rebuilding(ctx, fact.Consumer, facts(p).Granted)
	}}
	return []service.Worker{
		{Name: "fetcher", Run: fetcher.Loop(p.Log).Run},
		{Name: "policies", Run: policies(p).Loop(p.Log).Run},
		{Name: "replanner", Run: replanner.Loop(p.Log).Run},
		{Name: "operations", Run: func(ctx context.Context) error {
			runner, err := operation.NewRunner(p.DB, []operation.Kind{plans.Kind()}, p.Log, p.Now)
			if err != nil {
				return err
			}
			return runner.Run(ctx)
		}},
	}
}

// policies asks segmentation for the contact policies.
func policies(p *service.Platform) *policybook.Fetcher {
	return policy.NewFetcher(policy.NewStore(p.DB), settings.NewStore(p.DB, p.Now), p.Now,
		func() (grpc.ClientConnInterface, error) { return p.Peer("segmentation") })
}
