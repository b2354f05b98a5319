package loyalty

import (
	"github.com/shopspring/decimal"

	"github.com/guanxi-crm/guanxi/libs/civil"
	"github.com/guanxi-crm/guanxi/libs/fault"
	segmentationv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/segmentation/v1"
)

func shipped() *segmentationv1.LoyaltyProgramme {
	return &segmentationv1.LoyaltyProgramme{
		Name: "loyaltyProgramme", PointsPerHundred: "1", ReferralPoints: 500, ExpiryMonths: 24,
		Levels: []*segmentationv1.LoyaltyLevel{
			{Id: "member", LabelEn: "Member", LabelZh: "会员", BenefitsEn: "Points for orders and referrals", BenefitsZh: "订单与转介绍积分"},
			{Id: "silver", LabelEn: "Silver", LabelZh: "银卡", FromPoints: 1000, BenefitsEn: "Priority answers of the service desk", BenefitsZh: "服务台优先响应"},
			{Id: "gold", LabelEn: "Gold", LabelZh: "金卡", FromPoints: 10_000, BenefitsEn: "A personal contact, training for its staff", BenefitsZh: "专属联系人、员工培训"},
			{
				Id: "platinum", LabelEn: "Platinum", LabelZh: "白金卡", FromPoints: 50_000,
				BenefitsEn: "A yearly review with our management, first access to new products", BenefitsZh: "年度高层会晤、新品优先体验",
			},
		},
	}
}

// check holds a version to what its fields cannot say each for itself.
func check(p *segmentationv1.LoyaltyProgramme) []fault.Violation {
	var wrong []fault.Violation
	if _, ok := civil.Day(p.GetStartDate()); p.GetStartDate() != nil && !ok {
		wrong = append(wrong, fault.Field("start_date", "DATE", civil.NotADay))
	}
	if p.GetEnabled() && p.GetStartDate() == nil {
		wrong = append(wrong, fault.Field("start_date", "REQUIRED", fault.Text{En: "must be given while the programme is enabled", Zh: "启用积分计划时必须填写"}))
	}
	if len(p.GetLevels()) == 0 || p.GetLevels()[0].GetFromPoints() != 0 {
		wrong = append(wrong, fault.Field("levels", "LOWEST", fault.Text{En: "the lowest level must begin at 0 points", Zh: "最低等级必须从 0 分开始"}))
	}
	ids := map[string]bool{}
	for i, l := range p.GetLevels() {
		if ids[l.GetId()] || i > 0 && l.GetFromPoints() <= p.GetLevels()[i-1].GetFromPoints() {
			wrong = append(wrong, fault.Field("levels", "ORDER", fault.Text{
				En: "each level must begin above the one before and have an id of its own", Zh: "等级起点须逐级升高，且标识不得重复",
			}))
		}
		ids[l.GetId()] = true
	}
	return wrong
}

// programmeOf reads a version that has passed check.
func programmeOf(p *segmentationv1.LoyaltyProgramme) (*Programme, error) {
	out := &Programme{Enabled: p.GetEnabled(), Referral: p.GetReferralPoints(), Months: p.GetExpiryMonths()}
	out.Start, _ = civil.Day(p.GetStartDate())
	if text := p.GetPointsPerHundred(); text != "" {
		points, err := decimal.NewFromString(text)
		if err != nil {
			return nil, err
		}
		out.Rate = points.Shift(-2)
	}
	for _, l := range p.GetLevels() {
		out.Levels = append(out.Levels, Level{
			ID: l.GetId(), LabelEn: l.GetLabelEn(), LabelZh: l.GetLabelZh(), From: l.GetFromPoints(), BenefitsEn: l.GetBenefitsEn(), BenefitsZh: l.GetBenefitsZh(),
		})
	}
	return out, nil
}

func (l *Level) toProto() *segmentationv1.LoyaltyLevel {
	return &segmentationv1.LoyaltyLevel{
		Id: l.ID, LabelEn: l.LabelEn, LabelZh: l.LabelZh, FromPoints: l.From, BenefitsEn: l.BenefitsEn, BenefitsZh: l.BenefitsZh,
	}
}
