package survey

import (
	"context"
	"log/slog"
	"slices"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/guanxi-crm/guanxi/libs/aggregate"
	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/civil"
	"github.com/guanxi-crm/guanxi/libs/events"
	"github.com/guanxi-crm/guanxi/libs/worker"
	planningv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/planning/v1"
	"github.com/guanxi-crm/guanxi/services/satisfaction/internal/settings"
)

const (
	// asked is how many customers of a survey are asked about at once, ahead how many may be let through that have no link yet: what the gate says holds for a day only.
	asked, ahead = 50, 2000
	// askWithin bounds one question to planning, askRest is the wait after it was out of reach.
	askWithin, askRest = 10 * time.Second, 2 * time.Second
	// askAgain is when the gate is asked again that has refused without saying until when, or whose permission was not made use of; unknownAgain when it did not know the
	// customer.
	askAgain, unknownAgain = 24 * time.Hour, time.Minute
)

// Why a customer is not reached now beside the rules of the gate.
const (
	resting   = "REST"     // another survey has just asked it
	notToldOf = "CUSTOMER" // it is deleted, or planning does not know it
)

// ownersRules are rules of the gate that do not matter here: a link takes none of the owner's time.
var ownersRules = []string{"OWNER_MISSING", "OWNER_ABSENT", "CAPACITY", "WORKING_DAY"}

// Gate asks planning's contact gate whether customers may be invited, or reminded [接触疲劳]. It only asks: what surveys reach is counted here, by the days between two of them.
// Any number may run; while planning is out of reach nobody is invited.
type Gate struct {
	*Store
	Planning func() (grpc.ClientConnInterface, error)
}

// Loop has the gate asked of what waits for it.
func (g *Gate) Loop(log *slog.Logger) *worker.Loop {
	return (&worker.Loop{Name: "survey-gate", Pass: g.Pass, Rest: askRest, Log: log}).Start(g.db, "surveys", "invitations")
}

// verdict is what came of asking.
type verdict struct {
	Invitation
	rule  string // that it breaks; empty: none
	until time.Time
}

// Pass asks about what is due in all open surveys.
func (g *Gate) Pass(ctx context.Context) (count int, err error) {
	ctx = events.WithCause(auth.With(ctx, auth.Principal{Territories: []string{auth.Anywhere}}), "invite")
	numbers, err := g.settings.Current(ctx)
	if err != nil {
		return 0, err
	}
	waiting, err := g.due(ctx)
	if err != nil || len(waiting) == 0 {
		return 0, err
	}
	conn, err := g.Planning()
	if err != nil {
		return 0, err
	}
	gate := planningv1.NewContactGateServiceClient(conn)
	verdicts := make([]verdict, 0, len(waiting))
	for i := range waiting {
		v, err := g.ask(ctx, gate, &waiting[i], numbers)
		if err != nil {
			return 0, err
		}
		verdicts = append(verdicts, v)
	}
	return len(waiting), g.settle(ctx, verdicts, numbers)
}

func (g *Gate) ask(ctx context.Context, gate planningv1.ContactGateServiceClient, i *due, numbers *settings.Numbers) (verdict, error) {
	now := g.now()
	out := verdict{Invitation: i.Invitation, until: now.Add(askAgain)}
	if i.Deleted {
		out.rule = notToldOf
		return out, nil
	}
	if i.LastTime != nil && i.State == Drawn {
		if free := i.LastTime.AddDate(0, 0, int(numbers.Survey.RestDays)); free.After(now) {
			out.rule, out.until = resting, free
			return out, nil
		}
	}
	within, cancel := context.WithTimeout(ctx, askWithin)
	defer cancel()
	answer, err := gate.ReserveContact(within, &planningv1.ReserveContactRequest{
		Customer: aggregate.Name(i.Customer), Kind: planningv1.Activity_SURVEY, Day: civil.Date(numbers.Today(now)), ValidateOnly: true,
	})
	switch status.Code(err) {
	case codes.OK:
		return judged(out, answer), nil
	case codes.NotFound, codes.PermissionDenied, codes.FailedPrecondition, codes.InvalidArgument: // of this customer only
		out.rule, out.until = notToldOf, now.Add(unknownAgain)
		return out, nil
	}
	return out, err
}

// judged is what the answer of the gate means for a link.
func judged(out verdict, answer *planningv1.ReserveContactResponse) verdict {
	if answer.GetGranted() {
		return out
	}
	var until time.Time
	for _, f := range answer.GetFailures() {
		if slices.Contains(ownersRules, f.GetRule()) {
			continue
		}
		if out.rule == "" {
			out.rule = f.GetRule()
		}
		if f.GetEarliestTime() == nil {
			return out // nobody can tell when
		}
		if at := f.GetEarliestTime().AsTime(); at.After(until) {
			until = at
		}
	}
	if until.After(out.until) {
		out.until = until
	}
	return out
}
