package blend

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/lib/pq"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	"github.com/guanxi-crm/guanxi/libs/alias"
	"github.com/guanxi-crm/guanxi/libs/postgres"
	profilev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/profile/v1"
)

// Layer is a merge that stands.
type Layer struct {
	State
	ID       uuid.UUID
	MergedID uuid.UUID
}

type layerRow struct {
	ID     uuid.UUID `db:"merge_id"`
	Merged uuid.UUID `db:"merged_id"`
	Before []byte    `db:"survivor_before"`
	After  []byte    `db:"survivor_after"`
	State  []byte    `db:"merged"`
}

const selectLayers = `select merge_id, merged_id, survivor_before, survivor_after, merged from merges
	where survivor_id = $1 and unmerge_time is null order by survivor_version for update`

// Layers reads the stack of a survivor, the newest last. The caller holds the survivor.
func Layers(ctx context.Context, db *postgres.DB, survivor uuid.UUID) ([]Layer, error) {
	var rows []layerRow
	if err := db.Select(ctx, &rows, selectLayers, survivor); err != nil {
		return nil, err
	}
	out := make([]Layer, len(rows))
	for i, r := range rows {
		out[i] = Layer{ID: r.ID, MergedID: r.Merged}
		for _, part := range []struct {
			to   **profilev1.Customer
			from []byte
		}{{&out[i].Before, r.Before}, {&out[i].After, r.After}, {&out[i].Merged, r.State}} {
			*part.to = new(profilev1.Customer)
			if err := (protojson.UnmarshalOptions{DiscardUnknown: true}).Unmarshal(part.from, *part.to); err != nil {
				return nil, fmt.Errorf("blend: merge %s: %w", r.ID, err)
			}
		}
	}
	return out, nil
}

// Merge is a merge to be kept.
type Merge struct {
	Layer
	Survivor uuid.UUID
	// Version is the survivor's number of the event.
	Version int64
	Actor   string
	Time    time.Time
}

const insertLayer = `insert into merges (merge_id, survivor_id, merged_id, survivor_version, survivor_before, survivor_after, merged, fields, actor, merge_time)
	values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`

// Insert stores a merge.
func (m Merge) Insert(ctx context.Context, db *postgres.DB) error {
	parts, err := m.encode()
	if err != nil {
		return err
	}
	args := append([]any{m.ID, m.Survivor, m.MergedID, m.Version}, parts...)
	_, err = db.Exec(ctx, insertLayer, append(args, m.Actor, m.Time)...)
	return err
}

const updateLayer = `update merges set survivor_before = $2, survivor_after = $3, merged = $4, fields = $5 where merge_id = $1`

// Save stores what became of a layer.
func (l Layer) Save(ctx context.Context, db *postgres.DB) error {
	parts, err := l.encode()
	if err != nil {
		return err
	}
	_, err = db.Exec(ctx, updateLayer, append([]any{l.ID}, parts...)...)
	return err
}

func (s State) encode() ([]any, error) {
	var out []any
	for _, m := range []*profilev1.Customer{s.Before, s.After, s.Merged} {
		text, err := protojson.Marshal(m)
		if err != nil {
			return nil, fmt.Errorf("blend: %w", err)
		}
		out = append(out, string(text))
	}
	return append(out, pq.Array(postgres.OrEmpty(s.Fields()))), nil
}

// Edited tells of a change of a customer by the name that this call has for it: under the old name of one that was merged into it the change goes with that one when the
// merge is taken back. blended says whether anything is merged into it. The caller holds the customer.
func Edited(ctx context.Context, db *postgres.DB, customer uuid.UUID, blended bool, before, after *profilev1.Customer) error {
	via := alias.Via(ctx, customer)
	if !blended {
		return nil
	}
	chain := map[uuid.UUID]bool{}
	if via.Valid {
		var err error
		if chain, err = bearers(ctx, db, via.UUID); err != nil {
			return err
		}
	}
	for {
		layers, err := Layers(ctx, db, customer)
		if err != nil || len(layers) == 0 {
			return err
		}
		stack := states(layers)
		at := slices.IndexFunc(layers, func(l Layer) bool { return chain[l.MergedID] })
		if at < 0 {
			EditOwn(before, after, stack)
		} else {
			before, after = Edit(before, after, stack, at)
			customer = layers[at].MergedID
		}
		if err := save(ctx, db, layers, stack); err != nil || at < 0 {
			return err
		}
	}
}

// save stores the layers with other states.
func save(ctx context.Context, db *postgres.DB, layers []Layer, stack []State) error {
	for i := range layers {
		layers[i].State = stack[i]
		if err := layers[i].Save(ctx, db); err != nil {
			return err
		}
	}
	return nil
}

func states(layers []Layer) []State {
	out := make([]State, len(layers))
	for i, l := range layers {
		out[i] = l.State
	}
	return out
}

const chainOf = `with recursive names (id) as (
		select cast($1 as uuid) union select a.survivor_id from aliases a join names b on a.customer_id = b.id
	) select id from names`

// bearers are the customers through which a merged one came to its survivor.
func bearers(ctx context.Context, db *postgres.DB, via uuid.UUID) (map[uuid.UUID]bool, error) {
	var ids []uuid.UUID
	if err := db.Select(ctx, &ids, chainOf, via); err != nil {
		return nil, err
	}
	out := make(map[uuid.UUID]bool, len(ids))
	for _, id := range ids {
		out[id] = true
	}
	return out, nil
}

const (
	selectOwn = `select merged from merges where merged_id = $1 and unmerge_time is null for update`
	updateOwn = `update merges set merged = $2 where merged_id = $1 and unmerge_time is null`
)

// Learn changes what a merged customer would come back as, and leaves the survivor as it is: for what another system says of the merged one where the survivor has its own.
func Learn(ctx context.Context, db *postgres.DB, merged uuid.UUID, change func(*profilev1.Customer) error) error {
	var text []byte
	err := db.Get(ctx, &text, selectOwn, merged)
	if errors.Is(err, postgres.ErrNoRows) { // unmerged meanwhile
		return nil
	}
	if err != nil {
		return err
	}
	own := new(profilev1.Customer)
	if err := (protojson.UnmarshalOptions{DiscardUnknown: true}).Unmarshal(text, own); err != nil {
		return fmt.Errorf("blend: customer %s: %w", merged, err)
	}
	before := proto.CloneOf(own)
	if err := change(own); err != nil || proto.Equal(before, own) {
		return err
	}
	next, err := protojson.Marshal(own)
	if err != nil {
		return fmt.Errorf("blend: %w", err)
	}
	_, err = db.Exec(ctx, updateOwn, merged, string(next))
	return err
}

// Remove takes a layer out of a survivor's stack and stores those that are laid anew. It returns the survivor without it, and the merged customer as it comes back.
func Remove(ctx context.Context, db *postgres.DB, layers []Layer, at int, now *profilev1.Customer) (survivor, merged *profilev1.Customer, err error) {
	stack := states(layers)
	merged = stack[at].Merged
	survivor = Lift(now, stack, at)
	return survivor, merged, save(ctx, db, layers, stack)
}
