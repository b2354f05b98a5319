package evaluation

import (
	"github.com/google/uuid"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/guanxi-crm/guanxi/libs/civil"
	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/resource"
	planningv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/planning/v1"
)

func (e *Evaluation) toProto() *planningv1.Evaluation {
	out := &planningv1.Evaluation{
		Name: e.name(), Kind: planningv1.RelationshipKind(e.Kind), Person: e.person(), Department: e.Department, Phase: planningv1.Evaluation_Phase(e.Phase),
		FiscalYear: int32(e.FiscalYear), EvaluationDate: civil.Date(e.Day), ComputedLevel: planningv1.EvaluationLevel(e.Computed),
		Level: planningv1.EvaluationLevel(e.Level), LevelReason: e.LevelReason, Ladder: planningv1.Ladder(e.Ladder), LadderEvidence: e.LadderEvidence,
		Author: e.Author, CreateTime: timestamppb.New(e.CreateTime),
	}
	for _, s := range e.Scores {
		out.Scores = append(out.Scores, &planningv1.CriterionScore{Criterion: s.Criterion, Score: s.Score, Evidence: s.Evidence})
	}
	return out
}

func fromProto(customer uuid.UUID, in *planningv1.Evaluation) (*Evaluation, error) {
	e := &Evaluation{
		Customer: customer, Kind: Kind(in.GetKind()), Department: in.GetDepartment(), Phase: Phase(in.GetPhase()), FiscalYear: int(in.GetFiscalYear()),
		Level: Level(in.GetLevel()), LevelReason: in.GetLevelReason(), Ladder: int16(in.GetLadder()), LadderEvidence: in.GetLadderEvidence(),
	}
	if in.GetPerson() != "" {
		ids, err := resource.Parse("person", in.GetPerson(), "customers", "people")
		if err != nil {
			return nil, err
		}
		if ids[0] != customer {
			return nil, fault.Invalid(fault.Field("person", "OTHER_CUSTOMER", fault.Text{En: "must be of the same customer", Zh: "必须属于同一客户"}))
		}
		e.Person = ids[1]
	}
	if in.GetEvaluationDate() != nil {
		day, err := civil.FromProto("evaluation_date", in.GetEvaluationDate())
		if err != nil {
			return nil, err
		}
		e.Day = day
	}
	for _, s := range in.GetScores() {
		e.Scores = append(e.Scores, Score{Criterion: s.GetCriterion(), Score: s.GetScore(), Evidence: s.GetEvidence()})
	}
	return e, nil
}

func (r *Relationship) toProto(year int) *planningv1.Relationship {
	out := &planningv1.Relationship{
		Customer: resource.Name("customers", r.Customer), Kind: planningv1.RelationshipKind(r.Kind), Department: r.Department, Owner: r.Owner, FiscalYear: int32(year),
		Baseline: planningv1.EvaluationLevel(r.Baseline), Target: planningv1.EvaluationLevel(r.Target), Actual: planningv1.EvaluationLevel(r.Actual), Gap: r.Gap,
		Ladder: planningv1.Ladder(r.Ladder), EvaluationDate: civil.Date(r.Day),
	}
	if r.Person != uuid.Nil {
		out.Person = resource.Name("customers", r.Customer, "people", r.Person)
	}
	switch {
	case r.Previous == 0 || r.Last == 0:
	case r.Last < r.Previous:
		out.Trend = planningv1.Relationship_FALLING
	case r.Last > r.Previous:
		out.Trend = planningv1.Relationship_RISING
	default:
		out.Trend = planningv1.Relationship_STEADY
	}
	return out
}
