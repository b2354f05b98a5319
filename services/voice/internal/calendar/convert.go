package calendar

import (
	"google.golang.org/genproto/googleapis/type/dayofweek"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/guanxi-crm/guanxi/libs/etag"
	voicev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/voice/v1"
)

// body is the calendar without what the store knows of it.
func (c *Calendar) body() *voicev1.BusinessCalendar {
	out := &voicev1.BusinessCalendar{Code: c.Code, LabelEn: c.LabelEn, LabelZh: c.LabelZh, TimeZone: c.TimeZone, Closed: c.Closed}
	for _, f := range c.Frames {
		out.Frames = append(out.Frames, &voicev1.BusinessCalendar_Frame{Weekday: dayofweek.DayOfWeek(f.Weekday), Start: f.Start, End: f.End})
	}
	for _, o := range c.Open {
		out.Open = append(out.Open, &voicev1.BusinessCalendar_OpenFrame{Date: o.Date, Start: o.Start, End: o.End})
	}
	for _, l := range c.Labels {
		out.Labels = append(out.Labels, &voicev1.BusinessCalendar_Label{Date: l.Date, LabelEn: l.En, LabelZh: l.Zh})
	}
	return out
}

func (c *Calendar) toProto() *voicev1.BusinessCalendar {
	out := c.body()
	out.Name, out.Version, out.Author, out.CreateTime = Name(c.ID), c.Version, c.Author, timestamppb.New(c.CreateTime)
	out.Etag = etag.Of(int64(c.Version))
	return out
}

// set puts what callers may write into c.
func (c *Calendar) set(in *voicev1.BusinessCalendar) {
	c.Code, c.LabelEn, c.LabelZh, c.TimeZone, c.Closed = in.GetCode(), in.GetLabelEn(), in.GetLabelZh(), in.GetTimeZone(), in.GetClosed()
	c.Frames, c.Open, c.Labels = nil, nil, nil
	for _, f := range in.GetFrames() {
		c.Frames = append(c.Frames, Weekly{int(f.GetWeekday()), f.GetStart(), f.GetEnd()})
	}
	for _, o := range in.GetOpen() {
		c.Open = append(c.Open, Dated{o.GetDate(), o.GetStart(), o.GetEnd()})
	}
	for _, l := range in.GetLabels() {
		c.Labels = append(c.Labels, Label{l.GetDate(), l.GetLabelEn(), l.GetLabelZh()})
	}
}
