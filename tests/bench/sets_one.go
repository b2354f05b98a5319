package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	segmentationv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/segmentation/v1"
)

// ones is how many customers are looked at one after the other.
const ones = 60

// oneCustomer compares what something new of one customer takes with how it is with a tenth of the customers: it must not depend on how many there are. They take turns.
func (g *ground) oneCustomer(ctx context.Context, all *stage) (_ figure, err error) {
	tenth, err := g.segmentation(ctx, segmentationDatabase+"_tenth", all.customers/10)
	if err != nil {
		return figure{}, err
	}
	defer func() { err = errors.Join(err, tenth.close()) }()
	if err := tenth.assess(ctx); err != nil {
		return figure{}, err
	}
	if err := all.tidy(ctx); err != nil {
		return figure{}, err
	}
	var ours, theirs []float64
	for n := range ones {
		for _, side := range []struct {
			*stage
			took *[]float64
		}{{tenth, &theirs}, {all, &ours}} {
			took, err := side.touch(ctx, 1+n*(side.customers/ones))
			if err != nil {
				return figure{}, err
			}
			*side.took = append(*side.took, float64(took.Microseconds())/1000)
		}
	}
	ratio := median(ours) / median(theirs)
	return figure{
		work{
			name:  fmt.Sprintf("from something new of one customer to its judgement, among %d customers", all.customers),
			floor: fmt.Sprintf("the same among %d customers", tenth.customers), goal: "<= 1.2",
		},
		fmt.Sprintf("p50 %.1f ms", median(ours)), fmt.Sprintf("p50 %.1f ms", median(theirs)), fmt.Sprintf("%.2f", ratio), ratio <= 1.2,
	}, nil
}

// touch tells a signal of the n-th customer and waits until it has been looked at again: measured from its orders and judged in every respect.
func (s *stage) touch(ctx context.Context, n int) (time.Duration, error) {
	began := time.Now()
	_, err := segmentationv1.NewSignalServiceClient(s.conn).CreateSignal(authorized(ctx, s.call), &segmentationv1.CreateSignalRequest{
		Parent: fmt.Sprintf("customers/%08x-0000-7000-8000-000000000000", n), Signal: &segmentationv1.Signal{
			Kind: segmentationv1.Signal_COMPLAINT, Value: 1, SignalTime: timestamppb.New(began.Add(-time.Second)), SourceId: fmt.Sprint("bench ", n),
		},
	})
	for err == nil {
		var waiting bool
		if err = s.db.Get(ctx, &waiting, "select exists (select from touched)"); err == nil && !waiting {
			return time.Since(began), nil
		}
		sleep(ctx, time.Millisecond)
	}
	return 0, err
}
