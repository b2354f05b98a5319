package preference

import (
	"fmt"
	"time"

	"github.com/lib/pq"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/guanxi-crm/guanxi/libs/civil"
	"github.com/guanxi-crm/guanxi/libs/etag"
	"github.com/guanxi-crm/guanxi/libs/fault"
	planningv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/planning/v1"
)

type preferenceProto = planningv1.ContactPreference

func (p *Preference) toProto() *preferenceProto {
	out := &preferenceProto{
		Name: p.Name(), MainContact: p.MainContact, LikedWeekdays: p.Liked, FromTime: clock(p.From), UntilTime: clock(p.Until), Author: p.Author,
		Etag: etag.Of(p.Revision),
	}
	for _, a := range p.Refused {
		out.RefusedActivities = append(out.RefusedActivities, planningv1.Activity(a))
	}
	for _, text := range p.RefusedDays {
		if d, err := time.Parse(time.DateOnly, text); err == nil { // as the database writes dates
			out.RefusedDates = append(out.RefusedDates, civil.Date(d))
		}
	}
	if p.UpdateTime != nil {
		out.UpdateTime = timestamppb.New(*p.UpdateTime)
	}
	return out
}

// take makes the preference say what a message does.
func (p *Preference) take(in *preferenceProto) error {
	days, wrong := daysOf(in)
	p.MainContact, p.RefusedDays = in.GetMainContact(), days
	p.From, p.Until = minuteOf(in.GetFromTime()), minuteOf(in.GetUntilTime())
	p.Liked = append(pq.Int32Array{}, in.GetLikedWeekdays()...)
	p.Refused = pq.Int32Array{}
	for _, a := range in.GetRefusedActivities() {
		p.Refused = append(p.Refused, int32(a))
	}
	if wrong = append(wrong, p.check()...); len(wrong) > 0 {
		return fault.Invalid(wrong...)
	}
	return nil
}

// daysOf reads days of the API.
func daysOf(p *preferenceProto) (days pq.StringArray, wrong []fault.Violation) {
	days = pq.StringArray{}
	seen := map[time.Time]bool{}
	for i, d := range p.GetRefusedDates() {
		at := fmt.Sprintf("refused_dates[%d]", i)
		day, ok := civil.Day(d)
		switch {
		case !ok:
			wrong = append(wrong, fault.Field(at, "DATE", civil.NotADay))
		case seen[day]:
			wrong = append(wrong, fault.Field(at, "UNIQUE", fault.Text{En: "stands twice", Zh: "重复"}))
		}
		seen[day] = true
		days = append(days, day.Format(time.DateOnly))
	}
	return days, wrong
}
