package dossier

import (
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/guanxi-crm/guanxi/libs/etag"
	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/resource"
	profilev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/profile/v1"
)

func (s *Section) toProto() *profilev1.DossierSection {
	out := &profilev1.DossierSection{
		Name: Name(s.Customer, s.Code), Text: s.Text, Summary: s.Summary, Source: s.Source, Revision: s.Revision, Author: s.Author, Etag: etag.Of(int64(s.Revision)),
	}
	if s.Entry != nil {
		out.Number, out.LabelZh, out.LabelEn, out.Chapter = s.Entry.Number, s.Entry.LabelZh, s.Entry.LabelEn, s.Entry.Chapter
	}
	if s.Revision > 0 {
		out.UpdateTime = timestamppb.New(s.UpdateTime)
	}
	return out
}

// set takes over what a caller may say.
func (s *Section) set(in *profilev1.DossierSection) {
	s.Text, s.Summary, s.Source = in.GetText(), in.GetSummary(), in.GetSource()
}

func (r *Revision) toProto() *profilev1.DossierRevision {
	return &profilev1.DossierRevision{
		Name: Name(r.Customer, r.Code) + "/" + resource.Name("revisions", r.ID), Revision: r.Revision, Text: r.Text, Summary: r.Summary, Source: r.Source,
		Author: r.Author, CreateTime: timestamppb.New(r.CreateTime),
	}
}

func shipped() *profilev1.DossierOutline {
	out := &profilev1.DossierOutline{Name: "dossierOutline"}
	for _, e := range Shipped() {
		out.Entries = append(out.Entries, &profilev1.DossierOutlineEntry{Code: e.Code, Chapter: e.Chapter, LabelZh: e.LabelZh, LabelEn: e.LabelEn})
	}
	return out
}

func check(m *profilev1.DossierOutline) []fault.Violation { return CheckOutline(entriesOf(m)) }

func entriesOf(m *profilev1.DossierOutline) []Entry {
	out := make([]Entry, len(m.GetEntries()))
	for i, e := range m.GetEntries() {
		out[i] = Entry{Code: e.GetCode(), Chapter: e.GetChapter(), LabelZh: e.GetLabelZh(), LabelEn: e.GetLabelEn()}
	}
	Number(out)
	return out
}
