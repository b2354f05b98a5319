package profile_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/genproto/googleapis/type/date"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	"github.com/guanxi-crm/guanxi/libs/auth"
	profilev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/profile/v1"
)

func dossiers(b *bundle) profilev1.DossierServiceClient {
	return profilev1.NewDossierServiceClient(b.Conn)
}

func insights(b *bundle) profilev1.InsightServiceClient {
	return profilev1.NewInsightServiceClient(b.Conn)
}

// A section grows by revisions: each has its author, the newest one counts, and two who write at once do not overwrite each other.
func TestDossierSections(t *testing.T) {
	t.Parallel()
	b := setup(t)
	c := b.customer(t)
	all, err := dossiers(b).GetDossier(b.As(t, manager), &profilev1.GetDossierRequest{Name: c.GetName() + "/dossier"})
	require.NoError(t, err)
	require.Len(t, all.GetSections(), 20)
	first := all.GetSections()[2]
	require.Equal(t, []string{"2.1", "宏观环境", "industry"}, []string{first.GetNumber(), first.GetLabelZh(), first.GetChapter()})
	require.NotEmpty(t, first.GetEtag())
	require.Nil(t, first.GetUpdateTime())

	write := func(subject, text, etag string, paths ...string) (*profilev1.DossierSection, error) {
		request := &profilev1.UpdateDossierSectionRequest{Section: &profilev1.DossierSection{Name: first.GetName(), Text: text, Source: "年报", Etag: etag}}
		if len(paths) > 0 {
			request.UpdateMask = &fieldmaskpb.FieldMask{Paths: paths}
		}
		who := b.AsPrincipal(t, auth.Principal{Subject: subject, Level: manager, Territories: []string{auth.Anywhere}})
		return dossiers(b).UpdateDossierSection(who, request)
	}
	one, err := write("alice", "利率下降", first.GetEtag())
	require.NoError(t, err)
	require.Equal(t, []any{int32(1), "alice", "年报"}, []any{one.GetRevision(), one.GetAuthor(), one.GetSource()})
	_, err = write("bob", "x", first.GetEtag())
	refused(t, err, codes.Aborted)
	same, err := write("bob", "利率下降", "")
	require.NoError(t, err)
	require.EqualExportedValues(t, one, same)
	two, err := write("bob", "利率上升", one.GetEtag(), "text", "summary")
	require.NoError(t, err)
	require.Equal(t, []any{int32(2), "bob", "年报"}, []any{two.GetRevision(), two.GetAuthor(), two.GetSource()})

	page, err := dossiers(b).ListDossierRevisions(b.As(t, manager), &profilev1.ListDossierRevisionsRequest{Parent: first.GetName(), PageSize: 1})
	require.NoError(t, err)
	require.Equal(t, "利率上升", page.GetRevisions()[0].GetText())
	page, err = dossiers(b).ListDossierRevisions(b.As(t, manager), &profilev1.ListDossierRevisionsRequest{Parent: first.GetName(), PageSize: 1, PageToken: page.GetNextPageToken()})
	require.NoError(t, err)
	require.Equal(t, []string{"利率下降", "alice"}, []string{page.GetRevisions()[0].GetText(), page.GetRevisions()[0].GetAuthor()})
	require.Empty(t, page.GetNextPageToken())

	events := b.Events(t, "guanxi.profile.dossier.>", 2)
	require.Contains(t, string(events[1].Data), `"changedFields":["text"]`)
	require.NotContains(t, string(events[1].Data), "利率")
	history, err := b.customers.ListCustomerChanges(b.As(t, manager), &profilev1.ListCustomerChangesRequest{Parent: c.GetName()})
	require.NoError(t, err)
	require.Equal(t, first.GetName(), history.GetChanges()[0].GetResource())
	require.Empty(t, history.GetChanges()[0].GetFields()[0].GetTo())
	history, err = b.customers.ListCustomerChanges(b.As(t, basic), &profilev1.ListCustomerChangesRequest{Parent: c.GetName()})
	require.NoError(t, err)
	require.Len(t, history.GetChanges(), 1)
}

// What was written in a section that is taken out of the outline can be read and no longer be written; insights keep it.
func TestDossierOutline(t *testing.T) {
	t.Parallel()
	b := setup(t)
	c := b.customer(t)
	ctx := b.admin(t)
	name := c.GetName() + "/dossier/sections/pains"
	_, err := dossiers(b).UpdateDossierSection(ctx, &profilev1.UpdateDossierSectionRequest{Section: &profilev1.DossierSection{Name: name, Text: "x"}})
	require.NoError(t, err)
	i, err := insights(b).CreateInsight(ctx, &profilev1.CreateInsightRequest{Parent: c.GetName(), Insight: &profilev1.Insight{
		Date: &date.Date{Year: 2025, Month: 1, Day: 1}, SourceKind: profilev1.Insight_MEDIA, Title: "t", Sections: []string{"pains"},
	}})
	require.NoError(t, err)

	outline := &profilev1.DossierOutline{Name: "dossierOutline", Entries: []*profilev1.DossierOutlineEntry{{Code: "basics", LabelZh: "基本", LabelEn: "Basics"}}}
	changed, err := dossiers(b).UpdateDossierOutline(ctx, &profilev1.UpdateDossierOutlineRequest{Outline: outline})
	require.NoError(t, err)
	require.Equal(t, int32(2), changed.GetVersion())
	all, err := dossiers(b).GetDossier(ctx, &profilev1.GetDossierRequest{Name: c.GetName() + "/dossier"})
	require.NoError(t, err)
	require.Equal(t, int32(2), all.GetOutlineVersion())
	require.Len(t, all.GetSections(), 2)
	require.Equal(t, []string{name, "x", ""}, []string{all.GetSections()[1].GetName(), all.GetSections()[1].GetText(), all.GetSections()[1].GetNumber()})
	_, err = dossiers(b).GetDossierSection(ctx, &profilev1.GetDossierSectionRequest{Name: name})
	require.NoError(t, err)
	_, err = dossiers(b).UpdateDossierSection(ctx, &profilev1.UpdateDossierSectionRequest{Section: &profilev1.DossierSection{Name: name, Text: "y"}})
	refused(t, err, codes.NotFound)
	_, err = insights(b).UpdateInsight(ctx, &profilev1.UpdateInsightRequest{Insight: &profilev1.Insight{Name: i.GetName(), Title: "u"}})
	require.NoError(t, err)
	_, err = insights(b).UpdateInsight(ctx, &profilev1.UpdateInsightRequest{Insight: &profilev1.Insight{Name: i.GetName(), Sections: []string{"basics", "strategy"}}})
	refused(t, err, codes.InvalidArgument, "insight.sections[1]", "SECTION_UNKNOWN")
}

func TestInsights(t *testing.T) {
	t.Parallel()
	b := setup(t)
	c := b.customer(t)
	ctx := b.As(t, manager)
	create := func(day int32, kind profilev1.Insight_SourceKind, title string) *profilev1.Insight {
		i, err := insights(b).CreateInsight(ctx, &profilev1.CreateInsightRequest{Parent: c.GetName(), Insight: &profilev1.Insight{
			Date: &date.Date{Year: 2025, Month: 1, Day: day}, SourceKind: kind, Reliability: profilev1.Insight_PROBABLE, Title: title, Text: "secret-text",
			Tags: []string{" 5G "}, Sections: []string{"industry_news"},
		}})
		require.NoError(t, err)
		return i
	}
	create(2, profilev1.Insight_VISIT, "b")
	old := create(1, profilev1.Insight_ANNUAL_REPORT, "a")
	require.Equal(t, []string{"5G"}, old.GetTags())
	list, err := insights(b).ListInsights(ctx, &profilev1.ListInsightsRequest{Parent: "customers/-", Filter: `tags:"5G" AND sections:"industry_news" AND date < "2025-01-03"`})
	require.NoError(t, err)
	require.Equal(t, []string{"b", "a"}, []string{list.GetInsights()[0].GetTitle(), list.GetInsights()[1].GetTitle()})
	list, err = insights(b).ListInsights(ctx, &profilev1.ListInsightsRequest{Parent: c.GetName(), Filter: "source_kind = ANNUAL_REPORT AND reliability = PROBABLE", OrderBy: "title"})
	require.NoError(t, err)
	require.EqualExportedValues(t, old, list.GetInsights()[0])
	require.Len(t, list.GetInsights(), 1)

	_, err = insights(b).UpdateInsight(ctx, &profilev1.UpdateInsightRequest{
		Insight: &profilev1.Insight{Name: old.GetName()}, UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"title"}},
	})
	refused(t, err, codes.InvalidArgument, "insight.title", "REQUIRED")
	same, err := insights(b).UpdateInsight(ctx, &profilev1.UpdateInsightRequest{Insight: &profilev1.Insight{Name: old.GetName(), Title: "a"}})
	require.NoError(t, err)
	require.EqualExportedValues(t, old, same)
	changed, err := insights(b).UpdateInsight(ctx, &profilev1.UpdateInsightRequest{Insight: &profilev1.Insight{Name: old.GetName(), Url: "https://example.com/a", Etag: old.GetEtag()}})
	require.NoError(t, err)
	require.NotEqual(t, old.GetEtag(), changed.GetEtag())
	_, err = insights(b).DeleteInsight(ctx, &profilev1.DeleteInsightRequest{Name: old.GetName(), Etag: old.GetEtag()})
	refused(t, err, codes.Aborted)
	_, err = insights(b).DeleteInsight(ctx, &profilev1.DeleteInsightRequest{Name: old.GetName()})
	require.NoError(t, err)
	_, err = insights(b).GetInsight(ctx, &profilev1.GetInsightRequest{Name: old.GetName()})
	refused(t, err, codes.NotFound)

	events := b.Events(t, "guanxi.profile.insight.>", 4)
	for _, e := range events {
		require.NotContains(t, string(e.Data), "secret-text")
	}
	require.Contains(t, string(events[0].Data), `"sourceKind":"VISIT"`)
	history, err := b.customers.ListCustomerChanges(ctx, &profilev1.ListCustomerChangesRequest{Parent: c.GetName()})
	require.NoError(t, err)
	for _, change := range history.GetChanges() {
		if change.GetResource() == old.GetName() {
			require.Empty(t, change.GetFields(), "what it said is gone")
		}
	}
}

// A report is made of what is known at the moment, for those who may read the customer.
func TestCompileReport(t *testing.T) {
	t.Parallel()
	b := setup(t)
	c := b.customer(t)
	ctx := b.admin(t)
	reports := profilev1.NewCustomerReportServiceClient(b.Conn)
	_, err := dossiers(b).UpdateDossierSection(ctx, &profilev1.UpdateDossierSectionRequest{Section: &profilev1.DossierSection{
		Name: c.GetName() + "/dossier/sections/pains", Text: "**交付** <script>", Summary: "要快",
	}})
	require.NoError(t, err)
	b.order(t, c.GetName(), anOrder("1", 0, 1000))
	now := b.Clock.Now()
	today := &date.Date{Year: int32(now.Year()), Month: int32(now.Month()), Day: int32(now.Day())}
	_, err = insights(b).CreateInsight(ctx, &profilev1.CreateInsightRequest{Parent: c.GetName(), Insight: &profilev1.Insight{
		Date: today, SourceKind: profilev1.Insight_ANALYST, Title: "评级上调", Text: "买入", Sections: []string{"pains"},
	}})
	require.NoError(t, err)
	compile := func(kind profilev1.CompileReportRequest_Kind, format profilev1.CompileReportRequest_Format, language profilev1.CompileReportRequest_Language) (string, string) {
		body, err := reports.CompileReport(b.As(t, manager), &profilev1.CompileReportRequest{Name: c.GetName(), Kind: kind, Format: format, Language: language})
		require.NoError(t, err)
		return string(body.GetData()), body.GetContentType()
	}
	page, kind := compile(profilev1.CompileReportRequest_ANALYSIS, profilev1.CompileReportRequest_HTML, profilev1.CompileReportRequest_ZH)
	require.Equal(t, "text/html; charset=utf-8", kind)
	for _, part := range []string{"客户分析报告", "3.5", "面临的痛点", "<strong>交付</strong> &lt;script&gt;", "小结", "评级上调", "证券投资机构分析师报告"} {
		require.Contains(t, page, part)
	}
	require.NotContains(t, page, "<script")
	text, kind := compile(profilev1.CompileReportRequest_BULLETIN, profilev1.CompileReportRequest_MARKDOWN, profilev1.CompileReportRequest_EN)
	require.Equal(t, "text/markdown; charset=utf-8", kind)
	require.True(t, strings.HasPrefix(text, "# Customer bulletin\n"), text)
	require.Contains(t, text, "## 1 Sources outside the company\n\n### Reports of analysts\n\n#### "+now.Format("2006-01-02")+" 评级上调")
	_, err = reports.CompileReport(b.As(t, manager, "eu"), &profilev1.CompileReportRequest{Name: c.GetName(), Kind: profilev1.CompileReportRequest_BULLETIN})
	refused(t, err, codes.PermissionDenied)
	_, err = reports.CompileReport(ctx, &profilev1.CompileReportRequest{
		Name: c.GetName(), Kind: profilev1.CompileReportRequest_BULLETIN, StartDate: today, EndDate: &date.Date{Year: 2020, Month: 1, Day: 1},
	})
	refused(t, err, codes.InvalidArgument, "end_date", "ORDER")
}

// Sections come in by files as well: what says nothing new makes no revision, and what is not in the outline is rejected.
func TestImportOfDossiers(t *testing.T) {
	t.Parallel()
	b := setup(t)
	section := func(code, text, summary string) *profilev1.ImportRow {
		return &profilev1.ImportRow{
			CustomerRef: &profilev1.ImportCustomer{System: "shop", Id: "1"},
			Fact:        &profilev1.ImportRow_DossierSection{DossierSection: &profilev1.ImportDossierSection{Code: code, Text: text, Summary: summary}},
		}
	}
	answer := b.imported(t, "dossiers",
		line(1, shop("1", "Alfreds")), line(2, section("pains", "slow", "")), line(3, section("pains", "slow", "")), line(4, section("pains", "", "faster")),
		line(5, section("nowhere", "x", "")), line(6, section("Pains", "x", "")), line(7, section("ceo_focus", strings.Repeat("长", 10001), "")),
	)
	p := answer.GetProgress()
	require.Equal(t, []int64{7, 3, 1, 3, 2, 1}, []int64{p.GetTotalCount(), p.GetStoredCount(), p.GetUnchangedCount(), p.GetRejectedCount(), p.GetCreatedCount(), p.GetChangedCount()})
	require.Equal(t, []string{"dossier_section.code", "SECTION_UNKNOWN"}, []string{answer.GetRejections()[0].GetField(), answer.GetRejections()[0].GetRule()})
	list, err := b.customers.ListCustomers(b.As(t, basic), &profilev1.ListCustomersRequest{})
	require.NoError(t, err)
	got, err := dossiers(b).GetDossierSection(b.As(t, manager), &profilev1.GetDossierSectionRequest{Name: list.GetCustomers()[0].GetName() + "/dossier/sections/pains"})
	require.NoError(t, err)
	require.Equal(t, []any{"slow", "faster", int32(2)}, []any{got.GetText(), got.GetSummary(), got.GetRevision()})
	for _, e := range b.Events(t, "guanxi.profile.dossier.changed.v1", 2) {
		require.Equal(t, "import", e.Header.Get("ce-cause"))
	}
}
