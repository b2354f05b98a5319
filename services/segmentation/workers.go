package segmentation

import (
	"context"
	"time"

	"google.golang.org/grpc"

	"github.com/guanxi-crm/guanxi/libs/events"
	"github.com/guanxi-crm/guanxi/libs/operation"
	"github.com/guanxi-crm/guanxi/libs/service"
	"github.com/guanxi-crm/guanxi/services/segmentation/internal/assess"
	"github.com/guanxi-crm/guanxi/services/segmentation/internal/churn"
	"github.com/guanxi-crm/guanxi/services/segmentation/internal/fact"
	"github.com/guanxi-crm/guanxi/services/segmentation/internal/grade"
	"github.com/guanxi-crm/guanxi/services/segmentation/internal/loyalty"
	"github.com/guanxi-crm/guanxi/services/segmentation/internal/measure"
	"github.com/guanxi-crm/guanxi/services/segmentation/internal/rebate"
	"github.com/guanxi-crm/guanxi/services/segmentation/internal/segment"
	"github.com/guanxi-crm/guanxi/services/segmentation/internal/settings"
	"github.com/guanxi-crm/guanxi/services/segmentation/internal/standing"
)

// workers look at customers after a change, do the operations that were asked for, and ask profile for what its events do not carry.
func workers(p *service.Platform) []service.Worker {
	fetcher := &fact.Fetcher{Store: fact.NewStore(p.DB, p.Now), Profile: func() (grpc.ClientConnInterface, error) { return p.Peer("profile") }}
	segments, errSegments := segment.NewPart(p.DB, p.Log)
	if errSegments != nil { // the environment of rules is ours
		panic(errSegments)
	}
	a := assessor(p, segments)
	numbers := settings.NewStore(p.DB, p.Now)
	kinds := []operation.Kind{
		a.Kind(), segment.Kind(p.DB, p.Now, numbers.Current, a.Rebuilding), reviser(p).Kind(), rebate.Settling(rebate.NewStore(p.DB, p.Now), numbers),
		churn.Backtesting(p.DB, numbers),
	}
	return []service.Worker{
		{Name: "fetcher", Run: fetcher.Loop(p.Log).Run},
		{Name: "assessor", Run: a.Loop().Run},
		{Name: "departures", Run: segment.Departures(p.DB, p.Now, a.Rebuilding, p.Log).Run},
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
		Parts:      []assess.Part{standings, grades, churn.NewPart(p.DB), loyalty.NewPart(p.DB, p.Now), segments},
		Rebuilding: unready(p),
	}
}

// reviser has the facts valued and everybody judged anew when that has become necessary.
func reviser(p *service.Platform) fact.Reviser {
	return fact.Reviser{Store: fact.NewStore(p.DB, p.Now), Judge: assessor(p, nil).Ask}
}

// unready says when nobody may be judged, since the facts would say of many what is not so: while they are built anew, valued anew, or far behind.
func unready(p *service.Platform) func(context.Context) (bool, error) {
	facts := fact.NewStore(p.DB, p.Now)
	backlog := &fact.Backlog{Now: p.Now, Waiting: func(ctx context.Context) (undelivered, unanswered time.Time, err error) {
		if !p.JS.Conn().IsConnected() { // or every look would wait for an answer that does not come
			return undelivered, unanswered, nil
		}
		w, err := events.Behind(ctx, p.JS, fact.Consumer)
		return w.Undelivered, w.Unanswered, err
	}}
	return func(ctx context.Context) (bool, error) {
		if rebuilding, err := p.Rebuilding(ctx, fact.Consumer, facts.Granted); err != nil || rebuilding {
			return true, err
		}
		if revaluing, err := facts.Revaluing(ctx); err != nil || revaluing {
			return true, err
		}
		return backlog.Behind(ctx), nil
	}
}
