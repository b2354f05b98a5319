// Package intake carries rows of facts to the import service: it goes on where an import was cut off, keeps a few batches on
// their way, and brings the rejected rows back.
package intake

import (
	"context"
	"errors"
	"io"
	"iter"

	"golang.org/x/sync/errgroup"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	profilev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/profile/v1"
)

// The limits of a batch. The API's are 500 rows and 1 MiB; the rest is for what surrounds the rows.
const (
	maxRows  = 500
	maxBytes = 960 << 10
)

// inFlight is how many batches are sent before the first is acknowledged: enough that reading, sending and storing overlap.
const inFlight = 4

// Import is one import of one file.
type Import struct {
	Client profilev1.ImportServiceClient
	// ID and Digest are those of ImportRowsRequest.
	ID, Digest string
	// DryRun checks and stores nothing.
	DryRun bool
}

// Done tells how far the import has come; for one that is not known its counts are zero. A dry run always begins anew.
func (i Import) Done(ctx context.Context) (*profilev1.Import, error) {
	if i.DryRun {
		return &profilev1.Import{}, nil
	}
	done, err := i.Client.GetImport(ctx, &profilev1.GetImportRequest{Name: "imports/" + i.ID})
	if status.Code(err) == codes.NotFound {
		return &profilev1.Import{}, nil
	}
	return done, err
}

// Send sends the rows and returns how far the import has come, which is nil when there were none. Each acknowledged batch is handed to ack.
// After an error what was acknowledged is stored; sending the same rows again goes on behind it.
func (i Import) Send(
	ctx context.Context, rows iter.Seq2[*profilev1.ImportRow, error], ack func(*profilev1.ImportRowsResponse),
) (*profilev1.Import, error) {
	group, ctx := errgroup.WithContext(ctx)
	stream, err := i.Client.ImportRows(ctx)
	if err != nil {
		return nil, err
	}
	places := make(chan struct{}, inFlight)
	group.Go(func() error { return i.send(ctx, stream, rows, places) })
	var progress *profilev1.Import
	group.Go(func() error {
		for {
			response, err := stream.Recv()
			if errors.Is(err, io.EOF) {
				return nil
			}
			if err != nil {
				return err
			}
			<-places
			progress = response.GetProgress()
			ack(response)
		}
	})
	err = group.Wait()
	return progress, err
}

func (i Import) send(
	ctx context.Context, stream profilev1.ImportService_ImportRowsClient, rows iter.Seq2[*profilev1.ImportRow, error], places chan<- struct{},
) error {
	first := true
	for batch, err := range batches(rows) {
		if err != nil {
			return err
		}
		select {
		case places <- struct{}{}:
		case <-ctx.Done():
			return ctx.Err()
		}
		request := &profilev1.ImportRowsRequest{Rows: batch}
		if first {
			request.ImportId, request.Digest, request.DryRun = i.ID, i.Digest, i.DryRun
			first = false
		}
		if err := stream.Send(request); err != nil {
			if errors.Is(err, io.EOF) {
				return nil // the reason comes with the answers
			}
			return err
		}
	}
	return stream.CloseSend()
}

// batches puts rows together, up to the limits. A row that exceeds them alone is replaced by its rejection.
func batches(rows iter.Seq2[*profilev1.ImportRow, error]) iter.Seq2[[]*profilev1.ImportRow, error] {
	return func(yield func([]*profilev1.ImportRow, error) bool) {
		var batch []*profilev1.ImportRow
		size := 0
		for row, err := range rows {
			if err != nil {
				yield(nil, err)
				return
			}
			row, bytes := bounded(row)
			if len(batch) == maxRows || size+bytes > maxBytes {
				if !yield(batch, nil) {
					return
				}
				batch, size = nil, 0
			}
			batch, size = append(batch, row), size+bytes
		}
		if len(batch) > 0 {
			yield(batch, nil)
		}
	}
}

// bounded returns the row with its size on the wire.
func bounded(row *profilev1.ImportRow) (*profilev1.ImportRow, int) {
	const tagAndLength = 6
	if size := proto.Size(row) + tagAndLength; size <= maxBytes {
		return row, size
	}
	tooLarge := &profilev1.ImportRow{
		FirstLine: row.GetFirstLine(), LineCount: row.GetLineCount(),
		Fact: &profilev1.ImportRow_Unreadable{Unreadable: &profilev1.ImportRejection{
			FirstLine: row.GetFirstLine(), LineCount: row.GetLineCount(), Rule: "ROW_SIZE",
			ReasonEn: "the fact is larger than a batch of the import may be", ReasonZh: "该记录超过导入批次的大小上限",
		}},
	}
	return tooLarge, proto.Size(tooLarge) + tagAndLength
}

// Rejections yields what the import has rejected so far, in the order of the file.
func (i Import) Rejections(ctx context.Context) iter.Seq2[*profilev1.ImportRejection, error] {
	return func(yield func(*profilev1.ImportRejection, error) bool) {
		request := &profilev1.ListImportRejectionsRequest{Parent: "imports/" + i.ID, PageSize: 1000}
		for {
			page, err := i.Client.ListImportRejections(ctx, request)
			if err != nil {
				yield(nil, err)
				return
			}
			for _, rejection := range page.GetRejections() {
				if !yield(rejection, nil) {
					return
				}
			}
			if request.PageToken = page.GetNextPageToken(); request.GetPageToken() == "" {
				return
			}
		}
	}
}
