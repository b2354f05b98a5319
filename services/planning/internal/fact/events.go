package fact

import (
	"context"

	"github.com/google/uuid"

	"github.com/guanxi-crm/guanxi/libs/events"
	"github.com/guanxi-crm/guanxi/libs/mirror"
	"github.com/guanxi-crm/guanxi/libs/resource"
	profilev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/profile/v1"
	segmentationv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/segmentation/v1"
)

// Subscriptions build the projection. Events of one customer come one after the other, those of several side by side.
func (s *Store) Subscriptions() []events.Subscription {
	return []events.Subscription{
		{Name: Consumer, Subjects: []string{mirror.Subject, "guanxi.profile.person.*.v1"}, Handle: s.project, Workers: 8},
		{
			Name: StandingsConsumer,
			Subjects: []string{
				"guanxi.segmentation.class.changed.v1", "guanxi.segmentation.tier.changed.v1", "guanxi.segmentation.grade.changed.v1",
				"guanxi.segmentation.lifecycle.changed.v1", "guanxi.segmentation.churn_risk.*.v1", policyPublished,
			},
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
	case "guanxi.profile.person.deleted.v1":
		return mirror.Decode(ctx, d, s.personDeleted)
	}
	return s.customers.Handle(ctx, d)
}

// projectStanding brings an event of segmentation into the projection.
func (s *Store) projectStanding(ctx context.Context, d events.Delivery) error {
	switch d.Subject {
	case "guanxi.segmentation.class.changed.v1":
		return mirror.Decode(ctx, d, func(ctx context.Context, d events.Delivery, m *segmentationv1.ClassChanged) error {
			return s.judge(ctx, d, CauseClass, m.GetReference(), setClass, int16(m.GetAfter()))
		})
	case "guanxi.segmentation.tier.changed.v1":
		return mirror.Decode(ctx, d, func(ctx context.Context, d events.Delivery, m *segmentationv1.TierChanged) error {
			return s.judge(ctx, d, CauseTier, m.GetReference(), setTier, int16(m.GetAfter()))
		})
	case "guanxi.segmentation.grade.changed.v1":
		return mirror.Decode(ctx, d, func(ctx context.Context, d events.Delivery, m *segmentationv1.GradeChanged) error {
			return s.judge(ctx, d, CauseGrade, m.GetReference(), setGrade, m.GetAfter())
		})
	case "guanxi.segmentation.lifecycle.changed.v1":
		return mirror.Decode(ctx, d, func(ctx context.Context, d events.Delivery, m *segmentationv1.LifecycleChanged) error {
			return s.judge(ctx, d, "", "", setEngagement, int16(m.GetEngagementAfter()))
		})
	case policyPublished:
		return s.wishPolicies(ctx)
	case "guanxi.segmentation.churn_risk.raised.v1":
		return mirror.Decode(ctx, d, s.riskRaised)
	case "guanxi.segmentation.churn_risk.cleared.v1":
		return mirror.Decode(ctx, d, func(ctx context.Context, d events.Delivery, m *segmentationv1.ChurnRiskCleared) error {
			return s.judge(ctx, d, "", "", setRisks, reasons(m.GetOpenReasons()))
		})
	}
	return nil
}

// policyPublished says that segmentation's policies are to be asked for.
const policyPublished = "guanxi.segmentation.policy.published.v1"

const wishPolicies = `insert into policy_wishes default values`

// wishPolicies has package policy ask.
func (s *Store) wishPolicies(ctx context.Context) error {
	_, err := s.db.Exec(ctx, wishPolicies)
	return err
}

// riskRaised refers to the customer's churn risk, of which there is one.
func (s *Store) riskRaised(ctx context.Context, d events.Delivery, m *segmentationv1.ChurnRiskRaised) error {
	return s.judge(ctx, d, CauseChurnRisk, m.GetCustomer()+"/churnRisk", setRisks, reasons(m.GetOpenReasons()))
}

func (s *Store) personSaid(ctx context.Context, d events.Delivery, name string) error {
	ids, err := resource.Parse("person", name, "customers", "people")
	if err != nil {
		return events.Permanent(err)
	}
	if err := s.know(ctx, ids[0], d.Time); err != nil {
		return err
	}
	return s.wish(ctx, ids[0], ids[1])
}

func (s *Store) personDeleted(ctx context.Context, d events.Delivery, m *profilev1.PersonDeleted) error {
	ids, err := resource.Parse("person", m.GetPerson(), "customers", "people")
	if err != nil {
		return events.Permanent(err)
	}
	if err := s.forgetPerson(ctx, ids[0], ids[1]); err != nil {
		return err
	}
	// An answer of profile from before may be on its way: asking once more comes after it.
	if err := s.wish(ctx, ids[0], ids[1]); err != nil {
		return err
	}
	return s.Replan(ctx, Replan{Customer: ids[0], Cause: CausePerson, Reference: m.GetPerson(), Time: d.Time})
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

// wholeCustomer is the person id of a wish for the customer itself.
var wholeCustomer = uuid.Nil
