package intake

import (
	"context"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"

	"github.com/guanxi-crm/guanxi/libs/aggregate"
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

type bundle struct {
	*Server
	db    *postgres.DB
	clock *testkit.Clock
	cases *casefile.Store
}

func setup(t *testing.T) *bundle {
	t.Helper()
	db, clock := testkit.Database(t, migrate), testkit.NewClock()
	pages, err := page.NewSealer(make([]byte, page.KeySize))
	require.NoError(t, err)
	cases := casefile.NewStore(db, clock.Now, casefile.NewTools(db, clock.Now))
	s, err := NewServer(NewStore(db, clock.Now, cases), pages)
	require.NoError(t, err)
	return &bundle{Server: s, db: db, clock: clock, cases: cases}
}

func in(t *testing.T, territories ...string) context.Context {
	t.Helper()
	return auth.With(t.Context(), auth.Principal{Subject: "alice", Level: typev1.Level_EXECUTIVE, Territories: territories})
}

func (b *bundle) customer(t *testing.T, territory string) string {
	t.Helper()
	id, err := uuid.NewV7()
	require.NoError(t, err)
	_, err = b.db.Exec(t.Context(), `insert into customers (customer_id, territory, create_time) values ($1, $2, now())`, id, territory)
	require.NoError(t, err)
	return aggregate.Name(id)
}

func (b *bundle) subjects(t *testing.T) []string {
	t.Helper()
	var all []string
	require.NoError(t, b.db.Select(t.Context(), &all, `select subject from outbox order by aggregate_id, version`))
	for i := range all {
		all[i] = strings.TrimSuffix(strings.TrimPrefix(all[i], "guanxi.voice."), ".v1")
	}
	return all
}

func complains(customer, id string) *voicev1.Voice {
	return &voicev1.Voice{Customer: customer, Source: voicev1.VoiceSource_HOTLINE, Kind: voicev1.VoiceKind_COMPLAINT, Text: "交付延迟\n已等两周", SourceSystem: "hotline", SourceId: id}
}

func (b *bundle) create(ctx context.Context, t *testing.T, v *voicev1.Voice) *voicev1.Voice {
	t.Helper()
	made, err := b.CreateVoice(ctx, &voicev1.CreateVoiceRequest{Voice: v})
	require.NoError(t, err)
	return made
}

func refused(t *testing.T, err error, code codes.Code, reason string) {
	t.Helper()
	require.Error(t, err)
	require.Equal(t, code, fault.From(err).Code(), err)
	require.Equal(t, reason, fault.From(err).Reason(), err)
}

func TestAComplaintOpensACaseOnce(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ctx, v := in(t, "cn"), complains(b.customer(t, "cn/south"), "1")
	const callers = 8
	var wait sync.WaitGroup
	got := make([]*voicev1.Voice, callers)
	for i := range callers {
		wait.Go(func() {
			var err error
			got[i], err = b.CreateVoice(ctx, &voicev1.CreateVoiceRequest{Voice: proto.CloneOf(v)})
			require.NoError(t, err)
		})
	}
	wait.Wait()
	for _, other := range got {
		require.Equal(t, got[0].GetName(), other.GetName())
		require.NotEmpty(t, other.GetCase())
	}
	require.Equal(t, []string{"voice.received", "case.opened"}, b.subjects(t))
	changed := proto.CloneOf(v)
	changed.Text = "something else"
	_, err := b.CreateVoice(ctx, &voicev1.CreateVoiceRequest{Voice: changed})
	refused(t, err, codes.AlreadyExists, "SOURCE_REFERENCE_TAKEN")

	praise := &voicev1.Voice{Customer: v.GetCustomer(), Source: voicev1.VoiceSource_WEB, Kind: voicev1.VoiceKind_PRAISE, Text: "thanks"}
	require.Empty(t, b.create(ctx, t, praise).GetCase())
	once, twice := b.create(ctx, t, praise), b.create(ctx, t, praise)
	require.NotEqual(t, once.GetName(), twice.GetName(), "without a reference each is another")
}

func TestNobodyKnowsWhose(t *testing.T) {
	t.Parallel()
	b := setup(t)
	customer := b.customer(t, "cn/south")
	all, south := in(t, auth.Anywhere), in(t, "cn/south")
	v := b.create(all, t, complains("", "1"))
	require.Empty(t, v.GetCase())
	_, err := b.GetVoice(south, &voicev1.GetVoiceRequest{Name: v.GetName()})
	refused(t, err, codes.PermissionDenied, "HIDDEN")
	_, err = b.CreateVoice(south, &voicev1.CreateVoiceRequest{Voice: complains("", "1")})
	refused(t, err, codes.PermissionDenied, "HIDDEN")
	_, err = b.OpenVoiceCase(all, &voicev1.OpenVoiceCaseRequest{Name: v.GetName()})
	refused(t, err, codes.FailedPrecondition, "NOT_IDENTIFIED")

	const callers = 6
	var wait sync.WaitGroup
	errs := make([]error, callers)
	others := make([]string, callers)
	for i := range callers {
		others[i] = b.customer(t, "cn/south")
	}
	for i := range callers {
		wait.Go(func() {
			_, errs[i] = b.IdentifyVoice(all, &voicev1.IdentifyVoiceRequest{Name: v.GetName(), Customer: others[i]})
		})
	}
	wait.Wait()
	won := 0
	for _, err := range errs {
		if err == nil {
			won++
			continue
		}
		refused(t, err, codes.FailedPrecondition, "IDENTIFIED")
	}
	require.Equal(t, 1, won)
	require.ElementsMatch(t, []string{"voice.received", "voice.identified", "case.opened"}, b.subjects(t))
	v, err = b.GetVoice(south, &voicev1.GetVoiceRequest{Name: v.GetName()})
	require.NoError(t, err)
	require.NotEmpty(t, v.GetCase())
	again := b.create(all, t, complains("", "1"))
	require.Equal(t, v.GetName(), again.GetName(), "its source does not know that somebody found out")

	waiting, err := b.store.Receive(all, &Voice{Source: 5, Kind: 3, Text: "x", Territory: "cn/south"})
	require.NoError(t, err)
	_, err = b.IdentifyVoice(south, &voicev1.IdentifyVoiceRequest{Name: waiting.Name(), Customer: customer})
	require.NoError(t, err, "whoever it waits for sees it")
}

func TestOneCaseGathersManyVoices(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ctx, customer := in(t, "cn"), b.customer(t, "cn/south")
	opinion := func(grading voicev1.Severity) *voicev1.Voice {
		return b.create(ctx, t, &voicev1.Voice{Customer: customer, Source: voicev1.VoiceSource_WEB, Kind: voicev1.VoiceKind_OPINION, Text: "slow", Grading: grading})
	}
	one, two := opinion(voicev1.Severity_LOW), opinion(voicev1.Severity_HIGH)
	c, err := b.OpenVoiceCase(ctx, &voicev1.OpenVoiceCaseRequest{Name: one.GetName()})
	require.NoError(t, err)
	require.Equal(t, "slow", c.GetTitle())
	require.Equal(t, voicev1.RequestKind_PROPOSAL, c.GetRequestKind())
	_, err = b.OpenVoiceCase(ctx, &voicev1.OpenVoiceCaseRequest{Name: one.GetName()})
	refused(t, err, codes.FailedPrecondition, "HAS_CASE")
	for range 2 {
		two, err = b.AttachVoice(ctx, &voicev1.AttachVoiceRequest{Name: two.GetName(), Case: c.GetName()})
		require.NoError(t, err)
	}
	require.Equal(t, c.GetName(), two.GetCase())
	var id uuid.UUID
	require.NoError(t, b.db.Get(t.Context(), &id, `select case_id from cases`))
	kept, err := b.cases.Get(ctx, id)
	require.NoError(t, err)
	require.Equal(t, casefile.High, kept.Severity, "what is worse counts")
	require.EqualValues(t, 2, kept.Voices)

	other := b.create(ctx, t, complains(b.customer(t, "cn/south"), "9"))
	_, err = b.AttachVoice(ctx, &voicev1.AttachVoiceRequest{Name: other.GetName(), Case: c.GetName()})
	refused(t, err, codes.FailedPrecondition, "HAS_CASE")
	lone := b.create(ctx, t, &voicev1.Voice{Customer: b.customer(t, "cn/south"), Source: 5, Kind: 3, Text: "x"})
	_, err = b.AttachVoice(ctx, &voicev1.AttachVoiceRequest{Name: lone.GetName(), Case: c.GetName()})
	require.Equal(t, "CUSTOMER", fault.From(err).Violations()[0].Rule)
	_, err = b.cases.Do(ctx, id, "", casefile.Step{Verb: casefile.Close, Outcome: casefile.Withdrawn, Text: "x"}, casefile.Options{})
	require.NoError(t, err)
	_, err = b.AttachVoice(ctx, &voicev1.AttachVoiceRequest{Name: opinion(0).GetName(), Case: c.GetName()})
	refused(t, err, codes.FailedPrecondition, "CASE_CLOSED")
}
