package backup

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/guanxi-crm/guanxi/libs/postgres"
)

// moment is a state of all databases that fits together, for as long as it is held.
type moment struct {
	time      time.Time
	snapshots map[string]string
	closers   []func() error
}

// quietWithin is how long effects of events are waited for, and kept from beginning, while the snapshots are taken: that takes milliseconds.
const quietWithin = 30 * time.Second

// The effect of an event is stored together with how far its consumer is: who locks that table keeps all effects out, and lets callers and publishing go on.
const quiet = `lock table inbox_versions in share mode`

// moment takes a snapshot of each database while no event of another service is being taken in anywhere.
func (s Set) moment(ctx context.Context) (m *moment, err error) {
	m = &moment{snapshots: map[string]string{}}
	defer func() {
		if err != nil {
			err = errors.Join(err, m.close())
		}
	}()
	quieting, cancel := context.WithTimeout(ctx, quietWithin)
	defer cancel()
	var locks []*sql.Tx
	release := func() error {
		var errs []error
		for _, l := range locks {
			if err := l.Rollback(); !errors.Is(err, sql.ErrTxDone) {
				errs = append(errs, err)
			}
		}
		return errors.Join(errs...)
	}
	defer func() { err = errors.Join(err, release()) }()
	pools := make([]*postgres.DB, len(s.Databases))
	for i, d := range s.Databases {
		db, err := postgres.Open(quieting, postgres.Config{
			URL: d.URL, MaxConns: 2, LockTimeout: quietWithin, StatementTimeout: quietWithin, IdleInTransactionTimeout: 24 * time.Hour, ApplicationName: "guanxi backup",
		})
		if err != nil {
			return m, err
		}
		m.closers = append(m.closers, db.Close)
		pools[i] = db
		lock, err := db.SQL().BeginTx(quieting, nil)
		if err != nil {
			return m, err
		}
		locks = append(locks, lock)
		if _, err := lock.ExecContext(quieting, quiet); err != nil {
			return m, fmt.Errorf("%s: waiting for effects of events to end: %w", d.Service, err)
		}
	}
	m.time = time.Now().UTC()
	// Who asks comes before whom he asks: what he was told is then in the other's copy, too.
	for i, db := range slices.Backward(pools) {
		view, err := db.SQL().BeginTx(ctx, &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true})
		if err != nil {
			return m, err
		}
		m.closers = append([]func() error{view.Rollback}, m.closers...) // before its database
		var id string
		if err := view.QueryRowContext(ctx, `select pg_export_snapshot()`).Scan(&id); err != nil {
			return m, err
		}
		m.snapshots[s.Databases[i].Service] = id
	}
	return m, nil
}

func (m *moment) close() error {
	var errs []error
	for _, c := range m.closers {
		if err := c(); !errors.Is(err, sql.ErrTxDone) {
			errs = append(errs, err)
		}
	}
	m.closers = nil
	return errors.Join(errs...)
}
