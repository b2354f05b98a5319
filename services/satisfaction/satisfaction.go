// Package satisfaction is the customer satisfaction service [客户满意度]: measure, compare, improve, prove.
package satisfaction

import (
	"embed"
	"errors"
	"io/fs"

	"google.golang.org/grpc"

	"github.com/guanxi-crm/guanxi/libs/events"
	"github.com/guanxi-crm/guanxi/libs/schedule"
	"github.com/guanxi-crm/guanxi/libs/service"
	satisfactionv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/satisfaction/v1"
	"github.com/guanxi-crm/guanxi/services/satisfaction/internal/analysis"
	"github.com/guanxi-crm/guanxi/services/satisfaction/internal/answer"
	"github.com/guanxi-crm/guanxi/services/satisfaction/internal/delphi"
	"github.com/guanxi-crm/guanxi/services/satisfaction/internal/fact"
	"github.com/guanxi-crm/guanxi/services/satisfaction/internal/formula"
	"github.com/guanxi-crm/guanxi/services/satisfaction/internal/improvement"
	"github.com/guanxi-crm/guanxi/services/satisfaction/internal/indexmodel"
	"github.com/guanxi-crm/guanxi/services/satisfaction/internal/questionnaire"
	"github.com/guanxi-crm/guanxi/services/satisfaction/internal/report"
	"github.com/guanxi-crm/guanxi/services/satisfaction/internal/response"
	"github.com/guanxi-crm/guanxi/services/satisfaction/internal/servicelevel"
	"github.com/guanxi-crm/guanxi/services/satisfaction/internal/settings"
	"github.com/guanxi-crm/guanxi/services/satisfaction/internal/survey"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Definition is what the satisfaction service is made of.
func Definition() service.Definition {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil { // the folder is embedded above
		panic(err)
	}
	return service.Definition{
		Name: "satisfaction", Migrations: files, Register: register, Subscriptions: subscriptions, Jobs: jobs, Workers: workers,
		Projections: []service.Projection{{Consumer: fact.Consumer, Tables: fact.Tables}, {Consumer: fact.StandingsConsumer}},
	}
}

func register(s grpc.ServiceRegistrar, p *service.Platform) error {
	numbers := settings.NewStore(p.DB, p.Now)
	versions, errVersions := settings.NewServer(p.DB, p.Now, p.Pages)
	models, errModels := indexmodel.NewServer(p.DB, p.Now, p.Pages)
	rounds, errRounds := delphi.NewServer(p.DB, p.Now, p.Pages, numbers)
	levels, errLevels := servicelevel.NewServer(p.DB, p.Now, p.Pages, numbers)
	questionnaires, errQuestionnaires := questionnaire.NewServer(questionnaire.NewStore(p.DB, p.Now, numbers), p.Pages)
	surveys, errSurveys := survey.NewServer(survey.NewStore(p.DB, p.Now, numbers), p.Pages)
	invitations, errInvitations := survey.NewInvitationServer(survey.NewStore(p.DB, p.Now, numbers), p.Pages)
	responses, errResponses := response.NewServer(p.DB, p.Now, p.Pages, numbers)
	answers, errAnswers := answer.NewServer(p.DB, p.Now, p.Pages, numbers)
	improvements, errImprovements := improvement.NewServer(p.DB, p.Now, p.Pages, numbers)
	if err := errors.Join(errImprovements, errResponses, errAnswers, errQuestionnaires, errSurveys, errInvitations, errLevels, errVersions, errModels, errRounds); err != nil {
		return err
	}
	satisfactionv1.RegisterSatisfactionSettingsServiceServer(s, versions)
	satisfactionv1.RegisterIndexModelServiceServer(s, models)
	satisfactionv1.RegisterDelphiServiceServer(s, rounds)
	satisfactionv1.RegisterFormulaServiceServer(s, formula.NewServer(numbers))
	satisfactionv1.RegisterQuestionnaireServiceServer(s, questionnaires)
	satisfactionv1.RegisterSurveyServiceServer(s, surveys)
	satisfactionv1.RegisterInvitationServiceServer(s, invitations)
	satisfactionv1.RegisterResponseServiceServer(s, responses)
	satisfactionv1.RegisterAnswerPageServiceServer(s, answers)
	satisfactionv1.RegisterServiceLevelServiceServer(s, levels)
	satisfactionv1.RegisterAnalysisServiceServer(s, analysis.NewServer(p.DB, p.Now, numbers))
	satisfactionv1.RegisterReportServiceServer(s, report.NewServer(p.DB, p.Now, numbers))
	satisfactionv1.RegisterImprovementServiceServer(s, improvements)
	return nil
}

func subscriptions(p *service.Platform) []events.Subscription {
	return facts(p).Following(p.Aliases).Subscriptions()
}

// facts are what satisfaction knows of others; the packages given keep something of people, which goes when they go.
func facts(p *service.Platform) *fact.Store {
	return fact.NewStore(p.DB, p.Now, response.Forget(p.DB), survey.NewStore(p.DB, p.Now, settings.NewStore(p.DB, p.Now)).Forget)
}

func jobs(p *service.Platform) []schedule.Job {
	numbers := settings.NewStore(p.DB, p.Now)
	all := append(servicelevel.Jobs(p.DB, p.Now, numbers), response.Jobs(response.NewStore(p.DB, p.Now, numbers))...)
	return append(all, improvement.NewStore(p.DB, p.Now, numbers).Job())
}
