package gate

import (
	"context"
	"errors"
	"time"

	"github.com/google/uuid"
	"github.com/lib/pq"
	"google.golang.org/grpc/codes"

	"github.com/guanxi-crm/guanxi/libs/aggregate"
	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/libs/resource"
	"github.com/guanxi-crm/guanxi/services/planning/internal/settings"
)

// States of contacts; the numbers are those of the API.
const (
	statePlanned   = 1
	stateReserved  = 2
	stateDone      = 3
	stateCancelled = 4
	stateNotPlaced = 5
)

// accountManager is who of ours makes a contact of which nothing is said; the number is that of the API.
const accountManager = 1

func asFault(err error, to **fault.Error) bool { return errors.As(err, to) }

func contactName(id uuid.UUID) string { return resource.Name("contacts", id) }

// row is what the gate knows of a contact.
type row struct {
	Customer uuid.UUID         `db:"customer_id"`
	ID       uuid.UUID         `db:"contact_id"`
	Owner    string            `db:"owner"`
	Kind     settings.Activity `db:"activity"`
	Role     int16             `db:"role"`
	Day      *time.Time        `db:"day"`
	Start    *time.Time        `db:"start_time"`
	Minutes  int32             `db:"minutes"`
	People   pq.StringArray    `db:"people"`
	State    int16             `db:"state"`
	Activity uuid.NullUUID     `db:"activity_id"`
	Purpose  string            `db:"purpose"`
	Revision int64             `db:"revision"`
}

// Below the level that knows senior people, a contact with one of them is none that could be agreed.
const selectContact = `select t.customer_id, t.contact_id, t.owner, t.activity, t.role, t.day, t.start_time, t.minutes, t.people, t.state, t.activity_id, t.purpose, t.revision
	from contacts t join customers c on c.customer_id = t.customer_id
	where t.contact_id = $1 and guanxi_covers(c.territory, $2)
		and ($3 or t.origin <> 2 and not exists (select from people p where p.customer_id = t.customer_id and p.person_id = any(t.people) and p.senior))`

func (s *Store) contact(ctx context.Context, id uuid.UUID) (*row, error) {
	var r row
	err := s.db.Get(ctx, &r, selectContact, id, auth.From(ctx).Scope(), manager(ctx))
	if errors.Is(err, postgres.ErrNoRows) {
		return nil, resource.Missing(ctx, contactName(id), levelOfSeniors)
	}
	if r.Day != nil {
		day := midnight(*r.Day)
		r.Day = &day
	}
	return &r, err
}

// planned reads the contact that is to be reserved; nil when it is a new one.
func (s *Store) planned(ctx context.Context, id uuid.UUID) (*row, error) {
	if id == uuid.Nil {
		return nil, nil //nolint:nilnil // see above
	}
	r, err := s.contact(ctx, id)
	if err != nil {
		return nil, err
	}
	if r.State != statePlanned && r.State != stateNotPlaced {
		return nil, stateError(id, "is not merely planned", "不处于计划状态")
	}
	return r, nil
}

func stateError(id uuid.UUID, en, zh string) error {
	return fault.New(codes.FailedPrecondition, "STATE", fault.Text{En: contactName(id) + " " + en, Zh: contactName(id) + " " + zh})
}

// again makes sure that nobody has changed the contact before it was locked.
func (s *Store) again(ctx context.Context, before *row) error {
	if before == nil {
		return nil
	}
	now, err := s.planned(ctx, before.ID)
	if err != nil {
		return err
	}
	if now.Revision != before.Revision {
		return fault.Aborted(contactName(before.ID))
	}
	return nil
}

const ownerOf = `select owner from customers where customer_id = $1`

// complete fills in what the wish leaves open, from the planned contact or what is usual.
func (s *Store) complete(ctx context.Context, c *Candidate, before *row, n *settings.Numbers) error {
	if before == nil {
		if err := aggregate.Visible(ctx, s.db, c.Customer); err != nil {
			return err
		}
		if c.Minutes == 0 {
			c.Minutes = n.Kinds[c.Kind].Minutes
		}
		if c.Role == 0 {
			c.Role = accountManager
		}
		if c.Owner != "" {
			return nil
		}
		return s.db.Get(ctx, &c.Owner, ownerOf, c.Customer)
	}
	if wrong := before.contradicted(c); len(wrong) > 0 {
		return fault.Invalid(wrong...)
	}
	c.Customer, c.Kind, c.Owner, c.Role = before.Customer, before.Kind, before.Owner, before.Role
	if c.Minutes == 0 {
		c.Minutes = before.Minutes
	}
	if c.Purpose == "" {
		c.Purpose = before.Purpose
	}
	if c.Activity == uuid.Nil && before.Activity.Valid {
		c.Activity = before.Activity.UUID
	}
	if len(c.People) > 0 {
		return nil
	}
	var err error
	c.People, err = ids(before.People)
	return err
}

// contradicted are the fields of a wish that cannot be changed in a planned contact.
func (r *row) contradicted(c *Candidate) []fault.Violation {
	var wrong []fault.Violation
	add := func(broken bool, field string) {
		if broken {
			wrong = append(wrong, fault.Field(field, "IMMUTABLE", fault.Text{En: "is another than that of the contact", Zh: "与该接触的不一致"}))
		}
	}
	add(c.Customer != uuid.Nil && c.Customer != r.Customer, "customer")
	add(c.Kind != 0 && c.Kind != r.Kind, "kind")
	add(c.Owner != "" && c.Owner != r.Owner, "owner")
	add(c.Role != 0 && c.Role != r.Role, "role")
	return wrong
}

// place settles the day: as given, or that of start_time in the owner's zone, or the planned one. A planned time of day is kept as long as the day is.
func (c *Candidate) place(before *row, zone *time.Location) error {
	switch {
	case c.Start != nil && c.Day.IsZero():
		c.Day = settings.DayIn(*c.Start, zone)
	case c.Start != nil && !settings.DayIn(*c.Start, zone).Equal(c.Day):
		return fault.Invalid(fault.Field("start_time", "START_TIME", fault.Text{
			En: "is not on that day in the owner's time zone, " + zone.String(), Zh: "不在该日（负责人时区 " + zone.String() + "）",
		}))
	case c.Start == nil && before != nil && before.Day != nil && (c.Day.IsZero() || c.Day.Equal(*before.Day)):
		c.Day, c.Start = *before.Day, before.Start
	}
	if c.Day.IsZero() {
		return fault.Invalid(fault.Field("day", "REQUIRED", fault.Text{En: "must be given", Zh: "必须填写"}))
	}
	return nil
}
