package voice

import (
	"context"
	"errors"

	"google.golang.org/grpc"

	"github.com/guanxi-crm/guanxi/libs/operation"
	"github.com/guanxi-crm/guanxi/libs/schedule"
	"github.com/guanxi-crm/guanxi/libs/service"
	voicev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/voice/v1"
	"github.com/guanxi-crm/guanxi/services/voice/internal/issue"
	"github.com/guanxi-crm/guanxi/services/voice/internal/recall"
	"github.com/guanxi-crm/guanxi/services/voice/internal/settings"
	"github.com/guanxi-crm/guanxi/services/voice/internal/summary"
)

// registerLearning registers what is learned of cases: recurring issues, recalls, yearly summaries.
func registerLearning(s grpc.ServiceRegistrar, p *service.Platform) error {
	groups, errGroups := issue.NewServer(issues(p), p.Pages)
	recalls, errRecalls := recall.NewServer(recall.NewStore(p.DB, p.Now), p.Pages)
	if err := errors.Join(errGroups, errRecalls); err != nil {
		return err
	}
	voicev1.RegisterIssueGroupServiceServer(s, groups)
	voicev1.RegisterRecallServiceServer(s, recalls)
	voicev1.RegisterVoiceSummaryServiceServer(s, summary.NewServer(summary.NewStore(p.DB, p.Now), settings.NewStore(p.DB, p.Now)))
	return nil
}

// issues are the groups of cases.
func issues(p *service.Platform) *issue.Store {
	return issue.NewStore(p.DB, p.Now, settings.NewStore(p.DB, p.Now))
}

func learningJobs(p *service.Platform) []schedule.Job {
	return append(issues(p).Jobs(), summary.NewStore(p.DB, p.Now).Jobs(settings.NewStore(p.DB, p.Now))...)
}

// learningWorkers group cases as they come, and trace the orders of recalls: those that are there as an operation, and those that come late.
func learningWorkers(p *service.Platform) []service.Worker {
	recalls := recall.NewStore(p.DB, p.Now)
	return []service.Worker{
		{Name: "issues", Run: issues(p).Loop(p.Log).Run},
		{Name: "recalls", Run: recalls.Loop(p.Log).Run},
		{Name: "recall-traces", Run: func(ctx context.Context) error {
			runner, err := operation.NewRunner(p.DB, []operation.Kind{recalls.Kind()}, p.Log, p.Now)
			if err != nil {
				return err
			}
			return runner.Run(ctx)
		}},
	}
}
