package fact

import (
	"context"
	"time"

	"github.com/google/uuid"
	"github.com/lib/pq"

	"github.com/guanxi-crm/guanxi/libs/events"
	"github.com/guanxi-crm/guanxi/libs/mirror"
	"github.com/guanxi-crm/guanxi/libs/policybook"
	"github.com/guanxi-crm/guanxi/libs/postgres"
	segmentationv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/segmentation/v1"
)

// Store keeps the facts.
type Store struct {
	db        *postgres.DB
	now       func() time.Time
	customers *mirror.Customers
	standings *mirror.Standings
	policies  *policybook.Store
	wants     *mirror.Wants
	forget    []Forget
}

// NewStore makes a store. forget are those who keep something of people.
func NewStore(db *postgres.DB, now func() time.Time, forget ...Forget) *Store {
	s := &Store{db: db, now: now, policies: policybook.NewStore(db), wants: mirror.NewWants(db, "wanted", "person_id"), forget: forget}
	s.customers = mirror.NewCustomers(db, s.changed)
	s.standings = &mirror.Standings{Customers: s.customers, Wants: s.wants, Told: s.judged}
	return s
}

const insertReplan = `insert into replans (customer_id, cause, reference, occur_time) values (:customer_id, :cause, :reference, :occur_time)`

// Replan has a customer's contacts planned again, in the caller's transaction.
func (s *Store) Replan(ctx context.Context, r Replan) error {
	_, err := s.db.NamedExec(ctx, insertReplan, r)
	return err
}

// Know makes sure that there is a row for a customer of whom something is heard, and has it asked for if there was none.
func (s *Store) Know(ctx context.Context, customer uuid.UUID, at time.Time) error {
	return s.standings.Know(ctx, customer, at)
}

const (
	setEngagement = `update customers set engagement = $2 where customer_id = $1`
	setRisks      = `update customers set churn_risks = $2 where customer_id = $1`
)

// judge keeps something else that segmentation judged of a customer.
func (s *Store) judge(ctx context.Context, d events.Delivery, set string, value any) error {
	if err := s.standings.Know(ctx, d.Aggregate, d.Time); err != nil {
		return err
	}
	_, err := s.db.Exec(ctx, set, d.Aggregate, value)
	return err
}

func reasons(open []segmentationv1.ChurnRisk_Reason) pq.Int32Array {
	out := make(pq.Int32Array, len(open))
	for i, r := range open {
		out[i] = int32(r)
	}
	return out
}

const (
	deletePerson = `delete from people where customer_id = $1 and person_id = $2`

	upsertPerson = `insert into people as p (customer_id, person_id, senior, department, position, granted_media, denied_media, granted_for, denied_for,
		birth_month, birth_day, special_dates, language)
	values (:customer_id, :person_id, :senior, :department, :position, :granted_media, :denied_media, :granted_for, :denied_for, :birth_month, :birth_day,
		:special_dates, :language)
	on conflict (customer_id, person_id) do update set senior = excluded.senior, department = excluded.department, position = excluded.position,
		granted_media = excluded.granted_media, denied_media = excluded.denied_media, granted_for = excluded.granted_for, denied_for = excluded.denied_for,
		birth_month = excluded.birth_month, birth_day = excluded.birth_day,
		special_dates = excluded.special_dates, language = excluded.language`
)

// person is a row of people.
type person struct {
	Customer     uuid.UUID                    `db:"customer_id"`
	ID           uuid.UUID                    `db:"person_id"`
	Senior       bool                         `db:"senior"`
	Department   string                       `db:"department"`
	Position     string                       `db:"position"`
	Granted      pq.Int32Array                `db:"granted_media"`
	Denied       pq.Int32Array                `db:"denied_media"`
	GrantedFor   pq.Int32Array                `db:"granted_for"`
	DeniedFor    pq.Int32Array                `db:"denied_for"`
	BirthMonth   *int32                       `db:"birth_month"`
	BirthDay     *int32                       `db:"birth_day"`
	SpecialDates postgres.JSON[[]SpecialDate] `db:"special_dates"`
	Language     string                       `db:"language"`
}

func (s *Store) putPerson(ctx context.Context, p *person) error {
	_, err := s.db.NamedExec(ctx, upsertPerson, p)
	return err
}

// forgetPerson removes a person, and what others keep of it.
func (s *Store) forgetPerson(ctx context.Context, customer, id uuid.UUID) error {
	if _, err := s.db.Exec(ctx, deletePerson, customer, id); err != nil {
		return err
	}
	for _, forget := range s.forget {
		if err := forget(ctx, customer, id); err != nil {
			return err
		}
	}
	return nil
}
