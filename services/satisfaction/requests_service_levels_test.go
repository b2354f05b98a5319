package satisfaction_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	satisfactionv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/satisfaction/v1"
)

// prepareServiceLevels makes an order of the customer and a target.
func (s *scene) prepareServiceLevels(ctx context.Context, t *testing.T) {
	t.Helper()
	s.order(ctx, t, s.customer, served("1", 1, 2))
	made, err := s.levels().CreateServiceLevelTarget(ctx, &satisfactionv1.CreateServiceLevelTargetRequest{ServiceLevelTarget: openTarget("0.9")})
	require.NoError(t, err)
	s.names["target"] = made.GetName()
}

func openTarget(value string) *satisfactionv1.ServiceLevelTarget {
	return &satisfactionv1.ServiceLevelTarget{
		LabelEn: "open-target", LabelZh: "目标", Indicator: satisfactionv1.ServiceIndicator_ON_TIME_RATE, Value: value, FirstMonth: "2025-12",
	}
}

func serviceLevelRequests(t *testing.T, s *scene) map[string]proto.Message {
	t.Helper()
	from, to := december()
	return map[string]proto.Message{
		"ServiceLevelService/CreateServiceLevelTarget": &satisfactionv1.CreateServiceLevelTargetRequest{ServiceLevelTarget: openTarget("0.9")},
		"ServiceLevelService/GetServiceLevelTarget":    &satisfactionv1.GetServiceLevelTargetRequest{Name: s.names["target"]},
		"ServiceLevelService/GetServiceLevelTrend": &satisfactionv1.GetServiceLevelTrendRequest{
			Customer: s.customer, FirstMonth: "2025-12", LastMonth: "2025-12",
		},
		"ServiceLevelService/ListServiceLevelTargets": &satisfactionv1.ListServiceLevelTargetsRequest{},
		"ServiceLevelService/ListServiceLevels": &satisfactionv1.ListServiceLevelsRequest{
			Customer: s.customer, From: from, To: to, GroupBy: satisfactionv1.ListServiceLevelsRequest_PRODUCT_LINE,
		},
		"ServiceLevelService/UpdateServiceLevelTarget": &satisfactionv1.UpdateServiceLevelTargetRequest{
			ServiceLevelTarget: &satisfactionv1.ServiceLevelTarget{Name: s.names["target"], LabelEn: "open-target"},
		},
	}
}

// serviceLevelsOfAll ask for all customers.
func serviceLevelsOfAll() map[string]proto.Message {
	from, to := december()
	return map[string]proto.Message{
		"ServiceLevelService/GetServiceLevelTrend": &satisfactionv1.GetServiceLevelTrendRequest{FirstMonth: "2025-12", LastMonth: "2025-12"},
		"ServiceLevelService/ListServiceLevels": &satisfactionv1.ListServiceLevelsRequest{
			Customer: "customers/-", From: from, To: to, GroupBy: satisfactionv1.ListServiceLevelsRequest_PRODUCT_LINE,
		},
	}
}

// serviceLevelsAnywhere are those of them that are of the whole company.
var serviceLevelsAnywhere = []string{"ServiceLevelService/GetServiceLevelTarget", "ServiceLevelService/ListServiceLevelTargets"}
