package report

import (
	"strconv"
	"strings"
	"time"

	"github.com/guanxi-crm/guanxi/services/profile/internal/insight"
)

// builder lays out a report.
type builder struct {
	Tongue
	*Source
}

// Build lays out a report of a kind.
func Build(s *Source, kind Kind, t Tongue) *Report {
	b := builder{t, s}
	r := &Report{
		Tongue: t, Lang: [...]string{"zh-CN", "en"}[t], Title: b.say(titles[kind]), Subtitle: s.Customer.DisplayName, Facts: b.facts(), Nothing: b.say(nothing),
		Summary: b.say(summaryLabel),
	}
	if kind == Bulletin {
		r.Sections = b.bulletin()
	} else {
		r.Sections = b.analysis()
	}
	return r
}

func day(t time.Time) string { return t.UTC().Format(time.DateOnly) }

func (b builder) facts() []Fact {
	var out []Fact
	for _, f := range []struct {
		label label
		value string
	}{
		{factCustomer, b.Customer.DisplayName},
		{factLegal, b.Customer.LegalName},
		{factIndustry, b.Customer.Industry},
		{factTerritory, b.Customer.Territory},
		{factOwner, b.Customer.Owner},
		{factSpan, b.sayf(spanText, day(b.First), day(b.Last))},
		{factInsights, strconv.Itoa(b.All)},
		{factCompiled, day(b.Now)},
	} {
		if f.value != "" {
			out = append(out, Fact{b.say(f.label), f.value})
		}
	}
	return out
}

// bulletin is the insights by their sources: those outside the company first, each kind in the order of the source.
func (b builder) bulletin() []Section {
	var out []Section
	for _, within := range []bool{false, true} {
		s := Section{Title: b.say(external)}
		if within {
			s.Title = b.say(internal)
		}
		for kind := insight.SourceKind(1); kind <= lastKind; kind++ {
			if p := b.ofKind(kind); kind.Internal() == within && len(p.Entries) > 0 {
				s.Parts = append(s.Parts, p)
			}
		}
		if len(s.Parts) > 0 {
			s.Number = strconv.Itoa(len(out) + 1)
			out = append(out, s)
		}
	}
	if len(out) == 0 {
		out = []Section{{Title: b.say(external), Parts: []Part{{Note: b.say(noInsights)}}}}
		out[0].Title = b.say(factInsights)
	}
	last := &out[len(out)-1]
	if n := b.All - len(b.Insights); n > 0 {
		last.Parts = append(last.Parts, Part{Note: b.sayf(leftOut, n)})
	}
	return out
}

const lastKind insight.SourceKind = 16

func (b builder) ofKind(kind insight.SourceKind) Part {
	p := Part{Title: b.say(sourceKinds[kind])}
	for _, i := range b.Insights {
		if i.SourceKind == kind {
			p.Entries = append(p.Entries, b.entry(i, false))
		}
	}
	return p
}

// entry is an insight; where they are not grouped by their kinds, it names its own.
func (b builder) entry(i *insight.Insight, kind bool) Entry {
	var meta []string
	source := i.Source
	if kind {
		source = b.say(sourceKinds[i.SourceKind])
		if i.Source != "" {
			source += b.say(label{"，", ", "}) + i.Source
		}
	}
	if source != "" {
		meta = append(meta, b.sayf(sourceText, source))
	}
	if l, told := reliabilities[i.Reliability]; told {
		meta = append(meta, b.sayf(reliabilityText, b.say(l)))
	}
	if len(i.Tags) > 0 {
		meta = append(meta, b.sayf(tagText, strings.Join(i.Tags, b.say(label{"、", ", "}))))
	}
	return Entry{Date: day(i.Date), Title: i.Title, Text: Writing(i.Text), URL: i.URL, Meta: strings.Join(meta, " · ")}
}
