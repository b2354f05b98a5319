package report

import (
	"slices"
	"strconv"
	"strings"

	"github.com/guanxi-crm/guanxi/services/profile/internal/dossier"
)

// analysis is the dossier by its outline with the insights that belong to each section, then sales, supply position and what belongs nowhere.
func (b builder) analysis() []Section {
	var out []Section
	var loose []*dossier.Section
	for _, s := range b.Sections {
		switch {
		case s.Entry == nil:
			loose = append(loose, s)
		case s.Entry.Chapter == "":
			out = append(out, b.chapter(s))
		default: // its chapter stands before it
			c := &out[len(out)-1]
			c.Parts = append(c.Parts, b.part(s, s.Entry.Number, b.say(label{s.Entry.LabelZh, s.Entry.LabelEn})))
		}
	}
	add := func(title label, parts ...Part) {
		out = append(out, Section{Number: strconv.Itoa(len(out) + 1), Title: b.say(title), Parts: parts})
	}
	add(sales, b.sales())
	if len(b.Positions) > 0 {
		add(supplies, b.supply())
	}
	if len(loose) > 0 {
		var parts []Part
		for _, s := range loose {
			parts = append(parts, b.part(s, "", s.Code))
		}
		add(retired, parts...)
	}
	if p := b.others(); !p.Empty() {
		add(others, p)
	}
	return out
}

// chapter begins a section of the report; what the chapter itself says stands before its sections, and its summary at the end.
func (b builder) chapter(s *dossier.Section) Section {
	p := b.part(s, "", "")
	c := Section{Number: s.Entry.Number, Title: b.say(label{s.Entry.LabelZh, s.Entry.LabelEn}), Close: p.Close, Meta: p.Meta}
	p.Close, p.Meta = "", ""
	parted := slices.ContainsFunc(b.Sections, func(o *dossier.Section) bool { return o.Entry != nil && o.Entry.Chapter == s.Code })
	if !p.Empty() || !parted && s.Revision == 0 { // else its sections say what there is to say
		c.Parts = append(c.Parts, p)
	}
	return c
}

func (b builder) part(s *dossier.Section, number, title string) Part {
	p := Part{Number: number, Title: title, Text: Writing(s.Text), Close: Writing(s.Summary)}
	if s.Revision > 0 {
		p.Meta = b.sayf(revisionText, s.Revision, s.Author, day(s.UpdateTime))
		if s.Source != "" {
			p.Meta += " · " + b.sayf(sourceText, s.Source)
		}
	}
	for _, i := range b.Insights {
		if slices.Contains(i.Sections, s.Code) {
			p.Entries = append(p.Entries, b.entry(i, true))
		}
	}
	return p
}

// others are the insights that belong to no section that the report has.
func (b builder) others() Part {
	var p Part
	for _, i := range b.Insights {
		if !slices.ContainsFunc(b.Sections, func(s *dossier.Section) bool { return slices.Contains(i.Sections, s.Code) }) {
			p.Entries = append(p.Entries, b.entry(i, true))
		}
	}
	if n := b.All - len(b.Insights); n > 0 {
		p.Note = b.sayf(leftOut, n)
	}
	return p
}

func (b builder) supply() Part {
	p := Part{Columns: []Column{
		{Label: b.say(columnLine)}, {Label: b.say(columnShare), Number: true}, {Label: b.say(columnCompetitors)}, {Label: b.say(columnAsOf)}, {Label: b.say(columnReason)},
	}}
	for _, x := range b.Positions {
		var others []string
		for _, c := range x.Competitors {
			name := c.Name
			if c.Share != "" {
				name += " " + c.Share + " %"
			}
			others = append(others, name)
		}
		p.Rows = append(p.Rows, []string{x.ProductLine, x.Share + " %", strings.Join(others, b.say(label{"、", ", "})), day(x.AsOf), x.Reason})
	}
	return p
}
