// Package planning is the contact planning service [客户关系规划、客户接触]: who must meet whom, when, for what, at what cost.
package planning

import (
	"embed"
	"errors"
	"io/fs"

	"google.golang.org/grpc"

	"github.com/guanxi-crm/guanxi/libs/events"
	"github.com/guanxi-crm/guanxi/libs/schedule"
	"github.com/guanxi-crm/guanxi/libs/service"
	planningv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/planning/v1"
	"github.com/guanxi-crm/guanxi/services/planning/internal/activity"
	"github.com/guanxi-crm/guanxi/services/planning/internal/card"
	"github.com/guanxi-crm/guanxi/services/planning/internal/coach"
	"github.com/guanxi-crm/guanxi/services/planning/internal/concern"
	"github.com/guanxi-crm/guanxi/services/planning/internal/contact"
	"github.com/guanxi-crm/guanxi/services/planning/internal/contactplan"
	"github.com/guanxi-crm/guanxi/services/planning/internal/evaluation"
	"github.com/guanxi-crm/guanxi/services/planning/internal/fact"
	"github.com/guanxi-crm/guanxi/services/planning/internal/feed"
	"github.com/guanxi-crm/guanxi/services/planning/internal/figure"
	"github.com/guanxi-crm/guanxi/services/planning/internal/gate"
	"github.com/guanxi-crm/guanxi/services/planning/internal/liaison"
	"github.com/guanxi-crm/guanxi/services/planning/internal/owner"
	"github.com/guanxi-crm/guanxi/services/planning/internal/plan"
	"github.com/guanxi-crm/guanxi/services/planning/internal/playbook"
	"github.com/guanxi-crm/guanxi/services/planning/internal/powermap"
	"github.com/guanxi-crm/guanxi/services/planning/internal/preference"
	"github.com/guanxi-crm/guanxi/services/planning/internal/reminder"
	"github.com/guanxi-crm/guanxi/services/planning/internal/settings"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Definition is what the planning service is made of.
func Definition() service.Definition {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil { // the folder is embedded above
		panic(err)
	}
	return service.Definition{
		Name: "planning", Migrations: files, Register: register, Subscriptions: subscriptions, Jobs: jobs, Workers: workers,
		Projections: []service.Projection{{Consumer: fact.Consumer, Tables: fact.Tables}, {Consumer: fact.StandingsConsumer}},
	}
}

func register(s grpc.ServiceRegistrar, p *service.Platform) error {
	numbers := settings.NewStore(p.DB, p.Now)
	versions, errVersions := settings.NewServer(p.DB, p.Now, p.Pages)
	cards, errCards := card.NewServer(p.DB, p.Now, p.Pages, numbers)
	evaluations, errEvaluations := evaluation.NewServer(p.DB, p.Now, p.Pages, numbers)
	owners, errOwners := owner.NewServer(p.DB, p.Now, p.Pages, numbers)
	feeds, errFeeds := feed.NewServer(p.DB, p.Now, numbers)
	coaches, errCoaches := coach.NewServer(p.DB, p.Now, p.Pages, numbers)
	contacts, errContacts := contact.NewServer(contacts(p), p.Pages)
	plans, errPlans := contactplan.NewServer(contactplan.NewStore(p.DB, p.Now, numbers), p.Pages)
	relationshipPlans, errRelationshipPlans := plan.NewServer(p.DB, p.Now, p.Pages, numbers)
	liaisons, errLiaisons := liaison.NewServer(p.DB, p.Now, p.Pages)
	playbooks, errPlaybooks := playbook.NewServer(p.DB, p.Now, p.Pages)
	if err := errors.Join(registerGate(s, p, numbers), errLiaisons, errPlaybooks, errVersions, errCards, errEvaluations, errOwners, errFeeds, errCoaches, errContacts, errPlans, errRelationshipPlans); err != nil {
		return err
	}
	planningv1.RegisterPlanningSettingsServiceServer(s, versions)
	planningv1.RegisterOwnerServiceServer(s, owners)
	planningv1.RegisterCalendarFeedServiceServer(s, feeds)
	planningv1.RegisterContactFigureServiceServer(s, figure.NewServer(p.DB, p.Now, p.Pages, numbers))
	planningv1.RegisterCardServiceServer(s, cards)
	planningv1.RegisterCoachServiceServer(s, coaches)
	planningv1.RegisterPowerMapServiceServer(s, powermap.NewServer(p.DB, p.Now, numbers))
	planningv1.RegisterEvaluationServiceServer(s, evaluations)
	planningv1.RegisterLiaisonServiceServer(s, liaisons)
	planningv1.RegisterPlaybookServiceServer(s, playbooks)
	planningv1.RegisterContactServiceServer(s, contacts)
	planningv1.RegisterContactPlanServiceServer(s, plans)
	planningv1.RegisterPlanServiceServer(s, relationshipPlans)
	planningv1.RegisterContactPreferenceServiceServer(s, preference.NewServer(p.DB, p.Now))
	return nil
}

func subscriptions(p *service.Platform) []events.Subscription {
	return append(facts(p).Following(p.Aliases).Subscriptions(), concern.NewStore(p.DB, p.Now).Cases())
}

// facts are what planning knows of others; the packages given keep something of people, which goes when they go.
func facts(p *service.Platform) *fact.Store {
	return fact.NewStore(p.DB, p.Now,
		gate.NewStore(p.DB, p.Now, settings.NewStore(p.DB, p.Now)).Forget, // before that of contacts
		activity.NewStore(p.DB, p.Now).Forget,
		card.NewStore(p.DB, p.Now).Forget,
		preference.NewStore(p.DB, p.Now).Forget,
		contacts(p).Forget,
		coach.NewStore(p.DB, p.Now).Forget,
		powermap.NewStore(p.DB, p.Now, settings.NewStore(p.DB, p.Now)).Forget,
		evaluation.NewStore(p.DB, p.Now).Forget,
		liaison.NewStore(p.DB, p.Now).Forget,
		plan.NewStore(p.DB, p.Now).Forget,
	)
}

// contacts are what people do with contacts. Without a gate, those that are reserved cannot be moved.
func contacts(p *service.Platform) *contact.Store {
	return contact.NewStore(p.DB, p.Now, settings.NewStore(p.DB, p.Now), recheck(p), release(p))
}

func jobs(p *service.Platform) []schedule.Job {
	numbers := settings.NewStore(p.DB, p.Now)
	all := []schedule.Job{policies(p).Daily()}
	all = append(all, card.Jobs(p.DB, p.Now, numbers)...)
	all = append(all, powermap.Jobs(p.DB, p.Now, numbers)...)
	all = append(all, reminder.Jobs(p.DB, p.Now, numbers)...)
	return all
}
