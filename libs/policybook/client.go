package policybook

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

// Added is a policy that was not known yet, and its rules.
type Added struct {
	Policy
	Rules []*segmentationv1.PolicyRule
}

// Fetcher asks segmentation for its policies. Any number may run.
type Fetcher struct {
	Store        *Store
	Segmentation func() (grpc.ClientConnInterface, error)
	// Keep is given those that were not known yet, if there are any, within the transaction that adds them.
	Keep func(ctx context.Context, added []Added) error
}

// Loop has the fetcher ask whenever it is wished for.
func (f *Fetcher) Loop(log *slog.Logger) *worker.Loop {
	return (&worker.Loop{Name: "policies", Pass: f.pass, Rest: rest, Log: log}).Start(f.Store.db, "policy_wishes")
}

// Daily wishes for the policies once a day, in case that news of one was lost; it is a job for the schedule.
func (f *Fetcher) Daily() schedule.Job {
	return schedule.Job{Name: "ask-for-policies", Cron: "20 16 * * *", MaxCatchUp: 1, Run: func(ctx context.Context, _ time.Time) error { return f.Store.Wish(ctx) }}
}

// pass asks once for all that have wished, and keeps the answer, all or nothing.
func (f *Fetcher) pass(ctx context.Context) (count int, err error) {
	err = f.Store.db.InTx(ctx, func(ctx context.Context) error {
		var wishes []int64
		if err := f.Store.db.Select(ctx, &wishes, wished); err != nil || len(wishes) == 0 {
			return err
		}
		count = len(wishes)
		all, err := f.ask(ctx)
		if err != nil {
			return err
		}
		var added []Added
		for _, one := range all {
			isNew, err := f.Store.add(ctx, one.Policy)
			if err != nil {
				return err
			}
			if isNew {
				added = append(added, one)
			}
		}
		if len(added) == 0 {
			return nil
		}
		return f.Keep(ctx, added)
	})
	return count, err
}

func (f *Fetcher) ask(ctx context.Context) (all []Added, err error) {
	conn, err := f.Segmentation()
	if err != nil {
		return nil, err
	}
	client := segmentationv1.NewPolicyServiceClient(conn)
	request := &segmentationv1.ListPoliciesRequest{PageSize: pageSize, Filter: published}
	for {
		within, cancel := context.WithTimeout(ctx, within)
		page, err := client.ListPolicies(within, request)
		cancel()
		if err != nil {
			return nil, err
		}
		for _, p := range page.GetPolicies() {
			policy, err := policyOf(p)
			if err != nil {
				return nil, err
			}
			all = append(all, Added{policy, p.GetRules()})
		}
		if request.PageToken = page.GetNextPageToken(); request.GetPageToken() == "" {
			return all, nil
		}
	}
}

func policyOf(in *segmentationv1.Policy) (p Policy, err error) {
	ids, err := resource.Parse("name", in.GetName(), "policies")
	if err != nil {
		return p, err
	}
	day, ok := civil.Day(in.GetEffectiveDate())
	if !ok {
		return p, fmt.Errorf("policybook: %s has no effective date", in.GetName())
	}
	return Policy{ID: ids[0], FiscalYear: int(in.GetFiscalYear()), Version: int(in.GetVersion()), Effective: day}, nil
}

// Condition is that of a rule as arrays of a table: an empty one asks nothing.
type Condition struct {
	Classes pq.Int32Array  `db:"classes"`
	Tiers   pq.Int32Array  `db:"tiers"`
	Grades  pq.StringArray `db:"grades"`
}

// ConditionOf reads a rule's condition.
func ConditionOf(r *segmentationv1.PolicyRule) Condition {
	c := r.GetCondition()
	return Condition{numbers(c.GetClasses()), numbers(c.GetTiers()), append(pq.StringArray{}, c.GetGrades()...)}
}

func numbers[E ~int32](list []E) pq.Int32Array {
	out := make(pq.Int32Array, len(list))
	for i, e := range list {
		out[i] = int32(e)
	}
	return out
}
