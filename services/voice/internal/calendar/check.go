package calendar

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/services/voice/internal/versioned"
)

// perDay is how many frames a day has at most.
const perDay = 12

var timeForm = regexp.MustCompile(`^([01][0-9]|2[0-4]):([0-5][0-9])(:([0-5][0-9]))?$`)

// checker collects what is wrong.
type checker struct{ wrong []fault.Violation }

func (c *checker) add(broken bool, field, rule string, text fault.Text) {
	if broken {
		c.wrong = append(c.wrong, fault.Field(field, rule, text))
	}
}

// CheckNames holds what the calendar is called to the rules.
func (c *Calendar) CheckNames() []fault.Violation {
	var found checker
	required := fault.Text{En: "must be given", Zh: "必须填写"}
	found.add(!versioned.IsCode(c.Code), "code", "CODE", fault.Text{
		En: "must be small letters, digits and single hyphens, beginning with a letter", Zh: "须以小写字母开头，由小写字母、数字和单个连字符组成",
	})
	found.add(c.LabelEn == "", "label_en", "REQUIRED", required)
	found.add(c.LabelZh == "", "label_zh", "REQUIRED", required)
	return found.wrong
}

// Understand holds the calendar to the rules and makes it what working time is reckoned in.
func (c *Calendar) Understand() (*Time, []fault.Violation) {
	t, found := &Time{zone: time.UTC, dates: map[int64][]frame{}}, &checker{}
	zone, err := time.LoadLocation(c.TimeZone)
	if err != nil || c.TimeZone == "" || c.TimeZone == "Local" {
		found.add(true, "time_zone", "TIME_ZONE", fault.Text{En: "is not an IANA time zone", Zh: "不是 IANA 时区"})
	} else {
		t.zone = zone
	}
	for i, w := range c.Frames {
		field := fmt.Sprintf("frames[%d]", i)
		f := found.frame(field, w.Start, w.End)
		if w.Weekday < 1 || w.Weekday > 7 {
			found.add(true, field+".weekday", "REQUIRED", fault.Text{En: "must be a day of the week", Zh: "须为星期几"})
			continue
		}
		t.weekly[w.Weekday%7] = append(t.weekly[w.Weekday%7], f)
	}
	for i, date := range c.Closed {
		if day, ok := found.day(fmt.Sprintf("closed[%d]", i), date); ok {
			t.dates[day] = nil
		}
	}
	for i, d := range c.Open {
		field := fmt.Sprintf("open[%d]", i)
		f := found.frame(field, d.Start, d.End)
		if day, ok := found.day(field+".date", d.Date); ok {
			t.dates[day] = append(t.dates[day], f)
		}
	}
	c.checkLabels(found, t)
	t.settle(found)
	if len(found.wrong) > 0 {
		return nil, found.wrong
	}
	return t, nil
}

// settle sorts the frames, and looks whether there are any and not too many.
func (t *Time) settle(found *checker) {
	t.first, t.last = 1<<40, -1<<40
	most := 0
	order := func(frames []frame) {
		slices.SortFunc(frames, func(a, b frame) int { return cmp.Or(cmp.Compare(a.start, b.start), cmp.Compare(a.end, b.end)) })
		most = max(most, len(frames))
	}
	for _, frames := range t.weekly {
		order(frames)
	}
	for day, frames := range t.dates {
		order(frames)
		if len(frames) > 0 {
			t.first, t.last = min(t.first, day), max(t.last, day)
		}
	}
	t.always = len(t.dates) == 0 && !slices.ContainsFunc(t.weekly[:], func(frames []frame) bool { return !slices.Contains(frames, frame{0, dayLength}) })
	found.add(most > perDay, "frames", "TOO_MANY", fault.Text{En: "a day has at most 12 frames", Zh: "每天最多 12 个时段"})
	found.add(!t.weeks() && t.first > t.last, "frames", "NEVER_WORKS", fault.Text{En: "there is no working time at all", Zh: "没有任何工作时间"})
}

// checkLabels holds labels to dates that the calendar says something of.
func (c *Calendar) checkLabels(found *checker, t *Time) {
	seen := map[int64]bool{}
	for i, l := range c.Labels {
		field := fmt.Sprintf("labels[%d].date", i)
		day, ok := found.day(field, l.Date)
		if !ok {
			continue
		}
		_, known := t.dates[day]
		found.add(!known, field, "UNKNOWN", fault.Text{En: "is neither closed nor open", Zh: "既不在 closed 也不在 open 中"})
		found.add(seen[day], field, "DUPLICATE", fault.Text{En: "is there twice", Zh: "重复"})
		seen[day] = true
	}
}

// frame reads times of a frame; an end that is not after the start is of the next day.
func (c *checker) frame(field, start, end string) frame {
	from, ok := clock(start)
	c.add(!ok || from == dayLength, field+".start", "TIME", fault.Text{En: "must be a time of day HH:MM or HH:MM:SS", Zh: "须为 HH:MM 或 HH:MM:SS 形式的时间"})
	to, ok := clock(end)
	c.add(!ok, field+".end", "TIME", fault.Text{En: "must be a time of day HH:MM or HH:MM:SS, at most 24:00", Zh: "须为 HH:MM 或 HH:MM:SS 形式的时间，最晚 24:00"})
	if to <= from {
		to += dayLength
	}
	return frame{from, to}
}

// clock reads a time of day as seconds since midnight, up to 24:00.
func clock(text string) (seconds int64, ok bool) {
	parts := timeForm.FindStringSubmatch(text)
	if parts == nil {
		return 0, false
	}
	for i, unit := range map[int]int64{1: hour, 2: 60, 4: 1} {
		n, err := strconv.ParseInt("0"+strings.TrimSpace(parts[i]), 10, 64)
		if err != nil {
			return 0, false
		}
		seconds += n * unit
	}
	return seconds, seconds <= dayLength
}

// day reads a date as its day since 1970.
func (c *checker) day(field, text string) (day int64, ok bool) {
	at, err := time.Parse(time.DateOnly, text)
	ok = err == nil && Within(at)
	c.add(!ok, field, "DATE", fault.Text{En: "must be a date YYYY-MM-DD from 1900 to 2149", Zh: "须为 1900 至 2149 年间 YYYY-MM-DD 形式的日期"})
	return dayOf(at.Unix()), ok
}
