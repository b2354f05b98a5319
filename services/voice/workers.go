package voice

import (
	"context"

	"google.golang.org/grpc"

	"github.com/guanxi-crm/guanxi/libs/policybook"
	"github.com/guanxi-crm/guanxi/libs/service"
	"github.com/guanxi-crm/guanxi/services/voice/internal/escalation"
	"github.com/guanxi-crm/guanxi/services/voice/internal/fact"
	"github.com/guanxi-crm/guanxi/services/voice/internal/settings"
)

// workers ask profile and segmentation for what their events do not carry, and tell of cases whose time has run out.
func workers(p *service.Platform) []service.Worker {
	people, orders := facts(p).Loops(func() (grpc.ClientConnInterface, error) { return p.Peer("profile") }, p.Log)
	return append(append(learningWorkers(p), clockWorkers(p)...), []service.Worker{
		{Name: "fetcher", Run: people.Run},
		{Name: "order-fetcher", Run: orders.Run},
		{Name: "policies", Run: policies(p).Loop(p.Log).Run},
		{Name: "mover", Run: (&fact.Mover{Store: facts(p), Rebuilding: rebuilding(p), Moved: caseFiles(p).Moved}).Loop(p.Log).Run},
		{Name: "escalations", Run: escalation.NewStore(p.DB, p.Now, settings.NewStore(p.DB, p.Now)).Loop(p.Log).Run},
	}...)
}

// rebuilding says whether what voice knows of others is being built anew.
func rebuilding(p *service.Platform) func(context.Context) (bool, error) {
	return func(ctx context.Context) (bool, error) {
		facts := facts(p)
		if is, err := p.Rebuilding(ctx, fact.Consumer, facts.Granted); err != nil || is {
			return true, err
		}
		return p.Rebuilding(ctx, fact.StandingsConsumer, facts.Granted)
	}
}

// policies asks segmentation for its policies, for what they say of response times.
func policies(p *service.Platform) *policybook.Fetcher {
	return facts(p).Policies(func() (grpc.ClientConnInterface, error) { return p.Peer("segmentation") })
}
