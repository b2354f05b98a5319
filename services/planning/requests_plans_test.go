package planning_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/genproto/googleapis/api/httpbody"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	planningv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/planning/v1"
	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
)

// preparePlans makes a plan that is in force and, of another year, a draft that callers of the matrix have not written.
func (s *scene) preparePlans(_ context.Context, t *testing.T) {
	t.Helper()
	plans := planningv1.NewPlanServiceClient(s.Conn)
	made, err := plans.CreatePlan(s.as(t, "plan-author"), &planningv1.CreatePlanRequest{Parent: s.customer, Plan: planOf(s.person, s.senior)})
	require.NoError(t, err)
	_, err = plans.ApprovePlan(s.as(t, "plan-approver"), &planningv1.ApprovePlanRequest{Name: made.GetName()})
	require.NoError(t, err)
	later := planOf(s.person, s.senior)
	later.FiscalYear = 2025
	draft, err := plans.CreatePlan(s.as(t, "plan-author"), &planningv1.CreatePlanRequest{Parent: s.customer, Plan: later})
	require.NoError(t, err)
	s.names["plan"], s.names["planDraft"] = made.GetName(), draft.GetName()
}

func planRequests(s *scene) map[string]proto.Message {
	return map[string]proto.Message{
		"PlanService/CreatePlan":  &planningv1.CreatePlanRequest{Parent: s.customer, Plan: &planningv1.Plan{FiscalYear: 2030, Strategy: "x"}},
		"PlanService/GetPlan":     &planningv1.GetPlanRequest{Name: s.names["plan"]},
		"PlanService/ListPlans":   &planningv1.ListPlansRequest{Parent: s.customer},
		"PlanService/UpdatePlan":  &planningv1.UpdatePlanRequest{Plan: &planningv1.Plan{Name: s.names["planDraft"], Strategy: "x"}},
		"PlanService/ApprovePlan": &planningv1.ApprovePlanRequest{Name: s.names["planDraft"]},
		"PlanService/RevisePlan":  &planningv1.RevisePlanRequest{Name: s.names["plan"], Reason: "x"},
		"PlanService/ReportPlan":  &planningv1.ReportPlanRequest{Name: s.names["plan"], Measure: "visits", State: planningv1.Measure_ONGOING, Note: "x"},
		"PlanService/PrintPlan":   &planningv1.PrintPlanRequest{Name: s.names["plan"]},
	}
}

// Whatever is asked of plans, no answer and no error says what is above the caller's level, or anything to a caller of another territory.
func TestNoAnswerAboutPlansSaysTooMuch(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	s.preparePlans(s.admin(t), t)
	secrets := map[typev1.Level][]string{
		manager: {
			"secret-organization", "secret-analysis", "secret-department", "secret-goal", s.person, s.senior, s.person[strings.LastIndex(s.person, "/")+1:],
			s.senior[strings.LastIndex(s.senior, "/")+1:],
		},
		executive: {"topsecret-profit", "topsecret-words", "7654321", "7,654,321"},
	}
	seen := 0
	for method, request := range planRequests(s) {
		for _, caller := range []typev1.Level{basic, manager, executive} {
			said := s.said(s.As(t, caller, "cn/south"), t, method, request)
			for level, texts := range secrets {
				for _, text := range texts {
					if caller < level {
						require.NotContains(t, said, text, "%s as %s", method, caller)
					} else if strings.Contains(said, text) {
						seen++
					}
				}
			}
			elsewhere := s.said(s.As(t, caller, "cn/north"), t, method, request)
			for _, text := range []string{"open-", "secret", s.person, s.senior} {
				require.NotContains(t, elsewhere, text, "%s as %s", method, caller)
			}
		}
	}
	require.Greater(t, seen, 20, "where they may be seen they are")
}

// said is all that a caller is told: the answer, of a document its text, and the error.
func (s *scene) said(ctx context.Context, t *testing.T, method string, request proto.Message) string {
	t.Helper()
	found, err := protoregistry.GlobalFiles.FindDescriptorByName(protoreflect.FullName("guanxi.planning.v1." + strings.ReplaceAll(method, "/", ".")))
	require.NoError(t, err)
	output := found.(protoreflect.MethodDescriptor).Output()
	kind, err := protoregistry.GlobalTypes.FindMessageByName(output.FullName())
	require.NoError(t, err)
	answer := kind.New().Interface()
	failed := s.Conn.Invoke(ctx, "/guanxi.planning.v1."+method, request, answer)
	text, err := protojson.Marshal(answer)
	require.NoError(t, err)
	if file, ok := answer.(*httpbody.HttpBody); ok {
		text = append(text, file.GetData()...)
	}
	return fmt.Sprint(string(text), failed)
}
