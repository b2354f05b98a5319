package casefile

import (
	"context"
	"errors"
	"time"

	"github.com/google/uuid"

	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/listing"
	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/libs/resource"
	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
	"github.com/guanxi-crm/guanxi/services/voice/internal/clock"
	"github.com/guanxi-crm/guanxi/services/voice/internal/desk"
	"github.com/guanxi-crm/guanxi/services/voice/internal/fact"
	"github.com/guanxi-crm/guanxi/services/voice/internal/recall"
	"github.com/guanxi-crm/guanxi/services/voice/internal/settings"
)

// Store keeps cases.
type Store struct {
	db  *postgres.DB
	now func() time.Time
	Tools
}

// Tools are what changes of cases need of others; who only notes, reads or forgets needs none.
type Tools struct {
	Numbers *settings.Store
	Facts   *fact.Store
	Clocks  *clock.Store
	Desks   *desk.Store
	Recalls *recall.Store
}

// NewTools makes the tools.
func NewTools(db *postgres.DB, now func() time.Time) Tools {
	numbers := settings.NewStore(db, now)
	return Tools{
		Numbers: numbers, Facts: fact.NewStore(db, now, numbers), Clocks: clock.NewStore(db, now), Desks: desk.NewStore(db, now), Recalls: recall.NewStore(db, now),
	}
}

// NewStore makes a store.
func NewStore(db *postgres.DB, now func() time.Time, tools Tools) *Store {
	return &Store{db: db, now: now, Tools: tools}
}

const (
	columns = `k.customer_id, k.case_id, k.request_kind, k.track, k.phase, k.technicality, k.severity, k.severity_basis, k.severity_reason, k.major, k.major_by_hand,
	k.major_reason, k.state, k.title, k.description, k.product_line, k.product_code, k.order_reference, k.reporter_id, k.grading, k.affected, k.duration_minutes, k.cause,
	k.cause_text, k.implicit, k.assignee, k.desk_id, k.outcome, k.resolution, k.close_reason, k.reopen_count, k.reassign_count, k.issue_group_id, k.recall_id, k.author,
	k.received_time, k.triage_time, k.assign_time, k.start_time, k.first_response_time, k.wait_time, k.resolve_time, k.confirm_time, k.close_time, k.reopen_time,
	k.create_time, k.update_time, k.revision, (select count(*) from voices v where v.customer_id = k.customer_id and v.case_id = k.case_id) as voice_count,
	exists (select from people p where p.customer_id = k.customer_id and p.person_id = k.reporter_id and p.senior) as reporter_senior`

	from    = `cases k join customers c on c.customer_id = k.customer_id`
	visible = `guanxi_covers(c.territory, $1)`

	selectByID = `select ` + columns + ` from ` + from + ` where ` + visible + ` and k.case_id = $2`

	insert = `insert into cases (customer_id, case_id, request_kind, track, phase, technicality, severity, severity_basis, severity_reason, major, major_by_hand, major_reason, state,
		title, description, product_line, product_code, order_reference, reporter_id, grading, affected, duration_minutes, cause, cause_text, implicit, assignee, author,
		received_time, create_time, update_time, revision)
	values (:customer_id, :case_id, :request_kind, :track, :phase, :technicality, :severity, :severity_basis, :severity_reason, :major, :major_by_hand, :major_reason, :state,
		:title, :description, :product_line, :product_code, :order_reference, :reporter_id, :grading, :affected, :duration_minutes, :cause, :cause_text, :implicit, :assignee, :author,
		:received_time, :create_time, :update_time, :revision)`

	// What issue groups and recalls write is theirs.
	update = `update cases set track = :track, phase = :phase, technicality = :technicality, severity = :severity, severity_basis = :severity_basis,
		severity_reason = :severity_reason, major = :major, major_by_hand = :major_by_hand, major_reason = :major_reason, state = :state, title = :title,
		description = :description, product_line = :product_line, product_code = :product_code, order_reference = :order_reference, reporter_id = :reporter_id,
		grading = :grading, affected = :affected, duration_minutes = :duration_minutes, cause = :cause, cause_text = :cause_text, assignee = :assignee, desk_id = :desk_id,
		outcome = :outcome, resolution = :resolution, close_reason = :close_reason, reopen_count = :reopen_count, reassign_count = :reassign_count, triage_time = :triage_time,
		assign_time = :assign_time, start_time = :start_time, first_response_time = :first_response_time, wait_time = :wait_time, resolve_time = :resolve_time,
		confirm_time = :confirm_time, close_time = :close_time, reopen_time = :reopen_time, update_time = :update_time, revision = :revision
	where customer_id = :customer_id and case_id = :case_id`
)

// Get reads a case of a customer within the caller's territories.
func (s *Store) Get(ctx context.Context, id uuid.UUID) (*Case, error) {
	var c Case
	err := s.db.Get(ctx, &c, selectByID, auth.From(ctx).Scope(), id)
	if errors.Is(err, postgres.ErrNoRows) {
		return nil, resource.Missing(ctx, Name(id), typev1.Level_BASIC)
	}
	return &c, err
}

// List reads a page of the cases within the caller's territories.
func (s *Store) List(ctx context.Context, plan *listing.Plan) ([]*Case, string, error) {
	query, args := plan.Query(columns, from, visible, auth.From(ctx).Scope())
	var rows []struct {
		Case
		listing.Cursor
	}
	if err := s.db.SelectDynamic(ctx, &rows, query, args...); err != nil {
		return nil, "", err
	}
	rows, next, err := listing.Page(plan, rows)
	out := make([]*Case, len(rows))
	for i := range rows {
		out[i] = &rows[i].Case
	}
	return out, next, err
}

const forget = `update cases set reporter_id = null, revision = revision + 1, update_time = $3 where customer_id = $1 and reporter_id = $2`

// Forget takes a person out of all cases; see fact.Forget. What was written in words stays: nobody can tell whether it names him.
func (s *Store) Forget(ctx context.Context, customer, person uuid.UUID) error {
	_, err := s.db.Exec(ctx, forget, customer, person, s.now())
	return err
}
