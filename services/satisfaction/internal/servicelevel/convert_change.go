package servicelevel

import (
	"context"
	"time"

	"github.com/shopspring/decimal"
	"google.golang.org/grpc/codes"

	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/fault"
	satisfactionv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/satisfaction/v1"
)

var (
	mostRate = decimal.NewFromInt(1)
	mostDays = decimal.NewFromInt(3650)

	required = fault.Text{En: "must be given", Zh: "必须填写"}
)

// begin reads a new target, which begins this month unless it says otherwise.
func (t *Target) begin(in *satisfactionv1.ServiceLevelTarget, thisMonth time.Time) error {
	t.Measure = Measure{Indicator(in.GetIndicator()), Part(in.GetPart())}
	t.Rule, t.ProductLine = ruleOf(in.GetOnTimeRule()), in.GetProductLine()
	wrong := t.wrong(in)
	class, err := classOf("customer_class", in.GetCustomerClass())
	if err != nil {
		wrong = append(wrong, fault.From(err).Violations()...)
	}
	if len(wrong) > 0 {
		return fault.Invalid(wrong...)
	}
	t.Class = class
	v := Value{FirstMonth: Month{thisMonth}}
	if in.GetFirstMonth() != "" {
		if v.FirstMonth.Time, err = parseMonth("first_month", in.GetFirstMonth()); err != nil {
			return err
		}
	}
	t.Values = []Value{v}
	return t.set(in)
}

func (t *Target) wrong(in *satisfactionv1.ServiceLevelTarget) []fault.Violation {
	var wrong []fault.Violation
	add := func(broken bool, field, rule string, text fault.Text) {
		if broken {
			wrong = append(wrong, fault.Field(field, rule, text))
		}
	}
	add(in.GetIndicator() == 0, "indicator", "REQUIRED", required)
	add(in.GetIndicator() != 0 && t.Indicator.OfTime() != (t.Part != 0), "part", "PART", fault.Text{
		En: "must be given for indicators of time, and only for these", Zh: "仅时间类指标必须指定环节",
	})
	add(in.GetOnTimeRule() != nil && !t.Indicator.Timely(), "on_time_rule", "ON_TIME_RULE", fault.Text{
		En: "is for on-time and perfect orders only", Zh: "仅适用于准时率与完美订单率",
	})
	return append(wrong, t.lacks(in)...)
}

// lacks is what is missing or out of range of what can be changed.
func (t *Target) lacks(in *satisfactionv1.ServiceLevelTarget) []fault.Violation {
	var wrong []fault.Violation
	add := func(broken bool, field, rule string, text fault.Text) {
		if broken {
			wrong = append(wrong, fault.Field(field, rule, text))
		}
	}
	add(in.GetLabelEn() == "", "label_en", "REQUIRED", required)
	add(in.GetLabelZh() == "", "label_zh", "REQUIRED", required)
	add(in.GetValue() == "", "value", "REQUIRED", required)
	value, err := decimal.NewFromString(in.GetValue())
	most := mostRate
	if t.Indicator.OfTime() {
		most = mostDays
	}
	add(in.GetValue() != "" && (err != nil || value.GreaterThan(most)), "value", "RANGE", fault.Text{
		En: "must be a rate from 0 to 1, or days up to 3650", Zh: "须为 0 至 1 的比率，或不超过 3650 的天数",
	})
	return wrong
}

// set puts what callers may change, and has been looked at, into a target; the latest value becomes the one given.
func (t *Target) set(in *satisfactionv1.ServiceLevelTarget) (err error) {
	t.LabelEn, t.LabelZh = in.GetLabelEn(), in.GetLabelZh()
	if t.Values[len(t.Values)-1].Value, err = decimal.NewFromString(in.GetValue()); err != nil {
		return err
	}
	t.LastMonth = nil
	if in.GetLastMonth() == "" {
		return nil
	}
	last, err := parseMonth("last_month", in.GetLastMonth())
	if err != nil {
		return err
	}
	if last.Before(t.Latest().FirstMonth.Time) {
		return fault.Invalid(fault.Field("last_month", "RANGE", fault.Text{En: "must not be before the first month", Zh: "不得早于起始月份"}))
	}
	t.LastMonth = &last
	return nil
}

// revise puts a change into a target. A value that becomes another one does so from a month on that is not past; added says that it did.
func (t *Target) revise(in *satisfactionv1.ServiceLevelTarget, thisMonth time.Time, by string, at time.Time) (added bool, err error) {
	if wrong := t.lacks(in); len(wrong) > 0 {
		return false, fault.Invalid(wrong...)
	}
	latest := t.Latest()
	first := latest.FirstMonth.Time
	if in.GetFirstMonth() != "" {
		if first, err = parseMonth("first_month", in.GetFirstMonth()); err != nil {
			return false, err
		}
	}
	moved := !first.Equal(latest.FirstMonth.Time)
	value, err := decimal.NewFromString(in.GetValue())
	if err != nil {
		return false, err
	}
	if !moved && value.Equal(latest.Value) {
		return false, t.set(in)
	}
	if !moved {
		first = later(first, thisMonth)
	}
	if first.Before(thisMonth) || first.Before(latest.FirstMonth.Time) {
		return false, fault.Invalid(fault.Field("first_month", "RANGE", fault.Text{
			En: "must be neither past nor before the latest first month", Zh: "不得为过去的月份，也不得早于最近一次的起始月份",
		}))
	}
	if first.Equal(latest.FirstMonth.Time) {
		t.Values = t.Values[:len(t.Values)-1]
	}
	t.Values = append(t.Values, Value{FirstMonth: Month{first}, Author: by, CreateTime: at})
	return true, t.set(in)
}

// RequireEverywhere refuses to change what is of the whole company to those whose territories are limited.
func RequireEverywhere(ctx context.Context) error {
	if caller := auth.From(ctx); caller.Everywhere() || caller.Administrator {
		return nil
	}
	return fault.Denied("EVERYWHERE_ONLY", fault.Text{
		En: "targets are of the whole company: only administrators and those who work in all territories may change them",
		Zh: "服务水平目标属于全公司：仅管理员与负责全部区域的人员可以更改",
	})
}

func existsError() error {
	return fault.New(codes.AlreadyExists, "TARGET_EXISTS", fault.Text{
		En: "there is a target for this indicator, rule, product line and class already: change it", Zh: "该指标、规则、产品线与客户类别已有目标：请修改该目标",
	})
}
