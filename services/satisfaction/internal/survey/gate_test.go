package survey_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/timestamppb"

	planningv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/planning/v1"
	"github.com/guanxi-crm/guanxi/services/satisfaction/internal/survey"
)

// planner answers as planning's gate would.
type planner struct {
	grpc.ClientConnInterface
	answer func(*planningv1.ReserveContactRequest) (*planningv1.ReserveContactResponse, error)
}

func (p *planner) Invoke(_ context.Context, _ string, args, reply any, _ ...grpc.CallOption) error {
	request, _ := args.(*planningv1.ReserveContactRequest)
	out, _ := reply.(*planningv1.ReserveContactResponse)
	answer, err := p.answer(request)
	if err == nil {
		out.Granted, out.Failures = answer.GetGranted(), answer.GetFailures()
	}
	return err
}

func refusal(rules ...*planningv1.GateFailure) *planningv1.ReserveContactResponse {
	return &planningv1.ReserveContactResponse{Failures: rules}
}

// granting lets everybody through.
func granting() *planner {
	return &planner{answer: func(*planningv1.ReserveContactRequest) (*planningv1.ReserveContactResponse, error) {
		return &planningv1.ReserveContactResponse{Granted: true}, nil
	}}
}

func (b *bench) gate(p *planner) *survey.Gate {
	return &survey.Gate{Store: b.store, Planning: func() (grpc.ClientConnInterface, error) { return p, nil }}
}

// Nobody gets a link unasked: not while planning is out of reach, not whom the gate refuses. What only concerns the owner's time does not matter.
func TestGateIsAskedFirst(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.customers(t, 5)
	x := b.create(t, func(*survey.Survey) {})
	x = b.open(everywhere(t), t, x.ID)
	later := b.clock.Now().Add(80 * time.Hour)
	p := &planner{answer: func(*planningv1.ReserveContactRequest) (*planningv1.ReserveContactResponse, error) {
		return nil, status.Error(codes.Unavailable, "down")
	}}
	g := b.gate(p)
	_, err := g.Pass(t.Context())
	require.Error(t, err)
	require.Equal(t, 0, b.count(t, `select count(*) from invitations where cleared`))

	p.answer = func(r *planningv1.ReserveContactRequest) (*planningv1.ReserveContactResponse, error) {
		require.True(t, r.GetValidateOnly())
		require.Equal(t, planningv1.Activity_SURVEY, r.GetKind())
		switch r.GetCustomer()[len(r.GetCustomer())-1] {
		case '1':
			return refusal(&planningv1.GateFailure{Rule: "FATIGUE", EarliestTime: timestamppb.New(later)}, &planningv1.GateFailure{Rule: "OWNER_MISSING"}), nil
		case '2':
			return refusal(&planningv1.GateFailure{Rule: "CONSENT"}), nil
		case '3':
			return nil, status.Error(codes.NotFound, "unknown")
		case '4':
			return refusal(&planningv1.GateFailure{Rule: "CAPACITY"}), nil
		}
		return &planningv1.ReserveContactResponse{Granted: true}, nil
	}
	n, err := g.Pass(t.Context())
	require.NoError(t, err)
	require.Equal(t, 5, n)
	require.Equal(t, "FATIGUE 80,CONSENT 24,CUSTOMER 0, 24, 24", b.text(t, `select string_agg(refusal || ' ' || (extract(epoch from ask_time - $1)::integer / 3600), ',' order by customer_id)
		from invitations`, b.clock.Now()))
	n, err = g.Pass(t.Context())
	require.NoError(t, err)
	require.Zero(t, n, "nothing is due")
	links, waiting, err := b.store.Issue(everywhere(t), x.ID, 100)
	require.NoError(t, err)
	require.Len(t, links, 2)
	require.EqualValues(t, 3, waiting)
	b.clock.Advance(25 * time.Hour)
	links, _, err = b.store.Issue(everywhere(t), x.ID, 100)
	require.NoError(t, err)
	require.Empty(t, links)
}

// Whom another survey has just reached is left alone; who has not answered is reminded twice, each time after asking, and nobody else.
func TestRestAndReminders(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.customers(t, 2)
	refuse := false
	g := b.gate(&planner{answer: func(*planningv1.ReserveContactRequest) (*planningv1.ReserveContactResponse, error) {
		if refuse {
			return refusal(&planningv1.GateFailure{Rule: "CONCERN"}), nil
		}
		return &planningv1.ReserveContactResponse{Granted: true}, nil
	}})
	pass := func() {
		_, err := g.Pass(t.Context())
		require.NoError(t, err)
	}
	one := b.create(t, func(*survey.Survey) {})
	b.open(everywhere(t), t, one.ID)
	pass()
	links, _, err := b.store.Issue(everywhere(t), one.ID, 100)
	require.NoError(t, err)
	require.Len(t, links, 2)
	two := b.create(t, func(*survey.Survey) {})
	b.open(everywhere(t), t, two.ID)
	pass()
	require.Equal(t, "REST 90", b.text(t, `select string_agg(distinct refusal || ' ' || (extract(epoch from ask_time - $2)::integer / 86400), ',') from invitations where survey_id = $1`,
		two.ID, b.clock.Now()))

	i, _, err := b.store.Redeem(t.Context(), links[0].Secret)
	require.NoError(t, err)
	require.NoError(t, b.store.Use(t.Context(), i))
	reminded := func() string {
		return b.text(t, `select coalesce(string_agg(aggregate_id::text, ',' order by version), '') from outbox where subject = 'guanxi.satisfaction.invitation.reminded.v1'`)
	}
	other := links[1].Customer.String()
	b.clock.Advance(6 * 24 * time.Hour)
	pass()
	require.Empty(t, reminded(), "it is not time yet")
	b.clock.Advance(24 * time.Hour)
	refuse = true
	pass()
	require.Empty(t, reminded(), "the gate refuses")
	refuse = false
	b.clock.Advance(24 * time.Hour)
	pass()
	require.Equal(t, other, reminded())
	for range 4 {
		b.clock.Advance(8 * 24 * time.Hour)
		pass()
	}
	require.Equal(t, other+","+other, reminded())
}

// In an anonymous survey everybody is reminded, and nothing tells when or whether a customer has answered.
func TestAnonymousSurveyTellsNothing(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.customers(t, 2)
	g := b.gate(granting())
	x := b.create(t, func(x *survey.Survey) { x.Anonymous = true })
	b.open(everywhere(t), t, x.ID)
	_, err := g.Pass(t.Context())
	require.NoError(t, err)
	links, _, err := b.store.Issue(everywhere(t), x.ID, 100)
	require.NoError(t, err)
	i, _, err := b.store.Redeem(t.Context(), links[0].Secret)
	require.NoError(t, err)
	require.NoError(t, b.store.Use(t.Context(), i))
	_, _, err = b.store.Revoke(everywhere(t), x.ID, links[1].ID)
	requireReason(t, err, "STATE")
	b.clock.Advance(7 * 24 * time.Hour)
	_, err = g.Pass(t.Context())
	require.NoError(t, err)
	require.Equal(t, 2, b.count(t, `select count(*) from outbox where subject = 'guanxi.satisfaction.invitation.reminded.v1'`))
	require.Equal(t, 1, b.count(t, `select count(distinct (ask_time, remind_time, reminders, issue_time, answer_time, cleared, refusal)) from invitations`))
}
