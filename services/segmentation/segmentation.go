// Package segmentation is the customer segmentation service [客户分类、分级]: what each customer is worth, why, and what that entitles it to.
package segmentation

import (
	"embed"
	"errors"
	"io/fs"

	"github.com/prometheus/client_golang/prometheus"
	"google.golang.org/grpc"

	"github.com/guanxi-crm/guanxi/libs/events"
	"github.com/guanxi-crm/guanxi/libs/schedule"
	"github.com/guanxi-crm/guanxi/libs/service"
	segmentationv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/segmentation/v1"
	"github.com/guanxi-crm/guanxi/services/segmentation/internal/assess"
	"github.com/guanxi-crm/guanxi/services/segmentation/internal/churn"
	"github.com/guanxi-crm/guanxi/services/segmentation/internal/fact"
	"github.com/guanxi-crm/guanxi/services/segmentation/internal/grade"
	"github.com/guanxi-crm/guanxi/services/segmentation/internal/gradingmodel"
	"github.com/guanxi-crm/guanxi/services/segmentation/internal/judgement"
	"github.com/guanxi-crm/guanxi/services/segmentation/internal/loyalty"
	"github.com/guanxi-crm/guanxi/services/segmentation/internal/policy"
	"github.com/guanxi-crm/guanxi/services/segmentation/internal/purchase"
	"github.com/guanxi-crm/guanxi/services/segmentation/internal/rebate"
	"github.com/guanxi-crm/guanxi/services/segmentation/internal/segment"
	"github.com/guanxi-crm/guanxi/services/segmentation/internal/settings"
	"github.com/guanxi-crm/guanxi/services/segmentation/internal/signal"
	"github.com/guanxi-crm/guanxi/services/segmentation/internal/standing"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Definition is what the segmentation service is made of.
func Definition() service.Definition {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil { // the folder is embedded above
		panic(err)
	}
	return service.Definition{
		Name: "segmentation", Migrations: files, Register: register, Subscriptions: subscriptions, Jobs: jobs, Workers: workers,
		Projections: []service.Projection{{Consumer: fact.Consumer, Tables: fact.Tables}},
		Collectors: func(p *service.Platform) []prometheus.Collector {
			return []prometheus.Collector{fact.NewQueues(fact.NewStore(p.DB, p.Now))}
		},
	}
}

func register(s grpc.ServiceRegistrar, p *service.Platform) error {
	numbers := settings.NewStore(p.DB, p.Now)
	versions, errVersions := settings.NewServer(p.DB, p.Now, p.Pages, reviser(p).SettingsChanged)
	standings, errStandings := standing.NewServer(p.DB, numbers, p.Pages)
	signals, errSignals := signal.NewServer(p.DB, p.Now, p.Pages)
	models, errModels := gradingmodel.NewServer(p.DB, p.Now, p.Pages, numbers, assessor(p, nil).Ask)
	judgements, errJudgements := judgement.NewServer(p.DB, p.Now, p.Pages, numbers)
	grades, errGrades := grade.NewServer(p.DB, p.Now, p.Pages, numbers)
	risks, errRisks := churn.NewServer(p.DB, p.Now, p.Pages, numbers)
	policies, errPolicies := policy.NewServer(p.DB, p.Now, p.Pages)
	segments, errSegments := segment.NewServer(p.DB, p.Now, p.Pages, numbers.Current)
	points, errPoints := loyalty.NewServer(p.DB, p.Now, p.Pages, numbers)
	rewards, errRewards := loyalty.NewRewardServer(p.DB, p.Now, p.Pages)
	rebates, errRebates := rebate.NewServer(p.DB, p.Now, p.Pages, numbers)
	err := errors.Join(errVersions, errStandings, errSignals, errModels, errJudgements, errGrades, errRisks, errPolicies, errSegments, errPoints, errRewards, errRebates)
	if err != nil {
		return err
	}
	segmentationv1.RegisterSegmentationSettingsServiceServer(s, versions)
	segmentationv1.RegisterStandingServiceServer(s, standings)
	segmentationv1.RegisterSignalServiceServer(s, signals)
	segmentationv1.RegisterAssessmentServiceServer(s, assess.NewServer(assessor(p, nil)))
	segmentationv1.RegisterGradingModelServiceServer(s, models)
	segmentationv1.RegisterJudgementServiceServer(s, judgements)
	segmentationv1.RegisterGradeServiceServer(s, grades)
	segmentationv1.RegisterChurnServiceServer(s, risks)
	segmentationv1.RegisterPurchaseModelServiceServer(s, purchase.NewServer())
	segmentationv1.RegisterPolicyServiceServer(s, policies)
	segmentationv1.RegisterEntitlementServiceServer(s, policies)
	segmentationv1.RegisterPolicyEffectServiceServer(s, policies)
	segmentationv1.RegisterSegmentServiceServer(s, segments)
	segmentationv1.RegisterLoyaltyServiceServer(s, points)
	segmentationv1.RegisterRewardServiceServer(s, rewards)
	segmentationv1.RegisterRebateServiceServer(s, rebates)
	return nil
}

func subscriptions(p *service.Platform) []events.Subscription {
	points := &loyalty.Merges{Store: loyalty.NewStore(p.DB, p.Now), Settings: settings.NewStore(p.DB, p.Now)}
	facts := fact.NewStore(p.DB, p.Now).Following(p.Aliases, points.Before, points.After)
	return []events.Subscription{facts.Subscription(), facts.Relationships(), facts.Voices(), facts.Scores()}
}

// jobs run once a day for the whole cluster, when China, where most customers are, begins its day.
func jobs(p *service.Platform) []schedule.Job {
	numbers := settings.NewStore(p.DB, p.Now)
	all := []schedule.Job{{Name: "assess-customers", Cron: "10 16 * * *", MaxCatchUp: 1, Run: assessor(p, nil).Daily}}
	all = append(all, churn.Jobs(p.DB, p.Now, numbers, p.Log)...)
	return append(all, loyalty.Jobs(p.DB, p.Now, numbers)...)
}
