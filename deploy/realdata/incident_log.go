package main

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"time"

	voicev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/voice/v1"
)

// What the documentation of the incident log says.
const (
	documentedEvents    = 141_712
	documentedIncidents = 24_918
)

// documentedPriorities are the incidents by the priority that they ended with, 1 being the most urgent.
var documentedPriorities = []int{270, 408, 23_466, 774}

// unknown stands in the file for what is not known.
const unknown = "?"

// incidentEvent is a line of the log: what an incident looked like after one change.
type incidentEvent struct {
	incident, state, assignee, group, location, channel string
	priority                                            voicev1.Severity
	changes                                             string // which change of the incident it was, as the file counts them
	madeSLA                                             bool
	opened, time                                        time.Time
}

// readIncidents reads the log in the order of time; the lines of an incident stay in the order in which they stand there. One line of the file is timed before the line
// above it: it then happened when that did.
func readIncidents(file string) (events []incidentEvent, moved int, err error) {
	in, err := os.Open(file)
	if err != nil {
		return nil, 0, err
	}
	defer func() { err = errors.Join(err, in.Close()) }()
	rows := csv.NewReader(in)
	head, err := rows.Read()
	if err != nil {
		return nil, 0, err
	}
	column := map[string]int{}
	for i, name := range head {
		column[name] = i
	}
	last := map[string]time.Time{}
	for {
		row, err := rows.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, 0, err
		}
		e, err := incidentOf(func(name string) string { return row[column[name]] })
		if err != nil {
			return nil, 0, fmt.Errorf("%s: %w", file, err)
		}
		if before := last[e.incident]; e.time.Before(before) {
			e.time = before
			moved++
		}
		last[e.incident] = e.time
		events = append(events, e)
	}
	slices.SortStableFunc(events, func(a, b incidentEvent) int { return a.time.Compare(b.time) })
	return events, moved, nil
}

func incidentOf(field func(string) string) (e incidentEvent, err error) {
	const layout = "2/1/2006 15:04"
	e = incidentEvent{
		incident: field("number"), state: field("ident_state"), assignee: field("assigned_to"), group: field("assignment_group"), location: field("location"),
		channel: field("contact_type"), changes: field("sys_mod_count"), madeSLA: field("made_sla") == "true",
	}
	switch field("priority") {
	case "1", "2", "3", "4":
		e.priority = voicev1.Severity(field("priority")[0] - '0')
	default:
		return e, fmt.Errorf("incident %s: priority %q", e.incident, field("priority"))
	}
	if e.opened, err = time.Parse(layout, field("opened_at")); err != nil {
		return e, err
	}
	if e.time, err = time.Parse(layout, field("sys_updated_at")); err != nil {
		return e, err
	}
	if e.opened.After(e.time) { // of five incidents: they were written down later than they changed
		e.opened = e.time
	}
	return e, nil
}

// byIncident says which lines are of which incident.
func byIncident(events []incidentEvent) map[string][]incidentEvent {
	all := map[string][]incidentEvent{}
	for _, e := range events {
		all[e.incident] = append(all[e.incident], e)
	}
	return all
}
