package figure

import (
	"strconv"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/guanxi-crm/guanxi/libs/aggregate"
	"github.com/guanxi-crm/guanxi/libs/resource"
	segmentationv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/segmentation/v1"
	voicev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/voice/v1"
)

func (f *Figure) toProto(group Group, edges []time.Duration) *voicev1.VoiceFigure {
	out := &voicev1.VoiceFigure{
		Key: keyName(group, f.Key), ReceivedCount: f.Received, MajorCount: f.Major, RespondedCount: f.Responded, ResolvedCount: f.Resolved, ClosedCount: f.Closed,
		FinishedCount: f.Finished, ReopenedCount: f.Reopened, ReopenRate: Text(f.ReopenRate()),
		FirstResponse: f.FirstResponse.toProto(), FirstResponseWorking: f.FirstWorking.toProto(),
		Resolution: f.Resolution.toProto(), ResolutionWorking: f.SolvedWorking.toProto(),
		FirstResponseAttainment: f.Answered.toProto(), ResolutionAttainment: f.Solved.toProto(),
		BacklogCount: f.Backlog, BacklogMajorCount: f.BacklogMajor,
	}
	for _, r := range f.Rules {
		out.RuleAttainments = append(out.RuleAttainments, &voicev1.RuleAttainment{
			Rule: resource.Name("responseRules", r.Rule), Measure: voicev1.Measure(r.Measure), Attainment: r.toProto(),
		})
	}
	for i, n := range f.Ageing {
		bucket := &voicev1.VoiceFigure_AgeingBucket{Count: n}
		if i > 0 {
			bucket.FromHours = int32(edges[i-1] / time.Hour)
		}
		if i < len(edges) {
			bucket.ToHours = int32(edges[i] / time.Hour)
		}
		out.Ageing = append(out.Ageing, bucket)
	}
	if f.Oldest != nil {
		out.OldestReceivedTime = timestamppb.New(*f.Oldest)
	}
	return out
}

// keyName is what a group is called in the API; the database has numbers for what has a name there.
func keyName(group Group, key string) string {
	number, _ := strconv.Atoi(key) // of the others it is not asked
	switch group {
	case ByClass:
		return segmentationv1.CustomerClassKind(number).String()
	case BySeverity:
		return voicev1.Severity(number).String()
	case ByRequest:
		return voicev1.RequestKind(number).String()
	default:
		return key
	}
}

func (t *Taken) toProto() *voicev1.TimeTaken {
	return &voicev1.TimeTaken{Count: t.Count, MeanSeconds: Text(t.Mean), MedianSeconds: Text(t.Median), P90Seconds: Text(t.P90)}
}

func (a Attainment) toProto() *voicev1.Attainment {
	return &voicev1.Attainment{MetCount: a.Met, MissedCount: a.Missed, OverdueCount: a.Overdue, PendingCount: a.Pending, Rate: Text(a.Rate())}
}

func (c *ComplaintRate) toProto() *voicev1.ComplaintRate {
	out := &voicev1.ComplaintRate{Customer: aggregate.Name(c.Customer), Total: c.Total.toProto()}
	for i := range c.Products {
		p := &c.Products[i]
		out.ProductLines = append(out.ProductLines, &voicev1.ProductComplaints{ProductLine: p.Product, Complaints: p.toProto()})
	}
	return out
}

func (c *Complaints) toProto() *voicev1.ComplaintCount {
	return &voicev1.ComplaintCount{
		ExplicitCount: c.Explicit, ImplicitCount: c.Implicit, OrderCount: c.Orders, Rate: Text(Rate(c.Explicit+c.Implicit, c.Orders)),
		ExplicitRate: Text(Rate(c.Explicit, c.Orders)), ImplicitRate: Text(Rate(c.Implicit, c.Orders)),
	}
}
