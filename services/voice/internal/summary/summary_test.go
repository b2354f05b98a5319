package summary_test

import (
	"context"
	"os"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"

	"github.com/guanxi-crm/guanxi/libs/aggregate"
	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/service"
	"github.com/guanxi-crm/guanxi/libs/servicetest"
	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
	voicev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/voice/v1"
	"github.com/guanxi-crm/guanxi/services/voice/internal/settings"
	"github.com/guanxi-crm/guanxi/services/voice/internal/summary"
)

// bench is a running service with summaries only. Its clock stands at 2026-01-05, five days into a fiscal year.
type bench struct {
	*servicetest.Service
	summaries voicev1.VoiceSummaryServiceClient
	store     *summary.Store
	numbers   *settings.Store
}

func setup(t *testing.T) *bench {
	t.Helper()
	s := servicetest.Start(t, service.Definition{Name: "voice", Migrations: os.DirFS("../../migrations"), Register: func(r grpc.ServiceRegistrar, p *service.Platform) error {
		voicev1.RegisterVoiceSummaryServiceServer(r, summary.NewServer(summary.NewStore(p.DB, p.Now), settings.NewStore(p.DB, p.Now)))
		return nil
	}})
	return &bench{
		Service: s, summaries: voicev1.NewVoiceSummaryServiceClient(s.Conn), store: summary.NewStore(s.DB, s.Clock.Now), numbers: settings.NewStore(s.DB, s.Clock.Now),
	}
}

func (b *bench) exec(t *testing.T, query string, args ...any) {
	t.Helper()
	_, err := b.DB.Exec(t.Context(), query, args...)
	require.NoError(t, err, query)
}

func (b *bench) client(t *testing.T, territory, name string) uuid.UUID {
	t.Helper()
	id := uuid.Must(uuid.NewV7())
	b.exec(t, `insert into customers (customer_id, territory, display_name, create_time) values ($1, $2, $3, '2023-01-01')`, id, territory, name)
	return id
}

// tell adds a voice and a case of a complaint at a time.
func (b *bench) tell(t *testing.T, customer uuid.UUID, at, cause string, group *uuid.UUID) uuid.UUID {
	t.Helper()
	id := uuid.Must(uuid.NewV7())
	b.exec(t, `insert into cases (customer_id, case_id, request_kind, track, phase, technicality, severity, severity_basis, major, state, title, product_line, product_code, cause,
		assignee, received_time, issue_group_id, revision, create_time, update_time)
		values ($1, $2, 2, 1, 3, 1, 3, 2, true, 4, 'x', 'pumps', 'P<1>', $3, '', $4, $5, 1, now(), now())`, customer, id, cause, at, group)
	b.voice(t, &customer, &id, at, 4, 1)
	return id
}

func (b *bench) voice(t *testing.T, customer, of *uuid.UUID, at string, kind, source int) {
	t.Helper()
	b.exec(t, `insert into voices (voice_id, customer_id, territory, source, kind, phase, technicality, track, body, language, product_line, product_code, order_reference,
		reporter_name, reporter_contact, affected, duration_minutes, grading, source_system, source_id, digest, implicit, major, received_time, author, create_time, update_time, revision, case_id)
		values ($1, $2, 'cn/north', $3, $4, 3, 1, 1, 'x', 'zh', '', '', '', '', '', 0, 0, 0, 'x', '', '', false, false, $5, '', now(), now(), 1, $6)`, uuid.New(), customer, source, kind, at, of)
}

func (b *bench) get(ctx context.Context, t *testing.T, customer string, year int32) *voicev1.VoiceSummary {
	t.Helper()
	got, err := b.summaries.GetVoiceSummary(ctx, &voicev1.GetVoiceSummaryRequest{Name: customer + "/voiceSummary", FiscalYear: year})
	require.NoError(t, err)
	return got
}

// scene is a year of two customers and a voice of nobody.
func (b *bench) scene(t *testing.T) (south, north uuid.UUID) {
	t.Helper()
	south, north = b.client(t, "cn/south", "深圳<b>水泵</b>公司"), b.client(t, "cn/north", "Beijing Ltd")
	group := uuid.Must(uuid.NewV7())
	b.exec(t, `insert into issue_groups (group_id, state, product_line, product_code, common_cause, size, square, first_time, last_time, create_time, update_time, keywords, action)
		values ($1, 2, '', '', '', 1, 0, now(), now(), now(), now(), '{漏油,轴封}', '<script>alert(1)</script>')`, group)
	one := b.tell(t, south, "2025-03-01T00:00:00Z", "seal", &group)
	b.tell(t, south, "2025-04-01T00:00:00Z", "seal", &group)
	b.tell(t, north, "2025-05-01T00:00:00Z", "motor", &group)
	b.tell(t, south, "2024-05-01T00:00:00Z", "seal", nil)
	// 2026 in Shanghai already.
	b.tell(t, south, "2025-12-31T16:30:00Z", "late", nil)
	b.voice(t, nil, nil, "2025-06-01T00:00:00Z", 5, 8)
	b.voice(t, &south, &one, "2025-06-01T00:00:00Z", 4, 1) // of the same complaint
	b.exec(t, `insert into orders (customer_id, order_id, source_system, order_number, order_time) select $1, gen_random_uuid(), 'erp', n, '2025-02-01' from generate_series(1, 8) n`, south)
	b.exec(t, `insert into case_actions (customer_id, case_id, action_id, kind, title, owner, due_date, author, create_time, update_time, revision)
		values ($1, $2, $3, 1, 'x', 'li', '2025-06-01', '', now(), now(), 1)`, south, one, uuid.New())
	return south, north
}

func TestAYear(t *testing.T) {
	t.Parallel()
	b := setup(t)
	south, _ := b.scene(t)
	got := b.get(b.As(t, typev1.Level_BASIC, "cn/south"), t, aggregate.Name(south), 2025)
	require.Equal(t, []int32{3, 2, 2, 8, 2, 1, 1}, []int32{
		got.GetVoiceCount(), got.GetCaseCount(), got.GetComplaintCount(), got.GetOrderCount(), got.GetMajorCount(), got.GetOpenActionCount(), got.GetOverdueActionCount(),
	})
	require.InDelta(t, 0.25, got.GetComplaintRate(), 0)
	require.Equal(t, "COMPLAINT", got.GetKinds()[0].GetKey())
	require.Equal(t, int32(1), got.GetKinds()[0].GetBefore())
	require.Equal(t, "seal", got.GetCauses()[0].GetKey())
	require.InDelta(t, 1, got.GetCauses()[0].GetShare(), 0)
	require.Equal(t, int32(2), got.GetIssues()[0].GetCount())
	require.Equal(t, "漏油 · 轴封", got.GetIssues()[0].GetNameEn())

	all := b.get(b.As(t, typev1.Level_BASIC), t, "customers/-", 2025)
	require.Equal(t, int32(5), all.GetVoiceCount())
	require.Equal(t, int32(3), all.GetCaseCount())
	require.Empty(t, all.GetCustomer())
	ours := b.get(b.As(t, typev1.Level_BASIC, "cn/north"), t, "customers/-", 2025)
	require.Equal(t, int32(2), ours.GetVoiceCount(), "with the one that waits there")
	require.Zero(t, b.get(b.As(t, typev1.Level_BASIC, "eu"), t, "customers/-", 2025).GetVoiceCount())
	require.Equal(t, int32(1), b.get(b.As(t, typev1.Level_BASIC), t, "customers/-", 2026).GetCaseCount())

	for _, c := range []struct {
		name   string
		year   int32
		reason string
	}{
		{aggregate.Name(south) + "/voiceSummary", 2027, "INVALID_FIELDS"},
		{aggregate.Name(south), 2025, "INVALID_FIELDS"},
		{"customers/x/voiceSummary", 2025, "INVALID_FIELDS"},
		{aggregate.Name(uuid.New()) + "/voiceSummary", 2025, "HIDDEN"},
	} {
		_, err := b.summaries.GetVoiceSummary(b.As(t, typev1.Level_BASIC, "cn"), &voicev1.GetVoiceSummaryRequest{Name: c.name, FiscalYear: c.year})
		require.Error(t, err)
		require.Equal(t, c.reason, fault.From(err).Reason())
	}
}

// Response times that were kept are told from those that were not, open ones past their due time among these.
func TestAttainment(t *testing.T) {
	t.Parallel()
	b := setup(t)
	south, _ := b.scene(t)
	id := b.tell(t, south, "2025-07-01T00:00:00Z", "", nil)
	other := b.tell(t, south, "2025-07-01T00:00:00Z", "", nil)
	for i, c := range []struct {
		of    uuid.UUID
		state int
		due   string
	}{{id, 3, "2025-07-02"}, {id, 1, "2025-07-02"}, {other, 4, "2025-07-02"}, {other, 1, "2030-01-01"}} {
		b.exec(t, `insert into clocks (customer_id, case_id, clock_id, measure, rule_id, rule_version, calendar_id, calendar_version, sla_factor, customer_factor, target_seconds, pauses, state, used_seconds,
			intervals, alarms, change_time, due_time) values ($1, $2, $3, $4, $3, 1, $3, 1, 1, 1, 1, false, $5, 0, 0, 0, now(), $6)`, south, c.of, uuid.New(), i%2+1, c.state, c.due)
	}
	got := b.get(b.As(t, typev1.Level_BASIC), t, aggregate.Name(south), 2025).GetAttainments()
	require.Len(t, got, 2)
	require.InDelta(t, 0.5, got[0].GetRate(), 0)
	require.Equal(t, int32(1), got[1].GetMissed())
	require.Zero(t, got[1].GetMet())
}

// The page says what the figures do, in both languages, and what people wrote does nothing in it.
func TestThePage(t *testing.T) {
	t.Parallel()
	b := setup(t)
	south, _ := b.scene(t)
	printed := func(name string, language voicev1.PrintVoiceSummaryRequest_Language) string {
		got, err := b.summaries.PrintVoiceSummary(b.As(t, typev1.Level_BASIC), &voicev1.PrintVoiceSummaryRequest{Name: name + "/voiceSummary", FiscalYear: 2025, Language: language})
		require.NoError(t, err)
		require.Equal(t, "text/html; charset=utf-8", got.GetContentType())
		return string(got.GetData())
	}
	page := printed(aggregate.Name(south), voicev1.PrintVoiceSummaryRequest_LANGUAGE_UNSPECIFIED)
	for _, text := range []string{"客户之声年度汇总", "深圳&lt;b&gt;水泵", "按根本原因", "seal", "25.0 %", "漏油", "2025-01-01 – 2025-12-31", "P&lt;1&gt;", "width: 100.0%"} {
		require.Contains(t, page, text)
	}
	require.NotContains(t, page, "<script")
	require.NotContains(t, page, "ZgotmplZ")
	page = printed("customers/-", voicev1.PrintVoiceSummaryRequest_EN)
	for _, text := range []string{"yearly summary", "All customers", "Complaint", "Survey", "By root cause"} {
		require.Contains(t, page, text)
	}
}

// A fiscal year is announced once, when it is over.
func TestAYearIsAnnouncedOnce(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.scene(t)
	n, err := b.numbers.Current(t.Context())
	require.NoError(t, err)
	count := func() (n int) {
		require.NoError(t, b.DB.Get(t.Context(), &n, `select count(*) from outbox where subject = 'guanxi.voice.summary.published.v1'`))
		return n
	}
	shanghai := n.Zone
	for _, c := range []struct {
		at   time.Time
		want int
	}{
		{time.Date(2024, 1, 1, 0, 0, 0, 0, shanghai), 0}, // nothing was said in 2023
		{time.Date(2025, 12, 31, 23, 59, 0, 0, shanghai), 1},
		{time.Date(2026, 1, 1, 0, 0, 0, 0, shanghai), 2},
		{time.Date(2026, 1, 1, 1, 0, 0, 0, shanghai), 2},
	} {
		require.NoError(t, b.store.Publish(t.Context(), n, c.at))
		require.Equal(t, c.want, count(), c.at)
	}
	events := b.Events(t, "guanxi.voice.summary.published.v1", 2)
	require.Contains(t, string(events[1].Data), `"fiscalYear":2025,"voiceCount":5,"caseCount":3,"complaintCount":3`)
}

func TestFiscalYears(t *testing.T) {
	t.Parallel()
	n := &settings.Numbers{FiscalYearStart: time.April, Zone: time.UTC}
	require.Equal(t, summary.Period{
		Before: time.Date(2024, 4, 1, 0, 0, 0, 0, time.UTC), Start: time.Date(2025, 4, 1, 0, 0, 0, 0, time.UTC), End: time.Date(2026, 4, 1, 0, 0, 0, 0, time.UTC),
	}, summary.Year(n, 2025))
}
