package casefile

import (
	"context"
	"errors"
	"time"

	"github.com/google/uuid"

	"github.com/guanxi-crm/guanxi/libs/aggregate"
	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/civil"
	"github.com/guanxi-crm/guanxi/libs/etag"
	"github.com/guanxi-crm/guanxi/libs/events"
	"github.com/guanxi-crm/guanxi/libs/history"
	"github.com/guanxi-crm/guanxi/libs/listing"
	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/libs/resource"
	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
	voicev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/voice/v1"
)

const (
	actionColumns = `a.customer_id, a.case_id, a.action_id, a.kind, a.title, a.owner, a.due_date, a.done_time, a.result, a.verify_time, a.verifier, a.overdue_time, a.author,
	a.create_time, a.update_time, a.revision`

	fromActions  = `case_actions a join customers c on c.customer_id = a.customer_id`
	selectAction = `select ` + actionColumns + ` from case_actions a where a.customer_id = $1 and a.case_id = $2 and a.action_id = $3`

	insertAction = `insert into case_actions (customer_id, case_id, action_id, kind, title, owner, due_date, author, create_time, update_time, revision)
	values (:customer_id, :case_id, :action_id, :kind, :title, :owner, :due_date, :author, :create_time, :create_time, 1)`

	updateAction = `update case_actions set title = :title, owner = :owner, due_date = :due_date, done_time = :done_time, result = :result, verify_time = :verify_time,
		verifier = :verifier, overdue_time = :overdue_time, update_time = :update_time, revision = :revision
	where customer_id = :customer_id and case_id = :case_id and action_id = :action_id`

	// Of living customers: what is due of the others is told when they come back.
	selectOverdue = `select distinct a.customer_id from case_actions a join customers c using (customer_id)
	where a.due_date < $1 and a.done_time is null and a.overdue_time is null and c.delete_time is null order by a.customer_id limit 200`

	markOverdue = `update case_actions a set overdue_time = $3 where a.customer_id = $1 and a.due_date < $2 and a.done_time is null and a.overdue_time is null
	returning ` + actionColumns
)

// CreateAction plans an action.
func (s *Store) CreateAction(ctx context.Context, id uuid.UUID, a *Action) error {
	_, err := s.Change(ctx, id, "", func(ctx context.Context, c *Case) (_ []history.Record, err error) {
		if a.ID, err = uuid.NewV7(); err != nil {
			return nil, err
		}
		a.Customer, a.Case, a.Author, a.CreateTime, a.Revision = c.Customer, c.ID, auth.From(ctx).Subject, s.now(), 1
		a.UpdateTime = a.CreateTime
		if _, err := s.db.NamedExec(ctx, insertAction, a); err != nil {
			return nil, err
		}
		return s.acted(ctx, c, a, "planned", a.Title)
	})
	return err
}

// ChangeAction lets do change an action and say how that is called and what there is to note; it is called nothing when nothing changed.
func (s *Store) ChangeAction(ctx context.Context, id, action uuid.UUID, tag string, do func(*Action) (how, note string, err error)) (a *Action, err error) {
	_, err = s.Change(ctx, id, "", func(ctx context.Context, c *Case) ([]history.Record, error) {
		var found Action
		err := s.db.Get(ctx, &found, selectAction, c.Customer, c.ID, action)
		if errors.Is(err, postgres.ErrNoRows) {
			return nil, resource.Missing(ctx, ActionName(id, action), typev1.Level_BASIC)
		}
		if err != nil {
			return nil, err
		}
		a = &found
		if err := etag.Check(tag, a.Revision, a.Name()); err != nil {
			return nil, err
		}
		how, note, err := do(a)
		if err != nil || how == "" {
			return nil, err
		}
		a.Revision, a.UpdateTime = a.Revision+1, s.now()
		if _, err := s.db.NamedExec(ctx, updateAction, a); err != nil {
			return nil, err
		}
		return s.acted(ctx, c, a, how, note)
	})
	return a, err
}

// acted notes and announces that something happened to an action.
func (s *Store) acted(ctx context.Context, c *Case, a *Action, how, note string) ([]history.Record, error) {
	data := map[string]string{"action": a.Name(), "how": how, "owner": a.Owner, "due_date": a.Due.Format(time.DateOnly)}
	if err := s.Note(ctx, c.Customer, c.ID, Entry{Kind: ActionEntry, Note: note, Data: data}); err != nil {
		return nil, err
	}
	return s.Touch(ctx, c, "actions")
}

// Actions reads a page of the actions of a case, or of all within the caller's territories.
func (s *Store) Actions(ctx context.Context, plan *listing.Plan, id uuid.UUID) ([]*Action, string, error) {
	query, args := plan.Query(actionColumns, fromActions, visible, auth.From(ctx).Scope())
	if id != resource.Any {
		if _, err := s.Get(ctx, id); err != nil {
			return nil, "", err
		}
		query, args = plan.Query(actionColumns, fromActions, visible+` and a.case_id = $2`, auth.From(ctx).Scope(), id)
	}
	var rows []struct {
		Action
		listing.Cursor
	}
	if err := s.db.SelectDynamic(ctx, &rows, query, args...); err != nil {
		return nil, "", err
	}
	rows, next, err := listing.Page(plan, rows)
	out := make([]*Action, len(rows))
	for i := range rows {
		out[i] = &rows[i].Action
	}
	return out, next, err
}

// AnnounceOverdue tells of actions that were to be done by yesterday, each once for each due date. Each customer is a transaction of its own.
func (s *Store) AnnounceOverdue(ctx context.Context) error {
	ctx = s.db.Apart(background(ctx))
	numbers, err := s.Numbers.Current(ctx)
	if err != nil {
		return err
	}
	today := numbers.Today(s.now())
	for {
		var customers []uuid.UUID
		if err := s.db.Select(ctx, &customers, selectOverdue, today); err != nil || len(customers) == 0 {
			return err
		}
		for _, customer := range customers {
			if err := s.announceOverdue(ctx, customer, today); err != nil {
				return err
			}
		}
	}
}

func (s *Store) announceOverdue(ctx context.Context, customer uuid.UUID, today time.Time) error {
	return s.db.InTx(ctx, func(ctx context.Context) error {
		held, err := aggregate.Hold(ctx, s.db, []uuid.UUID{customer})
		if err != nil {
			return err
		}
		if h := held[customer]; h == nil || h.Deleted { // just now: it is not found again
			return nil
		}
		var late []*Action
		if err := s.db.Select(ctx, &late, markOverdue, customer, today, s.now()); err != nil {
			return err
		}
		var records []history.Record
		for _, a := range late {
			if err := s.Note(ctx, a.Customer, a.Case, Entry{Kind: ActionEntry, Data: map[string]string{"action": a.Name(), "how": "overdue", "owner": a.Owner}}); err != nil {
				return err
			}
			event, err := events.New(ctx, s.now(), customer, &voicev1.CaseActionOverdue{
				Action: a.Name(), Case: Name(a.Case), Customer: aggregate.Name(customer), Owner: a.Owner, DueDate: civil.Date(a.Due),
			})
			if err != nil {
				return err
			}
			records = append(records, history.NewRecord(event, history.Changed, typev1.Level_BASIC, nil))
		}
		return aggregate.Record(ctx, s.db, held, records)
	})
}
