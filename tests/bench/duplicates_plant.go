package main

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"

	"github.com/google/uuid"

	"github.com/guanxi-crm/guanxi/libs/creditcode"
)

// planted is a made-up customer, as far as duplicates are found by it.
type planted struct {
	person                         bool
	name, legal                    string
	others                         []string
	registration                   string
	phone, mobile, mail, web, city string

	core, trade, form, domain string // what the name is made of, and its domain without the top level
}

// plant makes customers: ordinary ones, groups of such that have much in common and are not the same, and, of every hundredth, a second record. The same seed makes the same.
type plant struct {
	random *rand.Rand
	count  int
	taken  map[string]bool         // the names that companies have: no register takes one twice
	truth  map[[2]uuid.UUID]string // the pairs that are one and the same, by the way in which they differ
}

func newPlant() *plant {
	return &plant{random: rand.New(rand.NewPCG(8, 2026)), taken: map[string]bool{}, truth: map[[2]uuid.UUID]string{}}
}

// idAt grows with the number, as UUIDv7 do with time.
func idAt(n int) (id uuid.UUID) {
	id[0], id[1], id[2], id[3], id[6], id[8] = byte(n>>24), byte(n>>16), byte(n>>8), byte(n), 0x70, 0x80
	return id
}

// all makes so many customers.
func (p *plant) all(customers int, yield func(uuid.UUID, *planted) bool) {
	next := func(c *planted) (uuid.UUID, bool) {
		id := idAt(p.count)
		p.count++
		return id, yield(id, c)
	}
	for p.count < customers {
		for _, c := range p.group() {
			id, more := next(c)
			if !more {
				return
			}
			if p.random.IntN(100) > 0 {
				continue
			}
			again, way := p.again(c)
			second, more := next(again)
			p.truth[[2]uuid.UUID{id, second}] = way
			if !more {
				return
			}
		}
	}
}

func pick[T any](p *plant, from []T) T { return from[p.random.IntN(len(from))] }

func (p *plant) chance(percent int) bool { return p.random.IntN(100) < percent }

var (
	cities = []string{"深圳市", "广州市", "上海市", "北京市", "杭州市", "苏州市", "成都市", "武汉市", "南京市", "青岛市", "东莞市", "厦门市", "西安", "天津", "重庆", "宁波", "佛山", "无锡"}
	areas  = map[string]string{
		"深圳市": "0755", "广州市": "020", "上海市": "021", "北京市": "010", "杭州市": "0571", "苏州市": "0512", "成都市": "028", "武汉市": "027", "南京市": "025", "青岛市": "0532",
		"东莞市": "0769", "厦门市": "0592", "西安": "029", "天津": "022", "重庆": "023", "宁波": "0574", "佛山": "0757", "无锡": "0510",
	}
	trades    = []string{"电子", "精密机械", "贸易", "科技", "网络技术", "电气设备", "汽车零部件", "新材料", "医疗器械", "食品", "纺织", "建筑工程", "物流", "化工", "环保科技", "餐饮管理", "文化传媒", "超市"}
	forms     = []string{"有限公司", "有限公司", "有限公司", "股份有限公司", "有限责任公司", "集团有限公司"}
	brands    = []rune("华瑞恒达盛鑫宏泰祥顺兴隆昌茂源丰裕康宁安平和美佳嘉德信诚义仁智慧明光辉耀星辰宇航天海江河湖山川林森木石金银铜铁玉珠宝龙凤鹏鹰虎骏马麒麟东南西北中正大同元亨利贞乾坤启迪创新科研思远博雅文汇集聚联合众联卓越优品精工匠心")
	foreign   = []string{"North", "Blue", "Sun", "Iron", "Silver", "Green", "River", "Stone", "Bright", "Grand", "Alpha", "Delta", "Nova", "Terra", "Aero", "Poly", "Hydro", "Omni", "Quant", "Vega"}
	endings   = []string{"field", "wave", "tech", "works", "line", "gate", "bridge", "light", "ford", "mark", "dyne", "soft", "path", "crest", "vale", "port", "berg", "stein", "son", "ley"}
	business  = []string{"Trading", "Electronics", "Systems", "Logistics", "Industries", "Foods", "Textiles", "Chemicals", "Instruments", "Automation"}
	english   = []string{"Ltd", "Inc.", "Co., Ltd.", "GmbH", "LLC", "Limited", "Corporation", "S.A."}
	surnames  = []rune("王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许邓冯韩曹")
	given     = []rune("伟芳娜敏静丽强磊军洋勇艳杰娟涛明超兰霞平刚桂英华玉红建国志文子轩雨涵浩然思佳欣怡梓晨")
	providers = []string{"qq.com", "163.com", "126.com", "gmail.com", "sina.com", "foxmail.com"}
)

func (p *plant) letters(from []rune, n int) string {
	var out strings.Builder
	for range n {
		out.WriteRune(pick(p, from))
	}
	return out.String()
}

func (p *plant) digits(n int) string {
	var out strings.Builder
	for range n {
		out.WriteByte(byte('0' + p.random.IntN(10)))
	}
	return out.String()
}

// one is an ordinary customer: most are Chinese companies, some foreign ones, a tenth are persons.
func (p *plant) one() *planted {
	c := &planted{city: pick(p, cities)}
	switch n := p.random.IntN(100); {
	case n < 10:
		p.human(c)
		return c
	case n < 25:
		for c.name == "" || !p.free(c.core+c.trade) {
			c.core, c.trade, c.form = pick(p, foreign)+pick(p, endings)+" "+pick(p, foreign)+pick(p, endings), pick(p, business), pick(p, english)
			c.name = c.core + " " + c.trade + " " + c.form
		}
	default:
		for c.name == "" || !p.free(c.city+c.core+c.trade) {
			c.core, c.trade, c.form = p.letters(brands, 2+p.random.IntN(2)), pick(p, trades), pick(p, forms)
			c.name = c.city + c.core + c.trade + c.form
			if p.chance(10) {
				c.name = c.core + c.trade + "(" + c.city + ")" + c.form
			}
		}
	}
	if p.chance(50) {
		c.legal = c.name
	}
	if p.chance(60) {
		c.registration = p.code()
	}
	p.reach(c)
	return c
}

// free takes a name, unless another company has it.
func (p *plant) free(name string) bool {
	if p.taken[name] {
		return false
	}
	p.taken[name] = true
	return true
}

func (p *plant) code() string {
	first := "9144" + p.digits(4) + "MA5" + p.digits(6)
	return first + string(creditcode.CheckCharacter(first))
}

func (p *plant) reach(c *planted) {
	c.domain = fmt.Sprintf("%c%c%s", 'a'+rune(p.random.IntN(26)), 'a'+rune(p.random.IntN(26)), p.digits(5))
	if p.chance(80) {
		c.phone = areas[c.city] + "-" + strconv.Itoa(2+p.random.IntN(7)) + p.digits(7)
	}
	switch n := p.random.IntN(100); {
	case n < 25:
		c.mail = p.digits(9) + "@" + pick(p, providers)
	case n < 55:
		c.mail = pick(p, []string{"info", "sales", "office"}) + "@" + c.domain + ".com"
	}
	if p.chance(30) {
		c.web = "https://www." + c.domain + ".com/"
	}
}

func (p *plant) human(c *planted) {
	c.person = true
	c.core = p.letters(surnames, 1) + p.letters(given, 1+p.random.IntN(2)) // many are called alike
	c.name = c.core
	if p.chance(90) {
		c.mobile = "1" + pick(p, []string{"38", "39", "50", "86"}) + p.digits(8)
	}
	if p.chance(50) {
		c.mail = p.digits(10) + "@" + pick(p, providers)
	}
}

// group is one customer, or, one time in fifty, several that have much in common and are not the same.
func (p *plant) group() []*planted {
	first := p.one()
	if !p.chance(2) {
		return []*planted{first}
	}
	if first.person {
		return p.family(first)
	}
	out := []*planted{first}
	if p.chance(1) { // of 10,000 customers two are called alike all the same
		namesake := p.neighbour(first)
		namesake.name = first.name
		out = append(out, namesake)
	}
	for range 1 + p.random.IntN(3) {
		switch p.random.IntN(4) {
		case 0, 1:
			out = append(out, p.branch(first))
		case 2:
			out = append(out, p.sister(first))
		default:
			out = append(out, p.neighbour(first))
		}
	}
	return out
}

// family lives at one telephone, and some of its members are called alike.
func (p *plant) family(first *planted) []*planted {
	child := *first
	child.name = first.core[:len("王")] + p.letters(given, 2)
	child.mail = ""
	namesake := *first
	namesake.mobile, namesake.mail = "", ""
	return []*planted{first, &child, &namesake}
}

// branch is of the same company elsewhere: another name, mostly another number, the same site, often the same hotline.
func (p *plant) branch(of *planted) *planted {
	c := *of
	c.city = pick(p, cities)
	c.name, c.legal = of.name+strings.TrimSuffix(c.city, "市")+"分公司", ""
	if !strings.HasSuffix(of.name, "公司") {
		c.name = of.name + " (" + pick(p, []string{"Shanghai", "Beijing", "Hamburg", "Leeds"}) + fmt.Sprintf(" branch %d)", p.random.IntN(100))
	}
	if !p.free(c.name) { // there is a branch in that place already
		return p.branch(of)
	}
	c.registration = ""
	if p.chance(60) {
		c.registration = p.code()
	}
	if p.chance(50) {
		c.phone = areas[c.city] + "-8" + p.digits(7)
	}
	if c.mail != "" && p.chance(70) {
		c.mail = fmt.Sprintf("branch%d@%s.com", p.random.IntN(100), of.domain)
	}
	return &c
}

// sister is another company of the same owners at the same switchboard, sometimes with the same mailbox.
func (p *plant) sister(of *planted) *planted {
	c := *of
	c.trade = pick(p, trades)
	for !p.free(of.city + of.core + c.trade) {
		c.trade = pick(p, trades)
	}
	c.name, c.legal, c.registration = of.city+of.core+c.trade+of.form, "", ""
	if p.chance(60) {
		c.registration = p.code()
	}
	if c.mail != "" && p.chance(80) {
		c.mail = fmt.Sprintf("team%d@%s.com", p.random.IntN(100), of.domain)
	}
	return &c
}

// neighbour has another's name without its city, elsewhere, and nothing else of it.
func (p *plant) neighbour(of *planted) *planted {
	c := planted{city: pick(p, cities), core: of.core, trade: of.trade, form: of.form}
	for !p.free(c.core + c.trade) {
		c.trade = pick(p, trades)
	}
	c.name = c.core + c.trade + c.form
	if p.chance(60) {
		c.registration = p.code()
	}
	p.reach(&c)
	return &c
}
