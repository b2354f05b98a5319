package improvement

import (
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/guanxi-crm/guanxi/libs/civil"
	"github.com/guanxi-crm/guanxi/libs/etag"
	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/resource"
	satisfactionv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/satisfaction/v1"
	"github.com/guanxi-crm/guanxi/services/satisfaction/internal/survey"
)

func (i *Improvement) toProto() *satisfactionv1.Improvement {
	out := &satisfactionv1.Improvement{
		Name: i.Name(), Survey: survey.Name(i.Survey), ItemCode: i.Item, LabelEn: i.LabelEn, LabelZh: i.LabelZh, Owner: i.Owner, DueDate: civil.Optional(i.Due),
		Measures: i.Measures, State: satisfactionv1.Improvement_State(i.State), Score: i.Score, Verdict: satisfactionv1.Improvement_Verdict(i.Verdict), Author: i.Author,
		CreateTime: timestamppb.New(i.CreateTime), UpdateTime: timestamppb.New(i.UpdateTime), Etag: etag.Of(i.Revision),
	}
	if i.VerifiedSurvey.Valid {
		out.VerifiedSurvey = survey.Name(i.VerifiedSurvey.UUID)
	}
	if i.VerifyTime != nil {
		out.VerifyTime = timestamppb.New(*i.VerifyTime)
	}
	if i.DueTime != nil {
		out.DueTime = timestamppb.New(*i.DueTime)
	}
	if c := i.Change; c != nil {
		out.Change = &satisfactionv1.FigureChange{Before: c.Before, Difference: c.Difference, Low: c.Low, High: c.High, PValue: c.PValue, BeyondChance: c.Beyond}
	}
	return out
}

// set puts what callers may write into i.
func (i *Improvement) set(in *satisfactionv1.Improvement) error {
	i.Owner, i.Measures, i.State, i.Due = in.GetOwner(), in.GetMeasures(), State(in.GetState()), nil
	if in.GetDueDate() != nil {
		day, err := civil.FromProto("due_date", in.GetDueDate())
		if err != nil {
			return err
		}
		i.Due = &day
	}
	if i.State == 0 {
		i.State = Open
	}
	if wrong := i.Check(); len(wrong) > 0 {
		return fault.Invalid(wrong...)
	}
	return nil
}

// refer puts into a new one what it is about.
func (i *Improvement) refer(in *satisfactionv1.Improvement) error {
	ids, err := resource.Parse("survey", in.GetSurvey(), "surveys")
	if err != nil {
		return err
	}
	if i.Survey, i.Item = ids[0], in.GetItemCode(); i.Item == "" {
		return fault.Invalid(fault.Field("item_code", "REQUIRED", fault.Text{En: "must be given", Zh: "必须填写"}))
	}
	return nil
}
