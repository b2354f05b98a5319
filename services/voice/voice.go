// Package voice is the service for what customers tell us [客户声音 VOC、投诉]: hear everything, lose nothing, answer in time.
package voice

import (
	"embed"
	"errors"
	"io/fs"
	"slices"

	"google.golang.org/grpc"

	"github.com/guanxi-crm/guanxi/libs/events"
	"github.com/guanxi-crm/guanxi/libs/schedule"
	"github.com/guanxi-crm/guanxi/libs/service"
	voicev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/voice/v1"
	"github.com/guanxi-crm/guanxi/services/voice/internal/casefile"
	"github.com/guanxi-crm/guanxi/services/voice/internal/compensation"
	"github.com/guanxi-crm/guanxi/services/voice/internal/desk"
	"github.com/guanxi-crm/guanxi/services/voice/internal/escalation"
	"github.com/guanxi-crm/guanxi/services/voice/internal/fact"
	"github.com/guanxi-crm/guanxi/services/voice/internal/figure"
	"github.com/guanxi-crm/guanxi/services/voice/internal/form"
	"github.com/guanxi-crm/guanxi/services/voice/internal/intake"
	"github.com/guanxi-crm/guanxi/services/voice/internal/queue"
	"github.com/guanxi-crm/guanxi/services/voice/internal/settings"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Definition is what the voice service is made of.
func Definition() service.Definition {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil { // the folder is embedded above
		panic(err)
	}
	return service.Definition{
		Name: "voice", Migrations: files, Register: register, Subscriptions: subscriptions, Jobs: jobs, Workers: workers,
		Projections: []service.Projection{{Consumer: fact.Consumer, Tables: fact.Tables}, {Consumer: fact.StandingsConsumer, Tables: fact.StandingsTables}},
	}
}

func register(s grpc.ServiceRegistrar, p *service.Platform) error {
	numbers := settings.NewStore(p.DB, p.Now)
	versions, errVersions := settings.NewServer(p.DB, p.Now, p.Pages)
	desks, errDesks := desk.NewServer(p.DB, p.Now, p.Pages)
	escalations, errEscalations := escalation.NewServer(p.DB, p.Now, p.Pages, numbers)
	cases, errCases := casefile.NewServer(caseFiles(p), p.Pages)
	actions, errActions := casefile.NewActionServer(caseFiles(p), p.Pages)
	compensations, errCompensations := compensation.NewServer(compensation.NewStore(p.DB, p.Now), p.Pages)
	voices, errVoices := intake.NewServer(voices(p), p.Pages)
	forms, errForms := form.NewServer(publicForms(p), p.Pages)
	if err := errors.Join(errForms, errCases, errActions, errCompensations, errVoices, errVersions, errDesks, errEscalations); err != nil {
		return err
	}
	voicev1.RegisterVoiceSettingsServiceServer(s, versions)
	voicev1.RegisterVoiceServiceServer(s, voices)
	voicev1.RegisterVoiceFormServiceServer(s, forms)
	voicev1.RegisterVoiceFormPageServiceServer(s, form.NewPageServer(publicForms(p), p.Pages))
	voicev1.RegisterCaseServiceServer(s, cases)
	voicev1.RegisterCaseTransitionServiceServer(s, casefile.NewStepServer(caseFiles(p)))
	voicev1.RegisterCaseActionServiceServer(s, actions)
	voicev1.RegisterCompensationServiceServer(s, compensations)
	voicev1.RegisterDeskServiceServer(s, desks)
	voicev1.RegisterEscalationServiceServer(s, escalations)
	voicev1.RegisterQueueServiceServer(s, queue.NewServer(p.DB, p.Now, p.Pages, numbers))
	voicev1.RegisterVoiceFigureServiceServer(s, figure.NewServer(p.DB, p.Now, p.Pages, numbers))
	return errors.Join(registerLearning(s, p), registerClocks(s, p))
}

// caseFiles are what people do with cases.
func caseFiles(p *service.Platform) *casefile.Store {
	return casefile.NewStore(p.DB, p.Now, casefile.NewTools(p.DB, p.Now))
}

// voices are what customers tell us.
func voices(p *service.Platform) *intake.Store {
	return intake.NewStore(p.DB, p.Now, caseFiles(p))
}

// publicForms are what the public fills in.
func publicForms(p *service.Platform) *form.Store {
	return form.NewStore(p.DB, p.Now, voices(p))
}

func subscriptions(p *service.Platform) []events.Subscription {
	known := facts(p)
	return append(known.Following(p.Aliases).Subscriptions(), voices(p).Scores(known.Know))
}

// facts are what voice knows of others; the packages given keep something of people, which goes when they go.
func facts(p *service.Platform) *fact.Store {
	return fact.NewStore(p.DB, p.Now, settings.NewStore(p.DB, p.Now), caseFiles(p).Forget, publicForms(p).Forget, voices(p).Forget)
}

func jobs(p *service.Platform) []schedule.Job {
	return slices.Concat(casefile.Jobs(caseFiles(p)), form.Jobs(publicForms(p)), learningJobs(p), clockJobs(p), []schedule.Job{policies(p).Daily()})
}
