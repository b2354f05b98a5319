package desk

import (
	"context"
	"fmt"
	"strings"

	"github.com/google/uuid"
	"github.com/lib/pq"
)

const (
	selectPath = `select ` + columns + ` from desks where territory = any($1) and not inactive order by length(territory) desc`

	lockMembers = `select subject from desk_members where desk_id = $1 order by subject for no key update`
)

// Choose finds who takes a case: at the nearest desk up the territory's path that has a member with the skill and room, the one with the fewest open cases for his capacity. It
// runs in the caller's transaction and locks the members of the desks it looks at until that ends, so that no number of callers gives a member more than he takes: the case has to
// be written with desk and assignee in the same transaction. Nobody is found when subject is empty; the desk is then the nearest one, if there is any. why tells how it came about.
func (s *Store) Choose(ctx context.Context, territory string, request int16, productLine, language string) (id uuid.NullUUID, subject, why string, err error) {
	var rows []row
	if err := s.db.Select(ctx, &rows, selectPath, pq.Array(Path(territory))); err != nil {
		return id, "", "", err
	}
	if len(rows) == 0 {
		return id, "", "no desk at " + called(territory) + " or above", nil
	}
	need, passed := Need{Request: request, ProductLine: productLine, Language: language}, make([]string, 0, len(rows))
	for i := range rows {
		d := rows[i].desk()
		// The desks of a path are locked from below, everybody's in that order. What is counted afterwards is of all who had the lock before.
		if _, err := s.db.Exec(ctx, lockMembers, d.ID); err != nil {
			return id, "", "", err
		}
		if err := s.fill(ctx, []*Desk{d}); err != nil {
			return id, "", "", err
		}
		if m := Choose(d.Members, need); m != nil {
			why := fmt.Sprintf("desk of %s: %s has %d open of at most %d", called(d.Territory), m.Subject, m.Open, m.Capacity)
			return uuid.NullUUID{UUID: d.ID, Valid: true}, m.Subject, strings.Join(append(passed, why), "; "), nil
		}
		passed = append(passed, "desk of "+called(d.Territory)+": "+d.nobody(need))
	}
	return uuid.NullUUID{UUID: rows[0].ID, Valid: true}, "", strings.Join(passed, "; "), nil
}

// nobody says why none of the members was chosen.
func (d *Desk) nobody(n Need) string {
	able := 0
	for i := range d.Members {
		if d.Members[i].Can(n) {
			able++
		}
	}
	if able == 0 {
		return fmt.Sprintf("none of %d members can", len(d.Members))
	}
	return fmt.Sprintf("all %d members who can are full", able)
}

func called(territory string) string {
	if territory == "" {
		return "the company"
	}
	return territory
}
