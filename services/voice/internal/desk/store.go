package desk

import (
	"context"
	"errors"
	"time"

	"github.com/google/uuid"
	"github.com/lib/pq"

	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/events"
	"github.com/guanxi-crm/guanxi/libs/listing"
	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/libs/resource"
	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
)

// Store keeps desks.
type Store struct {
	db  *postgres.DB
	now func() time.Time
}

// NewStore makes a store.
func NewStore(db *postgres.DB, now func() time.Time) *Store { return &Store{db: db, now: now} }

const (
	columns = `desk_id, territory, label_en, label_zh, leads, inactive, author, create_time, update_time, revision`

	selectByID = `select ` + columns + ` from desks where desk_id = $1`
	lock       = selectByID + ` for no key update`

	// States from 6 on are resolved.
	selectMembers = `select m.desk_id, m.subject, m.request_kinds, m.product_lines, m.languages, m.capacity,
		(select count(*) from cases c where c.desk_id = m.desk_id and c.assignee = m.subject and c.state < 6) as open
	from desk_members m where m.desk_id = any($1) order by m.desk_id, m.number`

	announce = `with bumped as (
		update desks set sequence = sequence + 1 where desk_id = :aggregate_id returning desk_id as aggregate_id, sequence as version
	)` + events.Insert
)

// row is a desk as it is stored.
type row struct {
	ID         uuid.UUID      `db:"desk_id"`
	Territory  string         `db:"territory"`
	LabelEn    string         `db:"label_en"`
	LabelZh    string         `db:"label_zh"`
	Leads      pq.StringArray `db:"leads"`
	Inactive   bool           `db:"inactive"`
	Author     string         `db:"author"`
	CreateTime time.Time      `db:"create_time"`
	UpdateTime time.Time      `db:"update_time"`
	Revision   int64          `db:"revision"`
}

func (r *row) desk() *Desk {
	return &Desk{
		ID: r.ID, Territory: r.Territory, LabelEn: r.LabelEn, LabelZh: r.LabelZh, Leads: r.Leads, Inactive: r.Inactive, Author: r.Author,
		CreateTime: r.CreateTime, UpdateTime: r.UpdateTime, Revision: r.Revision,
	}
}

func rowOf(d *Desk) *row {
	return &row{
		ID: d.ID, Territory: d.Territory, LabelEn: d.LabelEn, LabelZh: d.LabelZh, Leads: postgres.OrEmpty(d.Leads), Inactive: d.Inactive, Author: d.Author,
		CreateTime: d.CreateTime, UpdateTime: d.UpdateTime, Revision: d.Revision,
	}
}

// memberRow is a member as he is stored.
type memberRow struct {
	Desk         uuid.UUID      `db:"desk_id"`
	Subject      string         `db:"subject"`
	RequestKinds pq.Int32Array  `db:"request_kinds"`
	ProductLines pq.StringArray `db:"product_lines"`
	Languages    pq.StringArray `db:"languages"`
	Capacity     int            `db:"capacity"`
	Open         int            `db:"open"`
}

func (r *memberRow) member() Member {
	m := Member{Subject: r.Subject, ProductLines: r.ProductLines, Languages: r.Languages, Capacity: r.Capacity, Open: r.Open}
	for _, k := range r.RequestKinds {
		m.RequestKinds = append(m.RequestKinds, int16(k))
	}
	return m
}

// Get reads a desk that the caller may see, with its members.
func (s *Store) Get(ctx context.Context, id uuid.UUID) (*Desk, error) {
	return s.read(ctx, selectByID, id)
}

func (s *Store) read(ctx context.Context, query string, id uuid.UUID) (*Desk, error) {
	var r row
	err := s.db.Get(ctx, &r, query, id)
	if err != nil && !errors.Is(err, postgres.ErrNoRows) {
		return nil, err
	}
	if err != nil || !auth.From(ctx).Covers(r.Territory) {
		return nil, resource.Missing(ctx, Name(id), typev1.Level_BASIC)
	}
	d := r.desk()
	return d, s.fill(ctx, []*Desk{d})
}

// fill reads the members of desks.
func (s *Store) fill(ctx context.Context, desks []*Desk) error {
	of, ids := map[uuid.UUID]*Desk{}, make([]uuid.UUID, len(desks))
	for i, d := range desks {
		of[d.ID], ids[i] = d, d.ID
	}
	var rows []memberRow
	if err := s.db.Select(ctx, &rows, selectMembers, pq.Array(ids)); err != nil {
		return err
	}
	for i := range rows {
		d := of[rows[i].Desk]
		d.Members = append(d.Members, rows[i].member())
	}
	return nil
}

// List reads a page of the desks within the caller's territories.
func (s *Store) List(ctx context.Context, plan *listing.Plan) ([]*Desk, string, error) {
	query, args := plan.Query(columns, "desks", "guanxi_covers(territory, $1)", auth.From(ctx).Scope())
	var rows []struct {
		row
		listing.Cursor
	}
	if err := s.db.SelectDynamic(ctx, &rows, query, args...); err != nil {
		return nil, "", err
	}
	rows, next, err := listing.Page(plan, rows)
	if err != nil {
		return nil, "", err
	}
	out := make([]*Desk, len(rows))
	for i := range rows {
		out[i] = rows[i].desk()
	}
	return out, next, s.fill(ctx, out)
}

// announce writes an event under the desk's next number.
func (s *Store) announce(ctx context.Context) func(e events.Event, err error) error {
	return func(e events.Event, err error) error {
		if err != nil {
			return err
		}
		_, err = s.db.NamedExec(ctx, announce, struct {
			events.Event
			AggregateID uuid.UUID `db:"aggregate_id"`
		}{e, e.Aggregate})
		return err
	}
}

const selectLeads = `select desk_id, territory, leads from desks where territory = any($1) and not inactive and leads <> '{}'`

// Leads are the active desks of the territories that have somebody to be told, by territory.
func (s *Store) Leads(ctx context.Context, territories []string) (map[string]*Desk, error) {
	var rows []row
	if err := s.db.Select(ctx, &rows, selectLeads, pq.Array(territories)); err != nil {
		return nil, err
	}
	out := make(map[string]*Desk, len(rows))
	for i := range rows {
		out[rows[i].Territory] = rows[i].desk()
	}
	return out, nil
}
