package survey

import (
	"context"
	"time"

	"github.com/google/uuid"

	"github.com/guanxi-crm/guanxi/libs/aggregate"
	"github.com/guanxi-crm/guanxi/libs/history"
	"github.com/guanxi-crm/guanxi/services/satisfaction/internal/settings"
)

const (
	runningSurveys = `select s.survey_id, (select count(*) from (select from invitations i where i.survey_id = s.survey_id and i.cleared and i.state = 6 and i.ask_time > $1 limit 2000) c)
		as cleared
	from surveys s where s.state = 2 and (s.start_time is null or s.start_time <= $1) and (s.end_time is null or s.end_time > $1) order by s.survey_id`

	dueOf = `survey_id, invitation_id, customer_id, person_id, stratum, state, reminders, ask_time, create_time`

	// The first ones are found by the index, and only then looked at.
	dueColumns = `select i.survey_id, i.invitation_id, i.customer_id, i.person_id, i.stratum, i.state, i.reminders, i.ask_time, i.create_time,
		exists (select from customers c where c.customer_id = i.customer_id and c.delete_time is not null) as deleted,
		(select max(o.issue_time) from invitations o where o.customer_id = i.customer_id and o.survey_id <> i.survey_id) as last_time from `

	dueToIssue = dueColumns + `(select ` + dueOf + ` from invitations where survey_id = $1 and state = 6 and ask_time <= $2 order by ask_time limit $3) i`

	dueToRemind = dueColumns + `(select ` + dueOf + ` from invitations where survey_id = $1 and state < 4 and ask_time is not null and ask_time <= $2 order by ask_time limit $3) i`

	// What has changed since it was looked at is asked about again.
	unchanged = ` where survey_id = $1 and invitation_id = $2 and state = $3 and ask_time = $4 and exists (select from surveys s where s.survey_id = $1 and s.state = 2)`

	settleDrawn = `update invitations set cleared = ($5 = ''), refusal = $5, ask_time = $6` + unchanged

	settleRemind = `update invitations set reminders = reminders + 1, remind_time = $5, ask_time = $6` + unchanged

	settlePutOff = `update invitations set ask_time = $5` + unchanged
)

// due is an invitation of which the gate is to be asked.
type due struct {
	Invitation
	LastTime *time.Time `db:"last_time"` // when another survey gave its customer a link
	Deleted  bool       `db:"deleted"`   // its customer is
}

// due are what is to be asked about now: reminders, and invitations as long as not enough are let through already.
func (g *Gate) due(ctx context.Context) ([]due, error) {
	now := g.now()
	var surveys []struct {
		ID      uuid.UUID `db:"survey_id"`
		Cleared int       `db:"cleared"`
	}
	if err := g.db.Select(ctx, &surveys, runningSurveys, now); err != nil {
		return nil, err
	}
	var out []due
	for _, s := range surveys {
		var reminders, drawn []due
		if err := g.db.Select(ctx, &reminders, dueToRemind, s.ID, now, asked); err != nil {
			return nil, err
		}
		if s.Cleared < ahead {
			if err := g.db.Select(ctx, &drawn, dueToIssue, s.ID, now, asked); err != nil {
				return nil, err
			}
		}
		out = append(append(out, reminders...), drawn...)
	}
	return out, nil
}

// settle keeps what the gate said, and announces reminders.
func (g *Gate) settle(ctx context.Context, verdicts []verdict, numbers *settings.Numbers) error {
	var customers []uuid.UUID
	for i := range verdicts {
		if v := &verdicts[i]; v.State != Drawn && v.rule == "" {
			customers = append(customers, v.Customer)
		}
	}
	return g.db.InTx(ctx, func(ctx context.Context) error {
		held, err := aggregate.Hold(ctx, g.db, customers)
		if err != nil {
			return err
		}
		var records []history.Record
		for i := range verdicts {
			v := &verdicts[i]
			switch {
			case v.State == Drawn:
				_, err = g.db.Exec(ctx, settleDrawn, v.Survey, v.ID, v.State, v.AskTime, v.rule, v.until)
			case v.rule != "" || held[v.Customer] == nil:
				_, err = g.db.Exec(ctx, settlePutOff, v.Survey, v.ID, v.State, v.AskTime, v.until)
			default:
				records, err = g.remind(ctx, v, numbers, records)
			}
			if err != nil {
				return err
			}
		}
		return aggregate.Record(ctx, g.db, held, records)
	})
}

func (g *Gate) remind(ctx context.Context, v *verdict, numbers *settings.Numbers, records []history.Record) ([]history.Record, error) {
	now := g.now()
	v.Reminders++
	result, err := g.db.Exec(ctx, settleRemind, v.Survey, v.ID, v.State, v.AskTime, now, remindAt(now, v.Reminders, numbers.Survey))
	if err != nil {
		return records, err
	}
	if n, err := result.RowsAffected(); err != nil || n == 0 {
		return records, err
	}
	record, err := v.reminded(ctx, now)
	return append(records, record), err
}
