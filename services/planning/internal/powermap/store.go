package powermap

import (
	"context"
	"errors"
	"time"

	"github.com/google/uuid"
	"google.golang.org/grpc/codes"

	"github.com/guanxi-crm/guanxi/libs/aggregate"
	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/services/planning/internal/settings"
)

// Store keeps power maps.
type Store struct {
	db      *postgres.DB
	now     func() time.Time
	numbers *settings.Store
}

// NewStore makes a store.
func NewStore(db *postgres.DB, now func() time.Time, numbers *settings.Store) *Store {
	return &Store{db: db, now: now, numbers: numbers}
}

// head is a map without its claims. One that was never written has no id, and version and revision 0.
type head struct {
	Customer   uuid.UUID  `db:"customer_id"`
	ID         uuid.UUID  `db:"map_id"`
	Project    string     `db:"project"`
	Newest     int32      `db:"version"`
	Revision   int64      `db:"revision"`
	Sponsored  bool       `db:"sponsored"`
	StaleDay   *time.Time `db:"stale_day"`
	Settings   int32      `db:"settings_version"`
	CreateTime time.Time  `db:"create_time"`
	UpdateTime time.Time  `db:"update_time"`
}

// name is the resource name of the maps of a customer.
func (h *head) name() string { return aggregate.Name(h.Customer) + "/powerMap" }

// version is one version of a map.
type version struct {
	head
	Number int32     `db:"number"` // 0: there was none
	Author string    `db:"author"`
	Made   time.Time `db:"made"`
	Claims []Claim   `db:"-"`
}

// point says which version is meant: a number, the last one before an instant or, when both are zero, the newest.
type point struct {
	number int32
	before time.Time
}

const (
	heads = `select customer_id, map_id, project, version, revision, sponsored, stale_day, settings_version, create_time, update_time from power_maps `

	selectHead = heads + `where customer_id = $1 and project = $2`

	selectVersion = `select version as number, author, create_time as made from power_map_versions
	where customer_id = $1 and map_id = $2 and ($3 = 0 or version = $3) and (cast($4 as timestamptz) is null or create_time < $4) order by version desc limit 1`

	claimColumns = `select claim_id, kind, person_id, subject, other_person_id, other_subject, value, weight, evidence from power_claims
	where customer_id = $1 and map_id = $2 and `

	selectCurrent = claimColumns + `until_version is null`
	selectThen    = claimColumns + `from_version <= $3 and (until_version is null or until_version > $3)`

	selectProjects = `select project from power_maps where customer_id = $1 and project <> '' order by project`
)

// row is a claim as it is stored.
type row struct {
	ID           uuid.UUID                 `db:"claim_id"`
	Kind         Kind                      `db:"kind"`
	Person       uuid.NullUUID             `db:"person_id"`
	Subject      string                    `db:"subject"`
	OtherPerson  uuid.NullUUID             `db:"other_person_id"`
	OtherSubject string                    `db:"other_subject"`
	Value        int16                     `db:"value"`
	Weight       float64                   `db:"weight"`
	Evidence     postgres.JSON[[]Evidence] `db:"evidence"`
}

func (r *row) claim() Claim {
	return Claim{
		ID: r.ID, Weight: r.Weight, Evidence: r.Evidence.V,
		Key: Key{Kind: r.Kind, Who: Node{r.Person.UUID, r.Subject}, Other: Node{r.OtherPerson.UUID, r.OtherSubject}, Value: r.Value},
	}
}

// read reads a version of the map of a customer or one of its projects.
func (s *Store) read(ctx context.Context, customer uuid.UUID, project string, at point) (*version, error) {
	if err := aggregate.Visible(ctx, s.db, customer); err != nil {
		return nil, err
	}
	h, err := s.head(ctx, customer, project)
	if err != nil {
		return nil, err
	}
	return s.version(ctx, h, at)
}

// Projects are the projects of a customer that have maps.
func (s *Store) Projects(ctx context.Context, customer uuid.UUID) (projects []string, err error) {
	return projects, s.db.Select(ctx, &projects, selectProjects, customer)
}

func (s *Store) head(ctx context.Context, customer uuid.UUID, project string) (head, error) {
	var h head
	err := s.db.Get(ctx, &h, selectHead, customer, project)
	if errors.Is(err, postgres.ErrNoRows) {
		return head{Customer: customer, Project: project}, nil
	}
	return h, err
}

func (s *Store) version(ctx context.Context, h head, at point) (*version, error) {
	v := &version{}
	var before *time.Time
	if !at.before.IsZero() {
		before = &at.before
	}
	err := s.db.Get(ctx, v, selectVersion, h.Customer, h.ID, at.number, before)
	v.head = h
	if errors.Is(err, postgres.ErrNoRows) {
		if at.number != 0 {
			return nil, fault.New(codes.NotFound, "VERSION_UNKNOWN", fault.Text{En: h.name() + " has no such version", Zh: h.name() + " 没有该版本"})
		}
		return v, nil
	}
	if err != nil {
		return nil, err
	}
	v.Claims, err = s.claims(ctx, h, v.Number)
	return v, err
}

func (s *Store) claims(ctx context.Context, h head, number int32) ([]Claim, error) {
	var rows []row
	var err error
	if number == h.Newest {
		err = s.db.Select(ctx, &rows, selectCurrent, h.Customer, h.ID)
	} else {
		err = s.db.Select(ctx, &rows, selectThen, h.Customer, h.ID, number)
	}
	claims := make([]Claim, len(rows))
	for i := range rows {
		claims[i] = rows[i].claim()
	}
	sortClaims(claims)
	return claims, err
}
