package insight

import (
	"slices"

	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/guanxi-crm/guanxi/libs/civil"
	"github.com/guanxi-crm/guanxi/libs/etag"
	profilev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/profile/v1"
)

func (i *Insight) toProto() *profilev1.Insight {
	return &profilev1.Insight{
		Name: i.name(), Date: civil.Date(i.Date), SourceKind: profilev1.Insight_SourceKind(i.SourceKind), Source: i.Source,
		Reliability: profilev1.Insight_Reliability(i.Reliability), Title: i.Title, Text: i.Text, Url: i.URL, Sections: i.Sections, Tags: i.Tags, Author: i.Author,
		CreateTime: timestamppb.New(i.CreateTime), UpdateTime: timestamppb.New(i.UpdateTime), Etag: etag.Of(i.Revision),
	}
}

// set takes over what a caller may say.
func (i *Insight) set(in *profilev1.Insight) (err error) {
	if i.Date, err = civil.FromProto("date", in.GetDate()); err != nil {
		return err
	}
	i.SourceKind, i.Source, i.Reliability = SourceKind(in.GetSourceKind()), in.GetSource(), Reliability(in.GetReliability())
	i.Title, i.Text, i.URL, i.Sections, i.Tags = in.GetTitle(), in.GetText(), in.GetUrl(), slices.Clone(in.GetSections()), slices.Clone(in.GetTags())
	i.tidy()
	return nil
}
