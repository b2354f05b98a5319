package supply

import (
	"context"
	"errors"

	"github.com/google/uuid"
	"google.golang.org/grpc/codes"

	"github.com/guanxi-crm/guanxi/libs/aggregate"
	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/history"
	"github.com/guanxi-crm/guanxi/libs/mask"
	"github.com/guanxi-crm/guanxi/libs/postgres"
	profilev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/profile/v1"
)

// State says what came of a position that was sent.
type State int

// The states.
const (
	Recorded State = iota + 1
	Changed
	Unchanged
	Refused
)

// Taken is what came of one. Err, set when it was refused, is meant for the caller.
type Taken struct {
	State State
	Err   error
}

// TakeIn records a position of a held customer, or changes what is set of it when the product line has one of its date, in the caller's transaction.
func (s *Store) TakeIn(ctx context.Context, held map[uuid.UUID]*aggregate.Held, customer uuid.UUID, facts *profilev1.SupplyPosition) (Taken, error) {
	sent, err := FromProto(customer, facts)
	if err != nil {
		return answer(err)
	}
	known, err := s.known(ctx, sent)
	if err != nil {
		return Taken{}, err
	}
	state := Recorded
	var records []history.Record
	if known == nil {
		records, err = s.create(ctx, sent)
	} else {
		state = Changed
		records, err = s.change(ctx, known, facts)
	}
	if err != nil {
		return answer(err)
	}
	if len(records) == 0 {
		state = Unchanged
	}
	return Taken{State: state}, aggregate.Record(ctx, s.db, held, records)
}

// change lets what is set change a known position.
func (s *Store) change(ctx context.Context, known *Position, facts *profilev1.SupplyPosition) ([]history.Record, error) {
	before, next := *known, *known
	state := ToProto(known)
	if err := mask.Apply("supply_position", state, facts, nil, auth.From(ctx).Level); err != nil {
		return nil, err
	}
	if err := next.over(state); err != nil {
		return nil, err
	}
	return s.rewrite(ctx, &before, &next)
}

const selectKnown = `select ` + columns + ` from supply_positions s where s.customer_id = $1 and s.product_line = $2 and s.as_of = $3`

// known is the position of the product line and date that there is, nil if there is none.
func (s *Store) known(ctx context.Context, p *Position) (*Position, error) {
	var r row
	p.Check(s.latest()) // brings the key into its stored form
	err := s.db.Get(ctx, &r, selectKnown, p.CustomerID, p.ProductLine, p.AsOf)
	if errors.Is(err, postgres.ErrNoRows) {
		return nil, nil //nolint:nilnil // it is new
	}
	return r.position(), err
}

// answer separates what is wrong with a position, which is said of it alone, from what is wrong with us, which ends the work.
func answer(err error) (Taken, error) {
	switch fault.From(err).Code() {
	case codes.InvalidArgument, codes.PermissionDenied:
		return Taken{State: Refused, Err: err}, nil
	default:
		return Taken{}, err
	}
}
