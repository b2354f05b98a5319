package customer

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/lib/pq"
	"google.golang.org/grpc/codes"

	"github.com/guanxi-crm/guanxi/libs/aggregate"
	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/history"
	"github.com/guanxi-crm/guanxi/libs/listing"
	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/libs/resource"
	"github.com/guanxi-crm/guanxi/libs/search"
	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
	"github.com/guanxi-crm/guanxi/services/profile/internal/attribute"
	"github.com/guanxi-crm/guanxi/services/profile/internal/contact"
	"github.com/guanxi-crm/guanxi/services/profile/internal/settings"
)

// Store keeps customers.
type Store struct {
	db       *postgres.DB
	now      func() time.Time
	attr     *attribute.Store
	settings *settings.Store
}

// NewStore makes a store.
func NewStore(db *postgres.DB, now func() time.Time) *Store {
	return &Store{db: db, now: now, attr: attribute.NewStore(db, now), settings: settings.NewStore(db, now)}
}

const columns = `customer_id, revision, display_name, kind, relations, legal_name, alternative_names, registration_number, industry,
	employee_count, territory, owner, source, tags, attributes, addresses, channels, external_ids, time_zone, language,
	create_time, update_time, delete_time, purge_time, merged_into,
	(select s.customer_id from subsidiaries s where s.child_id = customers.customer_id) as parent_id`

// row is a customer as the table has it.
type row struct {
	Customer
	listing.Cursor
	RelationNumbers pq.Int32Array                             `db:"relations"`
	Names           pq.StringArray                            `db:"alternative_names"`
	Labels          pq.StringArray                            `db:"tags"`
	Values          postgres.JSON[map[string]attribute.Value] `db:"attributes"`
	Places          postgres.JSON[[]contact.Address]          `db:"addresses"`
	Ways            postgres.JSON[[]contact.Channel]          `db:"channels"`
	IDs             postgres.JSON[[]contact.ExternalID]       `db:"external_ids"`
}

func (r *row) customer() *Customer {
	c := r.Customer
	c.Relations, c.AlternativeNames, c.Tags = r.RelationNumbers, r.Names, r.Labels
	c.Attributes, c.Addresses, c.Channels, c.ExternalIDs = r.Values.V, r.Places.V, r.Ways.V, r.IDs.V
	return &c
}

// written is a row with what a write needs beside it.
type written struct {
	row
	history.Record
	Words   string         `db:"words"`
	Systems pq.StringArray `db:"id_systems"`
	Others  pq.StringArray `db:"id_values"`
}

func newWritten(c *Customer, record history.Record) written {
	w := written{Record: record, Words: search.Vector(c.Texts())}
	w.row = newRow(c)
	for _, id := range c.ExternalIDs {
		w.Systems = append(w.Systems, id.System)
		w.Others = append(w.Others, id.ID)
	}
	return w
}

func newRow(c *Customer) row {
	return row{
		Customer: *c, RelationNumbers: postgres.OrEmpty(c.Relations), Names: postgres.OrEmpty(c.AlternativeNames), Labels: postgres.OrEmpty(c.Tags),
		Values: postgres.JSON[map[string]attribute.Value]{V: orEmptyMap(c.Attributes)}, Places: postgres.JSON[[]contact.Address]{V: postgres.OrEmpty(c.Addresses)},
		Ways: postgres.JSON[[]contact.Channel]{V: postgres.OrEmpty(c.Channels)}, IDs: postgres.JSON[[]contact.ExternalID]{V: postgres.OrEmpty(c.ExternalIDs)},
	}
}

// orEmptyMap is postgres.OrEmpty for a map.
func orEmptyMap[V any](in map[string]V) map[string]V {
	if in == nil {
		return map[string]V{}
	}
	return in
}

const insertCustomer = `with bumped as (
	insert into customers (customer_id, sequence, revision, display_name, kind, relations, legal_name, alternative_names, registration_number,
		industry, employee_count, territory, owner, source, tags, attributes, addresses, channels, external_ids, time_zone, language,
		words, create_time, update_time)
	values (:customer_id, 1, 1, :display_name, :kind, :relations, :legal_name, :alternative_names, :registration_number,
		:industry, :employee_count, :territory, :owner, :source, :tags, :attributes, :addresses, :channels, :external_ids, :time_zone, :language,
		cast(:words as tsvector), :create_time, :create_time)
	returning customer_id as aggregate_id, sequence as version
), ids as (
	insert into customer_external_ids (system, external_id, customer_id)
	select system, external_id, cast(:customer_id as uuid)
	from unnest(cast(:id_systems as text[]), cast(:id_values as text[])) as given (system, external_id)
), parent as (
	insert into subsidiaries (customer_id, child_id)
	select cast(:parent_id as uuid), cast(:customer_id as uuid) where cast(:parent_id as uuid) is not null
), ` + history.Write

// Create stores a new customer with its history and event, in one statement.
func (s *Store) Create(ctx context.Context, c *Customer) error {
	if err := s.check(ctx, c, nil); err != nil {
		return err
	}
	if err := s.checkParent(ctx, c, uuid.NullUUID{}); err != nil {
		return err
	}
	id, err := uuid.NewV7()
	if err != nil {
		return fmt.Errorf("customer: new id: %w", err)
	}
	now := s.now()
	c.ID, c.Revision, c.CreateTime, c.UpdateTime = id, 1, now, now
	record, err := created(ctx, now, c)
	if err != nil {
		return err
	}
	_, err = s.db.NamedExec(ctx, insertCustomer, newWritten(c, record))
	return taken(err)
}

// check holds a customer to its rules, its attributes to their declarations, and its territory to the caller's.
func (s *Store) check(ctx context.Context, c *Customer, stored map[string]attribute.Value) error {
	c.Normalize()
	wrong := c.Check()
	if len(c.Attributes) > 0 {
		declared, err := s.attr.Declared(ctx)
		if err != nil {
			return err
		}
		wrong = append(wrong, declared.Check(c.Attributes, stored)...)
		if err := withinLevel(ctx, c, stored); err != nil {
			return err
		}
	}
	if len(wrong) > 0 {
		return fault.Prefix(fault.Invalid(wrong...), "customer")
	}
	return permitted(ctx, c)
}

func permitted(ctx context.Context, c *Customer) error {
	if !auth.From(ctx).Covers(c.Territory) {
		return fault.Denied("TERRITORY", fault.Text{En: "the territory " + c.Territory + " is outside yours", Zh: "区域 " + c.Territory + " 不在您的权限范围内"})
	}
	return nil
}

// withinLevel refuses to write attributes above the caller's level, before their values are judged: what is wrong with them would tell of the declaration.
func withinLevel(ctx context.Context, c *Customer, stored map[string]attribute.Value) error {
	caller := auth.From(ctx)
	for _, id := range slices.Sorted(maps.Keys(c.Attributes)) {
		v := c.Attributes[id]
		if _, kept := stored[id]; !kept && typev1.Level(v.Level) > caller.Level || kept && stored[id] != v && typev1.Level(v.Level) > caller.Level {
			return fault.Denied("FIELD_LEVEL", fault.Text{
				En: "attributes." + id + " is above your permission level", Zh: "attributes." + id + " 超出您的权限级别",
			}).With("field", "customer.attributes."+id)
		}
	}
	return nil
}

// taken explains an external id that another customer has.
func taken(err error) error {
	if postgres.Violated(err, "customer_external_ids_pkey") {
		return fault.New(codes.AlreadyExists, "EXTERNAL_ID_TAKEN", fault.Text{
			En: "customer.external_ids: one of the ids belongs to another customer", Zh: "customer.external_ids：其中一个外部编号已属于另一客户",
		}).With("field", "customer.external_ids")
	}
	return err
}

const selectCustomer = `select ` + columns + ` from customers where customer_id = $1 and guanxi_covers(territory, $2)`

// Get reads one customer within the caller's territories, a deleted one too. Of one that was merged a moment ago, which this process may not know by its name yet, it
// reads the survivor.
func (s *Store) Get(ctx context.Context, id uuid.UUID) (*Customer, error) {
	c, err := s.read(ctx, selectCustomer, id)
	if err == nil && c.MergedInto.Valid {
		return s.Get(ctx, c.MergedInto.UUID)
	}
	if err != nil {
		return nil, err
	}
	return c, s.hideParents(ctx, c)
}

func (s *Store) read(ctx context.Context, query string, id uuid.UUID) (*Customer, error) {
	var r row
	err := s.db.Get(ctx, &r, query, id, auth.From(ctx).Scope())
	if errors.Is(err, postgres.ErrNoRows) {
		return nil, resource.Missing(ctx, aggregate.Name(id), typev1.Level_BASIC)
	}
	if err != nil {
		return nil, err
	}
	return r.customer(), nil
}
