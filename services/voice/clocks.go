package voice

import (
	"context"
	"errors"

	"google.golang.org/grpc"

	"github.com/guanxi-crm/guanxi/libs/operation"
	"github.com/guanxi-crm/guanxi/libs/schedule"
	"github.com/guanxi-crm/guanxi/libs/service"
	voicev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/voice/v1"
	"github.com/guanxi-crm/guanxi/services/voice/internal/calendar"
	"github.com/guanxi-crm/guanxi/services/voice/internal/clock"
	"github.com/guanxi-crm/guanxi/services/voice/internal/rule"
)

// registerClocks serves calendars, response rules and clocks.
func registerClocks(s grpc.ServiceRegistrar, p *service.Platform) error {
	calendars, errCalendars := calendar.NewServer(p.DB, p.Now, p.Pages)
	rules, errRules := rule.NewServer(p.DB, p.Now, p.Pages)
	clocks, errClocks := clock.NewServer(p.DB, p.Now, p.Pages)
	if err := errors.Join(errCalendars, errRules, errClocks); err != nil {
		return err
	}
	voicev1.RegisterBusinessCalendarServiceServer(s, calendars)
	voicev1.RegisterResponseRuleServiceServer(s, rules)
	voicev1.RegisterClockServiceServer(s, clocks)
	return nil
}

func clockJobs(p *service.Platform) []schedule.Job {
	return append(calendar.Jobs(p.DB, p.Now), clock.Jobs(p.DB)...)
}

// clockWorkers take clocks over to new versions of calendars and rules. Before that they store what is shipped, so that no transaction has to wait for it.
func clockWorkers(p *service.Platform) []service.Worker {
	return []service.Worker{{Name: "clock-operations", Run: func(ctx context.Context) error {
		clocks := clock.NewStore(p.DB, p.Now)
		runner, err := operation.NewRunner(p.DB, []operation.Kind{clocks.Kind()}, p.Log, p.Now)
		if err != nil {
			return err
		}
		if err := clocks.Ship(ctx); err != nil && ctx.Err() == nil {
			p.Log.WarnContext(ctx, "clocks: what is shipped was not stored yet, it will be when it is first asked for", "error", err)
		}
		return runner.Run(ctx)
	}}}
}
