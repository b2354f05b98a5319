package policy

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/lib/pq"
	"google.golang.org/grpc"

	"github.com/guanxi-crm/guanxi/libs/civil"
	"github.com/guanxi-crm/guanxi/libs/resource"
	"github.com/guanxi-crm/guanxi/libs/schedule"
	"github.com/guanxi-crm/guanxi/libs/worker"
	segmentationv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/segmentation/v1"
	"github.com/guanxi-crm/guanxi/services/planning/internal/settings"
)

const (
	// pageSize is how many policies are asked for at once.
	pageSize = 200
	// within bounds one question to segmentation, rest is the wait after a failure, most often segmentation being out of reach.
	within = 10 * time.Second
	rest   = 2 * time.Second
	// published is what is asked for.
	published = `state = "PUBLISHED"`
)

// Fetcher asks segmentation for its policies. Any number may run.
type Fetcher struct {
	*Store
	Segmentation func() (grpc.ClientConnInterface, error)
	Settings     *settings.Store
	Now          func() time.Time
}

// Loop has the fetcher ask whenever it is wished for.
func (f *Fetcher) Loop(log *slog.Logger) *worker.Loop {
	return (&worker.Loop{Name: "policies", Pass: f.pass, Rest: rest, Log: log}).Start(f.db)
}

// Daily wishes for the policies once a day, in case that news of one was lost; it is a job for the schedule.
func (f *Fetcher) Daily() schedule.Job {
	return schedule.Job{Name: "ask-for-policies", Cron: "20 16 * * *", MaxCatchUp: 1, Run: func(ctx context.Context, _ time.Time) error { return f.Wish(ctx) }}
}

// pass asks once for all that have wished, and keeps the answer, all or nothing.
func (f *Fetcher) pass(ctx context.Context) (count int, err error) {
	err = f.db.InTx(ctx, func(ctx context.Context) error {
		var wishes []int64
		if err := f.db.Select(ctx, &wishes, wished); err != nil || len(wishes) == 0 {
			return err
		}
		count = len(wishes)
		n, err := f.Settings.Current(ctx)
		if err != nil {
			return err
		}
		policies, frequencies, err := f.ask(ctx)
		if err != nil {
			return err
		}
		return f.add(ctx, policies, frequencies, f.Now(), n.FiscalYear(n.Today(f.Now())))
	})
	return count, err
}

func (f *Fetcher) ask(ctx context.Context) (policies []Policy, frequencies []frequency, err error) {
	conn, err := f.Segmentation()
	if err != nil {
		return nil, nil, err
	}
	client := segmentationv1.NewPolicyServiceClient(conn)
	request := &segmentationv1.ListPoliciesRequest{PageSize: pageSize, Filter: published}
	for {
		within, cancel := context.WithTimeout(ctx, within)
		page, err := client.ListPolicies(within, request)
		cancel()
		if err != nil {
			return nil, nil, err
		}
		for _, p := range page.GetPolicies() {
			policy, rules, err := policyOf(p)
			if err != nil {
				return nil, nil, err
			}
			policies, frequencies = append(policies, policy), append(frequencies, rules...)
		}
		if request.PageToken = page.GetNextPageToken(); request.GetPageToken() == "" {
			return policies, frequencies, nil
		}
	}
}

func policyOf(in *segmentationv1.Policy) (p Policy, frequencies []frequency, err error) {
	ids, err := resource.Parse("name", in.GetName(), "policies")
	if err != nil {
		return p, nil, err
	}
	day, ok := civil.Day(in.GetEffectiveDate())
	if !ok {
		return p, nil, fmt.Errorf("policy: %s has no effective date", in.GetName())
	}
	p = Policy{ID: ids[0], FiscalYear: int(in.GetFiscalYear()), Version: int(in.GetVersion()), Effective: day}
	for _, r := range in.GetRules() {
		for _, f := range r.GetContactFrequencies() {
			frequencies = append(frequencies, frequency{
				Policy: p.ID, Rule: r.GetRuleId(), Priority: r.GetPriority(), Classes: numbers(r.GetCondition().GetClasses()),
				Tiers: numbers(r.GetCondition().GetTiers()), Grades: append(pq.StringArray{}, r.GetCondition().GetGrades()...),
				Activity: int32(f.GetActivity()), Role: int32(f.GetRole()), Times: f.GetTimes(), Period: int32(f.GetPeriod()),
			})
		}
	}
	return p, frequencies, nil
}

func numbers[E ~int32](list []E) pq.Int32Array {
	out := make(pq.Int32Array, len(list))
	for i, e := range list {
		out[i] = int32(e)
	}
	return out
}
