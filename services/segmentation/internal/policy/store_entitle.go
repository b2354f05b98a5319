package policy

import (
	"context"
	"errors"
	"time"

	"github.com/google/uuid"

	"github.com/guanxi-crm/guanxi/libs/aggregate"
	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/libs/resource"
	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
)

// Place is where a customer stands on a day, and the policy that is in force.
type Place struct {
	Day time.Time `db:"day"`
	// Standing and the lifecycle are those of today.
	Standing
	Stage      int16 `db:"stage"`
	Role       int16 `db:"role"`
	Engagement int16 `db:"engagement"`
	// ClassThen and TierThen are those of the day as the API names them, empty for none; nil when the day is not past.
	ClassThen *string `db:"class_then"`
	TierThen  *string `db:"tier_then"`
	row
}

// Of moves of one day the last one counts: ids ascend with time.
const then = `select coalesce((select m.to_value from standing_moves m where m.customer_id = c.customer_id and m.dimension = `

const thenEnd = ` and m.move_day <= d.day order by m.move_day desc, m.move_id desc limit 1), '') as to_value`

// All in one statement: the customer, the business day, the standing of now and of then, the policy. Today is null as long as no settings are stored.
var place = `select d.day, coalesce(s.class, 0) as class, coalesce(s.tier, 0) as tier, coalesce(s.grade, 0) as grade,
		coalesce(s.stage, 0) as stage, coalesce(s.role, 0) as role, coalesce(s.engagement, 0) as engagement,
		class_then.to_value as class_then, tier_then.to_value as tier_then, p.*
	from customers c
	cross join (select cast(cast($3 as timestamptz) at time zone (select body ->> 'timeZone' from settings order by version desc limit 1) as date) as today) t
	cross join lateral (select coalesce(cast($4 as date), t.today) as day) d
	left join standings s on s.customer_id = c.customer_id
	left join lateral (` + then + `1` + thenEnd + `) class_then on d.day < t.today
	left join lateral (` + then + `3` + thenEnd + `) tier_then on d.day < t.today
	cross join lateral (` + inForce(columns, "d.day") + `) p
	where c.customer_id = $1 and guanxi_covers(c.territory, $2) and t.today is not null`

// Place reads where a customer within the caller's territories, a deleted one too, stands on a day; nil is today. It is one read. Only where it finds nothing
// it reads again, as the settings may not have been there.
func (s *Store) Place(ctx context.Context, customer uuid.UUID, day *time.Time, ensure func(context.Context) error) (*Place, error) {
	var asOf *string
	if day != nil {
		text := day.Format(time.DateOnly)
		asOf = &text
	}
	var p Place
	read := func() error { return s.db.Get(ctx, &p, place, customer, auth.From(ctx).Scope(), s.now(), asOf) }
	err := read()
	if errors.Is(err, postgres.ErrNoRows) {
		if err := ensure(ctx); err != nil {
			return nil, err
		}
		err = read()
	}
	if errors.Is(err, postgres.ErrNoRows) {
		return nil, resource.Missing(ctx, aggregate.Name(customer), typev1.Level_BASIC)
	}
	return &p, err
}
