package main

import (
	"strings"
	"unicode"
)

// Ways in which a second record of the same customer is written. The first ones are what the normalization was made for. The others were written down before anything was measured, and
// nothing was done for them: people do write like this.
var (
	foreseen = []struct {
		way   string
		write func(*plant, *planted)
	}{
		{"another legal form", func(p *plant, c *planted) { c.name = strings.TrimSuffix(c.name, c.form) + otherForm(p, c) }},
		{"no legal form", func(_ *plant, c *planted) { c.name = strings.TrimSpace(strings.TrimSuffix(c.name, c.form)) }},
		{"full width", func(_ *plant, c *planted) { c.name = wide(c.name) }},
		{"traditional characters", func(_ *plant, c *planted) { c.name = traditional.Replace(c.name) }},
		{"spaces and capitals", func(_ *plant, c *planted) {
			c.name = " " + strings.ToUpper(c.core) + " " + c.trade + "  " + c.form
			cityBefore(c)
		}},
		{"punctuation", func(_ *plant, c *planted) {
			c.name = strings.NewReplacer("(", "（", ")", "） ", ".", "", ",", " ").Replace(c.name)
		}},
		{"without the word for city", func(_ *plant, c *planted) { c.name = strings.ReplaceAll(c.name, "市", "") }},
		{"its name as another one's alternative", func(_ *plant, c *planted) { c.others, c.name = []string{c.name}, "原"+c.core+"老客户" }},
	}
	unforeseen = []struct {
		way   string
		write func(*plant, *planted)
	}{
		{"a wrong character", func(p *plant, c *planted) { c.name = wrong(p, c.name) }},
		{"short for", func(_ *plant, c *planted) { c.name = c.core }},
		{"without the city", func(_ *plant, c *planted) { c.name = c.core + c.trade + c.form }},
		{"words in another order", func(_ *plant, c *planted) { c.name = c.trade + " " + c.core + " " + c.form }},
		{"with a remark", func(_ *plant, c *planted) { c.name += "（老客户，勿删）" }},
		{"another name altogether", func(p *plant, c *planted) { c.name = p.letters(brands, 4) + c.form }},
	}
)

// again is a second record of the same customer, written by somebody else: of 100, 85 in a way that was foreseen. It seldom says all that the first one says.
func (p *plant) again(of *planted) (*planted, string) {
	c := *of
	c.legal = ""
	p.less(&c)
	if c.person {
		return &c, p.humanAgain(&c)
	}
	ways := foreseen
	if p.chance(15) {
		ways = unforeseen
	}
	way := pick(p, ways)
	way.write(p, &c)
	return &c, way.way
}

// less leaves out or changes what people do not know or write otherwise.
func (p *plant) less(c *planted) {
	if p.chance(50) {
		c.registration = ""
	}
	switch n := p.random.IntN(100); {
	case c.phone == "":
	case n < 20:
		c.phone = ""
	case n < 40:
		c.phone = "1" + "39" + p.digits(8)
	case n < 60:
		c.phone = "+86 " + strings.TrimPrefix(strings.Replace(c.phone, "-", " ", 1), "0")
	case n < 75:
		c.phone = "(" + strings.Replace(c.phone, "-", ") ", 1)
	case n < 85:
		c.phone += "转" + p.digits(3)
	case n < 95:
		c.phone = wide(strings.ReplaceAll(c.phone, "-", ""))
	}
	if p.chance(40) {
		c.mail = ""
	} else if p.chance(30) {
		c.mail = strings.ToUpper(c.mail)
	}
	if p.chance(50) {
		c.web = ""
	} else {
		c.web = strings.TrimSuffix(strings.TrimPrefix(c.web, "https://www."), "/")
	}
}

func (p *plant) humanAgain(c *planted) string {
	switch n := p.random.IntN(100); {
	case n < 40 && c.mobile != "":
		c.name, c.mobile = traditional.Replace(c.name)+"先生", "+86 "+c.mobile[:3]+"-"+c.mobile[3:7]+"-"+c.mobile[7:]
		return "a person by telephone"
	case n < 80 && c.mobile != "":
		c.name, c.mobile = c.name[:len("王")]+" "+c.name[len("王"):], wide(c.mobile)
		return "a person by telephone"
	case n < 90 && c.mobile != "":
		c.name = c.name[:len("王")] + "总"
		return "a person by title"
	}
	c.mobile = ""
	return "a person without telephone"
}

func otherForm(p *plant, c *planted) string {
	forms := []string{"公司", "有限公司", "股份有限公司", "有限责任公司", " Co., Ltd."}
	if c.form[0] < 0x80 {
		forms = english
	}
	if strings.HasPrefix(c.form, "集团") {
		return "集团" + pick(p, forms[:3])
	}
	return pick(p, forms)
}

func cityBefore(c *planted) {
	if c.form[0] >= 0x80 {
		c.name = c.city + c.name
	}
}

// wrong exchanges one character of a name for another one.
func wrong(p *plant, name string) string {
	runes := []rune(name)
	at := p.random.IntN(min(len(runes), 8))
	if runes[at] < unicode.MaxASCII {
		runes[at] = 'a' + rune(p.random.IntN(26))
	} else {
		runes[at] = pick(p, brands)
	}
	return string(runes)
}

func wide(text string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == ' ':
			return '\u3000'
		case r > ' ' && r <= '~':
			return r + 0xfee0
		}
		return r
	}, text)
}

// Some characters as they are written in Hong Kong and Taiwan.
var traditional = strings.NewReplacer("华", "華", "达", "達", "兴", "興", "隆", "隆", "丰", "豐", "宁", "寧", "义", "義", "辉", "輝", "龙", "龍", "凤", "鳳", "鹏", "鵬", "鹰", "鷹", "骏", "駿",
	"马", "馬", "东", "東", "启", "啟", "创", "創", "联", "聯", "众", "眾", "优", "優", "汇", "匯", "电", "電", "机", "機", "贸", "貿", "网", "網", "络", "絡", "术", "術", "气", "氣", "设", "設",
	"备", "備", "车", "車", "医", "醫", "疗", "療", "纺", "紡", "织", "織", "筑", "築", "环", "環", "饮", "飲", "传", "傳", "广", "廣", "苏", "蘇", "汉", "漢", "岛", "島", "厦", "廈", "重庆", "重慶",
	"无锡", "無錫", "团", "團", "责", "責", "张", "張", "刘", "劉", "陈", "陳", "杨", "楊", "黄", "黃", "赵", "趙", "吴", "吳", "伟", "偉", "丽", "麗", "军", "軍", "强", "強", "艳", "艷", "杰", "傑")
