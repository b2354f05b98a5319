package gate

import (
	"context"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/lib/pq"
	"github.com/shopspring/decimal"

	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/fault"
	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
	"github.com/guanxi-crm/guanxi/services/planning/internal/compliance"
	"github.com/guanxi-crm/guanxi/services/planning/internal/settings"
)

// levelOfSeniors is the level from which on senior people are known.
const levelOfSeniors = typev1.Level_MANAGER

// snapshot reads all that the rules judge by, under the locks.
func (s *Store) snapshot(ctx context.Context, c *Candidate, l *locks, n *settings.Numbers) (*Snapshot, error) {
	now := s.now()
	out := &Snapshot{Candidate: c, Now: now, Today: settings.DayIn(now, l.owner.zone(n)), Numbers: n, Territory: l.territory}
	if l.budget != nil && auth.From(ctx).Covers(l.budget.Territory) {
		out.Budget = l.budget
	}
	for _, read := range []func(context.Context, *Snapshot, *locks) error{s.readPeople, s.readContacts, s.readConcerns, s.readLoad, s.readActivity, s.readGifts} {
		if err := read(ctx, out, l); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// What a person has said for greetings on special dates holds for those (purpose 4), else what was said for no purpose in particular.
const selectPeople = `select p.person_id, planning_media(p.granted_media, p.granted_for, p.denied_for, f.purpose) as granted_media,
		planning_media(p.denied_media, p.denied_for, p.granted_for, f.purpose) as denied_media, coalesce(l.rung, 0) as rung
	from people p left join ladders l on l.customer_id = p.customer_id and l.person_id = p.person_id,
		lateral (select case when exists (select from contacts t where t.customer_id = $1 and t.contact_id = $4 and t.origin = 2) then 4 else 0 end as purpose) f
	where p.customer_id = $1 and p.person_id = any($2) and ($3 or not p.senior)`

func (s *Store) readPeople(ctx context.Context, n *Snapshot, _ *locks) error {
	n.People = map[uuid.UUID]*Person{}
	if len(n.Candidate.People) == 0 {
		return nil
	}
	var rows []struct {
		ID      uuid.UUID       `db:"person_id"`
		Granted pq.Int32Array   `db:"granted_media"`
		Denied  pq.Int32Array   `db:"denied_media"`
		Rung    settings.Ladder `db:"rung"`
	}
	if err := s.db.Select(ctx, &rows, selectPeople, n.Customer, pq.Array(n.Candidate.People), manager(ctx), n.Contact); err != nil {
		return err
	}
	for _, r := range rows {
		n.People[r.ID] = &Person{Rung: r.Rung, Granted: media(r.Granted), Denied: media(r.Denied)}
	}
	return nil
}

func media(numbers pq.Int32Array) []settings.Medium {
	out := make([]settings.Medium, len(numbers))
	for i, m := range numbers {
		out[i] = settings.Medium(m)
	}
	return out
}

const selectContacts = `select t.contact_id, t.day, t.activity, t.people, t.state = 1 as planned,
		not $5 and (t.origin = 2 or exists (select from people p where p.customer_id = t.customer_id and p.person_id = any(t.people) and p.senior)) as hidden
	from contacts t where t.customer_id = $1 and t.contact_id <> $2 and t.state in (1, 2, 3) and t.day between $3 and $4`

// readContacts reads the customer's other contacts, as far around the days that are looked at as a limit can reach.
func (s *Store) readContacts(ctx context.Context, n *Snapshot, _ *locks) error {
	var rows []struct {
		ID      uuid.UUID         `db:"contact_id"`
		Day     time.Time         `db:"day"`
		Kind    settings.Activity `db:"activity"`
		People  pq.StringArray    `db:"people"`
		Planned bool              `db:"planned"`
		Hidden  bool              `db:"hidden"`
	}
	reach := 0
	for _, l := range n.Numbers.Fatigue {
		reach = max(reach, int(l.Days))
	}
	from, to := n.span()
	err := s.db.Select(ctx, &rows, selectContacts, n.Customer, n.Contact, from.AddDate(0, 0, -reach), to.AddDate(0, 0, reach), manager(ctx))
	if err != nil {
		return err
	}
	for _, r := range rows {
		people, err := ids(r.People)
		if err != nil {
			return err
		}
		n.Contacts = append(n.Contacts, Contact{ID: r.ID, Day: midnight(r.Day), Kind: r.Kind, People: people, Planned: r.Planned, Hidden: r.Hidden})
	}
	return nil
}

// span are the first and the last day that can be looked at.
func (s *Snapshot) span() (from, to time.Time) {
	from, to = s.Day, s.Day
	if s.Today.Before(from) {
		from = s.Today
	}
	if s.Today.After(to) {
		to = s.Today
	}
	return from, to.AddDate(0, 0, horizon)
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

// midnight puts a date of the database into UTC, so that days can be compared.
func midnight(t time.Time) time.Time {
	return time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, time.UTC)
}

const selectConcerns = `select concern_id, major, open_time from concerns where customer_id = $1 and resolve_time is null`

func (s *Store) readConcerns(ctx context.Context, n *Snapshot, l *locks) error {
	var rows []struct {
		ID    uuid.UUID `db:"concern_id"`
		Major bool      `db:"major"`
		Open  time.Time `db:"open_time"`
	}
	if err := s.db.Select(ctx, &rows, selectConcerns, n.Customer); err != nil {
		return err
	}
	for _, r := range rows {
		n.Concerns = append(n.Concerns, Concern{ID: r.ID, Major: r.Major, Day: settings.DayIn(r.Open, l.owner.zone(n.Numbers))})
	}
	return nil
}

const selectLoad = `select day, sum(minutes) as minutes from contacts
	where owner = $1 and contact_id <> $2 and state in (1, 2, 3) and day between $3 and $4 group by day`

func (s *Store) readLoad(ctx context.Context, n *Snapshot, l *locks) (err error) {
	if n.Candidate.Owner == "" {
		return nil
	}
	var rows []struct {
		Day     time.Time `db:"day"`
		Minutes int32     `db:"minutes"`
	}
	from, to := n.span()
	if err := s.db.Select(ctx, &rows, selectLoad, n.Candidate.Owner, n.Contact, from, to); err != nil {
		return err
	}
	load := make(map[time.Time]int32, len(rows))
	for _, r := range rows {
		load[midnight(r.Day)] = r.Minutes
	}
	n.Owner, err = l.owner.owner(n.Numbers, load)
	return err
}

const plannedActivity = `select exists (select from activities where customer_id = $1 and activity_id = $2 and state = 1)`

func (s *Store) readActivity(ctx context.Context, n *Snapshot, _ *locks) error {
	if n.Activity == uuid.Nil {
		return nil
	}
	return s.db.Get(ctx, &n.ActivityFound, plannedActivity, n.Customer, n.Activity)
}

const selectGiven = `select person_id, benefit, currency, cast(extract(year from day) as integer) as year, sum(coalesce(actual, planned)) as amount
	from benefits where customer_id = $1 and contact_id <> $2 and person_id = any($3) group by person_id, benefit, currency, year`

// readGifts reads what only matters when something is given: the rules, what was given before, the approval.
func (s *Store) readGifts(ctx context.Context, n *Snapshot, _ *locks) (err error) {
	if len(n.Gifts) == 0 {
		return nil
	}
	if n.Rules, err = s.compliance.Rules(ctx); err != nil {
		return err
	}
	var rows []struct {
		Person   uuid.UUID          `db:"person_id"`
		Benefit  compliance.Benefit `db:"benefit"`
		Currency string             `db:"currency"`
		Year     int                `db:"year"`
		Amount   decimal.Decimal    `db:"amount"`
	}
	if err := s.db.Select(ctx, &rows, selectGiven, n.Customer, n.Contact, pq.Array(n.recipients())); err != nil {
		return err
	}
	for _, r := range rows {
		n.Given = append(n.Given, Given(r))
	}
	if n.Candidate.Approval == uuid.Nil {
		return nil
	}
	a, err := s.compliance.Approval(ctx, n.Candidate.Approval)
	if refused := (*fault.Error)(nil); asFault(err, &refused) { // there is none in the caller's reach
		return nil
	}
	if err == nil && a.Customer == n.Customer {
		n.Approval = a
	}
	return err
}

// recipients are the persons who are given something, each once.
func (c *Candidate) recipients() []uuid.UUID {
	var out []uuid.UUID
	for _, g := range c.Gifts {
		if !slices.Contains(out, g.Person) {
			out = append(out, g.Person)
		}
	}
	return out
}
