package voice_test

import (
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	voicev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/voice/v1"
)

// breachCost is what a breach costs whatever the severity, which is for MANAGER and above.
const breachCost = "8765432.1"

const (
	openCase = `insert into cases (customer_id, case_id, request_kind, track, phase, technicality, severity, severity_basis, major, state, title, product_line, product_code,
			cause, assignee, received_time, revision, create_time, update_time)
		values ($1, $2, 2, 1, 1, 1, 2, 2, false, 4, 'open-title', '', '', '', 'open-assignee', $3, 1, $3, $3)`

	tell = `insert into escalations (customer_id, escalation_id, case_id, clock_id, measure, level, trigger, territory, subjects, planned_time, told_time)
		values ($1, $2, $3, $4, 2, 1, 2, 'cn/south/shenzhen', '{open-lead}', $5, $5)`
)

// prepareEscalations has a desk, a case that one of its leads was told of and has seen to, and costs of breaches that nothing else costs.
func prepareEscalations(t *testing.T, s *scene) {
	t.Helper()
	ctx := s.admin(t)
	desks := voicev1.NewDeskServiceClient(s.Conn)
	for name, territory := range map[string]string{"desk": "cn/south/shenzhen", "spareDesk": "cn/south/zhuhai"} {
		made, err := desks.CreateDesk(ctx, &voicev1.CreateDeskRequest{Desk: &voicev1.Desk{
			Territory: territory, LabelEn: "open-desk", LabelZh: "服务台", Leads: []string{"open-lead"}, Members: []*voicev1.DeskMember{{Subject: "open-member", Capacity: 3}},
		}})
		require.NoError(t, err)
		s.names[name] = made.GetName()
	}
	_, err := voicev1.NewVoiceSettingsServiceClient(s.Conn).UpdateSettings(ctx, &voicev1.UpdateSettingsRequest{
		Settings: &voicev1.VoiceSettings{
			Name: "voiceSettings", QueueRules: &voicev1.QueueRules{CriticalCost: breachCost, HighCost: breachCost, MediumCost: breachCost, LowCost: breachCost},
		},
		UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"queue_rules.critical_cost", "queue_rules.high_cost", "queue_rules.medium_cost", "queue_rules.low_cost"}},
	})
	require.NoError(t, err)
	customer := uuid.MustParse(strings.TrimPrefix(s.customer, "customers/"))
	id, escalation := uuid.New(), uuid.New()
	_, err = s.DB.Exec(t.Context(), openCase, customer, id, s.Clock.Now())
	require.NoError(t, err)
	_, err = s.DB.Exec(t.Context(), tell, customer, escalation, id, uuid.New(), s.Clock.Now())
	require.NoError(t, err)
	s.names["escalation"] = "escalations/" + escalation.String()
	_, err = voicev1.NewEscalationServiceClient(s.Conn).AcknowledgeEscalation(ctx, &voicev1.AcknowledgeEscalationRequest{Name: s.names["escalation"], Note: "open-note"})
	require.NoError(t, err)
}

func escalationRequests(s *scene) map[string]proto.Message {
	return map[string]proto.Message{
		"DeskService/CreateDesk":                  &voicev1.CreateDeskRequest{Desk: &voicev1.Desk{Territory: "cn/south/foshan", LabelEn: "x", LabelZh: "x"}},
		"DeskService/GetDesk":                     &voicev1.GetDeskRequest{Name: s.names["desk"]},
		"DeskService/ListDesks":                   &voicev1.ListDesksRequest{},
		"DeskService/UpdateDesk":                  &voicev1.UpdateDeskRequest{Desk: &voicev1.Desk{Name: s.names["desk"], LabelEn: "open-desk"}},
		"DeskService/DeleteDesk":                  &voicev1.DeleteDeskRequest{Name: s.names["spareDesk"]},
		"EscalationService/GetEscalation":         &voicev1.GetEscalationRequest{Name: s.names["escalation"]},
		"EscalationService/ListEscalations":       &voicev1.ListEscalationsRequest{},
		"EscalationService/AcknowledgeEscalation": &voicev1.AcknowledgeEscalationRequest{Name: s.names["escalation"]},
		"QueueService/QueueCases":                 &voicev1.QueueCasesRequest{},
	}
}
