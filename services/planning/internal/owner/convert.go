package owner

import (
	"fmt"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/guanxi-crm/guanxi/libs/civil"
	"github.com/guanxi-crm/guanxi/libs/etag"
	planningv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/planning/v1"
)

func (r *row) owner() (*Owner, error) {
	o := &Owner{
		Subject: r.Subject, Calendar: r.Calendar, TimeZone: r.TimeZone, DailyMinutes: r.DailyMinutes, Revision: r.Revision,
		LinkTime: r.LinkTime, CreateTime: &r.CreateTime, UpdateTime: &r.UpdateTime,
	}
	for _, a := range r.Absences.V {
		start, err := time.Parse(time.DateOnly, a.Start)
		if err != nil {
			return nil, fmt.Errorf("owner: absence: %w", err)
		}
		end, err := time.Parse(time.DateOnly, a.End)
		if err != nil {
			return nil, fmt.Errorf("owner: absence: %w", err)
		}
		o.Absences = append(o.Absences, Absence{start, end})
	}
	return o, nil
}

func (o *Owner) toProto() *planningv1.Owner {
	out := &planningv1.Owner{
		Name: Name(o.Subject), Subject: o.Subject, Calendar: o.Calendar, TimeZone: o.TimeZone, DailyMinutes: o.DailyMinutes,
		CalendarLinkTime: optional(o.LinkTime), CreateTime: optional(o.CreateTime), UpdateTime: optional(o.UpdateTime), Etag: etag.Of(o.Revision),
	}
	for _, a := range o.Absences {
		out.Absences = append(out.Absences, &planningv1.Owner_Absence{StartDate: civil.Date(a.Start), EndDate: civil.Date(a.End)})
	}
	return out
}

func optional(at *time.Time) *timestamppb.Timestamp {
	if at == nil {
		return nil
	}
	return timestamppb.New(*at)
}

// fromProto reads what of an owner can be set.
func fromProto(subject string, in *planningv1.Owner) (*Owner, error) {
	o := &Owner{Subject: subject, Calendar: in.GetCalendar(), TimeZone: in.GetTimeZone(), DailyMinutes: in.DailyMinutes}
	for i, a := range in.GetAbsences() {
		start, err := civil.FromProto(fmt.Sprintf("absences[%d].start_date", i), a.GetStartDate())
		if err != nil {
			return nil, err
		}
		end, err := civil.FromProto(fmt.Sprintf("absences[%d].end_date", i), a.GetEndDate())
		if err != nil {
			return nil, err
		}
		o.Absences = append(o.Absences, Absence{start, end})
	}
	return o, nil
}
