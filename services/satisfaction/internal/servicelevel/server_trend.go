package servicelevel

import (
	"context"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/guanxi-crm/guanxi/libs/fault"
	satisfactionv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/satisfaction/v1"
)

// mostMonths is the longest trend: five years.
const mostMonths = 60

// GetServiceLevelTrend implements ServiceLevelService.
func (s *Server) GetServiceLevelTrend(ctx context.Context, r *satisfactionv1.GetServiceLevelTrendRequest) (*satisfactionv1.ServiceLevelTrend, error) {
	n, err := s.numbers.Current(ctx)
	if err != nil {
		return nil, err
	}
	a, err := s.ask(ctx, r.GetCustomer(), r.GetProductLine(), r.GetCustomerClass(), r.GetOnTimeRule(), n)
	if err != nil {
		return nil, err
	}
	first, last, err := span(r.GetFirstMonth(), r.GetLastMonth())
	if err != nil {
		return nil, err
	}
	levels, err := s.months(ctx, a, first.AddDate(0, -1, 0), last)
	if err != nil {
		return nil, err
	}
	targets, err := s.store.Targets(ctx)
	if err != nil {
		return nil, err
	}
	out := &satisfactionv1.ServiceLevelTrend{OnTimeRule: a.Rule.toProto(), EvaluateTime: timestamppb.New(a.At), SettingsVersion: n.Version}
	for i, month := 1, first; i < len(levels); i, month = i+1, month.AddDate(0, 1, 0) {
		m := &satisfactionv1.ServiceLevelMonth{Month: monthText(&month), ServiceLevel: levels[i].toProto(ByMonth, a.Edges, n.Confidence)}
		for _, measure := range Measures {
			before, now := levels[i-1].Figure(measure, n.Confidence), levels[i].Figure(measure, n.Confidence)
			target, value := Fitting(targets, measure, a, month)
			m.Indicators = append(m.Indicators, now.toProto(&before, target, value, n.Confidence))
		}
		out.Months = append(out.Months, m)
	}
	return out, nil
}

func span(firstText, lastText string) (first, last time.Time, err error) {
	if first, err = parseMonth("first_month", firstText); err != nil {
		return first, last, err
	}
	if last, err = parseMonth("last_month", lastText); err != nil {
		return first, last, err
	}
	if last.Before(first) || !last.Before(first.AddDate(0, mostMonths, 0)) {
		return first, last, fault.Invalid(fault.Field("last_month", "RANGE", fault.Text{
			En: "must be first_month or one of the 59 months after it", Zh: "必须为 first_month 当月或其后 59 个月之内",
		}))
	}
	return first, last, nil
}

// months are the levels of all months of a span, also of those without orders.
func (s *Server) months(ctx context.Context, a *Ask, first, last time.Time) ([]Level, error) {
	a.Group, a.From, a.To, a.Limit = ByMonth, first, last.AddDate(0, 1, -1), mostMonths+1
	found, err := s.store.Count(ctx, a)
	if err != nil {
		return nil, err
	}
	var all []Level
	for month := first; !month.After(last); month = month.AddDate(0, 1, 0) {
		if len(found) > 0 && found[0].Key == monthText(&month) {
			all, found = append(all, found[0]), found[1:]
		} else {
			all = append(all, Empty(monthText(&month), len(a.Edges)+1))
		}
	}
	return all, nil
}
