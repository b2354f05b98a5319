package form

import (
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/guanxi-crm/guanxi/libs/etag"
	"github.com/guanxi-crm/guanxi/libs/fault"
	voicev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/voice/v1"
)

func (f *Form) toProto() *voicev1.VoiceForm {
	out := &voicev1.VoiceForm{
		Name: f.Name(), Slug: f.Slug, TitleEn: f.TitleEn, TitleZh: f.TitleZh, IntroEn: f.IntroEn, IntroZh: f.IntroZh, ProductLines: f.ProductLines, Territory: f.Territory,
		Guard: &voicev1.FormGuard{
			MinimumSeconds: f.MinimumSeconds, ValidHours: f.ValidHours, MostLinks: f.MostLinks, PerMinute: f.PerMinute,
		},
		Active: f.Active, Path: f.Path(), Author: f.Author, CreateTime: timestamppb.New(f.CreateTime), UpdateTime: timestamppb.New(f.UpdateTime), Etag: etag.Of(f.Revision),
	}
	for _, k := range f.Kinds {
		out.Kinds = append(out.Kinds, voicev1.VoiceKind(k))
	}
	return out
}

// set takes over what callers may write, and checks it.
func (f *Form) set(in *voicev1.VoiceForm) error {
	f.TitleEn, f.TitleZh, f.IntroEn, f.IntroZh = in.GetTitleEn(), in.GetTitleZh(), in.GetIntroEn(), in.GetIntroZh()
	f.ProductLines, f.Slug, f.Territory, f.Kinds = in.GetProductLines(), in.GetSlug(), in.GetTerritory(), nil
	for _, k := range in.GetKinds() {
		f.Kinds = append(f.Kinds, Kind(k))
	}
	g := in.GetGuard()
	f.MinimumSeconds, f.ValidHours, f.MostLinks, f.PerMinute = g.GetMinimumSeconds(), g.GetValidHours(), g.GetMostLinks(), g.GetPerMinute()
	if wrong := f.Check(); len(wrong) > 0 {
		return fault.Invalid(wrong...)
	}
	return nil
}

func (s *Submission) toProto() *voicev1.FormSubmission {
	out := &voicev1.FormSubmission{
		Name: s.Name(), Reference: s.Reference, State: voicev1.FormSubmission_State(s.State), Language: s.Language, Kind: voicev1.VoiceKind(s.Kind), Sender: s.Sender,
		Company: s.Company, Contact: s.Contact, AnswerWanted: s.Answer, ProductLine: s.Product, OrderNumber: s.Order, Text: s.Text, RepeatCount: s.RepeatCount,
		CreateTime: timestamppb.New(s.CreateTime), Voice: s.voiceName(), Decider: s.Decider, DiscardReason: s.DiscardReason,
	}
	for _, why := range s.Suspicions {
		out.Suspicions = append(out.Suspicions, voicev1.FormSubmission_Suspicion(why))
	}
	if s.DecideTime != nil {
		out.DecideTime = timestamppb.New(*s.DecideTime)
	}
	return out
}
