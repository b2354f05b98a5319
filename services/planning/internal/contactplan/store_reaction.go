package contactplan

import (
	"context"

	"github.com/google/uuid"
	"github.com/lib/pq"

	"github.com/guanxi-crm/guanxi/services/planning/internal/contact"
	"github.com/guanxi-crm/guanxi/services/planning/internal/fact"
	"github.com/guanxi-crm/guanxi/services/planning/internal/settings"
)

const (
	// A warning is answered by one contact at a time, and the same one not twice.
	unwarned = `select c.customer_id from customers c
		where c.customer_id = any($1) and c.delete_time is null and c.churn_risks <> '{}'
			and not exists (select from contacts t where t.customer_id = c.customer_id and t.origin = 3 and (t.state in (1, 2, 5) or t.window_start >= $2))`

	// Only what is major and still open is followed up, and once.
	unfollowed = `select c.customer_id, 'customers/' || c.customer_id || '/concerns/' || c.concern_id as source from concerns c
		where c.customer_id = any($1) and c.major and c.resolve_time is null
			and not exists (select from contacts t where t.customer_id = c.customer_id and t.origin = 4
				and t.source = 'customers/' || c.customer_id || '/concerns/' || c.concern_id)
		order by c.customer_id, c.concern_id`
)

// reactions are what churn warnings and major concerns ask for. What has waited for longer than it was to be answered in asks for nothing: it is told again when the events of
// old are, and by then it has been answered or is beyond that.
func (r *Replanner) reactions(ctx context.Context, f *frame, customers []uuid.UUID, rows []fact.Replan) (map[uuid.UUID][]demand, error) {
	warned, worried := map[uuid.UUID]int{}, map[uuid.UUID]int{}
	for _, row := range rows {
		day := dayOf(settings.DayIn(row.Time, f.Zone))
		switch {
		case row.Cause == fact.CauseChurnRisk && day+int(f.Reaction.RetentionDays) >= f.today:
			warned[row.Customer] = day
		case row.Cause == fact.CauseConcern && day+int(f.Reaction.FollowUpDays) >= f.today:
			worried[row.Customer] = day
		}
	}
	out := map[uuid.UUID][]demand{}
	if kind, ok := f.Kinds[f.Reaction.Retention]; ok && f.Reaction.RetentionDays > 0 && len(warned) > 0 {
		var ids []uuid.UUID
		since := f.today
		for _, day := range warned {
			since = min(since, day)
		}
		if err := r.db.Select(ctx, &ids, unwarned, pq.Array(among(customers, warned)), midnightOf(since)); err != nil {
			return nil, err
		}
		for _, id := range ids {
			source := "customers/" + id.String() + "/churnRisk"
			out[id] = append(out[id], f.reaction(id, contact.Retention, source, &kind, warned[id], int(f.Reaction.RetentionDays)))
		}
	}
	if kind, ok := f.Kinds[f.Reaction.FollowUp]; ok && f.Reaction.FollowUpDays > 0 && len(worried) > 0 {
		var open []struct {
			Customer uuid.UUID `db:"customer_id"`
			Source   string    `db:"source"`
		}
		if err := r.db.Select(ctx, &open, unfollowed, pq.Array(among(customers, worried))); err != nil {
			return nil, err
		}
		for _, o := range open {
			out[o.Customer] = append(out[o.Customer], f.reaction(o.Customer, contact.FollowUp, o.Source, &kind, worried[o.Customer], int(f.Reaction.FollowUpDays)))
		}
	}
	return out, nil
}

func (f *frame) reaction(customer uuid.UUID, origin contact.Origin, source string, kind *settings.Kind, day, days int) demand {
	const accountManager = 1
	return demand{
		key: key{
			customer: customer, origin: origin, source: source, activity: int16(kind.Activity), role: accountManager, period: day,
		},
		why: source, first: max(day, f.today), last: day + days, minutes: kind.Minutes, position: reactionPosition,
	}
}

func among(customers []uuid.UUID, some map[uuid.UUID]int) []uuid.UUID {
	var out []uuid.UUID
	for _, c := range customers {
		if _, ok := some[c]; ok {
			out = append(out, c)
		}
	}
	return out
}
