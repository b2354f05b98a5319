package segmentation

import (
	"context"

	"google.golang.org/grpc"

	"github.com/guanxi-crm/guanxi/libs/operation"
	"github.com/guanxi-crm/guanxi/libs/service"
	"github.com/guanxi-crm/guanxi/services/segmentation/internal/assess"
	"github.com/guanxi-crm/guanxi/services/segmentation/internal/churn"
	"github.com/guanxi-crm/guanxi/services/segmentation/internal/fact"
	"github.com/guanxi-crm/guanxi/services/segmentation/internal/grade"
	"github.com/guanxi-crm/guanxi/services/segmentation/internal/loyalty"
	"github.com/guanxi-crm/guanxi/services/segmentation/internal/measure"
	"github.com/guanxi-crm/guanxi/services/segmentation/internal/segment"
	"github.com/guanxi-crm/guanxi/services/segmentation/internal/settings"
	"github.com/guanxi-crm/guanxi/services/segmentation/internal/standing"
)

// workers look at customers after a change, do the operations that were asked for, and ask profile for what its events do not carry.
func workers(p *service.Platform) []service.Worker {
	fetcher := fact.NewFetcher(fact.NewStore(p.DB, p.Now), func() (grpc.ClientConnInterface, error) { return p.Peer("profile") }, p.Log)
	segments, errSegments := segment.NewPart(p.DB, p.Log)
	if errSegments != nil { // the environment of rules is ours
		panic(errSegments)
	}
	a := assessor(p, segments)
	a.Start()
	kinds := []operation.Kind{a.Kind(), segment.Kind(p.DB, p.Now, settings.NewStore(p.DB, p.Now).Current, a.Rebuilding)}
	return []service.Worker{
		{Name: "fetcher", Run: fetcher.Run},
		{Name: "assessor", Run: a.Run},
		{Name: "operations", Run: func(ctx context.Context) error {
			runner, err := operation.NewRunner(p.DB, kinds, p.Log, p.Now)
			if err != nil {
				return err
			}
			return runner.Run(ctx)
		}},
	}
}

// assessor is what looks at customers; the order of its parts is that in which they build on each other. Without segments it can only start runs.
func assessor(p *service.Platform, segments assess.Part) *assess.Assessor {
	standings, grades := standing.NewStore(p.DB), grade.NewPart(p.DB, p.Now)
	return &assess.Assessor{
		DB: p.DB, Now: p.Now, Log: p.Log, Settings: settings.NewStore(p.DB, p.Now), Measures: measure.NewStore(p.DB), Ranker: standings, Past: grades,
		Parts: []assess.Part{standings, grades, churn.NewPart(p.DB), loyalty.NewPart(p.DB, p.Now), segments},
		Rebuilding: func(ctx context.Context) (bool, error) {
			return p.Rebuilding(ctx, fact.Consumer, fact.NewStore(p.DB, p.Now).Granted)
		},
	}
}
