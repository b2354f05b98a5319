package fact

import (
	"context"

	"github.com/google/uuid"
	"google.golang.org/protobuf/proto"

	"github.com/guanxi-crm/guanxi/libs/events"
	"github.com/guanxi-crm/guanxi/libs/mirror"
	"github.com/guanxi-crm/guanxi/libs/policybook"
	"github.com/guanxi-crm/guanxi/libs/resource"
	planningv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/planning/v1"
	profilev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/profile/v1"
	segmentationv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/segmentation/v1"
)

// Subscriptions build the projection. Events of one customer come one after the other, those of several side by side.
func (s *Store) Subscriptions() []events.Subscription {
	return []events.Subscription{
		{Name: Consumer, Subjects: []string{mirror.Subject, "guanxi.profile.person.*.v1"}, Handle: s.project, Workers: 8},
		{
			Name: StandingsConsumer,
			Subjects: append(mirror.StandingSubjects(),
				"guanxi.segmentation.lifecycle.changed.v1", "guanxi.segmentation.churn_risk.*.v1", policybook.Published),
			Handle: s.projectStanding, Workers: 8,
		},
	}
}

// project brings an event of profile into the projection. One of a kind that is not known is of a newer service and of no concern here.
func (s *Store) project(ctx context.Context, d events.Delivery) error {
	switch d.Subject {
	case "guanxi.profile.person.created.v1":
		return mirror.Decode(ctx, d, func(ctx context.Context, d events.Delivery, m *profilev1.PersonCreated) error {
			return s.personSaid(ctx, d, m.GetPerson())
		})
	case "guanxi.profile.person.changed.v1":
		return mirror.Decode(ctx, d, func(ctx context.Context, d events.Delivery, m *profilev1.PersonChanged) error {
			return s.personSaid(ctx, d, m.GetPerson())
		})
	case mirror.PersonDeleted, mirror.PersonErased:
		return s.personGone(ctx, d)
	}
	return s.customers.Handle(ctx, d)
}

// projectStanding brings an event of segmentation into the projection.
func (s *Store) projectStanding(ctx context.Context, d events.Delivery) error {
	switch d.Subject {
	case "guanxi.segmentation.lifecycle.changed.v1":
		return mirror.Decode(ctx, d, func(ctx context.Context, d events.Delivery, m *segmentationv1.LifecycleChanged) error {
			return s.judge(ctx, d, setEngagement, int16(m.GetEngagementAfter()))
		})
	case policybook.Published:
		return s.policies.Wish(ctx)
	case "guanxi.segmentation.churn_risk.raised.v1":
		return mirror.Decode(ctx, d, s.riskRaised)
	case "guanxi.segmentation.churn_risk.cleared.v1":
		return mirror.Decode(ctx, d, func(ctx context.Context, d events.Delivery, m *segmentationv1.ChurnRiskCleared) error {
			return s.judge(ctx, d, setRisks, reasons(m.GetOpenReasons()))
		})
	}
	return s.standings.Handle(ctx, d)
}

// riskRaised refers to the customer's churn risk, of which there is one.
func (s *Store) riskRaised(ctx context.Context, d events.Delivery, m *segmentationv1.ChurnRiskRaised) error {
	if err := s.judge(ctx, d, setRisks, reasons(m.GetOpenReasons())); err != nil {
		return err
	}
	return s.Replan(ctx, Replan{Customer: d.Aggregate, Cause: CauseChurnRisk, Reference: m.GetCustomer() + "/churnRisk", Time: d.Time})
}

func (s *Store) personSaid(ctx context.Context, d events.Delivery, name string) error {
	ids, err := resource.Parse("person", name, "customers", "people")
	if err != nil {
		return events.Permanent(err)
	}
	if err := s.standings.Know(ctx, ids[0], d.Time); err != nil {
		return err
	}
	return s.wants.Wish(ctx, ids[0], ids[1])
}

// personGone forgets a person whom profile has removed or erased.
func (s *Store) personGone(ctx context.Context, d events.Delivery) error {
	f := mirror.Forgetter{
		DB: s.db, Now: s.now, Know: s.standings.Know,
		Confirmed: func(person string) proto.Message { return &planningv1.PersonForgotten{Person: person} },
	}
	return f.Handle(ctx, d, func(ctx context.Context, customer, person uuid.UUID) error {
		if err := s.forgetPerson(ctx, customer, person); err != nil {
			return err
		}
		return s.Replan(ctx, Replan{Customer: customer, Cause: CausePerson, Reference: d.Resource, Time: d.Time})
	})
}

// judged tells the planner of what segmentation has judged: what it judges is called as the cause is.
func (s *Store) judged(ctx context.Context, j mirror.Judgement) error {
	return s.Replan(ctx, Replan{Customer: j.Customer, Cause: j.What, Reference: j.Reference, Time: j.Time})
}

// changed tells the planner of what the mirror of customers has heard.
func (s *Store) changed(ctx context.Context, c mirror.Change) error {
	for _, cause := range causesOf(c) {
		if err := s.Replan(ctx, Replan{Customer: c.Customer, Cause: cause, Time: c.Time}); err != nil {
			return err
		}
	}
	return nil
}

func causesOf(c mirror.Change) []string {
	switch c.What {
	case mirror.Created:
		return []string{CauseCreated}
	case mirror.Deleted:
		return []string{CauseDeleted}
	case mirror.Undeleted:
		return []string{CauseUndeleted}
	case mirror.Merged:
		return []string{CauseMerged}
	case mirror.Unmerged:
		return []string{CauseUnmerged}
	}
	var causes []string
	for _, field := range c.Fields {
		switch field {
		case "owner":
			causes = append(causes, CauseOwner)
		case "territory":
			causes = append(causes, CauseTerritory)
		}
	}
	return causes
}
