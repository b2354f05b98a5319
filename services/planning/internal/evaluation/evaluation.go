// Package evaluation is how relationships were judged [客户关系评估]: to key persons, to the organization, to departments; and the rungs of the ladder of activities, which
// are another scale.
package evaluation

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/resource"
)

// Kind is what kind of relationship is judged; the numbers of this and of the following are those of the API.
type Kind int16

// Phase is what a level stands for.
type Phase int16

// Level is the level of an evaluation, from -1 (1) to 3 (5).
type Level int16

// The kinds.
const (
	KeyPerson Kind = iota + 1
	Organization
	Extensive
)

// The phases.
const (
	Baseline Phase = iota + 1
	Target
	Actual
)

// The levels that the rules name.
const (
	NotAccepting     Level = 1
	Neutral          Level = 2
	ExclusiveSupport Level = 5
)

// offset is what a score of the sources, -1 to 3, lacks to the number of its level.
const offset = 2

// competition is the criterion without whose full score nobody is exclusive.
const competition = "competition"

// criteria are those of each kind, as the sources have them.
var criteria = map[Kind][]string{
	KeyPerson: {"acceptance", "participation", "information", "guidance", "project_support", competition},
	Organization: {
		"strategic_agreement", "cooperation_framework", "reputation", "market_position", "strategic_products", "valuable_regions", "project_quality",
	},
	Extensive: {"support", "coverage"},
}

// Evaluation is one judgement of a relationship.
type Evaluation struct {
	Customer       uuid.UUID `db:"customer_id"`
	ID             uuid.UUID `db:"evaluation_id"`
	Kind           Kind      `db:"kind"`
	Person         uuid.UUID `db:"person_id"`
	Department     string    `db:"department"`
	Phase          Phase     `db:"phase"`
	FiscalYear     int       `db:"fiscal_year"`
	Day            time.Time `db:"evaluation_day"`
	Scores         []Score   `db:"-"`
	Computed       Level     `db:"computed_level"`
	Level          Level     `db:"level"`
	LevelReason    string    `db:"level_reason"`
	Ladder         int16     `db:"ladder"`
	LadderEvidence string    `db:"ladder_evidence"`
	Author         string    `db:"author"`
	CreateTime     time.Time `db:"create_time"`
}

// Score is the score of one criterion, -1 to 3.
type Score struct {
	Criterion string `json:"criterion"`
	Score     int32  `json:"score"`
	Evidence  string `json:"evidence"`
}

func (e *Evaluation) name() string {
	return resource.Name("customers", e.Customer, "evaluations", e.ID)
}

func (e *Evaluation) person() string {
	if e.Person == uuid.Nil {
		return ""
	}
	return resource.Name("customers", e.Customer, "people", e.Person)
}

// Compute is the level that the scores give: their mean, rounded to the nearest level, a half downwards. Exclusive support of a person takes a full score of the attitude to
// competition besides: who also supports a rival is no exclusive one.
func (e *Evaluation) Compute() Level {
	sum, exclusive := 0, e.Kind != KeyPerson
	for _, s := range e.Scores {
		sum += int(s.Score)
		exclusive = exclusive || s.Criterion == competition && Level(s.Score+offset) == ExclusiveSupport
	}
	n := len(e.Scores)
	// The nearest whole number to sum/n, a half downwards, is the least k with k >= sum/n - 1/2. Shifted by one, so that nothing is negative.
	shifted := 2*(sum+n) - n
	nearest := (shifted + 2*n - 1) / (2 * n)
	if shifted < 0 {
		nearest = 0
	}
	level := Level(nearest-1) + offset
	if level == ExclusiveSupport && !exclusive {
		level--
	}
	return level
}

// Complete fills in what was left out. year is the fiscal year of a day.
func (e *Evaluation) Complete(today time.Time, year func(time.Time) int) {
	e.Department = strings.TrimSpace(e.Department)
	if e.Day.IsZero() {
		e.Day = today
	}
	if e.FiscalYear == 0 {
		e.FiscalYear = year(e.Day)
	}
}

// Decide computes the level of scores that passed Check, and takes it where no other was stated.
func (e *Evaluation) Decide() {
	e.Computed = e.Compute()
	if e.Level == 0 {
		e.Level = e.Computed
	}
}

// Check holds a complete evaluation to the rules.
func (e *Evaluation) Check(today time.Time) []fault.Violation {
	var wrong []fault.Violation
	add := func(broken bool, field, rule, en, zh string) {
		if broken {
			wrong = append(wrong, fault.Field(field, rule, fault.Text{En: en, Zh: zh}))
		}
	}
	add(e.Kind == KeyPerson && e.Person == uuid.Nil, "person", "REQUIRED", "must be given for a key person", "关键客户关系必须填写人员")
	add(e.Kind != KeyPerson && e.Person != uuid.Nil, "person", "EXCLUDED", "must be empty for this kind", "此类评估不得填写人员")
	add(e.Kind == Extensive && e.Department == "", "department", "REQUIRED", "must be given for an extensive relationship", "普遍客户关系必须填写部门")
	add(e.Kind != Extensive && e.Department != "", "department", "EXCLUDED", "must be empty for this kind", "此类评估不得填写部门")
	add(e.Day.After(today), "evaluation_date", "FUTURE", "must not be after today, "+today.Format(time.DateOnly), "不得晚于今日 "+today.Format(time.DateOnly))
	add(e.Ladder != 0 && (e.Kind != KeyPerson || e.Phase != Actual), "ladder", "EXCLUDED", "is only of a key person's actual state", "仅适用于关键客户的实际评估")
	add(e.Ladder != 0 && e.LadderEvidence == "", "ladder_evidence", "REQUIRED", "must be given with a rung", "填写阶梯层级时必须说明依据")
	add(e.Ladder == 0 && e.LadderEvidence != "", "ladder_evidence", "EXCLUDED", "is only for a rung", "仅用于阶梯层级")
	scored := e.checkScores()
	if wrong = append(wrong, scored...); len(scored) > 0 {
		return wrong
	}
	computed := e.Compute()
	add(e.Level != 0 && e.Level != computed && e.LevelReason == "", "level_reason", "REASON",
		fmt.Sprintf("must be given: the scores give level %d", int(computed)-offset), fmt.Sprintf("必须填写：按评分所得层级为 %d", int(computed)-offset))
	add((e.Level == 0 || e.Level == computed) && e.LevelReason != "", "level_reason", "EXCLUDED", "is only for another level than the scores give", "仅用于与评分结果不同的层级")
	return wrong
}

// checkScores wants each criterion of the kind once, and no other.
func (e *Evaluation) checkScores() []fault.Violation {
	var wrong []fault.Violation
	seen := map[string]bool{}
	for i, s := range e.Scores {
		if seen[s.Criterion] || !slices.Contains(criteria[e.Kind], s.Criterion) {
			wrong = append(wrong, fault.Field(fmt.Sprintf("scores[%d].criterion", i), "CRITERION", fault.Text{
				En: "must be each once: " + strings.Join(criteria[e.Kind], ", "), Zh: "以下各项须各出现一次：" + strings.Join(criteria[e.Kind], "、"),
			}))
		}
		seen[s.Criterion] = true
	}
	for _, c := range criteria[e.Kind] {
		if !seen[c] {
			wrong = append(wrong, fault.Field("scores", "CRITERION", fault.Text{En: "lacks the criterion " + c, Zh: "缺少评估项 " + c}))
		}
	}
	return wrong
}
