package survey

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/google/uuid"
	"github.com/lib/pq"

	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/events"
	"github.com/guanxi-crm/guanxi/libs/operation"
	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/services/satisfaction/internal/settings"
)

// kind is that of the operations that draw samples.
const kind = "satisfaction-survey-sample"

const (
	// chunk is how many invitations a step makes at most.
	chunk = 20_000
	// A cursor is where a census is, or the stratum and the place in it where the drawn ones are.
	atCustomer, atPlace = "customer:", "0:0"
)

// request is what a drawing was asked for.
type request struct {
	Survey uuid.UUID `json:"survey"`
}

// Kind is the operation that draws a sample.
func (s *Store) Kind() operation.Kind {
	return operation.Kind{Name: kind, Begin: s.begin, Step: s.step}
}

const (
	// The caller's reach limits the population, and so does the survey's territory.
	ofPopulation = ` from customers c where c.delete_time is null and guanxi_covers(c.territory, $1) and ($2::text = '' or guanxi_covers(c.territory, array[$2::text]))
		and (cardinality($3::integer[]) = 0 or c.relations && $3) and (cardinality($4::integer[]) = 0 or c.role = any($4))
		and (cardinality($5::integer[]) = 0 or c.class = any($5)) and (cardinality($6::integer[]) = 0 or c.tier = any($6))`

	countPopulation = `select count(*)` + ofPopulation

	// What strata are not made of is the same for all.
	cells = `(case when $7 then c.class else 0 end) as class, (case when $8 then c.tier else 0 end) as tier,
		(case when $9::integer > 0 then array_to_string((string_to_array(c.territory, '/'))[1:$9::integer], '/') else '' end) as territory`

	countCells = `select class, tier, territory, count(*) as size from (select ` + cells + ofPopulation + `) p group by class, tier, territory`

	// As Plan.label writes it.
	label = `coalesce(nullif(concat_ws(',', case when $7 then 'class=' || c.class end, case when $8 then 'tier=' || c.tier end,
		case when $9::integer > 0 then 'territory=' || array_to_string((string_to_array(c.territory, '/'))[1:$9::integer], '/') end), ''), 'all') as label`

	deleteStrata      = `delete from survey_strata where survey_id = $1`
	deleteFrame       = `delete from survey_frame where survey_id = $1`
	deleteInvitations = `delete from invitations where survey_id = $1`

	insertStrata = `insert into survey_strata (survey_id, stratum, label, size, planned, weight)
	select $1, stratum, label, size, planned, weight
	from unnest($2::smallint[], $3::text[], $4::bigint[], $5::bigint[], $6::numeric[]) as s (stratum, label, size, planned, weight)`

	// Sorting a million takes longer than other statements may, and less than a step may.
	patience = `set local statement_timeout = '50s'`

	// A customer's place in its stratum is that of the hash of seed and customer: the same seed draws the same of the same population, whatever else it was.
	insertFrame = `insert into survey_frame (survey_id, stratum, position, customer_id)
	select $10, stratum, position, customer_id from (
		select s.stratum, s.planned, p.customer_id,
			row_number() over (partition by s.stratum order by sha256(convert_to($11 || ':' || p.customer_id::text, 'UTF8')), p.customer_id) as position
		from (select c.customer_id, ` + label + ofPopulation + `) p join survey_strata s on s.survey_id = $10 and s.label = p.label
	) d where position <= planned`

	drawnOf = `select stratum, count(*) as planned from survey_frame where survey_id = $1 group by stratum`

	invitedOf = `select stratum, count(*) as planned from invitations where survey_id = $1 group by stratum`
)

// cell is what makes a stratum.
type cell struct {
	Class     int32  `db:"class"`
	Tier      int32  `db:"tier"`
	Territory string `db:"territory"`
	Size      int64  `db:"size"`
}

// population are the parameters 1 to 6 of ofPopulation.
func (s *Survey) population(ctx context.Context) []any {
	var roles pq.Int32Array
	for _, r := range s.Population.Roles {
		roles = append(roles, r.Lifecycle()...)
	}
	array := func(in []int32) pq.Int32Array { return append(pq.Int32Array{}, in...) }
	return []any{auth.From(ctx).Scope(), s.Territory, array(s.Population.Relations), array(roles), array(s.Population.Classes), array(s.Population.Tiers)}
}

// cells are the parameters 7 to 9.
func (p *Plan) cells() []any {
	depth := int32(0)
	if slices.Contains(p.By, ByTerritory) {
		depth = p.Depth
	}
	return []any{slices.Contains(p.By, ByClass), slices.Contains(p.By, ByTier), depth}
}

// frame are the parameters 1 to 9.
func (s *Survey) frame(ctx context.Context) []any {
	return append(s.population(ctx), s.Plan.cells()...)
}

// strata are those of the population as it is now, in order.
func (s *Store) strata(ctx context.Context, x *Survey) ([]Stratum, error) {
	var found []cell
	if err := s.db.Select(ctx, &found, countCells, x.frame(ctx)...); err != nil {
		return nil, err
	}
	if len(found) > MostStrata {
		return nil, failed("STRATA", fmt.Sprintf("there would be %d strata, more than %d: make them of less", len(found), MostStrata),
			fmt.Sprintf("分层数为 %d，超过 %d：请减少分层依据", len(found), MostStrata))
	}
	slices.SortFunc(found, func(a, b cell) int {
		return cmp.Or(cmp.Compare(a.Class, b.Class), cmp.Compare(a.Tier, b.Tier), cmp.Compare(a.Territory, b.Territory))
	})
	out := make([]Stratum, len(found))
	for i, c := range found {
		out[i] = Stratum{Number: int16(i + 1), Label: x.Plan.label(c.Class, c.Tier, c.Territory), Size: c.Size}
	}
	return out, nil
}

// Preview says what sample of a survey would be drawn now: the survey with its strata and sizes.
func (s *Store) Preview(ctx context.Context, id uuid.UUID) (*Survey, error) {
	x, err := s.Get(ctx, id)
	if err != nil {
		return nil, err
	}
	return x, s.preview(ctx, x)
}

func (s *Store) preview(ctx context.Context, x *Survey) error {
	numbers, err := s.settings.Current(ctx)
	if err != nil {
		return err
	}
	if x.Strata, err = s.strata(ctx, x); err != nil {
		return err
	}
	return x.allocate(numbers)
}

// allocate shares the sample out among the strata, whose sizes are known.
func (s *Survey) allocate(numbers *settings.Numbers) (err error) {
	if s.Census, err = s.Plan.Allocate(s.Strata, numbers.Survey.CensusMost, numbers.Confidence); err == nil {
		s.weigh()
	}
	return err
}

func (s *Store) begin(ctx context.Context, o operation.Operation) (total int64, err error) {
	x, err := s.drawing(ctx, o, selectByID)
	if err != nil || x == nil {
		return 0, err
	}
	return total, s.db.Get(ctx, &total, countPopulation, x.population(ctx)...)
}

// drawing is the survey that the operation draws for; nil when it does no longer.
func (s *Store) drawing(ctx context.Context, o operation.Operation, query string) (*Survey, error) {
	var asked request
	if err := o.Decode(&asked); err != nil {
		return nil, err
	}
	x, err := s.read(ctx, query, asked.Survey)
	if errors.Is(err, postgres.ErrNoRows) || err == nil && (x.State != Opening || x.Operation.UUID != o.ID) {
		return nil, nil //nolint:nilnil // see above
	}
	return x, err
}

// step decides who is asked, and then makes invitations, a chunk at a time: of all customers, or of those that are drawn.
func (s *Store) step(ctx context.Context, o operation.Operation) (did operation.Progress, err error) {
	ctx = events.WithCause(ctx, "sample")
	x, err := s.drawing(ctx, o, lock)
	if err != nil {
		return did, err
	}
	if x == nil {
		return operation.Progress{Cursor: o.Cursor + ".", Finished: true}, nil
	}
	if after, ok := strings.CutPrefix(o.Cursor, atCustomer); ok {
		return s.inviteAll(ctx, x, after)
	}
	if o.Cursor != "" {
		return s.inviteDrawn(ctx, x, o.Cursor)
	}
	if err := s.layOut(ctx, x); err != nil {
		return did, err
	}
	did.Cursor, did.Done = atPlace, x.PopulationSize-x.SampleSize
	if x.Census {
		did.Cursor = atCustomer + uuid.Nil.String()
	}
	return did, s.put(ctx, x)
}

// layOut sorts the population into strata, decides how many are asked of each, and draws them.
func (s *Store) layOut(ctx context.Context, x *Survey) error {
	for _, q := range []string{deleteInvitations, deleteFrame, deleteStrata} { // of a drawing that failed
		if _, err := s.db.Exec(ctx, q, x.ID); err != nil {
			return err
		}
	}
	if err := s.preview(ctx, x); err != nil {
		return err
	}
	if err := s.putStrata(ctx, x); err != nil || x.Census {
		return err
	}
	if _, err := s.db.Exec(ctx, patience); err != nil {
		return err
	}
	if _, err := s.db.Exec(ctx, insertFrame, append(x.frame(ctx), x.ID, x.Seed)...); err != nil {
		return err
	}
	return s.correct(ctx, x, drawnOf)
}

// correct holds the strata to who is there: customers may have gone since they were counted. Of a census the sizes follow.
func (s *Store) correct(ctx context.Context, x *Survey, query string) error {
	var there []Stratum
	if err := s.db.Select(ctx, &there, query, x.ID); err != nil {
		return err
	}
	counts := map[int16]int64{}
	for _, t := range there {
		counts[t.Number] = t.Planned
	}
	kept := x.Strata[:0]
	for _, t := range x.Strata {
		if t.Planned = counts[t.Number]; x.Census {
			t.Size = t.Planned
		}
		if t.Planned > 0 {
			kept = append(kept, t)
		}
	}
	x.Strata = kept
	x.weigh()
	if _, err := s.db.Exec(ctx, deleteStrata, x.ID); err != nil {
		return err
	}
	return s.putStrata(ctx, x)
}

func (s *Store) putStrata(ctx context.Context, x *Survey) error {
	n := len(x.Strata)
	ids, names, sizes, planned, weights := make(pq.Int32Array, n), make(pq.StringArray, n), make(pq.Int64Array, n), make(pq.Int64Array, n), make(pq.StringArray, n)
	for i, t := range x.Strata {
		ids[i], names[i], sizes[i], planned[i], weights[i] = int32(t.Number), t.Label, t.Size, t.Planned, t.Weight.String()
	}
	_, err := s.db.Exec(ctx, insertStrata, x.ID, ids, names, sizes, planned, weights)
	return err
}
