package planning

import (
	"context"
	"errors"
	"time"

	"google.golang.org/grpc"

	"github.com/guanxi-crm/guanxi/libs/service"
	planningv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/planning/v1"
	"github.com/guanxi-crm/guanxi/services/planning/internal/activity"
	"github.com/guanxi-crm/guanxi/services/planning/internal/budget"
	"github.com/guanxi-crm/guanxi/services/planning/internal/compliance"
	"github.com/guanxi-crm/guanxi/services/planning/internal/concern"
	"github.com/guanxi-crm/guanxi/services/planning/internal/contact"
	"github.com/guanxi-crm/guanxi/services/planning/internal/gate"
	"github.com/guanxi-crm/guanxi/services/planning/internal/settings"
)

// registerGate registers the gate of contacts and what it decides by.
func registerGate(s grpc.ServiceRegistrar, p *service.Platform, numbers *settings.Store) error {
	activities, errActivities := activity.NewServer(p.DB, p.Now, p.Pages, numbers)
	budgets, errBudgets := budget.NewServer(p.DB, p.Now, p.Pages)
	rules, errRules := compliance.NewServer(p.DB, p.Now, p.Pages, numbers)
	concerns, errConcerns := concern.NewServer(p.DB, p.Now, p.Pages)
	if err := errors.Join(errActivities, errBudgets, errRules, errConcerns); err != nil {
		return err
	}
	planningv1.RegisterActivityServiceServer(s, activities)
	planningv1.RegisterBudgetServiceServer(s, budgets)
	planningv1.RegisterComplianceServiceServer(s, rules)
	planningv1.RegisterConcernServiceServer(s, concerns)
	planningv1.RegisterContactGateServiceServer(s, gate.NewServer(gate.NewStore(p.DB, p.Now, numbers)))
	return nil
}

// recheck asks the gate for another day of a reserved contact.
func recheck(p *service.Platform) contact.Recheck {
	store := gate.NewStore(p.DB, p.Now, settings.NewStore(p.DB, p.Now))
	return func(ctx context.Context, c contact.ID, day time.Time) error {
		return store.Recheck(ctx, c.Contact, day)
	}
}

// release gives back what the gate has set aside for a contact that is called off.
func release(p *service.Platform) contact.Release {
	store := gate.NewStore(p.DB, p.Now, settings.NewStore(p.DB, p.Now))
	return func(ctx context.Context, c contact.ID) error { return store.Released(ctx, c.Contact) }
}
