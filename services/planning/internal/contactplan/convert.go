package contactplan

import (
	"slices"

	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/guanxi-crm/guanxi/libs/civil"
	"github.com/guanxi-crm/guanxi/libs/operation"
	"github.com/guanxi-crm/guanxi/libs/resource"
	planningv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/planning/v1"
	"github.com/guanxi-crm/guanxi/services/planning/internal/layout"
)

func runOf(o *operation.Operation) (*planningv1.ContactPlanRun, error) {
	var asked request
	if err := o.Decode(&asked); err != nil {
		return nil, err
	}
	out := &planningv1.ContactPlanRun{Name: resource.Name(runs, o.ID), FiscalYear: int32(asked.FiscalYear), Operation: operation.ToProto(o)}
	if asked.Owner != nil {
		out.Owner = *asked.Owner
	}
	return out, nil
}

func (v *viewed) toProto() *planningv1.ContactPlan {
	out := &planningv1.ContactPlan{Name: planName(v.owner), Owner: v.owner, FiscalYear: int32(v.fiscal)}
	if v.generated != nil {
		out.GenerateTime, out.ContactPlanRun = timestamppb.New(v.generated.Time), resource.Name(runs, v.generated.Run)
	}
	for _, d := range v.days {
		out.PlacedCount += d.Contacts
		out.DoneCount += d.Done
	}
	for _, o := range v.obstacles {
		out.Obstacles = append(out.Obstacles, &planningv1.ContactPlan_Obstacles{Obstacle: planningv1.Contact_Obstacle(o.Obstacle), Count: o.Contacts})
	}
	if load := v.load(); len(load) > 0 {
		sum := int32(0)
		for _, minutes := range load {
			sum += minutes
		}
		out.MeanMinutes, out.LeastMinutes, out.MostMinutes = float64(sum)/float64(len(load)), slices.Min(load), slices.Max(load)
		out.Variation, out.IdealVariation = layout.Variation(load), v.ideal(len(load))
	}
	out.Months = v.months()
	return out
}

func (v *viewed) months() (months []*planningv1.ContactPlan_Month) {
	h := v.frame.horizon(v.own, v.year.first, v.year.next)
	var current *planningv1.ContactPlan_Month
	for i, works := range h.Works {
		day := v.year.first + i
		if date := midnightOf(day); date.Day() == 1 {
			current = &planningv1.ContactPlan_Month{FirstDate: civil.Date(date)}
			months = append(months, current)
		}
		if works {
			current.WorkingDayCount++
			current.CapacityMinutes += h.Room[i]
		}
		current.ContactMinutes += v.days[day].Minutes
		current.ContactCount += v.days[day].Contacts
	}
	return months
}
