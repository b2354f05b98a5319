package report

import "github.com/guanxi-crm/guanxi/services/profile/internal/insight"

var (
	titles = map[Kind]label{Bulletin: {"客户动态简报", "Customer bulletin"}, Analysis: {"客户分析报告", "Customer analysis report"}}

	nothing      = label{"尚未填写。", "Nothing is written yet."}
	summaryLabel = label{"小结", "Summary"}

	factCustomer  = label{"客户", "Customer"}
	factLegal     = label{"法定名称", "Legal name"}
	factIndustry  = label{"行业", "Industry"}
	factTerritory = label{"区域", "Territory"}
	factOwner     = label{"客户负责人", "Owner"}
	factSpan      = label{"洞察期间", "Insights of"}
	factCompiled  = label{"编制日期", "Compiled on"}
	factInsights  = label{"洞察条数", "Insights"}
	spanText      = label{"%s 至 %s", "%s to %s"}

	external = label{"外部信息源", "Sources outside the company"}
	internal = label{"内部信息源", "Sources within the company"}

	sourceKinds = map[insight.SourceKind]label{
		1: {"客户网站", "The customer's web site"}, 2: {"年报", "Annual report"}, 3: {"产品手册", "Product manuals"}, 4: {"行业情报", "News of the industry"},
		5: {"证券投资机构分析师报告", "Reports of analysts"}, 6: {"媒体报道、行业刊物", "Media and trade journals"}, 7: {"其他外部来源", "Other, outside"},
		10: {"客户关系平台", "Customer relationship platform"}, 11: {"拜访与交流", "Visits and talks"}, 12: {"项目", "Projects"}, 13: {"服务与交付", "Service and delivery"},
		14: {"财务部门", "Finance"}, 15: {"对外部门与有信息渠道的同事", "Departments and colleagues with contacts outside"}, 16: {"其他内部来源", "Other, within"},
	}
	reliabilities = map[insight.Reliability]label{
		1: {"已证实", "confirmed"}, 2: {"较可信", "probable"}, 3: {"待核实", "possible"}, 4: {"存疑", "doubtful"},
	}
	reliabilityText = label{"可信度：%s", "Reliability: %s"}
	sourceText      = label{"来源：%s", "Source: %s"}
	tagText         = label{"标签：%s", "Tags: %s"}
	revisionText    = label{"第 %d 版，%s 于 %s", "Revision %d, %s on %s"}

	noInsights = label{"期间内没有洞察。", "There are no insights of these days."}
	leftOut    = label{"另有 %d 条较早的洞察未列入。", "%d older insights are left out."}

	sales        = label{"销售概况", "Sales"}
	noSales      = label{"最近 24 个月没有销售。", "Nothing was sold in the last 24 months."}
	salesNote    = label{"截至 %s 的各 12 个月，退货已扣除。", "Twelve months each, up to %s; returns are deducted."}
	salesTitle   = label{"%s 各月销售额", "Sales by month, %s"}
	salesDesc    = label{"从 %s 到 %s；最高 %s（%s）。", "From %s to %s; the highest was %s (%s)."}
	columnLine   = label{"产品线", "Product line"}
	columnUnit   = label{"币种", "Currency"}
	columnBefore = label{"前 12 个月", "12 months before"}
	columnLast   = label{"最近 12 个月", "Last 12 months"}
	columnGrowth = label{"增长率", "Growth"}
	allLines     = label{"合计", "Total"}

	supplies          = label{"供货占有率", "Supply position"}
	columnShare       = label{"我方份额", "Our share"}
	columnCompetitors = label{"竞争对手", "Competitors"}
	columnAsOf        = label{"日期", "As of"}
	columnReason      = label{"原因", "Reason"}

	others  = label{"其他洞察", "Other insights"}
	retired = label{"目录之外的内容", "Outside the outline"}
)
