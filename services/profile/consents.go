package profile

import (
	"google.golang.org/grpc"

	"github.com/guanxi-crm/guanxi/libs/events"
	"github.com/guanxi-crm/guanxi/libs/service"
	profilev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/profile/v1"
	"github.com/guanxi-crm/guanxi/services/profile/internal/consent"
	"github.com/guanxi-crm/guanxi/services/profile/internal/person"
	"github.com/guanxi-crm/guanxi/services/profile/internal/receipt"
)

// registerConsents adds the ledger of what people have said about being contacted.
func registerConsents(s grpc.ServiceRegistrar, p *service.Platform) error {
	consents, err := consent.NewServer(p.DB, p.Now, p.Pages, p.People, person.NewStore(p.DB, p.Now, p.People))
	if err != nil {
		return err
	}
	profilev1.RegisterConsentServiceServer(s, consents)
	return nil
}

// subscriptions: of the other services profile hears what they confirm, and nothing else.
func subscriptions(p *service.Platform) []events.Subscription {
	return []events.Subscription{receipt.NewStore(p.DB, p.Now).Subscription()}
}
