package standing

import (
	"context"
	"errors"
	"maps"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/lib/pq"
	"github.com/shopspring/decimal"

	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/services/segmentation/internal/settings"
)

const latestRanking = `select ranking_id, ranking_day, record_time, basis, customer_count, total_value, borders from rankings order by ranking_id desc limit 1`

type rankingRow struct {
	Ranking
	Borders postgres.JSON[Borders] `db:"borders"`
}

// Latest is the last ranking; ok is false when there was none.
func (s *Store) Latest(ctx context.Context) (_ *Ranking, ok bool, err error) {
	var r rankingRow
	err = s.db.Get(ctx, &r, latestRanking)
	if errors.Is(err, postgres.ErrNoRows) {
		return &Ranking{Basis: settings.Sales}, false, nil
	}
	r.Ranking.Borders = r.Borders.V
	return &r.Ranking, err == nil, err
}

// Customers with orders that are not deleted are ranked, those without any have no rank.
const ranked = `from measures m join customers c using (customer_id) where c.delete_time is null and m.order_days > 0`

const countRanked = `select count(*) as count, coalesce(sum(m.sales), 0) as sales, coalesce(sum(m.stated_sales), 0) as stated,
	coalesce(sum(m.gross_profit), 0) as profit ` + ranked

// Ties are broken by id, so that a ranking of the same facts is the same.
const bordersAt = `select value, customer_id, place from (
		select value, customer_id, row_number() over (order by value desc, customer_id) as place
		from (select case when $1 then coalesce(m.gross_profit, 0) else m.sales end as value, m.customer_id ` + ranked + `) v
	) r where place = any($2)`

// Ranking a million customers takes longer than a call may.
const rankingTime = `set local statement_timeout = '5min'`

// one ranking at a time in the whole cluster.
const rankingLock = `select pg_advisory_xact_lock(hashtextextended('guanxi segmentation ranking', 0))`

const insertRanking = `insert into rankings (ranking_day, record_time, basis, customer_count, total_value, borders) values ($1, $2, $3, $4, $5, $6)
	returning ranking_id`

// Of a day only the last ranking is kept.
const forgetRankings = `delete from rankings where ranking_day = $1 and ranking_id <> $2`

// Rank ranks all customers by their measures and keeps the borders; changed says whether they moved.
func (s *Store) Rank(ctx context.Context, day, now time.Time, n *settings.Numbers) (r *Ranking, changed bool, err error) {
	err = s.db.InTx(ctx, func(ctx context.Context) error {
		if _, err := s.db.Exec(ctx, rankingTime); err != nil {
			return err
		}
		if _, err := s.db.Exec(ctx, rankingLock); err != nil {
			return err
		}
		before, known, err := s.Latest(ctx)
		if err != nil {
			return err
		}
		if r, err = s.draw(ctx, day, now, n); err != nil {
			return err
		}
		changed = !known || !r.same(before)
		if !changed && before.Day.Equal(day) {
			r = before
			return nil
		}
		if err := s.db.Get(ctx, &r.ID, insertRanking, r.Day, r.Time, r.Basis, r.Count, r.Total, postgres.JSON[Borders]{V: r.Borders}); err != nil {
			return err
		}
		_, err = s.db.Exec(ctx, forgetRankings, day, r.ID)
		return err
	})
	return r, changed, err
}

// draw counts, chooses the basis and finds the borders.
func (s *Store) draw(ctx context.Context, day, now time.Time, n *settings.Numbers) (*Ranking, error) {
	var sums struct {
		Count  int64           `db:"count"`
		Sales  decimal.Decimal `db:"sales"`
		Stated decimal.Decimal `db:"stated"`
		Profit decimal.Decimal `db:"profit"`
	}
	if err := s.db.Get(ctx, &sums, countRanked); err != nil {
		return nil, err
	}
	r := &Ranking{Day: day, Time: now, Count: sums.Count, Total: sums.Sales, Basis: n.Basis, Borders: Borders{}}
	if n.Basis == settings.Automatic {
		r.Basis = settings.Sales
		if sums.Sales.IsPositive() && sums.Stated.GreaterThanOrEqual(sums.Sales.Mul(decimal.NewFromFloat(n.AutomaticBasisShare))) {
			r.Basis = settings.GrossProfit
		}
	}
	if r.Basis == settings.GrossProfit {
		r.Total = sums.Profit
	}
	wanted := places(n, r.Count)
	var found []struct {
		Border
		Value    decimal.Decimal `db:"value"`
		Customer uuid.UUID       `db:"customer_id"`
		Place    int64           `db:"place"`
	}
	err := s.db.Select(ctx, &found, bordersAt, r.Basis == settings.GrossProfit, pq.Array(slices.Collect(maps.Values(wanted))))
	for name, place := range wanted {
		for _, f := range found {
			if f.Place == place {
				r.Borders[name] = Border{Value: f.Value, Customer: f.Customer}
			}
		}
	}
	return r, err
}

// same says whether another ranking puts every customer into the same class.
func (r *Ranking) same(o *Ranking) bool {
	return r.Basis == o.Basis && maps.EqualFunc(r.Borders, o.Borders, func(a, b Border) bool { return a.Customer == b.Customer && a.Value.Equal(b.Value) })
}

// touchMoved has those looked at again whom the borders, or the basis, put elsewhere than they stand.
var touchMoved = `with ` + given + `, subject as (
		select ` + judgedBy + ` from measures m join customers c using (customer_id) where c.delete_time is null
	), ` + judged + `
	insert into touched (customer_id, cause, reference, occur_time)
	select customer_id, 'ranking', '', cast(:now as timestamptz) from placed
	where (class, abc, tier) is distinct from (class_before, abc_before, tier_before)`

// TouchMoved queues the customers that a new ranking moves, for a base small enough to be ranked after each change.
func (s *Store) TouchMoved(ctx context.Context, r *Ranking, day, now time.Time, n *settings.Numbers) error {
	_, err := s.db.NamedExec(ctx, touchMoved, struct {
		parameters
		Now time.Time `db:"now"`
	}{parametersOf(nil, day.Format("2006-01-02"), r, n), now})
	return err
}
