// Package rekey gives all rows of one customer to another one, as a merge needs it, and takes that back.
//
// It knows no table by name: from PostgreSQL's catalogue it reads which tables, in all schemas, have a uuid column customer_id, or one whose name ends so, and by which
// keys they hang together. What it does is written down row by row, so that taking it back moves these rows and no others, and restores exactly what there was.
//
// A row that the survivor has one like, by a unique key (partial ones, those over expressions, and exclusion constraints alike), is put aside whole; so is a row that
// a check would refuse to the survivor. With a row that is put aside goes what refers to it, unless the survivor's own row can take its place: then that hangs on this one.
//
// It asks of the database:
//   - foreign keys from one customer's row to another row of it are deferrable (guanxi_defer_customer_keys), without cascading updates;
//   - tables have a primary key, or one like it, and an index that leads with the customer's column where they are large;
//   - triggers that refuse or count changes let it pass while guanxi_rekeying().
package rekey

import (
	"context"
	"sync"

	"github.com/google/uuid"

	"github.com/guanxi-crm/guanxi/libs/postgres"
)

// Options say what is particular about a service's database.
type Options struct {
	// Except are tables whose rows stay with the customer they name, "schema.table" outside of public. That of the customers and the platform's own always are.
	Except []string
	// Collections have for a collection of resource names ("people") the column of ids ("person_id") by which tables tell that a row belongs to such a resource.
	Collections map[string]string
	// References are columns of tables (by the name that Except uses) with resource names below the row's own customer by which rows are found ("customers/{id}/orders/{id}"):
	// they follow the customer. In all other texts old names may stay, since they go on resolving.
	References map[string][]string
}

// Mover moves the rows of customers. It is safe for concurrent use.
type Mover struct {
	db      *postgres.DB
	options Options
	mu      sync.Mutex
	known   *catalogue
}

// New makes a mover of a database, whose catalogue is read when something is first moved.
func New(db *postgres.DB, o Options) *Mover { return &Mover{db: db, options: o} }

// Move gives the rows of customer from to customer to, in ctx's transaction or one of its own, and keeps under merge what is needed to take that back. Done again it
// moves what has come since.
//
// The caller has locked both customers, so that nobody adds to them meanwhile.
func (m *Mover) Move(ctx context.Context, merge, from, to uuid.UUID) error {
	return m.within(ctx, func(ctx context.Context, c *catalogue) error {
		w := &work{db: m.db, catalogue: c, merge: merge, from: from, to: to}
		present, err := w.present(ctx)
		if err != nil {
			return err
		}
		if err := w.putAside(ctx, present); err != nil {
			return err
		}
		aside, err := w.asideLabels(ctx)
		if err != nil {
			return err
		}
		if err := w.removeAside(ctx, aside, true); err != nil {
			return err
		}
		for _, t := range present {
			if err := w.move(ctx, t, aside); err != nil {
				return err
			}
		}
		if err := w.removeAside(ctx, aside, false); err != nil {
			return err
		}
		return w.rename(ctx, m.options.References, to, from, to)
	})
}

// Undo takes Move back: customer from has again what it had and what has been made since under its name, with the rows that cannot be without those. along are the names of what
// another service's database knows to have been made so. What was changed in
// them meanwhile stays changed. A reference between what went and what stayed is cut where it may be empty. What was not moved under merge stays where it is.
func (m *Mover) Undo(ctx context.Context, merge, from, to uuid.UUID, along ...string) error {
	return m.within(ctx, func(ctx context.Context, c *catalogue) error {
		w := &work{db: m.db, catalogue: c, merge: merge, from: from, to: to}
		if err := w.follow(ctx, m.options.Collections, along); err != nil {
			return err
		}
		if err := w.moveBack(ctx); err != nil {
			return err
		}
		if err := w.rename(ctx, m.options.References, from, to, from); err != nil {
			return err
		}
		if err := w.restore(ctx); err != nil {
			return err
		}
		if err := w.cut(ctx); err != nil {
			return err
		}
		return w.forget(ctx)
	})
}

const (
	begin = `select set_config('guanxi.rekeying', 'on', true)`
	end   = `select set_config('guanxi.rekeying', 'off', true)`
)

// within runs fn while constraints wait, and checks them at its end, so that an error shows here and not at the commit.
func (m *Mover) within(ctx context.Context, fn func(context.Context, *catalogue) error) error {
	return m.db.InTx(ctx, func(ctx context.Context) error {
		c, err := m.catalogue(ctx)
		if err != nil {
			return err
		}
		var set string
		if err := m.db.Get(ctx, &set, begin); err != nil {
			return err
		}
		if _, err := m.db.Exec(ctx, `set constraints all deferred`); err != nil {
			return err
		}
		if err := fn(ctx, c); err != nil {
			return err
		}
		if _, err := m.db.Exec(ctx, c.check); err != nil {
			return err
		}
		return m.db.Get(ctx, &set, end)
	})
}

func (m *Mover) catalogue(ctx context.Context) (*catalogue, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.known != nil {
		return m.known, nil
	}
	c, err := read(ctx, m.db, m.options.Except)
	if err != nil {
		return nil, err
	}
	m.known = c
	return c, nil
}

// work is one move, or its undoing.
type work struct {
	*catalogue
	db              *postgres.DB
	merge, from, to uuid.UUID
}
