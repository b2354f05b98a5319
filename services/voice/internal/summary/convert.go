package summary

import (
	"strconv"

	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/guanxi-crm/guanxi/libs/aggregate"
	"github.com/guanxi-crm/guanxi/libs/resource"
	voicev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/voice/v1"
)

func (s *Summary) toProto() *voicev1.VoiceSummary {
	out := &voicev1.VoiceSummary{
		Name: s.Name(), FiscalYear: int32(s.FiscalYear), StartTime: timestamppb.New(s.Period.Start), EndTime: timestamppb.New(s.Period.End), VoiceCount: int32(s.Voices),
		CaseCount: int32(s.Cases), ComplaintCount: int32(s.Complaints), OrderCount: int32(s.Orders), ComplaintRate: s.Rate(), MajorCount: int32(s.Major),
		ReopenedCount: int32(s.Reopened), OpenCaseCount: int32(s.Open), OpenActionCount: int32(s.Actions), OverdueActionCount: int32(s.Overdue),
		Kinds:        countsToProto(s.Kinds, s.Voices, named(voicev1.VoiceKind_name)),
		Sources:      countsToProto(s.Sources, s.Voices, named(voicev1.VoiceSource_name)),
		ProductLines: countsToProto(s.Lines, s.Cases, nil), Products: countsToProto(s.Products, s.Cases, nil), Causes: countsToProto(s.Causes, s.Cases, nil),
	}
	if s.Customer != resource.Any {
		out.Customer = aggregate.Name(s.Customer)
	}
	for _, a := range s.Attainments {
		out.Attainments = append(out.Attainments, &voicev1.VoiceSummary_Attainment{Measure: voicev1.Measure(a.Measure), Met: int32(a.Met), Missed: int32(a.Missed), Rate: a.Rate()})
	}
	for _, i := range s.Issues {
		out.Issues = append(out.Issues, &voicev1.VoiceSummary_Issue{
			IssueGroup: resource.Name("issueGroups", i.Group), NameZh: i.Name(true), NameEn: i.Name(false), Count: int32(i.Count), Cause: i.Cause, Action: i.Action,
		})
	}
	return out
}

// named writes the number of an enum as its name.
func named(names map[int32]string) func(string) string {
	return func(key string) string {
		number, err := strconv.ParseInt(key, 10, 32)
		if err != nil {
			return key
		}
		return names[int32(number)]
	}
}

func countsToProto(list []Count, of int, name func(string) string) []*voicev1.VoiceSummary_Count {
	out := make([]*voicev1.VoiceSummary_Count, len(list))
	for i, c := range list {
		key := c.Key
		if name != nil {
			key = name(key)
		}
		out[i] = &voicev1.VoiceSummary_Count{Key: key, Count: int32(c.Count), Before: int32(c.Before), Share: share(c.Count, of)}
	}
	return out
}
