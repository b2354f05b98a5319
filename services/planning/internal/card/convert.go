package card

import (
	"fmt"

	"github.com/google/uuid"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/guanxi-crm/guanxi/libs/civil"
	"github.com/guanxi-crm/guanxi/libs/etag"
	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/resource"
	planningv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/planning/v1"
)

func (c *Card) toProto() *planningv1.Card {
	out := &planningv1.Card{
		Name: c.name(), Person: c.person(), Owner: c.Owner, Members: c.Members, NextReviewDate: civil.Optional(c.NextReview),
		CreateTime: timestamppb.New(c.CreateTime), UpdateTime: timestamppb.New(c.UpdateTime), Etag: etag.Of(c.Revision),
	}
	if c.CloseTime != nil {
		out.CloseTime = timestamppb.New(*c.CloseTime)
	}
	if s := c.Sponsor; s != nil {
		out.ExecutiveSponsor = &planningv1.ExecutiveSponsor{
			Subject: s.Subject, RankMatch: s.Rank, FieldMatch: s.Field, SharedHistory: s.History, Ability: s.Ability, Willingness: s.Willingness,
		}
	}
	for _, n := range c.Needs {
		out.Needs = append(out.Needs, &planningv1.Need{
			Kind: planningv1.Need_Kind(n.Kind), Level: planningv1.Need_Level(n.Level), Description: n.Description, Evidence: n.Evidence,
			EvidenceDate: civil.Date(n.Day),
		})
	}
	for _, p := range c.Commitments {
		out.Commitments = append(out.Commitments, &planningv1.Commitment{
			Id: p.ID, Goal: p.Goal, Measure: p.Measure, DueDate: civil.Date(p.Due), State: planningv1.Commitment_State(p.State), Responsible: p.Responsible,
		})
	}
	for _, r := range c.Reviews {
		out.Reviews = append(out.Reviews, &planningv1.CardReview{
			ReviewDate: civil.Date(r.Day), Summary: r.Summary, Gaps: r.Gaps, MetCommitments: r.Met, MissedCommitments: r.Missed, Author: r.Author,
		})
	}
	return out
}

// set takes over what a caller may say of a card. What stands in it besides stays.
func (c *Card) set(in *planningv1.Card) error {
	c.Owner, c.Members = in.GetOwner(), in.GetMembers()
	c.Sponsor = nil
	if s := in.GetExecutiveSponsor(); s != nil {
		c.Sponsor = &Sponsor{
			Subject: s.GetSubject(), Rank: s.GetRankMatch(), Field: s.GetFieldMatch(), History: s.GetSharedHistory(), Ability: s.GetAbility(),
			Willingness: s.GetWillingness(),
		}
	}
	before := c.Commitments
	var err error
	if c.Needs, err = needsOf(in.GetNeeds()); err != nil {
		return err
	}
	if c.Commitments, err = commitmentsOf(in.GetCommitments()); err != nil {
		return err
	}
	c.keepStates(before)
	return nil
}

func needsOf(in []*planningv1.Need) ([]Need, error) {
	out := make([]Need, len(in))
	for i, n := range in {
		day, err := civil.FromProto("evidence_date", n.GetEvidenceDate())
		if err != nil {
			return nil, fault.Prefix(err, fmt.Sprintf("needs[%d]", i))
		}
		out[i] = Need{Kind: int16(n.GetKind()), Level: int16(n.GetLevel()), Description: n.GetDescription(), Evidence: n.GetEvidence(), Day: day}
	}
	return out, nil
}

func commitmentsOf(in []*planningv1.Commitment) ([]Commitment, error) {
	out := make([]Commitment, len(in))
	for i, p := range in {
		day, err := civil.FromProto("due_date", p.GetDueDate())
		if err != nil {
			return nil, fault.Prefix(err, fmt.Sprintf("commitments[%d]", i))
		}
		out[i] = Commitment{ID: p.GetId(), Goal: p.GetGoal(), Measure: p.GetMeasure(), Due: day, Responsible: p.GetResponsible()}
	}
	return out, nil
}

// fromProto reads a card that is to be made.
func fromProto(customer uuid.UUID, in *planningv1.Card) (*Card, error) {
	ids, err := resource.Parse("person", in.GetPerson(), "customers", "people")
	if err != nil {
		return nil, err
	}
	if ids[0] != customer {
		return nil, fault.Invalid(fault.Field("person", "OTHER_CUSTOMER", fault.Text{En: "must be of the same customer", Zh: "必须属于同一客户"}))
	}
	c := &Card{Customer: customer, Person: ids[1]}
	return c, c.set(in)
}
