package desk

import (
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/guanxi-crm/guanxi/libs/etag"
	"github.com/guanxi-crm/guanxi/libs/fault"
	voicev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/voice/v1"
)

func (d *Desk) toProto() *voicev1.Desk {
	out := &voicev1.Desk{
		Name: d.Name(), Territory: d.Territory, LabelEn: d.LabelEn, LabelZh: d.LabelZh, Leads: d.Leads, Inactive: d.Inactive, Author: d.Author,
		CreateTime: timestamppb.New(d.CreateTime), UpdateTime: timestamppb.New(d.UpdateTime), Etag: etag.Of(d.Revision),
	}
	for _, m := range d.Members {
		p := &voicev1.DeskMember{
			Subject: m.Subject, ProductLines: m.ProductLines, Languages: m.Languages,
			Capacity: int32(m.Capacity), OpenCaseCount: int32(m.Open),
		}
		for _, k := range m.RequestKinds {
			p.RequestKinds = append(p.RequestKinds, voicev1.RequestKind(k))
		}
		out.Members = append(out.Members, p)
	}
	return out
}

// set puts what callers may write into d. How many cases somebody has is not theirs to say.
func (d *Desk) set(in *voicev1.Desk) error {
	open := map[string]int{}
	for _, m := range d.Members {
		open[m.Subject] = m.Open
	}
	d.LabelEn, d.LabelZh, d.Leads, d.Inactive, d.Members = in.GetLabelEn(), in.GetLabelZh(), in.GetLeads(), in.GetInactive(), nil
	for _, p := range in.GetMembers() {
		m := Member{Subject: p.GetSubject(), ProductLines: p.GetProductLines(), Capacity: int(p.GetCapacity()), Open: open[p.GetSubject()]}
		for _, k := range p.GetRequestKinds() {
			m.RequestKinds = append(m.RequestKinds, int16(k))
		}
		for _, tag := range p.GetLanguages() {
			m.Languages = append(m.Languages, Primary(tag))
		}
		d.Members = append(d.Members, m)
	}
	if wrong := d.Check(); len(wrong) > 0 {
		return fault.Invalid(wrong...)
	}
	return nil
}
