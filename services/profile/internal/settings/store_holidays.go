package settings

import (
	"strconv"
	"time"

	"github.com/guanxi-crm/guanxi/libs/civil"
	"github.com/guanxi-crm/guanxi/libs/fault"
	profilev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/profile/v1"
)

// shippedHolidays are the public holidays of China, Germany and the USA, each on its own day and not over all days that are free because of it: one congratulates once. Those of a
// further year are added by a new version. The migration that brought them to installations that there were has the same ones.
func shippedHolidays() []*profilev1.PublicHoliday {
	var out []*profilev1.PublicHoliday
	add := func(country, en, zh string, days ...string) {
		for _, text := range days {
			out = append(out, &profilev1.PublicHoliday{CountryCode: country, Date: civil.Date(mustDay(text)), LabelEn: en, LabelZh: zh})
		}
	}
	add("CN", "New Year's Day", "元旦", "2025-01-01", "2026-01-01", "2027-01-01")
	add("CN", "Spring Festival", "春节", "2025-01-29", "2026-02-17", "2027-02-06")
	add("CN", "Tomb-Sweeping Day", "清明节", "2025-04-04", "2026-04-05", "2027-04-05")
	add("CN", "Labour Day", "劳动节", "2025-05-01", "2026-05-01", "2027-05-01")
	add("CN", "Dragon Boat Festival", "端午节", "2025-05-31", "2026-06-19", "2027-06-09")
	add("CN", "National Day", "国庆节", "2025-10-01", "2026-10-01", "2027-10-01")
	add("CN", "Mid-Autumn Festival", "中秋节", "2025-10-06", "2026-09-25", "2027-09-15")
	add("DE", "New Year's Day", "元旦", "2025-01-01", "2026-01-01", "2027-01-01")
	add("DE", "Good Friday", "耶稣受难日", "2025-04-18", "2026-04-03", "2027-03-26")
	add("DE", "Easter Monday", "复活节星期一", "2025-04-21", "2026-04-06", "2027-03-29")
	add("DE", "Labour Day", "劳动节", "2025-05-01", "2026-05-01", "2027-05-01")
	add("DE", "Ascension Day", "耶稣升天节", "2025-05-29", "2026-05-14", "2027-05-06")
	add("DE", "Whit Monday", "圣灵降临节星期一", "2025-06-09", "2026-05-25", "2027-05-17")
	add("DE", "Day of German Unity", "德国统一日", "2025-10-03", "2026-10-03", "2027-10-03")
	add("DE", "Christmas Day", "圣诞节", "2025-12-25", "2026-12-25", "2027-12-25")
	add("DE", "Second Day of Christmas", "圣诞节次日", "2025-12-26", "2026-12-26", "2027-12-26")
	add("US", "New Year's Day", "元旦", "2025-01-01", "2026-01-01", "2027-01-01")
	add("US", "Martin Luther King Jr. Day", "马丁·路德·金纪念日", "2025-01-20", "2026-01-19", "2027-01-18")
	add("US", "Presidents' Day", "总统日", "2025-02-17", "2026-02-16", "2027-02-15")
	add("US", "Memorial Day", "阵亡将士纪念日", "2025-05-26", "2026-05-25", "2027-05-31")
	add("US", "Juneteenth", "六月节", "2025-06-19", "2026-06-19", "2027-06-19")
	add("US", "Independence Day", "独立日", "2025-07-04", "2026-07-04", "2027-07-04")
	add("US", "Labor Day", "劳动节", "2025-09-01", "2026-09-07", "2027-09-06")
	add("US", "Columbus Day", "哥伦布日", "2025-10-13", "2026-10-12", "2027-10-11")
	add("US", "Veterans Day", "退伍军人节", "2025-11-11", "2026-11-11", "2027-11-11")
	add("US", "Thanksgiving Day", "感恩节", "2025-11-27", "2026-11-26", "2027-11-25")
	add("US", "Christmas Day", "圣诞节", "2025-12-25", "2026-12-25", "2027-12-25")
	return out
}

// checkHolidays wants days of the calendar, each once in a country.
func checkHolidays(all []*profilev1.PublicHoliday) []fault.Violation {
	var wrong []fault.Violation
	type key struct {
		country string
		day     time.Time
	}
	seen := map[key]bool{}
	for i, h := range all {
		field := "public_holidays[" + strconv.Itoa(i) + "].date"
		day, ok := civil.Day(h.GetDate())
		if !ok {
			wrong = append(wrong, fault.Field(field, "DATE", civil.NotADay))
			continue
		}
		if k := (key{h.GetCountryCode(), day}); seen[k] {
			wrong = append(wrong, fault.Field(field, "UNIQUE", fault.Text{En: "stands in the list twice for its country", Zh: "该国家的此日期重复"}))
		} else {
			seen[k] = true
		}
	}
	return wrong
}

func mustDay(text string) time.Time {
	day, err := time.Parse(time.DateOnly, text)
	if err != nil { // it is written above
		panic(err)
	}
	return day
}
