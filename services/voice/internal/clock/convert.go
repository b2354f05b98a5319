package clock

import (
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/guanxi-crm/guanxi/libs/aggregate"
	"github.com/guanxi-crm/guanxi/libs/operation"
	"github.com/guanxi-crm/guanxi/libs/resource"
	voicev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/voice/v1"
	"github.com/guanxi-crm/guanxi/services/voice/internal/calendar"
	"github.com/guanxi-crm/guanxi/services/voice/internal/rule"
)

func timestamp(t *time.Time) *timestamppb.Timestamp {
	if t == nil {
		return nil
	}
	return timestamppb.New(*t)
}

func (v *view) toProto() *voicev1.Clock {
	text := v.Explain()
	out := &voicev1.Clock{
		Id: v.ID.String(), Measure: voicev1.Measure(v.Measure), State: voicev1.Clock_State(v.State),
		ResponseRule: rule.Name(v.Terms.Rule), RuleVersion: v.RuleVersion, Calendar: calendar.Name(v.Terms.Calendar), CalendarVersion: v.CalendarVersion,
		TargetSeconds: v.Target, SlaFactor: v.Factor.String(), UsedSeconds: v.Used, RemainingSeconds: v.Remaining, DueTime: timestamp(v.Due), BreachTime: timestamp(v.Breach),
		ExplanationEn: text.En, ExplanationZh: text.Zh,
	}
	for n := range v.Intervals {
		out.Intervals = append(out.Intervals, v.Intervals[n].toProto(v.used[n]))
	}
	for _, a := range v.Alarms {
		out.Alarms = append(out.Alarms, &voicev1.Clock_Alarm{
			Number: int32(a.Number), Level: voicev1.EscalationLevel(a.Level), Trigger: voicev1.ResponseRule_Trigger(a.Trigger), AtSeconds: a.At,
			FireTime: timestamp(a.Fire), FiredTime: timestamp(a.Fired),
		})
	}
	return out
}

func (i *Interval) toProto(used int64) *voicev1.Clock_Interval {
	return &voicev1.Clock_Interval{
		Number: i.Number, Cause: voicev1.Clock_Interval_Cause(i.Cause), Level: voicev1.EscalationLevel(i.Level), State: voicev1.Clock_State(i.State),
		StartTime: timestamppb.New(i.Start), EndTime: timestamp(i.End), ResponseRule: rule.Name(i.Rule), RuleVersion: i.RuleVersion,
		Calendar: calendar.Name(i.Calendar), CalendarVersion: i.CalendarVersion, TargetSeconds: i.Target, UsedSecondsBefore: i.Used, UsedSeconds: used, DueTime: timestamp(i.Due),
	}
}

func (m *moved) toProto() *voicev1.ClockMove {
	return &voicev1.ClockMove{
		Case: resource.Name("cases", m.Case), Customer: aggregate.Name(m.Customer), Measure: voicev1.Measure(m.Measure),
		BeforeDueTime: timestamp(m.BeforeDue), AfterDueTime: timestamp(m.AfterDue), BeforeTargetSeconds: m.BeforeTarget, AfterTargetSeconds: m.AfterTarget,
		BeforeResponseRule: rule.Name(m.BeforeRule), AfterResponseRule: rule.Name(m.AfterRule),
	}
}

// runs is the collection of the runs.
const runs = "clockReprojections"

// everything is the source of a run over all clocks.
const everything = rule.Collection + "/-"

func runOf(o *operation.Operation) (*voicev1.ClockReprojection, error) {
	var asked reprojection
	if err := o.Decode(&asked); err != nil {
		return nil, err
	}
	out := &voicev1.ClockReprojection{Name: resource.Name(runs, o.ID), Source: everything, Preview: asked.Preview, Operation: operation.ToProto(o)}
	if asked.Calendar != nil {
		out.Source = calendar.Name(*asked.Calendar)
	}
	return out, nil
}
