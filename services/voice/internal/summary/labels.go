package summary

import "strconv"

// tongue is a language that is printed in.
type tongue int

const (
	chinese tongue = iota
	english
)

// label is a text in both.
type label [2]string

func (t tongue) say(l label) string { return l[t] }

// What is printed.
var (
	title     = label{"客户之声年度汇总", "Voice of the customer: yearly summary"}
	ofAll     = label{"全部客户", "All customers"}
	unknown   = label{"（未注明）", "(not known)"}
	nothing   = label{"（无）", "(none)"}
	factYear  = label{"财年", "Fiscal year"}
	factFrom  = label{"起止日期", "Period"}
	factPrint = label{"打印日期", "Printed on"}
	factOpen  = label{"本财年尚未结束，数据截至打印日期。", "The fiscal year is not over; figures are up to the day of printing."}

	partKinds    = label{"按类别", "By kind"}
	partSources  = label{"按来源", "By source"}
	partLines    = label{"按产品线", "By product line"}
	partProducts = label{"按产品", "By product"}
	partCauses   = label{"按根本原因", "By root cause"}
	partTimes    = label{"响应时间达成", "Response times kept"}
	partIssues   = label{"主要共性问题", "Top recurring issues"}

	columnKey    = label{"项目", "Item"}
	columnCount  = label{"数量", "Count"}
	columnBefore = label{"上一财年", "Year before"}
	columnShare  = label{"占比", "Share"}
	columnMet    = label{"达成", "Kept"}
	columnMissed = label{"未达成", "Missed"}
	columnRate   = label{"达成率", "Rate"}
	columnIssue  = label{"问题", "Issue"}
	columnCause  = label{"原因", "Cause"}
	columnAction = label{"措施", "Action"}

	figureVoices     = label{"客户声音", "Voices"}
	figureComplaints = label{"投诉", "Complaints"}
	figureCases      = label{"案件", "Cases"}
	figureRate       = label{"投诉率（投诉 / 订单）", "Complaint rate (complaints / orders)"}
	figureOrders     = label{"订单", "Orders"}
	figureMajor      = label{"重大投诉", "Major complaints"}
	figureReopened   = label{"重新打开", "Reopened"}
	figureOpen       = label{"未解决案件", "Cases not resolved"}
	figureActions    = label{"未完成措施（逾期）", "Open actions (overdue)"}
)

// What the numbers of the API are called. The first of each stands for none.
var (
	kindLabels   = []label{unknown, {"要求", "Requirement"}, {"期望", "Expectation"}, {"意见", "Opinion"}, {"投诉", "Complaint"}, {"表扬", "Praise"}}
	sourceLabels = []label{
		unknown,
		{"热线", "Hotline"},
		{"服务请求", "Service request"},
		{"销售报告", "Sales report"},
		{"退货", "Return"},
		{"网站", "Web"},
		{"访谈", "Interview"},
		{"专题小组", "Issue team"},
		{"调查", "Survey"},
		{"合作伙伴", "Partner"},
		{"观察", "Observation"},
		{"市场报告", "Market report"},
	}
	measureLabels = []label{unknown, {"首次响应", "First response"}, {"解决", "Resolution"}}
)

// of is what a number is called.
func (t tongue) of(labels []label, number string) string {
	n, err := strconv.Atoi(number)
	if err != nil || n < 0 || n >= len(labels) {
		return number
	}
	return t.say(labels[n])
}
