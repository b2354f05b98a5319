package supply

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"google.golang.org/grpc/codes"

	"github.com/guanxi-crm/guanxi/libs/aggregate"
	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/etag"
	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/history"
	"github.com/guanxi-crm/guanxi/libs/listing"
	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/libs/resource"
	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
)

// Store keeps positions.
type Store struct {
	db  *postgres.DB
	now func() time.Time
}

// NewStore makes a store.
func NewStore(db *postgres.DB, now func() time.Time) *Store { return &Store{db: db, now: now} }

const (
	// current is whether there is no newer one of the product line. Of one product line there is one a day.
	current = `not exists (select from supply_positions n where n.customer_id = s.customer_id and n.product_line = s.product_line and n.as_of > s.as_of)`

	columns = `s.customer_id, s.position_id, s.revision, s.product_line, s.our_share, s.competitors, s.as_of, s.reason, s.source, s.author, ` + current + ` as current,
	s.create_time, s.update_time`
)

type row struct {
	Position
	listing.Cursor
	Others postgres.JSON[[]Competitor] `db:"competitors"`
}

func newRow(p *Position) row {
	return row{Position: *p, Others: postgres.JSON[[]Competitor]{V: postgres.OrEmpty(p.Competitors)}}
}

func (r *row) position() *Position {
	p := r.Position
	p.Competitors = r.Others.V
	return &p
}

// latest is the end of the day that has begun somewhere on earth: nobody is told that his today is to come.
func (s *Store) latest() time.Time {
	const ahead = 14 * time.Hour
	return s.now().UTC().Add(ahead).Truncate(24 * time.Hour)
}

// Create records a position.
func (s *Store) Create(ctx context.Context, p *Position) error {
	return aggregate.Change(ctx, s.db, p.CustomerID, func(ctx context.Context) ([]history.Record, error) {
		records, err := s.create(ctx, p)
		return records, fault.Prefix(err, "supply_position")
	})
}

const insertPosition = `insert into supply_positions (customer_id, position_id, revision, product_line, our_share, competitors, as_of, reason, source, author,
		create_time, update_time)
	values (:customer_id, :position_id, 1, :product_line, :our_share, :competitors, :as_of, :reason, :source, :author, :create_time, :create_time)`

func (s *Store) create(ctx context.Context, p *Position) ([]history.Record, error) {
	if wrong := p.Check(s.latest()); len(wrong) > 0 {
		return nil, fault.Invalid(wrong...)
	}
	id, err := uuid.NewV7()
	if err != nil {
		return nil, fmt.Errorf("supply position: new id: %w", err)
	}
	now := s.now()
	p.ID, p.Revision, p.Author, p.CreateTime, p.UpdateTime = id, 1, auth.From(ctx).Subject, now, now
	previous, err := s.before(ctx, p)
	if err != nil {
		return nil, err
	}
	if _, err := s.db.NamedExec(ctx, insertPosition, newRow(p)); err != nil {
		return nil, taken(err)
	}
	if p.Current, err = s.isCurrent(ctx, p); err != nil {
		return nil, err
	}
	record, err := recorded(ctx, now, previous, p)
	return []history.Record{record}, err
}

const selectBefore = `select ` + columns + ` from supply_positions s
	where s.customer_id = $1 and s.product_line = $2 and s.as_of < $3 order by s.as_of desc limit 1`

// before is the newest position of the product line before a position's day, nil when there is none.
func (s *Store) before(ctx context.Context, p *Position) (*Position, error) {
	var r row
	err := s.db.Get(ctx, &r, selectBefore, p.CustomerID, p.ProductLine, p.AsOf)
	if errors.Is(err, postgres.ErrNoRows) {
		return nil, nil //nolint:nilnil // the first one has none before it
	}
	return r.position(), err
}

const askCurrent = `select ` + current + ` from supply_positions s where s.customer_id = $1 and s.position_id = $2`

func (s *Store) isCurrent(ctx context.Context, p *Position) (yes bool, err error) {
	return yes, s.db.Get(ctx, &yes, askCurrent, p.CustomerID, p.ID)
}

func taken(err error) error {
	if postgres.Violated(err, "supply_positions_day") {
		return fault.New(codes.AlreadyExists, "POSITION_EXISTS", fault.Text{
			En: "the product line has a position of that date already: update it", Zh: "该产品线在此日期已有占有率记录，请修改该记录",
		}).With("field", "supply_position.as_of_date")
	}
	return err
}

const selectPosition = `select ` + columns + ` from supply_positions s join customers c using (customer_id)
	where guanxi_covers(c.territory, $1) and s.customer_id = $2 and s.position_id = $3`

// Get reads one position.
func (s *Store) Get(ctx context.Context, customerID, id uuid.UUID) (*Position, error) {
	var r row
	err := s.db.Get(ctx, &r, selectPosition, auth.From(ctx).Scope(), customerID, id)
	if errors.Is(err, postgres.ErrNoRows) {
		return nil, resource.Missing(ctx, Name(customerID, id), typev1.Level_BASIC)
	}
	if err != nil {
		return nil, err
	}
	return r.position(), nil
}

const updatePosition = `update supply_positions set revision = :revision, product_line = :product_line, our_share = :our_share, competitors = :competitors, as_of = :as_of,
		reason = :reason, source = :source, update_time = :update_time
	where customer_id = :customer_id and position_id = :position_id`

// Update lets change alter a position.
func (s *Store) Update(ctx context.Context, customerID, id uuid.UUID, tag string, change func(*Position) error) (p *Position, err error) {
	err = aggregate.Change(ctx, s.db, customerID, func(ctx context.Context) ([]history.Record, error) {
		if p, err = s.held(ctx, customerID, id, tag); err != nil {
			return nil, err
		}
		before := *p
		if err := change(p); err != nil {
			return nil, err
		}
		records, err := s.rewrite(ctx, &before, p)
		return records, fault.Prefix(err, "supply_position")
	})
	return p, err
}

// rewrite stores a changed position of a held customer, unless nothing differs.
func (s *Store) rewrite(ctx context.Context, before, p *Position) ([]history.Record, error) {
	if wrong := p.Check(s.latest()); len(wrong) > 0 {
		return nil, fault.Invalid(wrong...)
	}
	record, differs, err := changed(ctx, s.now(), before, p)
	if err != nil || !differs {
		return nil, err
	}
	p.Revision++
	p.UpdateTime = record.Time
	if _, err := s.db.NamedExec(ctx, updatePosition, newRow(p)); err != nil {
		return nil, taken(err)
	}
	p.Current, err = s.isCurrent(ctx, p)
	return []history.Record{record}, err
}

// held reads a position whose customer is held, if it is of that etag.
func (s *Store) held(ctx context.Context, customerID, id uuid.UUID, tag string) (*Position, error) {
	p, err := s.Get(ctx, customerID, id)
	if err != nil {
		return nil, err
	}
	return p, etag.Check(tag, p.Revision, Name(customerID, id))
}

const deletePosition = `delete from supply_positions where customer_id = $1 and position_id = $2`

// Delete removes a position.
func (s *Store) Delete(ctx context.Context, customerID, id uuid.UUID, tag string) error {
	return aggregate.Change(ctx, s.db, customerID, func(ctx context.Context) ([]history.Record, error) {
		p, err := s.held(ctx, customerID, id, tag)
		if err != nil {
			return nil, err
		}
		if _, err := s.db.Exec(ctx, deletePosition, customerID, id); err != nil {
			return nil, err
		}
		record, err := deleted(ctx, s.now(), p)
		return []history.Record{record}, err
	})
}

// List reads a page of the positions of one customer, or of all.
func (s *Store) List(ctx context.Context, plan *listing.Plan, customerID uuid.UUID) ([]*Position, string, error) {
	where, args := "guanxi_covers(c.territory, $1)", []any{auth.From(ctx).Scope()}
	if customerID == resource.Any {
		where += " and c.delete_time is null"
	} else {
		where, args = where+" and s.customer_id = $2", append(args, customerID)
	}
	query, args := plan.Query(columns, "supply_positions s join customers c using (customer_id)", where, args...)
	var rows []row
	if err := s.db.SelectDynamic(ctx, &rows, query, args...); err != nil {
		return nil, "", err
	}
	rows, next, err := listing.Page(plan, rows)
	out := make([]*Position, len(rows))
	for i := range rows {
		out[i] = rows[i].position()
	}
	return out, next, err
}
