package rule

import "strings"

// Fact is something known of a customer that a rule can name.
type Fact struct {
	Name             string
	LabelEn, LabelZh string
	Level            Level

	kind kind
	// whole says that a number is an int to CEL.
	whole bool
	// sql is over the tables of From; null is unknown. {today} stands for the business day, {since} for when the day as many days ago began as the argument
	// says.
	sql    string
	timely bool // depends on today
	lookup bool // is looked up in a table of its own
}

// Facts are all there are, as people read about them.
var Facts = []*Fact{
	word("territory", "territory", "区域", `c.territory`),
	word("owner", "owner", "客户负责人", `c.owner`),
	word("display_name", "name", "名称", `c.display_name`),
	word("industry", "industry", "行业", `c.industry`),
	word("source", "source", "客户来源", `c.source`),
	word("kind", "kind", "客户性质", names("c.kind", "ORGANIZATION", "PERSON")),
	{Name: "tags", LabelEn: "tags", LabelZh: "标签", Level: Basic, kind: texts, sql: `c.tags`},
	{Name: "relations", LabelEn: "relation to us", LabelZh: "与我方的关系", Level: Basic, kind: texts, sql: relations},
	{Name: "attributes", LabelEn: "the company's own attributes", LabelZh: "自定义属性", Level: Basic, kind: entries, sql: `c.attributes`},
	{Name: "create_time", LabelEn: "time of recording", LabelZh: "建档时间", Level: Basic, kind: instant, sql: `extract(epoch from c.create_time)`},
	count("employee_count", "employees", "员工人数", `nullif(c.employee_count, 0)`),

	word("class", "class", "客户分类", names("s.class", "POTENTIAL", "SMALL_MEDIUM", "ORDINARY", "IMPORTANT", "CORE")),
	word("abc", "ABC class", "ABC 分类", names("s.abc", "C", "B", "A")),
	word("tier", "tier", "客户阶层", names("s.tier", "TRANSIENT", "REGULAR", "MID", "VIP", "PROJECT")),
	word("stage", "stage of the lifecycle", "生命周期阶段", names("s.stage", "EXPLORATION", "FORMATION", "STABILITY", "DECLINE")),
	word("role", "role in the lifecycle", "生命周期角色", names("s.role", "PROSPECT", "RESPONDER", "NEW", "ESTABLISHED", "FORMER")),
	word("engagement", "what we do about it", "经营动作", names("s.engagement", "ACQUIRE", "ACTIVATE", "MANAGE", "RETAIN", "WIN_BACK")),
	word("grade", "grade", "客户级别", names("s.grade", "C", "B", "A", "S")),
	count("inner_level", "inner level", "阶层内等级", `nullif(s.inner_level, 0)`),
	amount("score", "score of the grade", "分级得分", Basic, `s.score`),
	{Name: "provisional", LabelEn: "grade is provisional", LabelZh: "暂定级别", Level: Basic, kind: truth, sql: `s.provisional`},
	{Name: "at_risk", LabelEn: "churn warning", LabelZh: "流失预警", Level: Basic, kind: truth, sql: `s.at_risk`},
	amount("value", "value of the last 12 months", "近 12 个月价值", Manager, `s.value`),
	amount("contribution", "monthly contribution", "月均贡献", Manager, `s.contribution`),

	count("orders", "orders of the last 12 months", "近 12 个月订单数", `m.orders`),
	count("order_days", "days with an order", "有订单的天数", `m.order_days`),
	count("quarters", "quarters with an order, of the last four", "近四个季度中有订单的季度数", `m.quarters`),
	count("product_lines", "product lines of the last 12 months", "近 12 个月产品线数", `m.product_lines`),
	day("first_order", "first order", "首次订货日", `m.first_day`),
	day("last_order", "last order", "最近订货日", `m.last_day`),
	timely(day("today", "today", "今天", `{today}`)),
	timely(count("days_since_first_order", "days since the first order", "距首次订货天数", `({today} - m.first_day)`)),
	timely(count("days_since_last_order", "days since the last order", "距最近订货天数", `({today} - m.last_day)`)),
	amount("sales", "sales of the last 12 months", "近 12 个月销售额", Basic, `m.sales`),
	amount("previous_sales", "sales of the 12 months before", "此前 12 个月销售额", Basic, `m.previous_sales`),
	amount("year_sales", "sales of this fiscal year", "本财年销售额", Basic, `m.year_sales`),
	amount("last_year_sales", "sales of the last fiscal year", "上财年销售额", Basic, `m.last_year_sales`),
	// Until people judge what to expect, it is what was.
	amount("expected_sales", "expected sales", "预期销售额", Basic, `m.sales`),
	amount("gross_profit", "gross profit of the last 12 months", "近 12 个月毛利", Manager, `m.gross_profit`),
	amount("previous_gross_profit", "gross profit of the 12 months before", "此前 12 个月毛利", Manager, `m.previous_gross`),
	amount("last_year_gross_profit", "gross profit of the last fiscal year", "上财年毛利", Manager, `m.last_year_gross`),
	amount("net_profit", "net profit of the last 12 months", "近 12 个月净利", Executive, `m.net_profit`),
	amount("last_year_net_profit", "net profit of the last fiscal year", "上财年净利", Executive, `m.last_year_net`),
	amount("payment_late_days", "days that payments are late", "付款逾期天数", Basic, `cast(m.payment_late_days as numeric)`),

	lookup(amount("satisfaction", "latest satisfaction", "最近满意度", Basic, latest("3"))),
	lookup(amount("supply_share", "our share of its supply", "我方占有率", Basic, latest("4"))),
	lookup(timely(count("complaints", "complaints", "投诉次数", `(select count(*) from signals g
		where g.customer_id = c.customer_id and g.kind = 2 and g.signal_time >= {since})`))),
}

// The columns of tables hold the numbers of the API; rules have its names.
const relations = `array(select (array['END_USER', 'BUYER', 'INTERMEDIARY', 'INTERNAL'])[r.number] from unnest(c.relations) as r (number) where r.number between 1 and 4)`

func word(name, en, zh, sql string) *Fact {
	return &Fact{Name: name, LabelEn: en, LabelZh: zh, Level: Basic, kind: text, sql: sql}
}

func count(name, en, zh, sql string) *Fact {
	f := amount(name, en, zh, Basic, sql)
	f.whole = true
	return f
}

func amount(name, en, zh string, level Level, sql string) *Fact {
	return &Fact{Name: name, LabelEn: en, LabelZh: zh, Level: level, kind: number, sql: `cast(` + sql + ` as numeric)`}
}

func day(name, en, zh, sql string) *Fact {
	return &Fact{Name: name, LabelEn: en, LabelZh: zh, Level: Basic, kind: instant, sql: `extract(epoch from ` + sql + `)`}
}

func timely(f *Fact) *Fact {
	f.timely = true
	return f
}

func lookup(f *Fact) *Fact {
	f.lookup = true
	return f
}

// names is the name of an enum value by its number; what has none, 0 included, is unknown.
func names(column string, values ...string) string {
	return `(array['` + strings.Join(values, `', '`) + `'])[` + column + `]`
}

func latest(kind string) string {
	return `(select g.value from signals g where g.customer_id = c.customer_id and g.kind = ` + kind + ` order by g.signal_time desc, g.signal_id desc limit 1)`
}

// byName are the facts that a rule names like a variable; complaints is a function.
var byName = func() map[string]*Fact {
	out := make(map[string]*Fact, len(Facts))
	for _, f := range Facts {
		out[f.Name] = f
	}
	return out
}()
