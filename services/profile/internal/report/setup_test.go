package report_test

import (
	"time"

	"github.com/shopspring/decimal"

	"github.com/guanxi-crm/guanxi/services/profile/internal/dossier"
	"github.com/guanxi-crm/guanxi/services/profile/internal/insight"
	"github.com/guanxi-crm/guanxi/services/profile/internal/report"
)

const evil = `<script>alert("x")</script><img src=x onerror=alert(1)>`

func on(month time.Month, day int) time.Time {
	return time.Date(2026, month, day, 0, 0, 0, 0, time.UTC)
}

// source is a customer of whom something is known in every part of a report.
func source() *report.Source {
	entries := dossier.Shipped()
	dossier.Number(entries)
	texts := map[string]*dossier.Section{
		"company_outline": {Text: "华南最大的综合运营商，**用户 8,600 万**，资本开支连续三年下降。\n\n# 组织\n\n- 集团 → 省公司 → 地市分公司\n- 采购集中在集团供应链管理部", Summary: "规模大、采购集中、议价能力强。", Source: "2025 年年报"},
		"industry":        {Summary: "行业增速放缓，竞争转向政企市场。"},
		"macro_environment": {
			Text:    "| 指标 | 2024 | 2025 | 2026（预测） |\n| --- | ---: | ---: | ---: |\n| GDP 增速 | 5.0 % | 4.9 % | 4.7 % |\n| 行业收入增速 | 6.2 % | 3.5 % | 2.8 % |\n\n> 监管要求 2027 年前完成老旧设备替换。",
			Summary: "宏观环境中性偏紧。", Source: "国家统计局",
		},
		"ceo_focus": {Text: "1. 降本增效：单位流量成本每年降 15 %\n2. 政企与云业务占收入 40 %\n3. *绿色网络*，见[可持续发展报告](https://example.com/esg)", Summary: "能证明总拥有成本更低的方案最容易得到支持。"},
		"pains":     {Text: "交付周期长。" + evil + "\n\n![图](https://evil.example/track.png)\n\n```\n故障工单   平均 6.5 小时\n目标       4 小时\n```", Summary: "先解决交付。", Source: "9 月高层拜访"},
	}
	var written []*dossier.Section
	for code, s := range texts {
		s.Code, s.Revision, s.Author, s.UpdateTime = code, 3, "alice", on(time.October, 8)
		written = append(written, s)
	}
	s := &report.Source{
		Customer: report.Customer{DisplayName: "南方通信集团 " + evil, LegalName: "南方通信集团股份有限公司", Industry: "电信运营", Territory: "cn/south/shenzhen", Owner: "alice"},
		First:    on(time.January, 1), Last: on(time.November, 20), Now: on(time.November, 20), SalesEnd: on(time.November, 1), All: 6,
		Sections: dossier.Arrange(dossier.Section{}.Customer, entries, written),
		Positions: []report.Position{{
			ProductLine: "无线接入", Share: "45.5", Competitors: []report.Competitor{{Name: "甲公司", Share: "35"}, {Name: "乙公司"}}, AsOf: on(time.June, 30), Reason: "甲公司价格低 8 %",
		}},
	}
	s.Insights = []*insight.Insight{
		{Date: on(time.November, 3), SourceKind: 5, Source: "某证券 2026-11-03 第 4 页", Reliability: 2, Title: "评级上调至“买入”", Text: "看好其**政企业务**，目标价上调 12 %。", URL: "https://example.com/research/2026-11-03", Sections: []string{"financial_performance"}, Tags: []string{"资本市场", "政企"}},
		{Date: on(time.October, 21), SourceKind: 11, Source: "CTO 拜访", Reliability: 1, Title: "明年一季度启动核心网招标", Text: "预算约 2 亿元，倾向两家供应商。", Sections: []string{"technology_strategy", "pains"}},
		{Date: on(time.September, 9), SourceKind: 4, Title: "竞争对手乙公司中标传输网", Reliability: 3, Sections: []string{"competition"}},
		{Date: on(time.July, 1), SourceKind: 13, Title: "上半年服务满意度 4.2 分" + evil, Text: evil},
	}
	for m := on(time.November, 1).AddDate(0, -23, 0); !m.After(on(time.November, 1)); m = m.AddDate(0, 1, 0) {
		n := int64(m.Month())*110_000 + int64(m.Year()-2024)*300_000
		s.Sales = append(s.Sales,
			report.Sale{Month: m.Format("2006-01"), Currency: "CNY", ProductLine: "无线接入", Amount: decimal.NewFromInt(n)},
			report.Sale{Month: m.Format("2006-01"), Currency: "CNY", ProductLine: "传输", Amount: decimal.NewFromInt(n / 3)})
	}
	return s
}
