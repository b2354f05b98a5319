package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/google/uuid"

	"github.com/guanxi-crm/guanxi/libs/postgres"
	profilev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/profile/v1"
)

const (
	// perBatch is the most that the service takes at once.
	perBatch = 500
	// underway is how many batches are sent before the first is answered, as guanxi import does.
	underway = 4
)

// importRows imports new customers over the stream that guanxi import uses.
func importRows(ctx context.Context, w turn) (result, error) {
	conn, err := dial(w)
	if err != nil {
		return result{}, err
	}
	defer conn.Close()
	batches := batchesOf(w)
	began := time.Now()
	stream, err := profilev1.NewImportServiceClient(conn).ImportRows(authorized(ctx, w))
	if err != nil {
		return result{}, err
	}
	tickets := make(chan struct{}, underway)
	sent := make(chan error, 1)
	go func() {
		for _, batch := range batches {
			tickets <- struct{}{}
			if err := stream.Send(batch); err != nil {
				sent <- err
				return
			}
		}
		sent <- stream.CloseSend()
	}()
	var progress *profilev1.Import
	for range batches {
		answer, err := stream.Recv()
		if err != nil {
			return result{}, err
		}
		<-tickets
		progress = answer.GetProgress()
	}
	took := time.Since(began)
	if progress.GetCreatedCount() != int64(w.Rows) {
		return result{}, fmt.Errorf("of %d rows %d were stored", w.Rows, progress.GetCreatedCount())
	}
	return result{Rate: float64(w.Rows) / took.Seconds()}, <-sent
}

func batchesOf(w turn) []*profilev1.ImportRowsRequest {
	var batches []*profilev1.ImportRowsRequest
	for n := range w.Rows {
		if n%perBatch == 0 {
			batches = append(batches, &profilev1.ImportRowsRequest{})
		}
		batch := batches[len(batches)-1]
		batch.Rows = append(batch.Rows, &profilev1.ImportRow{
			FirstLine: int64(n + 2), LineCount: 1, Fact: &profilev1.ImportRow_Customer{Customer: customer(w.Key + "-" + strconv.Itoa(n))},
		})
	}
	batches[0].ImportId, batches[0].Digest = w.Key, w.Key
	return batches
}

// copyRows copies the same customers into the same table with the same indexes, in one transaction: no check, no history, no event, no
// table of external ids.
func copyRows(ctx context.Context, w turn) (_ result, err error) {
	db, err := postgres.Open(ctx, postgres.Config{URL: w.Database, StatementTimeout: time.Minute})
	if err != nil {
		return result{}, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	rows := make([][]any, w.Rows)
	for n := range rows {
		rows[n], err = values(uuid.Must(uuid.NewV7()), customer(w.Key+"-"+strconv.Itoa(n)), time.Now())
		if err != nil {
			return result{}, err
		}
	}
	began := time.Now()
	err = db.CopyIn(ctx, "customers", columns, func(yield func([]any) bool) {
		for _, row := range rows {
			if !yield(row) {
				return
			}
		}
	})
	return result{Rate: float64(w.Rows) / time.Since(began).Seconds()}, err
}
