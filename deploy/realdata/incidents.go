package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"text/tabwriter"
	"time"

	"google.golang.org/genproto/googleapis/type/date"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	voicev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/voice/v1"
)

// incidents replays the log of an incident management as the history of cases, each line at its time, and shows the figures beside the file's own.
func (p *place) incidents(ctx context.Context) (f figures, err error) {
	file, err := p.unpack(ctx, filepath.Join(p.data, "servicenow_incident", "incident_event_log.csv.xz"))
	if err != nil {
		return nil, err
	}
	events, moved, err := readIncidents(file)
	if err != nil {
		return nil, err
	}
	h, err := startHistory(ctx, filepath.Join(p.work, "incidents"), events[0].opened)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, h.stop()) }()
	if err := h.goTo(events[0].opened); err != nil {
		return nil, err
	}
	r := &replay{
		history: h, cases: voicev1.NewCaseServiceClient(h.voice), steps: voicev1.NewCaseTransitionServiceClient(h.voice),
		customers: map[string]string{}, incidents: map[string]*replayed{}, reasons: map[string]int{},
	}
	if err := r.prepare(ctx, events); err != nil {
		return nil, err
	}
	began := time.Now()
	if err := r.run(ctx, events); err != nil {
		return nil, err
	}
	fmt.Printf("\n%d lines of the log in %.0f s; %d timed before the line above them.\n", len(events), time.Since(began).Seconds(), moved)
	if err := r.check(ctx, events, &f); err != nil {
		return nil, err
	}
	f.print("Incidents", "got")
	return f, r.compare(ctx, events)
}

// prepare makes the customers, waits until voice has heard of them, and keeps cases from being closed by themselves: the log says when they were.
func (r *replay) prepare(ctx context.Context, events []incidentEvent) error {
	if err := r.sites(ctx, events); err != nil {
		return err
	}
	_, err := voicev1.NewVoiceSettingsServiceClient(r.voice).UpdateSettings(r.as(ctx), &voicev1.UpdateSettingsRequest{
		Settings:   &voicev1.VoiceSettings{Name: "voiceSettings", CaseRules: &voicev1.CaseRules{AutoCloseDays: 0}},
		UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"case_rules.auto_close_days"}},
	})
	if err != nil {
		return err
	}
	for _, name := range r.customers {
		for deadline := time.Now().Add(startWithin); ; time.Sleep(10 * time.Millisecond) {
			_, err := voicev1.NewVoiceFigureServiceClient(r.voice).ListComplaintRates(r.as(ctx), &voicev1.ListComplaintRatesRequest{
				Parent: name, From: day(events[0].time), To: day(events[0].time),
			})
			if err == nil {
				break
			}
			if time.Now().After(deadline) {
				return fmt.Errorf("voice does not hear of %s: %w", name, err)
			}
		}
	}
	return nil
}

func day(t time.Time) *date.Date {
	return &date.Date{Year: int32(t.Year()), Month: int32(t.Month()), Day: int32(t.Day())}
}

// check holds what is stored against the file.
func (r *replay) check(ctx context.Context, events []incidentEvent, f *figures) error {
	refused := 0
	for reason, n := range r.reasons {
		fmt.Printf("refused %d: %s\n", n, reason)
		refused += n
	}
	f.add("lines", documentedEvents, len(events))
	f.add("lines applied or refused with a reason", documentedEvents, r.appliedLine+refused)
	f.add("incidents", documentedIncidents, len(r.incidents))
	var cases, closed, reopened, reassigned int
	severities := make([]int, len(documentedPriorities))
	for token := ""; ; {
		page, err := r.cases.ListCases(r.as(ctx), &voicev1.ListCasesRequest{PageSize: 1000, PageToken: token})
		if err != nil {
			return err
		}
		for _, c := range page.GetCases() {
			cases++
			if c.GetState() == voicev1.CaseState_CLOSED {
				closed++
			}
			reopened += int(c.GetReopenCount())
			reassigned += int(c.GetReassignCount())
			severities[c.GetSeverity()-1]++
		}
		if token = page.GetNextPageToken(); token == "" {
			break
		}
	}
	f.add("cases", documentedIncidents, cases)
	f.add("closed at the end", documentedIncidents, closed)
	f.add("reopened", r.reopened, reopened)
	f.add("given from one to another", r.reassigned, reassigned)
	for i, n := range documentedPriorities {
		f.add(fmt.Sprintf("of priority %d at the end", i+1), n, severities[i])
	}
	notes, err := r.notes(ctx)
	f.add("lines in the timelines", r.appliedLine, notes)
	return err
}

// notes counts the notes in all timelines: one for each line that was applied.
func (r *replay) notes(ctx context.Context) (sum int, err error) {
	for _, i := range r.incidents {
		for token := ""; ; {
			page, err := r.cases.ListTimelineEntries(r.as(ctx), &voicev1.ListTimelineEntriesRequest{Parent: i.name, PageSize: 1000, PageToken: token})
			if err != nil {
				return sum, err
			}
			for _, e := range page.GetEntries() {
				if e.GetKind() == voicev1.TimelineEntry_NOTE {
					sum++
				}
			}
			if token = page.GetNextPageToken(); token == "" {
				break
			}
		}
	}
	return sum, nil
}

// compare prints by priority whether resolutions came in time by our shipped rules and by those of the file, which it does not tell.
func (r *replay) compare(ctx context.Context, events []incidentEvent) error {
	made := map[voicev1.Severity][2]int{}
	last := map[string]incidentEvent{}
	for _, e := range events {
		last[e.incident] = e
	}
	for _, e := range last {
		counts := made[e.priority]
		counts[map[bool]int{false: 0, true: 1}[e.madeSLA]]++
		made[e.priority] = counts
	}
	from, to := events[0].opened, r.clock()
	page, err := voicev1.NewVoiceFigureServiceClient(r.voice).ListVoiceFigures(r.as(ctx), &voicev1.ListVoiceFiguresRequest{
		From: day(from.AddDate(0, 0, -1)), To: day(to.AddDate(0, 0, 1)), GroupBy: voicev1.ListVoiceFiguresRequest_SEVERITY,
	})
	if err != nil {
		return err
	}
	table := tabwriter.NewWriter(os.Stdout, 0, 0, 3, ' ', tabwriter.AlignRight)
	fmt.Fprintln(table, "\npriority\tcases\tmade_sla of the file\tresolved in time by ours\trate\tmedian working hours\treopen rate\t")
	for _, g := range page.GetVoiceFigures() {
		counts := made[voicev1.Severity(voicev1.Severity_value[g.GetKey()])]
		in := g.GetResolutionAttainment()
		hours, err := time.ParseDuration(g.GetResolutionWorking().GetMedianSeconds() + "s")
		if err != nil {
			return err
		}
		fmt.Fprintf(table, "%s\t%d\t%d of %d\t%d of %d\t%s\t%.1f\t%s\t\n", g.GetKey(), g.GetReceivedCount(), counts[1], counts[0]+counts[1],
			in.GetMetCount(), in.GetMetCount()+in.GetMissedCount()+in.GetOverdueCount(), in.GetRate(), hours.Hours(), g.GetReopenRate())
	}
	return table.Flush()
}
