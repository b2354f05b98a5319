package mirror

import (
	"bytes"
	"context"
	"slices"

	"github.com/google/uuid"
	"github.com/lib/pq"

	"github.com/guanxi-crm/guanxi/libs/postgres"
)

const survivorOf = `with recursive chain (id, depth) as (
		select $1::uuid, 0 union all select a.survivor_id, c.depth + 1 from aliases a join chain c on a.customer_id = c.id where c.depth < 100
	)
	select id from chain order by depth desc limit 1`

// Survivor is who has the facts of a customer: the customer itself when it is not merged. What another service tells of a customer may have been said before it heard of a
// merge; a fact is the survivor's then. What is judged of the merged customer stays with its row: nobody sees it, and it has to be right when the merge is taken back.
func Survivor(ctx context.Context, db *postgres.DB, id uuid.UUID) (survivor uuid.UUID, err error) {
	return survivor, db.Get(ctx, &survivor, survivorOf, id)
}

const (
	lockAlone  = `select pg_advisory_xact_lock(hashtextextended('merge' || id, 0)) from unnest($1::text[]) with ordinality as i (id, place) order by place`
	lockShared = `select pg_advisory_xact_lock_shared(hashtextextended('merge' || id, 0)) from unnest($1::text[]) with ordinality as i (id, place) order by place`
)

// keepFrom keeps everybody who uses MeetNoMerge from working on customers, until the transaction ends.
func keepFrom(ctx context.Context, db *postgres.DB, customers ...uuid.UUID) error {
	return lock(ctx, db, lockAlone, customers)
}

// MeetNoMerge keeps customers from being merged, or unmerged, until the transaction ends, without keeping anybody else from writing them: for who asks profile for something of
// theirs and writes it down afterwards.
func MeetNoMerge(ctx context.Context, db *postgres.DB, customers ...uuid.UUID) error {
	return lock(ctx, db, lockShared, customers)
}

func lock(ctx context.Context, db *postgres.DB, statement string, customers []uuid.UUID) error {
	customers = slices.Clone(customers)
	slices.SortFunc(customers, func(a, b uuid.UUID) int { return bytes.Compare(a[:], b[:]) })
	customers = slices.Compact(customers)
	ids := make(pq.StringArray, len(customers))
	for i, id := range customers {
		ids[i] = id.String()
	}
	_, err := db.Exec(ctx, statement, ids)
	return err
}

const (
	forgetMoved = `delete from rekeyed where merge_id = any ($1)`
	forgetAside = `delete from rekey_aside where merge_id = any ($1)`
	mergesOf    = `select customer_id as merged, survivor_id as survivor from aliases where customer_id = $1 or survivor_id = $1`
	forgetNames = `delete from aliases where customer_id = $1 or survivor_id = $1`
)

// ForgetMerges removes what is kept to take back the merges of a customer that is removed for good.
func ForgetMerges(ctx context.Context, db *postgres.DB, customer uuid.UUID) error {
	var rows []struct {
		Merged   uuid.UUID `db:"merged"`
		Survivor uuid.UUID `db:"survivor"`
	}
	if err := db.Select(ctx, &rows, mergesOf, customer); err != nil || len(rows) == 0 {
		return err
	}
	ids := make([]uuid.UUID, len(rows))
	for i, r := range rows {
		ids[i] = MergeID(r.Merged, r.Survivor)
	}
	if _, err := db.Exec(ctx, forgetMoved, pq.Array(ids)); err != nil {
		return err
	}
	if _, err := db.Exec(ctx, forgetAside, pq.Array(ids)); err != nil {
		return err
	}
	_, err := db.Exec(ctx, forgetNames, customer)
	return err
}

// space is that of the ids of merges.
var space = uuid.MustParse("6f1f7c2e-5b1d-5b0c-9a43-4f6f0f5d7a10")

// MergeID is the id under which a service keeps what it moved from a customer to another one.
func MergeID(merged, survivor uuid.UUID) uuid.UUID {
	return uuid.NewSHA1(space, append(merged[:], survivor[:]...))
}
