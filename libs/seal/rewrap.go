package seal

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/lib/pq"
)

const (
	// rewrapChunk bounds the memory of a Rewrap, not its reach.
	rewrapChunk = 1000

	foreign = `select coalesce((select wrapped_by from vault.person_keys where wrapped_by <> all($1) limit 1), '')`
	older   = `select person_id, wrapped, wrapped_by from vault.person_keys where wrapped_by <> $1 order by person_id limit $2 for update`
	rewrap  = `update vault.person_keys k set wrapped = n.wrapped, wrapped_by = $3
		from unnest(cast($1 as uuid[]), cast($2 as bytea[])) as n (person_id, wrapped) where k.person_id = n.person_id`
)

// Check fails when the key of anybody is wrapped by one that is not in the file of keys: a service that went on would fail at the first one it has to read.
func (b *Box) Check(ctx context.Context) error {
	var by string
	if err := b.db.Get(ctx, &by, foreign, pq.Array(b.IDs())); err != nil {
		return err
	}
	if by != "" {
		return fmt.Errorf("seal: keys of people are wrapped by %s, which is not in the file of keys: the file is that of another installation, or a key was dropped too early", by)
	}
	return nil
}

// Rewrap wraps all keys of people by the newest of the file, so that the older ones can be dropped from it. What is sealed stays as it is.
func (b *Box) Rewrap(ctx context.Context, _ time.Time) error {
	return b.db.InTx(ctx, func(ctx context.Context) error {
		for {
			var rows []Wrapped
			if err := b.db.Select(ctx, &rows, older, b.Newest(), rewrapChunk); err != nil || len(rows) == 0 {
				return err
			}
			people, keys := make([]uuid.UUID, len(rows)), make(pq.ByteaArray, len(rows))
			for i, row := range rows {
				secret, err := b.secret(row)
				if err != nil {
					return err
				}
				people[i], keys[i] = row.Person, b.wrap(row.Person, secret).Key
			}
			if _, err := b.db.Exec(ctx, rewrap, pq.Array(people), keys, b.Newest()); err != nil {
				return err
			}
		}
	})
}
