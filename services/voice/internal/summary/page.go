package summary

import (
	"bytes"
	_ "embed"
	"fmt"
	"html/template"
	"strconv"
	"time"
)

//go:embed page.html
var pageText string

var pageTemplate = template.Must(template.New("page").Parse(pageText))

// sheet is a summary as it is laid out.
type sheet struct {
	Lang, Title, Customer, Note, None string
	Facts, Figures                    []fact
	Tables                            []table
}

type fact struct{ Label, Value string }

// table is a part with rows; the bar of a row is as long as its share.
type table struct {
	Title string
	Heads []string
	Rows  []line
}

type line struct {
	Cells []string
	Bar   string // its length in percent, empty: none
}

// layOut lays a summary out, of a customer of that name or of all.
func layOut(s *Summary, t tongue, customer string, printed time.Time) *sheet {
	const day = time.DateOnly
	out := &sheet{Lang: []string{"zh-CN", "en"}[t], Title: t.say(title), Customer: customer, None: t.say(nothing)}
	if s.Name() == everybody {
		out.Customer = t.say(ofAll)
	}
	end := s.Period.End.AddDate(0, 0, -1)
	out.Facts = []fact{
		{t.say(factYear), strconv.Itoa(s.FiscalYear)},
		{t.say(factFrom), s.Period.Start.Format(day) + " – " + end.Format(day)},
		{t.say(factPrint), printed.Format(day)},
	}
	if printed.Before(s.Period.End) {
		out.Note = t.say(factOpen)
	}
	out.Figures = []fact{
		{t.say(figureVoices), strconv.Itoa(s.Voices)},
		{t.say(figureComplaints), strconv.Itoa(s.Complaints)},
		{t.say(figureCases), strconv.Itoa(s.Cases)},
		{t.say(figureOrders), strconv.Itoa(s.Orders)},
		{t.say(figureRate), percent(s.Rate(), s.Orders)},
		{t.say(figureMajor), strconv.Itoa(s.Major)},
		{t.say(figureReopened), strconv.Itoa(s.Reopened)},
		{t.say(figureOpen), strconv.Itoa(s.Open)},
		{t.say(figureActions), fmt.Sprintf("%d (%d)", s.Actions, s.Overdue)},
	}
	out.Tables = []table{
		t.counts(partKinds, s.Kinds, s.Voices, kindLabels), t.counts(partSources, s.Sources, s.Voices, sourceLabels), t.counts(partLines, s.Lines, s.Cases, nil),
		t.counts(partProducts, s.Products, s.Cases, nil), t.counts(partCauses, s.Causes, s.Cases, nil), t.times(s.Attainments), t.issues(s.Issues),
	}
	return out
}

func (t tongue) counts(part label, list []Count, of int, labels []label) table {
	out := table{Title: t.say(part), Heads: []string{t.say(columnKey), t.say(columnCount), t.say(columnBefore), t.say(columnShare)}}
	for _, c := range list {
		key := c.Key
		switch {
		case labels != nil:
			key = t.of(labels, key)
		case key == "":
			key = t.say(unknown)
		}
		part := share(c.Count, of)
		out.Rows = append(out.Rows, line{Cells: []string{key, strconv.Itoa(c.Count), strconv.Itoa(c.Before), percent(part, of)}, Bar: strconv.FormatFloat(100*part, 'f', 1, 64)})
	}
	return out
}

func (t tongue) times(list []Attainment) table {
	out := table{Title: t.say(partTimes), Heads: []string{t.say(columnKey), t.say(columnMet), t.say(columnMissed), t.say(columnRate)}}
	for _, a := range list {
		out.Rows = append(out.Rows, line{Cells: []string{
			t.of(measureLabels, strconv.Itoa(int(a.Measure))), strconv.Itoa(a.Met), strconv.Itoa(a.Missed), percent(a.Rate(), a.Met+a.Missed),
		}})
	}
	return out
}

func (t tongue) issues(list []Issue) table {
	out := table{Title: t.say(partIssues), Heads: []string{t.say(columnIssue), t.say(columnCount), t.say(columnCause), t.say(columnAction)}}
	for _, i := range list {
		out.Rows = append(out.Rows, line{Cells: []string{i.Name(t == chinese), strconv.Itoa(i.Count), i.Cause, i.Action}})
	}
	return out
}

// percent is a share of something, a dash of nothing.
func percent(share float64, of int) string {
	if of == 0 {
		return "–"
	}
	return strconv.FormatFloat(100*share, 'f', 1, 64) + " %"
}

// page is the sheet as a page: everything that people have written is escaped, and it loads and runs nothing.
func (s *sheet) page() ([]byte, error) {
	var out bytes.Buffer
	if err := pageTemplate.Execute(&out, s); err != nil {
		return nil, fmt.Errorf("summary: the page: %w", err)
	}
	return out.Bytes(), nil
}
