package up

import (
	"context"
	"fmt"
	"iter"
	"time"

	"github.com/guanxi-crm/guanxi/deploy/guanxi/internal/demo"
	"github.com/guanxi-crm/guanxi/deploy/guanxi/internal/instance"
	"github.com/guanxi-crm/guanxi/deploy/guanxi/internal/intake"
	profilev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/profile/v1"
)

// demo imports the made-up customer base. One that was begun on another day is finished as of that day.
func (u *stack) demo(ctx context.Context, token string) error {
	began := time.Now()
	conn, err := instance.Dial(u.endpoints.GRPC["profile"], token)
	if err != nil {
		return err
	}
	defer conn.Close()
	ctx, cancel := context.WithTimeout(ctx, 5*time.Minute)
	defer cancel()
	job := intake.Import{Client: profilev1.NewImportServiceClient(conn), ID: demo.System, Digest: demo.System}
	done, err := job.Done(ctx)
	if err != nil {
		return err
	}
	asOf := began
	if done.GetCreateTime() != nil {
		asOf = done.GetCreateTime().AsTime()
	}
	end, err := job.Send(ctx, behind(demo.Rows(asOf), done.GetLastLine()), func(*profilev1.ImportRowsResponse) {})
	if err != nil || end == nil {
		return err
	}
	if end.GetRejectedCount() > 0 {
		return fmt.Errorf("%d of its rows were rejected", end.GetRejectedCount())
	}
	_, err = fmt.Fprintf(u.Out, "Demo data: %d customers, people, orders and payments, in %.1f s.\n", end.GetCreatedCount(), time.Since(began).Seconds())
	return err
}

// behind leaves out the rows that are done.
func behind(rows iter.Seq2[*profilev1.ImportRow, error], line int64) iter.Seq2[*profilev1.ImportRow, error] {
	return func(yield func(*profilev1.ImportRow, error) bool) {
		for row, err := range rows {
			if row.GetFirstLine() > line && !yield(row, err) {
				return
			}
		}
	}
}
