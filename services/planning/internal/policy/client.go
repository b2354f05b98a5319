package policy

import (
	"context"
	"time"

	"google.golang.org/grpc"

	"github.com/guanxi-crm/guanxi/libs/policybook"
	"github.com/guanxi-crm/guanxi/services/planning/internal/settings"
)

// NewFetcher asks segmentation for its policies, for what they say of contacts.
func NewFetcher(store *Store, settings *settings.Store, now func() time.Time, segmentation func() (grpc.ClientConnInterface, error)) *policybook.Fetcher {
	return &policybook.Fetcher{Store: store.Store, Segmentation: segmentation, Keep: func(ctx context.Context, added []policybook.Added) error {
		n, err := settings.Current(ctx)
		if err != nil {
			return err
		}
		return store.add(ctx, frequenciesOf(added), now(), n.FiscalYear(n.Today(now())))
	}}
}

func frequenciesOf(added []policybook.Added) (all []frequency) {
	for _, p := range added {
		for _, r := range p.Rules {
			for _, f := range r.GetContactFrequencies() {
				all = append(all, frequency{
					Condition: policybook.ConditionOf(r), Policy: p.ID, Rule: r.GetRuleId(), Priority: r.GetPriority(),
					Activity: int32(f.GetActivity()), Role: int32(f.GetRole()), Times: f.GetTimes(), Period: int32(f.GetPeriod()),
				})
			}
		}
	}
	return all
}
