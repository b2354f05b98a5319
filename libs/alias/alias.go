// Package alias lets the names of customers that were merged into others go on resolving.
//
// A service keeps in its table aliases who was merged into whom. A Book holds that in memory and puts, in every request that comes in, the survivor's name where the
// old one stands; the context remembers the old one, so that what is written under it can go back with it when the merge is undone (Via).
package alias

import (
	"context"

	"github.com/google/uuid"
)

// viaKey is the context's key of the old names: a map from survivor to the merged customer it was called by.
type viaKey struct{}

// Via is the old name that this call has for a customer, if it has one and calls the customer by no other name.
func Via(ctx context.Context, survivor uuid.UUID) uuid.NullUUID {
	vias, ok := ctx.Value(viaKey{}).(map[uuid.UUID]uuid.UUID)
	if !ok {
		return uuid.NullUUID{}
	}
	old := vias[survivor]
	return uuid.NullUUID{UUID: old, Valid: old != uuid.Nil}
}

// WithVia says that what is done in the context to a customer is done under an old name, found otherwise than in the request: by an external id. Without one the
// context is as it was, so that it costs nothing where nothing is merged.
func WithVia(ctx context.Context, survivor uuid.UUID, old uuid.NullUUID) context.Context {
	if !old.Valid && !Via(ctx, survivor).Valid {
		return ctx
	}
	return context.WithValue(ctx, viaKey{}, map[uuid.UUID]uuid.UUID{survivor: old.UUID})
}

// names is who was merged into whom, as it was at one time. It is never changed.
type names struct {
	version int64
	// survivors has for each merged customer the one that has its facts, at the end of the chain.
	survivors map[uuid.UUID]uuid.UUID
	// heads are those survivors: a request that calls one by its own name does not mean the merged customer alone.
	heads map[uuid.UUID]bool
}

// row is one merge.
type row struct {
	Merged   uuid.UUID `db:"customer_id"`
	Survivor uuid.UUID `db:"survivor_id"`
}

// resolved follows the chains. A circle, which no merge can make, ends where it closes.
func resolved(version int64, rows []row) *names {
	direct := make(map[uuid.UUID]uuid.UUID, len(rows))
	for _, r := range rows {
		direct[r.Merged] = r.Survivor
	}
	n := &names{version: version, survivors: make(map[uuid.UUID]uuid.UUID, len(rows)), heads: make(map[uuid.UUID]bool, len(rows))}
	for _, r := range rows {
		end := r.Survivor
		for range rows {
			next, merged := direct[end]
			if !merged || next == r.Merged {
				break
			}
			end = next
		}
		n.survivors[r.Merged], n.heads[end] = end, true
	}
	return n
}
