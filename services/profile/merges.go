package profile

import (
	"google.golang.org/grpc"

	"github.com/guanxi-crm/guanxi/libs/service"
	profilev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/profile/v1"
	"github.com/guanxi-crm/guanxi/services/profile/internal/merge"
)

// registerMerges registers the RPCs that make one of customers that are the same.
func registerMerges(s grpc.ServiceRegistrar, p *service.Platform) error {
	merges, err := merge.NewServer(p.DB, p.Now, p.Pages, p.Aliases, p.People)
	if err != nil {
		return err
	}
	profilev1.RegisterCustomerIdentityServiceServer(s, merges)
	return nil
}
