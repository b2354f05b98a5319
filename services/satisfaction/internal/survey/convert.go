package survey

import (
	"github.com/google/uuid"
	"github.com/shopspring/decimal"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/guanxi-crm/guanxi/libs/etag"
	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/money"
	"github.com/guanxi-crm/guanxi/libs/resource"
	satisfactionv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/satisfaction/v1"
	"github.com/guanxi-crm/guanxi/services/satisfaction/internal/questionnaire"
)

// ToProto is the survey for the API.
func (s *Survey) ToProto() (*satisfactionv1.Survey, error) {
	out := &satisfactionv1.Survey{
		Name: s.Name(), LabelEn: s.LabelEn, LabelZh: s.LabelZh, Purpose: s.Purpose, Questionnaire: questionnaire.Name(s.Questionnaire),
		QuestionnaireVersion: s.QuestionnaireVersion, Wave: s.Wave, Territory: s.Territory, Population: s.Population.toProto(), Plan: s.Plan.toProto(), Seed: s.Seed,
		MinimumGroup: s.MinimumGroup, Anonymous: s.Anonymous, State: satisfactionv1.Survey_State(s.State), PopulationSize: s.PopulationSize, SampleSize: s.SampleSize,
		Census: s.Census, Author: s.Author, CreateTime: timestamppb.New(s.CreateTime), UpdateTime: timestamppb.New(s.UpdateTime), Etag: etag.Of(s.Revision),
	}
	if s.Previous.Valid {
		out.Previous = Name(s.Previous.UUID)
	}
	out.StartTime, out.EndTime = timestamp(s.StartTime), timestamp(s.EndTime)
	out.OpenTime, out.CloseTime = timestamp(s.OpenTime), timestamp(s.CloseTime)
	if s.Cost.Valid {
		cost, err := money.Money{Amount: s.Cost.Decimal, Currency: s.Currency}.ToProto()
		if err != nil {
			return nil, err
		}
		out.Cost = cost
	}
	for i := range s.Quotas {
		q := &s.Quotas[i]
		out.Quotas = append(out.Quotas, &satisfactionv1.SurveyQuota{LabelEn: q.LabelEn, LabelZh: q.LabelZh, Condition: q.Condition.toProto(), Target: q.Target, Filled: q.Filled})
	}
	out.Strata = strataTo(s.Strata)
	return out, nil
}

func strataTo(in []Stratum) []*satisfactionv1.SurveyStratum {
	var out []*satisfactionv1.SurveyStratum
	for _, x := range in {
		out = append(out, &satisfactionv1.SurveyStratum{
			Stratum: int32(x.Number), Label: x.Label, Size: x.Size, Planned: x.Planned, Weight: x.Weight.StringFixed(weightPlaces),
		})
	}
	return out
}

func (p *Population) toProto() *satisfactionv1.SurveyPopulation {
	out := &satisfactionv1.SurveyPopulation{Roles: rolesTo(p.Roles), Classes: p.Classes, Tiers: p.Tiers}
	for _, r := range p.Relations {
		out.Relations = append(out.Relations, satisfactionv1.SurveyRelation(r))
	}
	return out
}

func rolesTo(in []Role) []satisfactionv1.SurveyRole {
	var out []satisfactionv1.SurveyRole
	for _, r := range in {
		out = append(out, satisfactionv1.SurveyRole(r))
	}
	return out
}

func rolesOf(in []satisfactionv1.SurveyRole) []Role {
	var out []Role
	for _, r := range in {
		out = append(out, Role(r))
	}
	return out
}

func (p *Plan) toProto() *satisfactionv1.SamplePlan {
	out := &satisfactionv1.SamplePlan{
		Method: satisfactionv1.SamplePlan_Method(p.Method), Confidence: p.Confidence, Error: p.Error, Proportion: p.Proportion, Size: p.Size, TerritoryDepth: p.Depth,
		Allocation: satisfactionv1.SamplePlan_Allocation(p.Allocation),
	}
	for _, d := range p.By {
		out.Strata = append(out.Strata, satisfactionv1.SamplePlan_Dimension(d))
	}
	for _, e := range p.Expected {
		out.Expected = append(out.Expected, &satisfactionv1.ExpectedStratum{Label: e.Label, Deviation: e.Deviation, Cost: e.Cost})
	}
	return out
}

func (c *Condition) toProto() *satisfactionv1.QuotaCondition {
	return &satisfactionv1.QuotaCondition{
		Strata: c.Strata, Classes: c.Classes, Tiers: c.Tiers, Roles: rolesTo(c.Roles), Territories: c.Territories, Channels: c.Channels,
	}
}

// set puts what callers may write into s. What it refers to is looked at by Check and by the store.
func (s *Survey) set(in *satisfactionv1.Survey) error {
	ids, err := resource.Parse("questionnaire", in.GetQuestionnaire(), "questionnaires")
	if err != nil {
		return err
	}
	s.Questionnaire, s.QuestionnaireVersion, s.Previous = ids[0], in.GetQuestionnaireVersion(), uuid.NullUUID{}
	if in.GetPrevious() != "" {
		if ids, err = resource.Parse("previous", in.GetPrevious(), "surveys"); err != nil {
			return err
		}
		s.Previous = uuid.NullUUID{UUID: ids[0], Valid: true}
	}
	s.LabelEn, s.LabelZh, s.Purpose, s.Wave, s.Territory, s.Seed = in.GetLabelEn(), in.GetLabelZh(), in.GetPurpose(), in.GetWave(), in.GetTerritory(), in.GetSeed()
	s.MinimumGroup, s.Anonymous, s.StartTime, s.EndTime = in.GetMinimumGroup(), in.GetAnonymous(), instant(in.GetStartTime()), instant(in.GetEndTime())
	s.Population = Population{Roles: rolesOf(in.GetPopulation().GetRoles()), Classes: in.GetPopulation().GetClasses(), Tiers: in.GetPopulation().GetTiers()}
	for _, r := range in.GetPopulation().GetRelations() {
		s.Population.Relations = append(s.Population.Relations, int32(r))
	}
	s.Plan = planOf(in.GetPlan())
	s.Quotas = quotasFrom(in.GetQuotas(), s.Quotas)
	s.Cost, s.Currency = decimal.NullDecimal{}, ""
	if in.GetCost() != nil {
		cost, err := money.FromProto(in.GetCost())
		if err != nil {
			return fault.Prefix(err, "cost")
		}
		s.Cost, s.Currency = decimal.NewNullDecimal(cost.Amount), cost.Currency
	}
	return nil
}

func planOf(in *satisfactionv1.SamplePlan) Plan {
	out := Plan{
		Method: Method(in.GetMethod()), Confidence: in.GetConfidence(), Error: in.GetError(), Proportion: in.GetProportion(), Size: in.GetSize(),
		Depth: in.GetTerritoryDepth(), Allocation: Allocation(in.GetAllocation()),
	}
	for _, d := range in.GetStrata() {
		out.By = append(out.By, Dimension(d))
	}
	for _, e := range in.GetExpected() {
		out.Expected = append(out.Expected, Expected{Label: e.GetLabel(), Deviation: e.GetDeviation(), Cost: e.GetCost()})
	}
	return out
}

// quotasFrom reads quotas; what they count so far stays.
func quotasFrom(in []*satisfactionv1.SurveyQuota, before []Quota) []Quota {
	var out []Quota
	for i, p := range in {
		c := p.GetCondition()
		q := Quota{Number: int16(i + 1), LabelEn: p.GetLabelEn(), LabelZh: p.GetLabelZh(), Target: p.GetTarget(), Condition: Condition{
			Strata: c.GetStrata(), Classes: c.GetClasses(), Tiers: c.GetTiers(), Roles: rolesOf(c.GetRoles()), Territories: c.GetTerritories(), Channels: c.GetChannels(),
		}}
		if i < len(before) {
			q.Filled = before[i].Filled
		}
		out = append(out, q)
	}
	return out
}
