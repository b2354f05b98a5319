package customer

import (
	"context"
	"fmt"

	"github.com/google/uuid"
	"github.com/lib/pq"
	"google.golang.org/grpc/codes"

	"github.com/guanxi-crm/guanxi/libs/alias"
	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/history"
	profilev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/profile/v1"
	"github.com/guanxi-crm/guanxi/services/profile/internal/blend"
	"github.com/guanxi-crm/guanxi/services/profile/internal/contact"
)

// Incoming is a customer as another system knows it.
type Incoming struct {
	Key contact.ExternalID
	// Facts are the fields that the other system knows; nil asks only whether the customer is there.
	Facts *profilev1.Customer
	// IfMissing leaves a customer that is there as it is.
	IfMissing bool
}

// State says what came of an incoming customer.
type State int

// The states.
const (
	Created State = iota + 1
	Changed
	Unchanged
	Refused
)

// Taken is what came of one. Err, set when it was refused, is meant for the caller.
type Taken struct {
	ID    uuid.UUID
	State State
	Err   error
	// Via is the merged customer that the external id came with, if it is the survivor that was found.
	Via uuid.NullUUID
}

// TakeIn finds, creates or changes customers by their external ids, in the caller's transaction, in the order given; the same one may come more than once.
func (s *Store) TakeIn(ctx context.Context, incoming []Incoming) ([]Taken, error) {
	in := intake{store: s, fresh: map[uuid.UUID]bool{}, unmade: map[uuid.UUID]int{}}
	if err := in.look(ctx, incoming); err != nil {
		return nil, err
	}
	out := make([]Taken, len(incoming))
	for i, one := range incoming {
		via := in.vias[one.Key.Key()]
		taken, err := in.take(alias.WithVia(ctx, in.owners[one.Key.Key()], via), one)
		taken.Via = via
		if err != nil {
			return nil, fmt.Errorf("customer %s: %w", one.Key.Key(), err)
		}
		out[i] = taken
	}
	return out, in.write(ctx)
}

// intake is the state of the customers while incoming ones are taken one after another.
type intake struct {
	store   *Store
	owners  map[string]uuid.UUID     // whom an external id belongs to
	vias    map[string]uuid.NullUUID // the merged customer that it came with
	known   map[uuid.UUID]*Customer  // those of them within the caller's territories
	fresh   map[uuid.UUID]bool
	created []*Customer
	records []history.Record // of the created ones
	// unmade says which of the records are still to be made: that is done while the database takes the rows in, which it would else be waited for.
	unmade map[uuid.UUID]int
}

const findOwners = `select system, external_id, customer_id, via from customer_external_ids
	where (system, external_id) in (select k.system, k.id from unnest(cast($1 as text[]), cast($2 as text[])) as k (system, id))`

const lockKnown = `select ` + lockedColumns + ` from customers where customer_id = any($1) and guanxi_covers(territory, $2) order by customer_id for no key update`

func (in *intake) look(ctx context.Context, incoming []Incoming) error {
	var systems, ids []string
	for _, one := range incoming {
		systems, ids = append(systems, one.Key.System), append(ids, one.Key.ID)
		for _, id := range one.Facts.GetExternalIds() {
			systems, ids = append(systems, id.GetSystem()), append(ids, id.GetId())
		}
	}
	var found []struct {
		System     string        `db:"system"`
		ExternalID string        `db:"external_id"`
		CustomerID uuid.UUID     `db:"customer_id"`
		Via        uuid.NullUUID `db:"via"`
	}
	if err := in.store.db.Select(ctx, &found, findOwners, pq.Array(systems), pq.Array(ids)); err != nil {
		return err
	}
	in.owners, in.vias = make(map[string]uuid.UUID, len(found)), map[string]uuid.NullUUID{}
	customers := make([]uuid.UUID, len(found))
	for i, f := range found {
		key := contact.ExternalID{System: f.System, ID: f.ExternalID}.Key()
		in.owners[key] = f.CustomerID
		if f.Via.Valid {
			in.vias[key] = f.Via
		}
		customers[i] = f.CustomerID
	}
	var rows []row
	if err := in.store.db.Select(ctx, &rows, lockKnown, pq.Array(customers), auth.From(ctx).Scope()); err != nil {
		return err
	}
	in.known = make(map[uuid.UUID]*Customer, len(rows))
	for i := range rows {
		in.known[rows[i].ID] = rows[i].customer()
	}
	return nil
}

func (in *intake) take(ctx context.Context, one Incoming) (Taken, error) {
	id, there := in.owners[one.Key.Key()]
	c := in.known[id]
	switch {
	case c == nil && one.Facts == nil: // one text for both: who only refers to a customer need not learn that others have it
		return refuse(fault.Invalid(fault.Field("customer_ref", "CUSTOMER_UNKNOWN", fault.Text{
			En: "there is no customer " + one.Key.Key() + " within your territories", Zh: "您的权限区域内没有客户 " + one.Key.Key(),
		}))), nil
	case there && c == nil:
		return refuse(fault.Hidden("customer " + one.Key.Key())), nil
	case there && c.DeleteTime != nil:
		return refuse(gone(c)), nil
	case !there:
		return in.create(ctx, one)
	case one.Facts == nil || one.IfMissing:
		return Taken{ID: id, State: Unchanged}, nil
	default:
		t, err := in.change(ctx, c, one)
		if err == nil && t.Err == nil {
			err = in.learn(ctx, c.ID, one.Facts)
		}
		return t, err
	}
}

func (in *intake) create(ctx context.Context, one Incoming) (Taken, error) {
	c := FromProto(one.Facts)
	if len(c.ExternalIDs) == 0 || c.ExternalIDs[0] != one.Key {
		c.ExternalIDs = append([]contact.ExternalID{one.Key}, c.ExternalIDs...)
	}
	if err := in.free(c); err != nil {
		return refuse(err), nil
	}
	if err := in.store.check(ctx, c, nil); err != nil {
		return answer(err)
	}
	if err := in.store.checkParent(ctx, c, uuid.NullUUID{}); err != nil {
		return answer(err)
	}
	id, err := uuid.NewV7()
	if err != nil {
		return Taken{}, err
	}
	now := in.store.now()
	c.ID, c.Revision, c.CreateTime, c.UpdateTime = id, 1, now, now
	in.unmade[id] = len(in.records)
	in.created, in.records = append(in.created, c), append(in.records, history.Record{})
	in.known[id], in.fresh[id] = c, true
	for _, e := range c.ExternalIDs {
		in.owners[e.Key()] = id
	}
	return Taken{ID: id, State: Created}, nil
}

// free refuses external ids that another customer has.
func (in *intake) free(c *Customer) error {
	for _, e := range c.ExternalIDs {
		if owner, there := in.owners[e.Key()]; there && owner != c.ID {
			return fault.New(codes.AlreadyExists, "EXTERNAL_ID_TAKEN", fault.Text{
				En: "the external id " + e.Key() + " belongs to another customer", Zh: "外部编号 " + e.Key() + " 已属于另一客户",
			})
		}
	}
	return nil
}

func (in *intake) change(ctx context.Context, c *Customer, one Incoming) (Taken, error) {
	before, next := ToProto(c), *c
	state, err := state(ctx, c.ID, before, one.Facts)
	if err != nil {
		return answer(err)
	}
	next.over(state)
	if err := in.free(&next); err != nil {
		return refuse(err), nil
	}
	if err := in.store.check(ctx, &next, c.Attributes); err != nil {
		return answer(err)
	}
	if err := in.store.checkParent(ctx, &next, c.Parent); err != nil {
		return answer(err)
	}
	record, differs, err := changed(ctx, in.store.now(), before, &next)
	if err != nil || !differs {
		return Taken{ID: c.ID, State: Unchanged}, err
	}
	next.Revision, next.UpdateTime = c.Revision+1, record.Time
	if in.fresh[c.ID] { // not written yet
		if err := in.record(ctx, c); err != nil {
			return Taken{}, err
		}
		record.Version = next.Revision
		in.records = append(in.records, record)
	} else if err := in.rewrite(ctx, &next, record, c.ExternalIDs); err != nil {
		return Taken{}, err
	} else if err := in.store.moveParent(ctx, &next, c.Parent); err != nil {
		return Taken{}, err
	}
	if err := blend.Edited(ctx, in.store.db, c.ID, c.Blended, before, ToProto(&next)); err != nil {
		return Taken{}, err
	}
	*c = next
	for _, e := range c.ExternalIDs {
		in.owners[e.Key()] = c.ID
	}
	return Taken{ID: c.ID, State: Changed}, nil
}

// record makes the record of a customer's creation, if that has not been done, from the state that it has.
func (in *intake) record(ctx context.Context, c *Customer) error {
	at, ok := in.unmade[c.ID]
	if !ok {
		return nil
	}
	delete(in.unmade, c.ID)
	made, err := created(ctx, c.CreateTime, c)
	if err != nil {
		return err
	}
	made.Version = 1
	in.records[at] = made
	return nil
}

func (in *intake) rewrite(ctx context.Context, c *Customer, record history.Record, ids []contact.ExternalID) error {
	if _, err := in.store.db.NamedExec(ctx, updateCustomer, newWritten(c, record)); err != nil {
		return err
	}
	return in.store.replaceIDs(ctx, c, ids)
}

func refuse(err error) Taken { return Taken{State: Refused, Err: err} }

// answer separates what is wrong with a customer, which is said of it alone, from what is wrong with us, which ends the work.
func answer(err error) (Taken, error) {
	switch fault.From(err).Code() {
	case codes.InvalidArgument, codes.PermissionDenied:
		return refuse(err), nil
	default:
		return Taken{}, err
	}
}
