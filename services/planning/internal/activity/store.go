package activity

import (
	"context"
	"errors"
	"time"

	"github.com/google/uuid"
	"github.com/lib/pq"
	"github.com/shopspring/decimal"

	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/listing"
	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/libs/resource"
	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
	"github.com/guanxi-crm/guanxi/services/planning/internal/budget"
	"github.com/guanxi-crm/guanxi/services/planning/internal/settings"
)

// Store keeps activities.
type Store struct {
	db      *postgres.DB
	now     func() time.Time
	budgets *budget.Store
}

// NewStore makes a store.
func NewStore(db *postgres.DB, now func() time.Time) *Store {
	return &Store{db: db, now: now, budgets: budget.NewStore(db, now)}
}

const (
	names = `customer_id, activity_id, kind, title, purpose, project, occasion, people, start_time, end_time, items, budget_id, currency, planned_cost, actual_cost, state,
	report, follow_ups, cancel_reason, author, create_time, update_time, revision`

	columns = `a.customer_id, a.activity_id, a.kind, a.title, a.purpose, a.project, a.occasion, a.people, a.start_time, a.end_time, a.items, a.budget_id, a.currency,
	a.planned_cost, a.actual_cost, a.state, a.report, a.follow_ups, a.cancel_reason, a.author, a.create_time, a.update_time, a.revision,
	array(select p.person_id from people p where p.customer_id = a.customer_id and p.person_id = any(a.people) and p.senior) as seniors`

	from = `activities a join customers c on c.customer_id = a.customer_id`

	// An activity with senior persons alone exists for those only who know them.
	visible = `guanxi_covers(c.territory, $1) and ($2 or a.people = '{}'
		or exists (select from unnest(a.people) as n (id) where not exists (select from people p where p.customer_id = a.customer_id and p.person_id = n.id and p.senior)))`

	selectByID = `select ` + columns + ` from ` + from + ` where ` + visible + ` and a.activity_id = $3`

	insert = `insert into activities (` + names + `) values (:customer_id, :activity_id, :kind, :title, :purpose, :project, :occasion, :people, :start_time, :end_time, :items,
		:budget_id, :currency, :planned_cost, :actual_cost, :state, :report, :follow_ups, :cancel_reason, :author, :create_time, :update_time, :revision)`

	update = `update activities set kind = :kind, title = :title, purpose = :purpose, project = :project, occasion = :occasion, people = :people, start_time = :start_time,
		end_time = :end_time, items = :items, budget_id = :budget_id, currency = :currency, planned_cost = :planned_cost, actual_cost = :actual_cost, state = :state,
		report = :report, follow_ups = :follow_ups, cancel_reason = :cancel_reason, update_time = :update_time, revision = :revision
	where customer_id = :customer_id and activity_id = :activity_id`
)

type row struct {
	Customer     uuid.UUID                 `db:"customer_id"`
	ID           uuid.UUID                 `db:"activity_id"`
	Kind         settings.Activity         `db:"kind"`
	Title        string                    `db:"title"`
	Purpose      string                    `db:"purpose"`
	Project      string                    `db:"project"`
	Occasion     string                    `db:"occasion"`
	People       pq.StringArray            `db:"people"`
	Start        time.Time                 `db:"start_time"`
	End          *time.Time                `db:"end_time"`
	Items        postgres.JSON[[]Item]     `db:"items"`
	Budget       uuid.NullUUID             `db:"budget_id"`
	Currency     string                    `db:"currency"`
	PlannedCost  decimal.Decimal           `db:"planned_cost"`
	ActualCost   decimal.NullDecimal       `db:"actual_cost"`
	State        State                     `db:"state"`
	Report       string                    `db:"report"`
	FollowUps    postgres.JSON[[]FollowUp] `db:"follow_ups"`
	CancelReason string                    `db:"cancel_reason"`
	Author       string                    `db:"author"`
	CreateTime   time.Time                 `db:"create_time"`
	UpdateTime   time.Time                 `db:"update_time"`
	Revision     int64                     `db:"revision"`
	Seniors      pq.StringArray            `db:"seniors"`
}

func (r *row) activity() (*Activity, error) {
	a := &Activity{
		Customer: r.Customer, ID: r.ID, Kind: r.Kind, Title: r.Title, Purpose: r.Purpose, Project: r.Project, Occasion: r.Occasion, Start: r.Start, End: r.End,
		Items: r.Items.V, Budget: r.Budget, Currency: r.Currency, PlannedCost: r.PlannedCost, ActualCost: r.ActualCost, State: r.State, Report: r.Report,
		FollowUps: r.FollowUps.V, CancelReason: r.CancelReason, Author: r.Author, CreateTime: r.CreateTime, UpdateTime: r.UpdateTime, Revision: r.Revision,
	}
	var err error
	if a.People, err = ids(r.People); err != nil {
		return nil, err
	}
	a.Seniors, err = ids(r.Seniors)
	return a, err
}

func ids(texts []string) ([]uuid.UUID, error) {
	var out []uuid.UUID
	for _, text := range texts {
		id, err := uuid.Parse(text)
		if err != nil {
			return nil, err
		}
		out = append(out, id)
	}
	return out, nil
}

func rowOf(a *Activity) *row {
	r := &row{
		Customer: a.Customer, ID: a.ID, Kind: a.Kind, Title: a.Title, Purpose: a.Purpose, Project: a.Project, Occasion: a.Occasion, People: pq.StringArray{}, Start: a.Start,
		End: a.End, Items: postgres.JSON[[]Item]{V: postgres.OrEmpty(a.Items)}, Budget: a.Budget, Currency: a.Currency, PlannedCost: a.PlannedCost,
		ActualCost: a.ActualCost, State: a.State, Report: a.Report, FollowUps: postgres.JSON[[]FollowUp]{V: postgres.OrEmpty(a.FollowUps)},
		CancelReason: a.CancelReason, Author: a.Author, CreateTime: a.CreateTime, UpdateTime: a.UpdateTime, Revision: a.Revision,
	}
	for _, id := range a.People {
		r.People = append(r.People, id.String())
	}
	return r
}

// manager says whether a caller knows of senior people.
func manager(ctx context.Context) bool { return auth.From(ctx).Level >= typev1.Level_MANAGER }

// Get reads an activity that the caller may see.
func (s *Store) Get(ctx context.Context, id uuid.UUID) (*Activity, error) {
	var r row
	err := s.db.Get(ctx, &r, selectByID, auth.From(ctx).Scope(), manager(ctx), id)
	if errors.Is(err, postgres.ErrNoRows) {
		return nil, resource.Missing(ctx, Name(id), typev1.Level_MANAGER)
	}
	if err != nil {
		return nil, err
	}
	return r.activity()
}

// List reads a page of the activities that the caller may see.
func (s *Store) List(ctx context.Context, plan *listing.Plan) ([]*Activity, string, error) {
	query, args := plan.Query(columns, from, visible, auth.From(ctx).Scope(), manager(ctx))
	var rows []struct {
		row
		listing.Cursor
	}
	if err := s.db.SelectDynamic(ctx, &rows, query, args...); err != nil {
		return nil, "", err
	}
	rows, next, err := listing.Page(plan, rows)
	if err != nil {
		return nil, "", err
	}
	out := make([]*Activity, len(rows))
	for i := range rows {
		if out[i], err = rows[i].activity(); err != nil {
			return nil, "", err
		}
	}
	return out, next, nil
}

// Of an activity that was with nobody else all texts go, in the history too: whom else would they be about.
const forget = `with alone as (
		update activities set title = '', purpose = '', occasion = '', report = '', follow_ups = '[]', cancel_reason = '', people = '{}', revision = revision + 1, update_time = $3
		where customer_id = $1 and people = array[cast($2 as uuid)]
		returning activity_id
	), others as (
		update activities set people = array_remove(people, $2), revision = revision + 1, update_time = $3
		where customer_id = $1 and people @> array[cast($2 as uuid)] and people <> array[cast($2 as uuid)]
	)
	update changes set fields = '[]' from alone where aggregate_id = $1 and resource = 'activities/' || activity_id`

// Forget takes a person out of all activities; see fact.Forget. What was planned to cost stays: others may have been counted on it.
func (s *Store) Forget(ctx context.Context, customer, person uuid.UUID) error {
	_, err := s.db.Exec(ctx, forget, customer, person, s.now())
	return err
}
