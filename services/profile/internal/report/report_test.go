package report_test

import (
	"strings"
	"testing"

	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/require"

	"github.com/guanxi-crm/guanxi/services/profile/internal/dossier"
	"github.com/guanxi-crm/guanxi/services/profile/internal/report"
)

func inOrder(t *testing.T, text string, parts ...string) {
	t.Helper()
	at := 0
	for _, part := range parts {
		next := strings.Index(text[at:], part)
		require.GreaterOrEqual(t, next, 0, "%s", part)
		at += next + len(part)
	}
}

// The analysis report follows the outline; insights stand in the sections that they belong to; nothing in it can load or run.
func TestAnalysisPage(t *testing.T) {
	t.Parallel()
	page, err := report.Build(source(), report.Analysis, report.Chinese).Page()
	require.NoError(t, err)
	text := string(page)
	inOrder(t, text, "客户分析报告</h1>", "客户概要</h2>", "<strong>用户 8,600 万</strong>", "<h4>组织</h4>", "小结</b>", "第 3 版，alice 于 2026-10-08 · 来源：2025 年年报", "宏观环境</h3>", "<table>",
		"<th style=\"text-align:right\">2024</th>", "行业动态</h3>", "尚未填写。", "竞争对手乙公司中标传输网", "<b>小结</b><p>行业增速放缓", "战略和痛点</h2>", "面临的痛点</h3>",
		"&lt;script&gt;alert(&quot;x&quot;)", "明年一季度启动核心网招标", "销售概况</h2>", `role="img"`, "无线接入", "合计", "供货占有率</h2>", "45.5 %", "其他洞察</h2>", "上半年服务满意度", "另有 2 条较早的洞察未列入。")
	for _, bad := range []string{"<script", "<img", "onerror=alert(1)>\"", "src=\"", "NaN"} {
		require.NotContains(t, text, bad)
	}
	require.Contains(t, text, `<a href="https://evil.example/track.png" rel="noreferrer">图</a>`, "a picture is a link to it")
	english, err := report.Build(source(), report.Analysis, report.English).Page()
	require.NoError(t, err)
	inOrder(t, string(english), `lang="en"`, "Customer analysis report</h1>", "Company outline</h2>", "Summary</b>", "Revision 3, alice on 2026-10-08", "Last 12 months")
}

func TestAnalysisText(t *testing.T) {
	t.Parallel()
	text := string(report.Build(source(), report.Analysis, report.English).Text())
	inOrder(t, text, "# Customer analysis report\n", "\n## 1 Company outline\n", "\n#### 组织\n", "\n**Summary**\n\n规模大", "\n## 2 Industry environment and competition\n", "\n### 2.1 Macro environment\n",
		"| 指标 | 2024 |", "\n*Nothing is written yet.*\n", "&lt;script>", `\![图](https://evil.example/track.png)`, "\n## 6 Sales\n\n| Product line | Currency |", "| Total | CNY |", "\n## 7 Supply position\n",
		"\n## 8 Other insights\n")
	require.NotContains(t, text, "<script")
	require.NotContains(t, text, "<img")
}

// The bulletin has the insights by their sources, those outside the company first.
func TestBulletin(t *testing.T) {
	t.Parallel()
	r := report.Build(source(), report.Bulletin, report.Chinese)
	page, err := r.Page()
	require.NoError(t, err)
	inOrder(t, string(page), "客户动态简报</h1>", "外部信息源</h2>", "行业情报</h3>", "2026-09-09", "证券投资机构分析师报告</h3>", "评级上调", "可信度：较可信 · 标签：资本市场、政企", "内部信息源</h2>", "拜访与交流</h3>", "服务与交付</h3>",
		"另有 2 条较早的洞察未列入。")
	require.NotContains(t, string(page), "销售概况")
	inOrder(t, string(r.Text()), "\n## 1 外部信息源\n", "\n### 行业情报\n", "\n#### 2026-09-09 竞争对手乙公司中标传输网\n", "<https://example.com/research/2026-11-03>")

	empty := source()
	empty.Insights, empty.All = nil, 0
	page, err = report.Build(empty, report.Bulletin, report.Chinese).Page()
	require.NoError(t, err)
	require.Contains(t, string(page), "期间内没有洞察。")
}

// A customer of whom nothing is known has a report that says so.
func TestReportOfNothing(t *testing.T) {
	t.Parallel()
	s := source()
	s.Insights, s.All, s.Sales, s.Positions = nil, 0, nil, nil
	entries := []dossier.Entry{{Code: "a", LabelZh: "甲", LabelEn: "A"}}
	dossier.Number(entries)
	s.Sections = dossier.Arrange(s.Customer.ID, entries, []*dossier.Section{{Code: "gone", Revision: 1, Text: "旧"}})
	page, err := report.Build(s, report.Analysis, report.English).Page()
	require.NoError(t, err)
	inOrder(t, string(page), "A</h2>", "Nothing is written yet.", "Nothing was sold in the last 24 months.", "Outside the outline</h2>", "gone</h3>", "旧")
	require.NotContains(t, string(page), "Other insights")
}

func TestSalesAreExact(t *testing.T) {
	t.Parallel()
	s := source()
	s.Sales = []report.Sale{
		{Month: "2024-12", Currency: "CNY", ProductLine: "a", Amount: decimal.RequireFromString("0.1")},
		{Month: "2025-11", Currency: "CNY", ProductLine: "a", Amount: decimal.RequireFromString("1234567.2")},
		{Month: "2025-12", Currency: "CNY", ProductLine: "a", Amount: decimal.RequireFromString("0.1")},
		{Month: "2026-11", Currency: "CNY", ProductLine: "b", Amount: decimal.RequireFromString("-0.3")},
		{Month: "2026-11", Currency: "USD", ProductLine: "b", Amount: decimal.RequireFromString("5")},
	}
	text := string(report.Build(s, report.Analysis, report.English).Text())
	inOrder(t, text, "| a | CNY | 1,234,567.30 | 0.10 | -100.0 % |", "| b | CNY | 0.00 | -0.30 | – |", "| Total | CNY | 1,234,567.30 | -0.20 | -100.0 % |", "| b | USD | 0.00 | 5.00 | – |", "| Total | USD |")
}
