package calendar

import (
	"time"

	"github.com/google/uuid"

	"github.com/guanxi-crm/guanxi/services/voice/internal/versioned"
)

// The ids of what is shipped.
var (
	ChinaOffice = uuid.MustParse("00000000-0000-7000-8000-000000020001") //nolint:gochecknoglobals // a constant
	AlwaysOpen  = uuid.MustParse("00000000-0000-7000-8000-000000020002") //nolint:gochecknoglobals // a constant
)

// Shipped are the calendars of a new installation.
func Shipped() []*Calendar {
	office := &Calendar{
		Head:    versioned.Head{ID: ChinaOffice, Code: "china-office", Version: 1},
		LabelEn: "Office hours in China", LabelZh: "中国办公时间", TimeZone: "Asia/Shanghai",
	}
	for weekday := 1; weekday <= 5; weekday++ {
		office.Frames = append(office.Frames, Weekly{weekday, opens, closes})
	}
	for _, h := range holidays() {
		office.add(h)
	}
	always := &Calendar{
		Head:    versioned.Head{ID: AlwaysOpen, Code: "always", Version: 1},
		LabelEn: "Round the clock", LabelZh: "全天候", TimeZone: "UTC",
	}
	for weekday := 1; weekday <= 7; weekday++ {
		always.Frames = append(always.Frames, Weekly{weekday, "00:00", "24:00"})
	}
	return []*Calendar{office, always}
}

const opens, closes = "09:00", "18:00"

// holiday is a public holiday: from its first day to its last one nobody works, on the swapped days they do.
type holiday struct {
	en, zh      string
	first, last string
	swapped     []string
}

// holidays are the public holidays and swapped workdays of mainland China in 2025 and 2026 as the State Council announced them. Those of a further year are added by a new version
// when they are announced, in November of the year before.
func holidays() []holiday {
	return []holiday{
		{"New Year's Day", "元旦", "2025-01-01", "2025-01-01", nil},
		{"Spring Festival", "春节", "2025-01-28", "2025-02-04", []string{"2025-01-26", "2025-02-08"}},
		{"Tomb-Sweeping Day", "清明节", "2025-04-04", "2025-04-06", nil},
		{"Labour Day", "劳动节", "2025-05-01", "2025-05-05", []string{"2025-04-27"}},
		{"Dragon Boat Festival", "端午节", "2025-05-31", "2025-06-02", nil},
		{"National Day and Mid-Autumn Festival", "国庆节、中秋节", "2025-10-01", "2025-10-08", []string{"2025-09-28", "2025-10-11"}},
		{"New Year's Day", "元旦", "2026-01-01", "2026-01-03", []string{"2026-01-04"}},
		{"Spring Festival", "春节", "2026-02-15", "2026-02-23", []string{"2026-02-14", "2026-02-28"}},
		{"Tomb-Sweeping Day", "清明节", "2026-04-04", "2026-04-06", nil},
		{"Labour Day", "劳动节", "2026-05-01", "2026-05-05", []string{"2026-05-09"}},
		{"Dragon Boat Festival", "端午节", "2026-06-19", "2026-06-21", nil},
		{"Mid-Autumn Festival", "中秋节", "2026-09-25", "2026-09-27", nil},
		{"National Day", "国庆节", "2026-10-01", "2026-10-07", []string{"2026-09-20", "2026-10-10"}},
	}
}

func (c *Calendar) add(h holiday) {
	for day := mustDay(h.first); !day.After(mustDay(h.last)); day = day.AddDate(0, 0, 1) {
		date := day.Format(time.DateOnly)
		c.Closed = append(c.Closed, date)
		c.Labels = append(c.Labels, Label{date, h.en, h.zh})
	}
	for _, date := range h.swapped {
		c.Open = append(c.Open, Dated{date, opens, closes})
		c.Labels = append(c.Labels, Label{date, h.en + ", swapped workday", h.zh + "调休上班"})
	}
}

func mustDay(text string) time.Time {
	day, err := time.Parse(time.DateOnly, text)
	if err != nil { // it is written above
		panic(err)
	}
	return day
}
