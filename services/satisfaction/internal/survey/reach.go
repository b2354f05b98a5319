package survey

import (
	"context"

	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/fault"
)

// Seen says whether somebody may see the survey: one of the whole company is seen by all, another by those in whose reach it is.
func (s *Survey) Seen(caller auth.Principal) bool {
	return s.Territory == "" || caller.Covers(s.Territory)
}

// RequireReach refuses to change a survey to whose territory the caller does not reach; one of the whole company to all but those who work everywhere, and administrators.
func RequireReach(ctx context.Context, territory string) error {
	caller := auth.From(ctx)
	if caller.Covers(territory) || territory == "" && caller.Administrator {
		return nil
	}
	return fault.Denied("TERRITORY", fault.Text{En: "the territory is not one of yours", Zh: "该区域不在您的权限范围内"})
}
