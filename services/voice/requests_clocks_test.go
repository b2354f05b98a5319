package voice_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	voicev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/voice/v1"
)

// prepareClocks has a case whose clocks run, and a run that took nothing over.
func prepareClocks(t *testing.T, s *scene) {
	t.Helper()
	ctx := s.admin(t)
	s.names["clocked"] = s.complaint(ctx, t, s.customer, voicev1.Severity_MEDIUM, s.Clock.Now())
	run, err := voicev1.NewClockServiceClient(s.Conn).CreateClockReprojection(ctx, &voicev1.CreateClockReprojectionRequest{
		ClockReprojection: &voicev1.ClockReprojection{Source: "responseRules/-", Preview: true},
	})
	require.NoError(t, err)
	s.names["reprojection"] = run.GetName()
}

func clockRequests(s *scene) map[string]proto.Message {
	office, rule := "businessCalendars/china-office", "responseRules/complaint-high"
	calendar := inline()
	calendar.Code, calendar.LabelEn, calendar.LabelZh = "mornings", "Mornings", "上午"
	return map[string]proto.Message{
		"BusinessCalendarService/CreateBusinessCalendar":       &voicev1.CreateBusinessCalendarRequest{BusinessCalendar: calendar},
		"BusinessCalendarService/GetBusinessCalendar":          &voicev1.GetBusinessCalendarRequest{Name: office},
		"BusinessCalendarService/ListBusinessCalendars":        &voicev1.ListBusinessCalendarsRequest{},
		"BusinessCalendarService/ListBusinessCalendarVersions": &voicev1.ListBusinessCalendarVersionsRequest{Name: office},
		"BusinessCalendarService/UpdateBusinessCalendar": &voicev1.UpdateBusinessCalendarRequest{
			BusinessCalendar: &voicev1.BusinessCalendar{Name: office, LabelEn: "Office"},
		},
		"BusinessCalendarService/ComputeBusinessTime": &voicev1.ComputeBusinessTimeRequest{
			Name: "businessCalendars/-", Calendar: inline(), Start: timestamppb.New(s.Clock.Now()), WorkSeconds: proto.Uint32(60),
		},
		"ResponseRuleService/CreateResponseRule": &voicev1.CreateResponseRuleRequest{ResponseRule: &voicev1.ResponseRule{
			Code: "mornings", LabelEn: "Mornings", LabelZh: "上午", Targets: []*voicev1.ResponseRule_Target{{
				Measure: voicev1.Measure_RESOLUTION, TargetSeconds: 3600, Calendar: office,
			}},
		}},
		"ResponseRuleService/GetResponseRule":          &voicev1.GetResponseRuleRequest{Name: rule},
		"ResponseRuleService/ListResponseRules":        &voicev1.ListResponseRulesRequest{},
		"ResponseRuleService/ListResponseRuleVersions": &voicev1.ListResponseRuleVersionsRequest{Name: rule},
		"ResponseRuleService/UpdateResponseRule":       &voicev1.UpdateResponseRuleRequest{ResponseRule: &voicev1.ResponseRule{Name: rule, LabelEn: "High"}},
		"ResponseRuleService/ExplainResponseRules": &voicev1.ExplainResponseRulesRequest{
			RequestKind: voicev1.RequestKind_INQUIRY, Severity: voicev1.Severity_LOW,
		},
		"ClockService/ListCaseClocks":          &voicev1.ListCaseClocksRequest{Parent: s.names["clocked"]},
		"ClockService/CreateClockReprojection": &voicev1.CreateClockReprojectionRequest{ClockReprojection: &voicev1.ClockReprojection{Source: office}},
		"ClockService/GetClockReprojection":    &voicev1.GetClockReprojectionRequest{Name: s.names["reprojection"]},
		"ClockService/ListClockReprojections":  &voicev1.ListClockReprojectionsRequest{},
		"ClockService/CancelClockReprojection": &voicev1.CancelClockReprojectionRequest{Name: s.names["reprojection"]},
		"ClockService/ListClockMoves":          &voicev1.ListClockMovesRequest{Parent: s.names["reprojection"]},
	}
}
