package profile

import (
	"context"

	"github.com/guanxi-crm/guanxi/libs/operation"
	"github.com/guanxi-crm/guanxi/libs/service"
	"github.com/guanxi-crm/guanxi/services/profile/internal/duplicate"
)

// workers do the operations that were asked for.
func workers(p *service.Platform) []service.Worker {
	kinds := []operation.Kind{duplicate.NewStore(p.DB, p.Now).Kind()}
	return []service.Worker{{Name: "operations", Run: func(ctx context.Context) error {
		runner, err := operation.NewRunner(p.DB, kinds, p.Log, p.Now)
		if err != nil {
			return err
		}
		return runner.Run(ctx)
	}}}
}
