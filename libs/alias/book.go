package alias

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/uuid"

	"github.com/guanxi-crm/guanxi/libs/postgres"
)

const (
	// poll is how late a merge can be known that another process committed.
	poll = 500 * time.Millisecond
	// patience is how many polls long the commits of this process are looked at after one of its transactions has changed the aliases: longer than a transaction may take.
	patience = 120
	// within is the most that looking may take.
	within = 2 * time.Second
)

// Book is who was merged into whom, as a process knows it.
type Book struct {
	db      *postgres.DB
	current atomic.Pointer[names]
	// touched counts down after a transaction of this process wrote aliases: until it has committed, or cannot any more, each commit may be the one.
	touched atomic.Int32
	loading sync.Mutex
}

// Open reads the book.
func Open(ctx context.Context, db *postgres.DB) (*Book, error) {
	b := &Book{db: db}
	b.current.Store(&names{version: -1})
	if err := b.refresh(ctx); err != nil {
		return nil, err
	}
	db.OnCommit(b.committed)
	return b, nil
}

// Run keeps the book up to date until ctx ends. While the database is out of reach the book stays as it is: nothing can be merged meanwhile either.
func (b *Book) Run(ctx context.Context) error {
	ticker := time.NewTicker(poll)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
			b.look(ctx)
			if b.touched.Load() > 0 {
				b.touched.Add(-1)
			}
		}
	}
}

// Survivor is who has a customer's facts: the customer itself when it is not merged.
func (b *Book) Survivor(id uuid.UUID) uuid.UUID {
	if survivor, merged := b.current.Load().survivors[id]; merged {
		return survivor
	}
	return id
}

const (
	insertAlias = `insert into aliases (customer_id, survivor_id) values ($1, $2) on conflict (customer_id) do update set survivor_id = excluded.survivor_id`
	deleteAlias = `delete from aliases where customer_id = $1`
)

// Add says that a customer is merged into another one, in ctx's transaction. This process knows it when the commit returns.
func (b *Book) Add(ctx context.Context, merged, survivor uuid.UUID) error {
	b.touched.Store(patience)
	_, err := b.db.Exec(ctx, insertAlias, merged, survivor)
	return err
}

// Remove says that a customer is no longer merged, in ctx's transaction.
func (b *Book) Remove(ctx context.Context, merged uuid.UUID) error {
	b.touched.Store(patience)
	_, err := b.db.Exec(ctx, deleteAlias, merged)
	return err
}

// committed runs after every commit of this process. Nearly always it does nothing.
func (b *Book) committed() {
	if b.touched.Load() == 0 {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), within) //nolint:forbidigo // a commit's hook is given no context
	defer cancel()
	b.look(ctx)
}

// look reads the book again if it has changed. What fails is tried again at the next look.
func (b *Book) look(ctx context.Context) {
	ctx, cancel := context.WithTimeout(b.db.Apart(ctx), within)
	defer cancel()
	_ = b.refresh(ctx)
}

const (
	selectVersion = `select version from alias_versions`
	selectAliases = `select customer_id, survivor_id from aliases`
)

func (b *Book) refresh(ctx context.Context) error {
	var version int64
	if err := b.db.Get(ctx, &version, selectVersion); err != nil || version == b.current.Load().version {
		return err
	}
	b.loading.Lock()
	defer b.loading.Unlock()
	// Read again inside: others may have waited for the same. What is committed between the two statements has a version of its own, which the next look sees.
	if err := b.db.Get(ctx, &version, selectVersion); err != nil || version == b.current.Load().version {
		return err
	}
	var rows []row
	if err := b.db.Select(ctx, &rows, selectAliases); err != nil {
		return err
	}
	b.current.Store(resolved(version, rows))
	return nil
}
