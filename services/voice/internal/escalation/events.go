package escalation

import (
	"context"
	"strings"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/guanxi-crm/guanxi/libs/aggregate"
	"github.com/guanxi-crm/guanxi/libs/events"
	"github.com/guanxi-crm/guanxi/libs/history"
	"github.com/guanxi-crm/guanxi/libs/resource"
	voicev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/voice/v1"
	"github.com/guanxi-crm/guanxi/services/voice/internal/casefile"
)

// told changes no field of the case: its timeline has it, its history has not.
func (e *Escalation) told(ctx context.Context, severity int16) (history.Record, error) {
	event, err := events.New(ctx, e.ToldTime, e.Customer, &voicev1.CaseEscalated{
		Case: casefile.Name(e.Case), Customer: aggregate.Name(e.Customer), Escalation: e.Name(), Level: voicev1.EscalationLevel(e.Level),
		Trigger: voicev1.EscalationTrigger(e.Trigger), Measure: voicev1.Measure(e.Measure), Severity: voicev1.Severity(severity), Territory: e.Territory,
		Desk: e.deskName(), Subjects: e.Subjects, PlannedTime: timestamppb.New(e.PlannedTime), DueTime: optional(e.DueTime),
	})
	return history.Record{Event: event}, err
}

// entry is what the case's timeline says of it.
func (e *Escalation) entry() casefile.Entry {
	return casefile.Entry{Kind: casefile.Escalated, Time: e.ToldTime, Data: map[string]string{
		"escalation": e.Name(), "level": voicev1.EscalationLevel(e.Level).String(), "trigger": voicev1.EscalationTrigger(e.Trigger).String(),
		"measure": voicev1.Measure(e.Measure).String(), "territory": e.Territory, "desk": e.deskName(), "subjects": strings.Join(e.Subjects, " "),
		"plannedTime": e.PlannedTime.UTC().Format(time.RFC3339Nano),
	}}
}

// breached announces that a clock ran out.
func (d *due) breached(ctx context.Context, at time.Time) (history.Record, error) {
	event, err := events.New(ctx, at, d.Customer, &voicev1.CaseBreached{
		Case: casefile.Name(d.Case), Customer: aggregate.Name(d.Customer), Clock: resource.Name("cases", d.Case, "clocks", d.Clock), Measure: voicev1.Measure(d.Measure),
		Severity: voicev1.Severity(d.Severity), TargetSeconds: d.Target, DueTime: timestamppb.New(d.FireTime), BreachTime: timestamppb.New(at), Assignee: d.Assignee,
	})
	return history.Record{Event: event}, err
}

// entry is what the case's timeline says of a breach.
func (d *due) entry(at time.Time) casefile.Entry {
	return casefile.Entry{Kind: casefile.Breached, Time: at, Data: map[string]string{
		"clock": resource.Name("cases", d.Case, "clocks", d.Clock), "measure": voicev1.Measure(d.Measure).String(), "dueTime": d.FireTime.UTC().Format(time.RFC3339Nano),
	}}
}

// acknowledged says who has taken note; what he said stays with the escalation.
func (e *Escalation) acknowledged(ctx context.Context, a Acknowledgement) ([]history.Record, error) {
	event, err := events.New(ctx, a.Time, e.Customer, &voicev1.EscalationAcknowledged{
		Escalation: e.Name(), Case: casefile.Name(e.Case), Customer: aggregate.Name(e.Customer), Level: voicev1.EscalationLevel(e.Level),
		Subject: a.Subject, First: len(e.Acknowledgements) == 1,
	})
	if err != nil {
		return nil, err
	}
	return []history.Record{{Event: event}}, nil
}
