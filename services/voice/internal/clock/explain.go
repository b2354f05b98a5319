package clock

import (
	"fmt"
	"strings"
	"time"

	"github.com/guanxi-crm/guanxi/libs/fault"
)

// Explain says what the due time of a clock follows from.
func (v *view) Explain() fault.Text {
	var en, zh []string
	add := func(e, z string) { en, zh = append(en, e), append(zh, z) }
	e, z := v.promised()
	add(e, z)
	e, z = v.reckoned()
	add(e, z)
	if pauses, lasted := v.Sums.Pauses, time.Duration(v.Sums.Paused*float64(time.Second)); pauses > 0 {
		add(fmt.Sprintf("paused %d times while waiting for the customer, %s in all", pauses, clocked(lasted)), fmt.Sprintf("等待客户而暂停 %d 次，共 %s", pauses, clocked(lasted)))
	}
	if v.Due != nil {
		due := v.local(*v.Due)
		switch {
		case v.Due.After(v.Changed):
			add("due "+due, "应于 "+due+" 完成")
		default:
			add("was due "+due, "原应于 "+due+" 完成")
		}
	} else {
		add("not due while it stands still", "暂停期间不到期")
	}
	return fault.Text{En: strings.Join(en, "; ") + ".", Zh: strings.Join(zh, "；") + "。"}
}

// promised is what was promised, and by what.
func (v *view) promised() (en, zh string) {
	en = fmt.Sprintf("%s of working time by rule %s version %d", spoken(v.Target), v.Rule.Code, v.RuleVersion)
	zh = fmt.Sprintf("按规定「%s」第 %d 版，工作时间 %s", v.Rule.LabelZh, v.RuleVersion, spoken(v.Target))
	if t := v.Rule.For(v.Measure); t != nil && t.Factor && t.Seconds != v.Target {
		en += fmt.Sprintf(" (%s times the SLA factor %s)", spoken(t.Seconds), v.Factor)
		zh += fmt.Sprintf("（%s 乘以 SLA 系数 %s）", spoken(t.Seconds), v.Factor)
	}
	return en, zh
}

// reckoned is how it was reckoned, and what of it is used.
func (v *view) reckoned() (en, zh string) {
	begin := v.local(v.Sums.Begin)
	en = fmt.Sprintf("in calendar %s version %d (%s) since %s; %s used", v.Calendar.Code, v.CalendarVersion, v.Calendar.TimeZone, begin, spoken(v.Used))
	zh = fmt.Sprintf("按日历「%s」第 %d 版（%s）自 %s 起计；已用 %s", v.Calendar.LabelZh, v.CalendarVersion, v.Calendar.TimeZone, begin, spoken(v.Used))
	return en, zh
}

func (v *view) local(at time.Time) string {
	return at.In(v.time.Zone()).Format("2006-01-02 15:04:05 -07:00")
}

// spoken is a number of seconds as hours, minutes and seconds, without what is nothing.
func spoken(seconds int64) string { return clocked(time.Duration(seconds) * time.Second) }

// clocked is a duration in both languages: 8h30m.
func clocked(d time.Duration) string {
	text := d.Truncate(time.Second).String()
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	return text
}
