package compensation

import (
	"context"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"google.golang.org/genproto/googleapis/type/money"
	"google.golang.org/grpc/codes"

	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/page"
	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/libs/service"
	"github.com/guanxi-crm/guanxi/libs/testkit"
	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
	voicev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/voice/v1"
	"github.com/guanxi-crm/guanxi/services/voice/internal/casefile"
)

func migrate(ctx context.Context, db *postgres.DB) error {
	return service.Migrate(ctx, db, service.Definition{Name: "voice", Migrations: os.DirFS("../../migrations")})
}

func as(ctx context.Context, subject string, level typev1.Level) context.Context {
	return auth.With(ctx, auth.Principal{Subject: subject, Level: level, Territories: []string{"cn"}})
}

// setup is the server, and a case of ann's.
func setup(t *testing.T) (s *Server, db *postgres.DB, name string) {
	t.Helper()
	db, clock := testkit.Database(t, migrate), testkit.NewClock()
	pages, err := page.NewSealer(make([]byte, page.KeySize))
	require.NoError(t, err)
	s, err = NewServer(NewStore(db, clock.Now), pages)
	require.NoError(t, err)
	customer := uuid.New()
	_, err = db.Exec(t.Context(), `insert into customers (customer_id, territory, create_time) values ($1, 'cn/south', now())`, customer)
	require.NoError(t, err)
	cases := casefile.NewStore(db, clock.Now, casefile.NewTools(db, clock.Now))
	c := &casefile.Case{Customer: customer, Request: casefile.Complaint, Title: "late", Received: clock.Now()}
	ctx := as(t.Context(), "ann", typev1.Level_BASIC)
	require.NoError(t, cases.Create(ctx, c))
	for _, step := range []casefile.Step{{Verb: casefile.Triage}, {Verb: casefile.Assign, Assignee: "ann"}} {
		_, err = cases.Do(ctx, c.ID, "", step, casefile.Options{})
		require.NoError(t, err)
	}
	return s, db, c.Name()
}

func (s *Server) propose(ctx context.Context, t *testing.T, name string, units int64) *voicev1.Compensation {
	t.Helper()
	m, err := s.CreateCompensation(ctx, &voicev1.CreateCompensationRequest{Parent: name, Compensation: &voicev1.Compensation{
		Kind: voicev1.Compensation_REFUND, Amount: &money.Money{CurrencyCode: "CNY", Units: units}, Reason: "late",
	}})
	require.NoError(t, err)
	return m
}

func TestApprovedOnceByOne(t *testing.T) {
	t.Parallel()
	s, db, name := setup(t)
	ctx := as(t.Context(), "ann", typev1.Level_BASIC)
	m := s.propose(ctx, t, name, 60001)
	require.Equal(t, voicev1.Compensation_BY_EXECUTIVE, m.GetTier())
	_, err := s.ApproveCompensation(ctx, &voicev1.DecideCompensationRequest{Name: m.GetName()})
	require.Equal(t, codes.PermissionDenied, fault.From(err).Code())
	var wait sync.WaitGroup
	errs := make([]error, 8)
	for i := range errs {
		wait.Go(func() {
			_, errs[i] = s.ApproveCompensation(as(t.Context(), "eve", typev1.Level_EXECUTIVE), &voicev1.DecideCompensationRequest{Name: m.GetName()})
		})
	}
	wait.Wait()
	won := 0
	for _, err := range errs {
		if err == nil {
			won++
			continue
		}
		require.Equal(t, "COMPENSATION_STATE", fault.From(err).Reason())
	}
	require.Equal(t, 1, won)
	var data []string
	require.NoError(t, db.Select(t.Context(), &data, `select cast(data as text) from outbox where subject = 'guanxi.voice.compensation.approved.v1'`))
	require.Len(t, data, 1)
	require.NotContains(t, data[0], "60001", "so much is not for every subscriber")

	small := s.propose(ctx, t, name, 12)
	_, err = s.ApproveCompensation(ctx, &voicev1.DecideCompensationRequest{Name: small.GetName()})
	require.NoError(t, err)
	require.NoError(t, db.Select(t.Context(), &data, `select cast(data as text) from outbox where subject = 'guanxi.voice.compensation.approved.v1' order by version`))
	require.Contains(t, strings.ReplaceAll(data[1], " ", ""), `"units":"12"`)
}

func TestPaidOnce(t *testing.T) {
	t.Parallel()
	s, _, name := setup(t)
	ctx := as(t.Context(), "ann", typev1.Level_BASIC)
	m := s.propose(ctx, t, name, 12)
	pay := func(reference string) (*voicev1.Compensation, error) {
		return s.PayCompensation(ctx, &voicev1.PayCompensationRequest{Name: m.GetName(), Reference: reference})
	}
	_, err := pay("CN-1")
	require.Equal(t, "COMPENSATION_STATE", fault.From(err).Reason())
	_, err = s.ApproveCompensation(ctx, &voicev1.DecideCompensationRequest{Name: m.GetName()})
	require.NoError(t, err)
	first, err := pay("CN-1")
	require.NoError(t, err)
	again, err := pay("CN-1")
	require.NoError(t, err)
	require.Equal(t, first.GetEtag(), again.GetEtag())
	_, err = pay("CN-2")
	require.Equal(t, "COMPENSATION_STATE", fault.From(err).Reason())

	list, err := s.ListCompensations(ctx, &voicev1.ListCompensationsRequest{Parent: "cases/-", Filter: "state = PAID"})
	require.NoError(t, err)
	require.Len(t, list.GetCompensations(), 1)
	elsewhere := auth.With(t.Context(), auth.Principal{Subject: "x", Level: 3, Territories: []string{"eu"}})
	_, err = s.GetCompensation(elsewhere, &voicev1.GetCompensationRequest{Name: m.GetName()})
	require.Equal(t, "HIDDEN", fault.From(err).Reason())
	list, err = s.ListCompensations(elsewhere, &voicev1.ListCompensationsRequest{Parent: "cases/-"})
	require.NoError(t, err)
	require.Empty(t, list.GetCompensations())
}
