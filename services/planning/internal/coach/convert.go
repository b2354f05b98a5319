package coach

import (
	"fmt"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/guanxi-crm/guanxi/libs/civil"
	"github.com/guanxi-crm/guanxi/libs/etag"
	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/resource"
	planningv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/planning/v1"
)

func (c *Coach) name() string { return resource.Name("customers", c.Customer, "coaches", c.ID) }

// toProto shows a coach as he is judged.
func (j Judged) toProto() *planningv1.Coach {
	c := j.Coach
	out := &planningv1.Coach{
		Name: c.name(), Person: resource.Name("customers", c.Customer, "people", c.Person), Note: c.Note, Verified: j.Verified, CriteriaHeld: j.Held,
		AgreeingObservers: j.Agreeing, Quality: j.Quality, Author: c.Author, CreateTime: timestamppb.New(c.CreateTime), RetireAuthor: c.RetireAuthor,
		RetireReason: c.RetireReason, Etag: etag.Of(c.Revision),
	}
	if c.RetireTime != nil {
		out.RetireTime = timestamppb.New(*c.RetireTime)
	}
	for _, o := range c.Observations {
		out.Observations = append(out.Observations, &planningv1.CoachObservation{
			Criterion: planningv1.CoachCriterion(o.Criterion), Holds: o.Holds, Observer: o.Observer, Date: civil.Date(o.Day), Note: o.Note, Recorder: o.Recorder,
		})
	}
	for i, s := range j.States {
		state := &planningv1.CoachCriterionState{
			Criterion: planningv1.CoachCriterion(i + 1), Holds: s.Holds, Strength: s.Strength, Observer: s.Observer, LabelEn: labels[i].En, LabelZh: labels[i].Zh,
		}
		if !s.Day.IsZero() {
			state.Date = civil.Date(s.Day)
		}
		out.Criteria = append(out.Criteria, state)
	}
	return out
}

// observationsOf reads what a caller has observed.
func observationsOf(list []*planningv1.CoachObservation, caller string, today time.Time) ([]Observation, error) {
	out := make([]Observation, len(list))
	for i, in := range list {
		o := Observation{Criterion: Criterion(in.GetCriterion()), Holds: in.GetHolds(), Observer: in.GetObserver(), Day: today, Note: in.GetNote(), Recorder: caller}
		if o.Observer == "" {
			o.Observer = caller
		}
		if in.GetDate() != nil {
			var err error
			if o.Day, err = civil.FromProto(fmt.Sprintf("observations[%d].date", i), in.GetDate()); err != nil {
				return nil, err
			}
		}
		out[i] = o
	}
	if wrong := Check(out, today); len(wrong) > 0 {
		return nil, fault.Invalid(wrong...)
	}
	return out, nil
}
