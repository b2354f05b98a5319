package standing

import (
	"google.golang.org/protobuf/proto"

	"github.com/guanxi-crm/guanxi/libs/aggregate"
	"github.com/guanxi-crm/guanxi/libs/civil"
	segmentationv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/segmentation/v1"
	"github.com/guanxi-crm/guanxi/services/segmentation/internal/assess"
)

// announce makes the events of what changed.
func announce(c *change, scope assess.Scope) []proto.Message {
	var out []proto.Message
	before, after, cause := c.before(), c.Place, causeOf(scope, c.Customer)
	name, day := aggregate.Name(c.Customer), civil.Date(scope.Day)
	if before.Class != after.Class || before.ABC != after.ABC {
		out = append(out, &segmentationv1.ClassChanged{
			Customer: name, Before: segmentationv1.CustomerClassKind(before.Class), After: segmentationv1.CustomerClassKind(after.Class),
			AbcBefore: segmentationv1.Abc(before.ABC), AbcAfter: segmentationv1.Abc(after.ABC),
			EffectiveDate: day, Cause: cause.What, Reference: cause.Reference,
		})
	}
	if before.Tier != after.Tier {
		out = append(out, &segmentationv1.TierChanged{
			Customer: name, Before: segmentationv1.Tier(before.Tier), After: segmentationv1.Tier(after.Tier),
			InnerLevelBefore: int32(before.InnerLevel), InnerLevelAfter: int32(after.InnerLevel),
			EffectiveDate: day, Cause: cause.What, Reference: cause.Reference,
		})
	}
	if before.Stage != after.Stage || before.Role != after.Role || before.Engagement != after.Engagement {
		out = append(out, &segmentationv1.LifecycleChanged{
			Customer: name, StageBefore: segmentationv1.LifecycleStage(before.Stage), StageAfter: segmentationv1.LifecycleStage(after.Stage),
			RoleBefore: segmentationv1.LifecycleRole(before.Role), RoleAfter: segmentationv1.LifecycleRole(after.Role),
			EngagementBefore: segmentationv1.Engagement(before.Engagement), EngagementAfter: segmentationv1.Engagement(after.Engagement),
			EffectiveDate: day, Cause: cause.What, Reference: cause.Reference,
		})
	}
	return out
}
