package plan

import (
	"context"
	"slices"

	"github.com/google/uuid"
	"github.com/lib/pq"

	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/fault"
	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
)

const (
	selectPeople = `select person_id from people where customer_id = $1 and person_id = any($2)`

	selectEvaluations = `select evaluation_id, kind, person_id, department, level from evaluations where customer_id = $1 and evaluation_id = any($2)`

	// selectBaselines are the evaluations that a plan of a year starts from: that year's baseline, else the latest actual level until then.
	selectBaselines = `select distinct on (kind, person_id, lower(department)) evaluation_id, kind, person_id, department, level from evaluations
	where customer_id = $1 and (phase = 1 and fiscal_year = $2 or phase = 3 and fiscal_year <= $2)
	order by kind, person_id, lower(department), phase, evaluation_day desc, evaluation_id desc`
)

// evaluated is the level that a relationship was judged to be on.
type evaluated struct {
	Evaluation uuid.UUID `db:"evaluation_id"`
	Kind       Kind      `db:"kind"`
	Person     uuid.UUID `db:"person_id"`
	Department string    `db:"department"`
	Level      Level     `db:"level"`
}

func (e *evaluated) subject() Subject {
	return Subject{Kind: e.Kind, Person: e.Person, Department: e.Department}.folded()
}

// refer holds what a plan refers to against what there is, and copies the levels of its evaluations. Only who knows of all people can have named any: to others nothing is
// said of what stands there, not even that it is no longer right.
func (s *Store) refer(ctx context.Context, p *Plan) error {
	if auth.From(ctx).Level < typev1.Level_MANAGER {
		return nil
	}
	wrong, err := s.people(ctx, p)
	if err != nil {
		return err
	}
	evaluations := make([]uuid.UUID, len(p.Analyses))
	for i, a := range p.Analyses {
		evaluations[i] = a.Evaluation
	}
	var rows []evaluated
	if err := s.db.Select(ctx, &rows, selectEvaluations, p.Customer, pq.Array(evaluations)); err != nil {
		return err
	}
	known := make(map[uuid.UUID]*evaluated, len(rows))
	for i := range rows {
		known[rows[i].Evaluation] = &rows[i]
	}
	subjects, _ := p.subjects()
	for i, path := range paths(subjects, analysisFields) {
		a := &p.Analyses[i]
		if a.Evaluation == uuid.Nil {
			continue
		}
		e := known[a.Evaluation]
		switch {
		case e == nil:
			wrong.add(true, path+".evaluation", "EVALUATION_UNKNOWN", "is no evaluation of the customer", "不是该客户的评估")
		case e.subject() != a.folded():
			wrong.add(true, path+".evaluation", "EVALUATION_OTHER", "is of another relationship", "是对其他关系的评估")
		default:
			wrong.add(a.Baseline != 0 && a.Baseline != e.Level, path+".baseline", "BASELINE", "must be left out or be the level of the evaluation", "必须留空或与该评估的层级一致")
			a.Baseline = e.Level
		}
	}
	if len(wrong) > 0 {
		return fault.Invalid(wrong...)
	}
	return nil
}

// people finds the subjects who are nobody that planning knows.
func (s *Store) people(ctx context.Context, p *Plan) (wrong findings, err error) {
	analyses, goals := p.subjects()
	asked := make([]uuid.UUID, 0, len(analyses)+len(goals))
	for _, subject := range slices.Concat(analyses, goals) {
		asked = append(asked, subject.Person)
	}
	var found []uuid.UUID
	if err := s.db.Select(ctx, &found, selectPeople, p.Customer, pq.Array(asked)); err != nil {
		return nil, err
	}
	known := map[uuid.UUID]bool{uuid.Nil: true}
	for _, id := range found {
		known[id] = true
	}
	check := func(subjects []Subject, fields map[Kind]string) {
		for i, path := range paths(subjects, fields) {
			wrong.add(!known[subjects[i].Person], path+".person", "PERSON_UNKNOWN", "is no person of the customer that planning knows", "不是规划服务已知的该客户人员")
		}
	}
	check(analyses, analysisFields)
	check(goals, goalFields)
	return wrong, nil
}

// addBaselines finds evaluations for the analyses that state no baseline.
func (s *Store) addBaselines(ctx context.Context, p *Plan) error {
	var rows []evaluated
	if err := s.db.Select(ctx, &rows, selectBaselines, p.Customer, p.FiscalYear); err != nil {
		return err
	}
	known := make(map[Subject]*evaluated, len(rows))
	for i := range rows {
		known[rows[i].subject()] = &rows[i]
	}
	for i := range p.Analyses {
		a := &p.Analyses[i]
		if e := known[a.folded()]; e != nil && a.Evaluation == uuid.Nil && a.Baseline == 0 {
			a.Evaluation, a.Baseline = e.Evaluation, e.Level
		}
	}
	return nil
}
