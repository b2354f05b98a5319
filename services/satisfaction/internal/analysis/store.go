package analysis

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/lib/pq"

	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/services/satisfaction/internal/indexmodel"
	"github.com/guanxi-crm/guanxi/services/satisfaction/internal/questionnaire"
	"github.com/guanxi-crm/guanxi/services/satisfaction/internal/settings"
	"github.com/guanxi-crm/guanxi/services/satisfaction/internal/survey"
)

// Store computes analyses and keeps those that were published.
type Store struct {
	db             *postgres.DB
	now            func() time.Time
	numbers        *settings.Store
	surveys        *survey.Store
	questionnaires *questionnaire.Store
	models         *indexmodel.Store
}

// NewStore makes a store.
func NewStore(db *postgres.DB, now func() time.Time, numbers *settings.Store) *Store {
	return &Store{
		db: db, now: now, numbers: numbers, surveys: survey.NewStore(db, now, numbers), questionnaires: questionnaire.NewStore(db, now, numbers),
		models: indexmodel.NewStore(db, now),
	}
}

// All statements of an analysis see the same answers, and a large survey may take longer than others may.
const begin = `set transaction isolation level repeatable read; set local statement_timeout = '60s'`

// subject is what an analysis is of, and by what it is computed.
type subject struct {
	survey        *survey.Survey
	questionnaire *questionnaire.Questionnaire
	model         *indexmodel.Model
	numbers       *settings.Numbers
	frame         *Frame
	options       Options
}

// subject reads all but the answers.
func (s *Store) subject(ctx context.Context, x *survey.Survey, o Options) (*subject, error) {
	numbers, err := s.numbers.Current(ctx)
	if err != nil {
		return nil, err
	}
	q, err := s.questionnaires.Version(ctx, x.Questionnaire, x.QuestionnaireVersion)
	if err != nil {
		return nil, err
	}
	if !q.Model.Valid {
		return nil, noModelError(x)
	}
	m, err := s.models.Version(ctx, q.Model.UUID, q.ModelVersion)
	if err != nil {
		return nil, err
	}
	f := NewFrame(q, m, &numbers.Analysis)
	if len(f.Leaves) == 0 {
		return nil, noModelError(x)
	}
	if x.Anonymous && x.State != survey.Closed {
		return nil, notClosedError(x)
	}
	return &subject{survey: x, questionnaire: q, model: m, numbers: numbers, frame: f, options: o}, nil
}

// key is the SQL of what answers are told apart by.
func (x *subject) key() (sql string, args []any) {
	switch x.options.Group {
	case ByClass:
		return `segment->>'class'`, nil
	case ByTier:
		return `segment->>'tier'`, nil
	case ByKind:
		return `segment->>'kind'`, nil
	case ByStratum:
		return `stratum::text`, nil
	case ByTerritory:
		return `array_to_string((string_to_array(segment->>'territory', '/'))[1:$2::int], '/')`, []any{x.numbers.Analysis.Depth}
	}
	return `''`, nil
}

// sums runs a statement over the answers.
func (s *Store) sums(ctx context.Context, x *subject, st *statement, args ...any) (cells []*cell, last *time.Time, err error) {
	var rows []struct {
		Stratum    int16           `db:"stratum"`
		Key        string          `db:"key"`
		N          int64           `db:"n"`
		AcceptTime *time.Time      `db:"accept_time"`
		Sums       pq.Float64Array `db:"sums"`
	}
	if err := s.db.SelectDynamic(ctx, &rows, st.text(), append([]any{x.survey.ID}, args...)...); err != nil {
		return nil, nil, err
	}
	for _, r := range rows {
		c := &cell{stratum: r.Stratum, key: r.Key, n: r.N, sums: make([]sum, len(r.Sums)/3)} //nolint:mnd // number, sum, sum of squares
		for i := range c.sums {
			c.sums[i] = sum{int64(r.Sums[3*i]), r.Sums[3*i+1], r.Sums[3*i+2]}
		}
		cells = append(cells, c)
		if last == nil || r.AcceptTime != nil && r.AcceptTime.After(*last) {
			last = r.AcceptTime
		}
	}
	slices.SortFunc(cells, func(a, b *cell) int { return cmp.Or(cmp.Compare(a.stratum, b.stratum), cmp.Compare(a.key, b.key)) }) // whatever the database's collation
	return cells, last, nil
}

const countStates = `select state, void_reason, count(*) as n from responses where survey_id = $1 and state <> 2 group by state, void_reason order by state, void_reason`

// others is how many answers do not count.
type others struct {
	State  int16 `db:"state"`
	Reason int32 `db:"void_reason"`
	N      int64 `db:"n"`
}

func (s *Store) others(ctx context.Context, id uuid.UUID) ([]others, error) {
	var out []others
	return out, s.db.Select(ctx, &out, countStates, id)
}

// reading is the index as the answers have it.
type reading struct {
	*subject
	layers         []layer
	last           *time.Time
	keys           []string
	nodes          []measure
	recommendation measure
	promoters      measure
	detractors     measure
	satisfied      measure // of no use when nothing asks of satisfaction all in all by 5 or 7 grades
}

// asksSatisfied says whether the satisfied can be counted.
func (x *subject) asksSatisfied() bool {
	return x.frame.Overall >= 0 && x.frame.Leaves[x.frame.Overall].Grades > 0
}

// index reads the sums of the index.
func (s *Store) index(ctx context.Context, x *subject) (*reading, error) {
	if x.options.Weighting == ByStated {
		if err := s.reweigh(ctx, x); err != nil {
			return nil, err
		}
	}
	sql, args := x.key()
	st := newStatement(x.frame, sql)
	r := &reading{subject: x}
	for n := range x.frame.Nodes {
		r.nodes = append(r.nodes, st.add(st.node(n)))
	}
	if x.frame.Recommendation {
		c := st.column("recommendation", "recommendation::int")
		r.recommendation = st.add("case when "+c+" >= 9 then 1 when "+c+" >= 7 then 0 else 0 * "+c+" - 1 end", hundred, 0)
		r.promoters, r.detractors = st.add("("+c+" >= 9)::int", hundred, 0), st.add("("+c+" < 7)::int", hundred, 0)
	}
	if x.asksSatisfied() {
		r.satisfied = st.add(st.top(x.frame.Overall), hundred, 0)
	}
	cells, last, err := s.sums(ctx, x, st, args...)
	if err != nil {
		return nil, err
	}
	r.layers, r.last = layers(x.survey.Strata, cells), last
	seen := map[string]bool{}
	for _, c := range cells {
		if !seen[c.key] {
			seen[c.key] = true
			r.keys = append(r.keys, c.key)
		}
	}
	slices.SortFunc(r.keys, compareKeys)
	return r, nil
}

// compareKeys puts numbers by their size and texts by the alphabet.
func compareKeys(a, b string) int {
	if len(a) != len(b) && digits(a) && digits(b) {
		return cmp.Compare(len(a), len(b))
	}
	return cmp.Compare(a, b)
}

func digits(s string) bool {
	for _, r := range s {
		if r < '0' || r > '9' {
			return false
		}
	}
	return s != ""
}

// top is one for an answer by an upper grade, 0 for another.
func (s *statement) top(leaf int) string {
	l := &s.frame.Leaves[leaf]
	return "(" + s.answer(l.Position) + " >= " + number(float64(l.Top)) + ")::int"
}

// reweigh gives the leaves the weights that respondents said, each of its scale's most.
func (s *Store) reweigh(ctx context.Context, x *subject) error {
	st := newStatement(x.frame, `''`)
	var asked []measure
	for _, l := range x.frame.Leaves {
		if !l.Importance {
			return notAskedError("options.weighting")
		}
		asked = append(asked, st.add(st.column(importance(l.Position), position("importances", l.Position)), 1/float64(l.Most), 0))
	}
	cells, _, err := s.sums(ctx, x, st)
	if err != nil {
		return err
	}
	var weights []float64
	var said bool
	for _, m := range asked {
		mean, _ := weighted(layers(x.survey.Strata, cells), m)
		weights, said = append(weights, mean), said || mean > 0
	}
	if said { // of no answers nothing is computed
		x.frame.Reweigh(weights)
	}
	return nil
}
