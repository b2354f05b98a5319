package load

import (
	"context"
	"math/rand/v2"

	"google.golang.org/grpc"

	satisfactionv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/satisfaction/v1"
)

// Satisfaction is the satisfaction service, without customers: those would come from another one. Its writes are targets of the service level, whose mark is the product line
// that they are for. They keep no history; what was written of them their events tell.
var Satisfaction = Target{
	Name: "satisfaction", Writer: newSatisfaction,
	State: `select 'serviceLevelTargets/' || target_id as resource, target_id as aggregate_id, sequence as version, product_line as mark from service_level_targets`,
	Changes: `
select aggregate_id, version, resource, '' as data, cast(jsonb_build_array(jsonb_build_object('to', cast(data as jsonb) ->> 'productLine')) as text) as fields
from outbox order by aggregate_id, version`,
}

type satisfaction struct {
	levels satisfactionv1.ServiceLevelServiceClient
}

func newSatisfaction(conn grpc.ClientConnInterface) Writer {
	return &satisfaction{satisfactionv1.NewServiceLevelServiceClient(conn)}
}

// Next implements Writer.
func (s *satisfaction) Next(_ *rand.Rand, mark string) Write { return s.aim(mark) }

// Poison implements Writer.
func (s *satisfaction) Poison(_ *rand.Rand, mark string) Write { return s.aim(mark) }

func (s *satisfaction) aim(mark string) Write {
	return Write{"CreateServiceLevelTarget", func(ctx context.Context) (Answer, error) {
		return s.levels.CreateServiceLevelTarget(ctx, &satisfactionv1.CreateServiceLevelTargetRequest{RequestId: mark, ServiceLevelTarget: &satisfactionv1.ServiceLevelTarget{
			LabelEn: "Filled", LabelZh: "满足率", Indicator: satisfactionv1.ServiceIndicator_QUANTITY_FILL_RATE, ProductLine: mark, Value: "0.95",
		}})
	}}
}
