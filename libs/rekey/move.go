package rekey

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/lib/pq"
)

// present are the tables that name the customer that rows are taken from.
func (w *work) present(ctx context.Context) ([]*table, error) {
	if len(w.movable) == 0 {
		return nil, nil
	}
	parts := make([]string, len(w.movable))
	for i, t := range w.movable {
		parts[i] = fmt.Sprintf(`select %s::text where exists (select from %s t where %s)`, t.literal(), t.sql, strings.ReplaceAll(t.moving("t"), "$2", "$1"))
	}
	var labels []string
	if err := w.db.Select(ctx, &labels, strings.Join(parts, ` union all `), w.from); err != nil {
		return nil, err
	}
	return slices.DeleteFunc(slices.Clone(w.movable), func(t *table) bool { return !slices.Contains(labels, t.label) }), nil
}

// putAside writes down the rows that cannot be the survivor's, and those that hang on them.
func (w *work) putAside(ctx context.Context, present []*table) error {
	aside := map[string]bool{}
	for _, t := range present {
		for _, u := range t.uniques {
			if err := w.aside(ctx, aside, t, t.conflicts(u)); err != nil {
				return err
			}
		}
		for _, check := range t.checks {
			if err := w.aside(ctx, aside, t, t.refused(check)); err != nil {
				return err
			}
		}
	}
	return w.orphaned(ctx, aside)
}

// orphaned writes down what hangs on rows that are aside, until there is no more.
func (w *work) orphaned(ctx context.Context, aside map[string]bool) error {
	for more := len(aside) > 0; more; {
		more = false
		for _, f := range w.foreign {
			child := w.tables[f.Child]
			if !aside[f.Parent] || len(child.key) == 0 || len(w.tables[f.Parent].key) == 0 {
				continue
			}
			n, err := w.run(ctx, w.orphans(f))
			if err != nil {
				return fmt.Errorf("rekey: rows of %s that refer to rows put aside: %w", f.Child, err)
			}
			if n > 0 {
				aside[f.Child], more = true, true
			}
		}
	}
	return nil
}

func (w *work) aside(ctx context.Context, aside map[string]bool, t *table, statement string) error {
	n, err := w.run(ctx, statement)
	if err != nil {
		return fmt.Errorf("rekey: rows of %s that conflict: %w", t.label, err)
	}
	if n > 0 {
		aside[t.label] = true
	}
	return nil
}

// run runs a statement with as many of the three parameters as it has.
func (w *work) run(ctx context.Context, statement string) (int64, error) {
	args := []any{w.merge}
	switch {
	case strings.Contains(statement, "$3"):
		args = append(args, w.from, w.to)
	case strings.Contains(statement, "$2"):
		args = append(args, w.from)
	}
	result, err := w.db.Exec(ctx, statement, args...)
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}

// move gives a table's rows to the survivor, but for those that are aside.
func (w *work) move(ctx context.Context, t *table, aside []string) error {
	if _, err := w.run(ctx, t.change(slices.Contains(aside, t.label))); err != nil {
		return fmt.Errorf("rekey: %s: %w", t.label, err)
	}
	return nil
}

const selectAside = `select distinct table_name from rekey_aside where merge_id = $1`

func (w *work) asideLabels(ctx context.Context) (labels []string, err error) {
	return labels, w.db.Select(ctx, &labels, selectAside, w.merge)
}

// removeAside takes the rows away that were put aside, children first: those of tables whose rows name several customers before anything moves, for a row could else be
// in the way of another one; the others after all has moved, so that no cascade takes along what stays.
func (w *work) removeAside(ctx context.Context, aside []string, several bool) error {
	for _, t := range w.childrenFirst(aside) {
		if t.several() != several {
			continue
		}
		if _, err := w.run(ctx, t.remove()); err != nil {
			return fmt.Errorf("rekey: %s: %w", t.label, err)
		}
	}
	return nil
}

// childrenFirst orders tables so that those that refer to others come before these.
func (w *work) childrenFirst(labels []string) []*table {
	var out []*table
	seen := map[string]bool{}
	var visit func(label string)
	visit = func(label string) {
		if seen[label] {
			return
		}
		seen[label] = true
		for _, f := range w.foreign {
			if f.Parent == label {
				visit(f.Child)
			}
		}
		if w.tables[label] != nil && slices.Contains(labels, label) { // there may be tables no more
			out = append(out, w.tables[label])
		}
	}
	for _, label := range labels {
		visit(label)
	}
	return out
}

// columnsOf are a table's columns as a list.
func columnsOf(names []string) string {
	quoted := make([]string, len(names))
	for i, name := range names {
		quoted[i] = pq.QuoteIdentifier(name)
	}
	return strings.Join(quoted, ", ")
}
