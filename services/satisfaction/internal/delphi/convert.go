package delphi

import (
	"fmt"

	"github.com/shopspring/decimal"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/guanxi-crm/guanxi/libs/fault"
	satisfactionv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/satisfaction/v1"
	"github.com/guanxi-crm/guanxi/services/satisfaction/internal/indexmodel"
)

func at(field string, i int) string { return fmt.Sprintf("%s[%d]", field, i) }

func (r *Round) toProto() *satisfactionv1.DelphiRound {
	out := &satisfactionv1.DelphiRound{
		Name: r.Name(), Round: r.Number, ModelVersion: r.ModelVersion, State: satisfactionv1.DelphiRound_State(r.State), ItemCodes: r.Codes, Experts: r.Experts, Rated: r.Rated,
		Opinions: r.opinionsToProto(), Stable: r.Stable, SettingsVersion: r.SettingsVersion, CreateTime: timestamppb.New(r.CreateTime), ApplyReason: r.ApplyReason,
	}
	if r.CloseTime != nil {
		out.CloseTime = timestamppb.New(*r.CloseTime)
	}
	if r.ApplyTime != nil {
		out.ApplyTime = timestamppb.New(*r.ApplyTime)
	}
	if c := r.Concordance; c != nil {
		out.Concordance = &satisfactionv1.Concordance{
			W: c.W, WCorrected: c.Corrected, ChiSquare: c.ChiSquare, PValue: c.PValue, Experts: int32(c.Experts), Items: int32(c.Items),
		}
	}
	return out
}

func (r *Round) opinionsToProto() []*satisfactionv1.DelphiOpinion {
	var out []*satisfactionv1.DelphiOpinion
	for _, o := range r.Opinions {
		out = append(out, &satisfactionv1.DelphiOpinion{
			Code: o.Code, Mean: o.Mean.String(), StdDev: o.Deviation, Variation: o.Variation, LowQuartile: o.Low.String(), Median: o.Median.String(),
			HighQuartile: o.High.String(), MovementPercent: o.Movement, Moving: o.Moving, Varying: o.Varying,
		})
	}
	return out
}

// weightsOfProto reads what an expert says, and holds it to the round.
func (r *Round) weightsOfProto(list []*satisfactionv1.DelphiRating) (Weights, error) {
	codes, weights, out := make([]string, len(list)), make([]decimal.Decimal, len(list)), make(Weights, len(list))
	for i, p := range list {
		w, err := decimal.NewFromString(p.GetWeight())
		if err != nil { // the API's constraints see to it
			return nil, fault.Invalid(fault.Field(at("ratings", i)+".weight", "DECIMAL", fault.Text{En: "must be a decimal number", Zh: "须为十进制数"}))
		}
		codes[i], weights[i], out[p.GetCode()] = p.GetCode(), w, w
	}
	if wrong := r.Check(codes, weights, func(i int, field string) string { return at("ratings", i) + "." + field }); len(wrong) > 0 {
		return nil, fault.Invalid(wrong...)
	}
	return out, nil
}

// form is what an expert is shown.
func (r *Round) form(m *indexmodel.Model, before *Round, said Weights) *satisfactionv1.DelphiForm {
	out := &satisfactionv1.DelphiForm{LabelEn: m.LabelEn, LabelZh: m.LabelZh, Round: r.Number}
	if before != nil {
		out.Previous = before.opinionsToProto()
	}
	for _, code := range r.Codes {
		if item := m.Item(code); item != nil {
			out.Items = append(out.Items, item.ToProto())
		}
		if w, ok := said[code]; ok {
			out.Ratings = append(out.Ratings, &satisfactionv1.DelphiRating{Code: code, Weight: w.String()})
		}
	}
	return out
}
