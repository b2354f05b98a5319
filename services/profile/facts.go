package profile

import (
	"errors"

	"google.golang.org/grpc"

	"github.com/guanxi-crm/guanxi/libs/service"
	profilev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/profile/v1"
	"github.com/guanxi-crm/guanxi/services/profile/internal/forecast"
	"github.com/guanxi-crm/guanxi/services/profile/internal/gift"
	"github.com/guanxi-crm/guanxi/services/profile/internal/group"
	"github.com/guanxi-crm/guanxi/services/profile/internal/person"
	"github.com/guanxi-crm/guanxi/services/profile/internal/settings"
	"github.com/guanxi-crm/guanxi/services/profile/internal/specialdate"
	"github.com/guanxi-crm/guanxi/services/profile/internal/supply"
)

// registerFacts registers what else is known of customers: shares of their supply, what they are expected to buy, gifts, coming days, and the groups that they are of.
func registerFacts(s grpc.ServiceRegistrar, p *service.Platform) error {
	positions, errPositions := supply.NewServer(p.DB, p.Now, p.Pages)
	forecasts, errForecasts := forecast.NewServer(p.DB, p.Now, p.Pages)
	gifts, errGifts := gift.NewServer(p.DB, p.Now, p.Pages, p.People)
	groups, errGroups := group.NewServer(p.DB, p.Now, p.Pages, p.People)
	coming := specialdate.NewStore(p.DB, person.NewStore(p.DB, p.Now, p.People))
	dates, errDates := specialdate.NewServer(coming, settings.NewStore(p.DB, p.Now), p.Now, p.Pages)
	if err := errors.Join(errPositions, errForecasts, errGifts, errGroups, errDates); err != nil {
		return err
	}
	profilev1.RegisterSupplyPositionServiceServer(s, positions)
	profilev1.RegisterExpectedSalesServiceServer(s, forecasts)
	profilev1.RegisterGiftServiceServer(s, gifts)
	profilev1.RegisterCustomerGroupServiceServer(s, groups)
	profilev1.RegisterSpecialDateServiceServer(s, dates)
	return nil
}
