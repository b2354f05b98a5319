package postgres

import (
	"context"
	"database/sql"
	"reflect"
	"regexp"
	"slices"

	"github.com/jmoiron/sqlx"
)

// Get scans the one row that the query returns into dest: a struct with `db` tags, or a single
// value. No row is ErrNoRows; of several rows the first is taken. The statement is prepared once
// per connection and kept under its text, so the text must be a constant: see SelectDynamic.
// Inside InTx it runs in that transaction.
func (db *DB) Get(ctx context.Context, dest any, query string, args ...any) error {
	err := sqlx.GetContext(ctx, db.executor(ctx), dest, query, args...)
	return db.after(ctx, err, db.effectOf(query))
}

// Select scans all rows into dest, a pointer to a slice. Otherwise like Get.
func (db *DB) Select(ctx context.Context, dest any, query string, args ...any) error {
	err := sqlx.SelectContext(ctx, db.executor(ctx), dest, query, args...)
	effect := db.effectOf(query)
	if effect.writes && tookNothing(dest, query) {
		effect = &nothing
	}
	return db.after(ctx, err, effect)
}

// Exec runs a statement that returns no rows. With arguments it is prepared and kept like Get's;
// without arguments it goes to the server as it is, so that it may hold several statements.
func (db *DB) Exec(ctx context.Context, query string, args ...any) (sql.Result, error) {
	result, err := db.executor(ctx).ExecContext(ctx, query, args...)
	if len(args) == 0 {
		return result, db.after(ctx, err, read(query))
	}
	return result, db.after(ctx, err, db.effectOf(query))
}

// GetDynamic is Get for generated SQL: the statement is not kept. It must not write.
func (db *DB) GetDynamic(ctx context.Context, dest any, query string, args ...any) error {
	return withContext(ctx, sqlx.GetContext(unprepared(ctx), db.executor(ctx), dest, query, args...))
}

// SelectDynamic is Select for generated SQL: the statement is not kept. It must not write.
func (db *DB) SelectDynamic(ctx context.Context, dest any, query string, args ...any) error {
	return withContext(ctx, sqlx.SelectContext(unprepared(ctx), db.executor(ctx), dest, query, args...))
}

// executor is the context's transaction, else the pool.
func (db *DB) executor(ctx context.Context) sqlx.ExtContext {
	if t := db.current(ctx); t != nil {
		return t.Tx
	}
	return db.pool
}

// after notes a successful write, and explains an error by the end of the context if that was it.
func (db *DB) after(ctx context.Context, err error, done *effect) error {
	switch t := db.current(ctx); {
	case err != nil:
		return withContext(ctx, err)
	case !done.writes:
	case t != nil:
		t.add(*done)
	default:
		db.committed(*done)
	}
	return nil
}

// effect is what a statement or a transaction may have written.
type effect struct {
	writes bool
	filled []string // tables in which there may be more to do: those inserted into or updated
}

var nothing effect

func (e *effect) add(more effect) {
	e.writes = e.writes || more.writes
	for _, table := range more.filled {
		if !slices.Contains(e.filled, table) {
			e.filled = append(e.filled, table)
		}
	}
}

var (
	writing = regexp.MustCompile(`(?i)\b(insert|update|delete|merge|truncate|call|do)\b`)
	filling = regexp.MustCompile(`(?i)\b(?:insert\s+into|merge\s+into|update)\s+(\w+)`)
)

// read judges a statement by its words. It errs on the side of yes (select for update): the price is a hook called for nothing.
func read(query string) *effect {
	e := effect{writes: writing.MatchString(query)}
	for _, found := range filling.FindAllStringSubmatch(query, -1) {
		e.add(effect{filled: []string{found[1]}})
	}
	return &e
}

// effectOf is what a statement that is a constant may write.
func (db *DB) effectOf(query string) *effect {
	if known, ok := db.writes.Load(query); ok {
		return known.(*effect)
	}
	known, _ := db.writes.LoadOrStore(query, read(query))
	return known.(*effect)
}

// taking is a statement that returns all that it writes. One that begins with another word may write by a part of it what it does not return.
var taking = regexp.MustCompile(`(?is)^\s*(delete|update)\b.*\breturning\b`)

// tookNothing is about queues: who works one off by deleting from it is woken by commits, and would never come to rest if finding it empty were a write.
func tookNothing(dest any, query string) bool {
	v := reflect.Indirect(reflect.ValueOf(dest))
	return v.Kind() == reflect.Slice && v.Len() == 0 && taking.MatchString(query)
}
