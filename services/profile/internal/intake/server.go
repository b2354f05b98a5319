package intake

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"runtime/debug"
	"strings"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/listing"
	"github.com/guanxi-crm/guanxi/libs/page"
	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/libs/seal"
	profilev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/profile/v1"
	"github.com/guanxi-crm/guanxi/services/profile/internal/customer"
	"github.com/guanxi-crm/guanxi/services/profile/internal/dossier"
	"github.com/guanxi-crm/guanxi/services/profile/internal/order"
	"github.com/guanxi-crm/guanxi/services/profile/internal/payment"
	"github.com/guanxi-crm/guanxi/services/profile/internal/person"
	"github.com/guanxi-crm/guanxi/services/profile/internal/supply"
)

// Server serves ImportService.
type Server struct {
	profilev1.UnimplementedImportServiceServer
	taker *taker
	list  *listing.List
}

// NewServer makes the server.
func NewServer(db *postgres.DB, now func() time.Time, pages *page.Sealer, keys *seal.Keys, log *slog.Logger) (*Server, error) {
	list, err := listing.Compile(listing.Spec{
		Resource:     &profilev1.ImportRejection{},
		Key:          "import_id",
		KeyType:      "text",
		Fields:       []listing.Field{{Path: "first_line", Column: "first_line", Kind: listing.Int, Sortable: true}},
		DefaultOrder: "first_line",
	}, pages)
	if err != nil {
		return nil, err
	}
	return &Server{list: list, taker: &taker{
		db: db, store: &Store{db: db, now: now}, log: log,
		customers: customer.NewStore(db, now), people: person.NewStore(db, now, keys),
		orders: order.NewStore(db, now), payments: payment.NewStore(db, now), dossiers: dossier.NewStore(db, now),
		positions: supply.NewStore(db, now),
	}}, nil
}

// ImportRows implements ImportService.
func (s *Server) ImportRows(stream profilev1.ImportService_ImportRowsServer) error {
	ctx := stream.Context()
	done := make(chan struct{})
	defer close(done)
	incoming := receive(stream, done)
	first := <-incoming
	if first.err != nil {
		return ended(first.err)
	}
	i, err := s.begin(ctx, first.ImportRowsRequest)
	if err != nil {
		return err
	}
	for r := first; ; {
		answer, err := s.batch(ctx, i, r, first.GetDryRun())
		if err != nil {
			return err
		}
		if err := stream.Send(answer); err != nil {
			return err
		}
		if r = <-incoming; r.err != nil {
			return ended(r.err)
		}
	}
}

// received is a message of the stream with what its rows break of their protos, or the end of the stream.
type received struct {
	*profilev1.ImportRowsRequest
	broken map[*profilev1.ImportRow]error
	err    error
}

// receive takes messages in and checks their rows, one message ahead, until the stream has ended or its handler is done: while the database stores one batch the next
// is made ready.
func receive(stream profilev1.ImportService_ImportRowsServer, done <-chan struct{}) <-chan received {
	out := make(chan received)
	go func() {
		for ended := false; !ended; {
			r := next(stream)
			ended = r.err != nil
			select {
			case out <- r:
			case <-done:
				return
			}
		}
	}()
	return out
}

// next makes an error of a panic, as the interceptors do where a handler itself runs.
func next(stream profilev1.ImportService_ImportRowsServer) (r received) {
	defer func() {
		if p := recover(); p != nil {
			r.err = fault.Internal(fmt.Errorf("panic: %v\n%s", p, debug.Stack()))
		}
	}()
	r.ImportRowsRequest, r.err = stream.Recv()
	r.broken = check(r.GetRows())
	return r
}

// ended: the sender's end of the stream is the good end.
func ended(err error) error {
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}

func (s *Server) begin(ctx context.Context, r *profilev1.ImportRowsRequest) (*Import, error) {
	if r.GetImportId() == "" {
		return nil, fault.Invalid(fault.Field("import_id", "REQUIRED", fault.Text{En: "must be given on the first message", Zh: "第一条消息必须给出"}))
	}
	if r.GetDryRun() {
		return &Import{Subject: auth.From(ctx).Subject, ID: r.GetImportId(), Digest: r.GetDigest()}, nil
	}
	return s.taker.store.Start(ctx, r.GetImportId(), r.GetDigest())
}

func (s *Server) batch(ctx context.Context, i *Import, r received, dry bool) (*profilev1.ImportRowsResponse, error) {
	rows, err := pending(i.LastLine, r.GetRows())
	if err != nil {
		return nil, err
	}
	out := &profilev1.ImportRowsResponse{}
	if len(rows) > 0 {
		rejections, err := s.taker.apply(ctx, i, part{rows, r.broken, dry})
		if err != nil {
			return nil, err
		}
		for _, r := range rejections {
			out.Rejections = append(out.Rejections, r.toProto())
		}
	}
	out.Progress = i.toProto()
	return out, nil
}

// pending leaves out the rows that are done, and refuses rows that are not in the order of the file.
func pending(done int64, rows []*profilev1.ImportRow) ([]*profilev1.ImportRow, error) {
	last := int64(0)
	out := rows[:0:0]
	for _, row := range rows {
		if row.GetFirstLine() <= last || row.GetLineCount() < 1 {
			return nil, fault.Invalid(fault.Field("rows", "LINE_ORDER", fault.Text{
				En: "must be in the order of the file, each of at least one line", Zh: "须按文件顺序排列，且每条至少一行",
			}))
		}
		last = row.GetFirstLine() + int64(row.GetLineCount()) - 1
		if last > done {
			out = append(out, row)
		}
	}
	return out, nil
}

// GetImport implements ImportService.
func (s *Server) GetImport(ctx context.Context, r *profilev1.GetImportRequest) (*profilev1.Import, error) {
	id, err := parse("name", r.GetName())
	if err != nil {
		return nil, err
	}
	i, err := s.taker.store.Get(ctx, id)
	if err != nil {
		return nil, err
	}
	return i.toProto(), nil
}

// ListImportRejections implements ImportService.
func (s *Server) ListImportRejections(ctx context.Context, r *profilev1.ListImportRejectionsRequest) (*profilev1.ListImportRejectionsResponse, error) {
	id, err := parse("parent", r.GetParent())
	if err != nil {
		return nil, err
	}
	if _, err := s.taker.store.Get(ctx, id); err != nil {
		return nil, err
	}
	plan, err := s.list.PlanFor(ctx, profilev1.ImportService_ListImportRejections_FullMethodName, r, "")
	if err != nil {
		return nil, err
	}
	rejections, next, err := s.taker.store.Rejections(ctx, id, plan)
	if err != nil {
		return nil, err
	}
	out := &profilev1.ListImportRejectionsResponse{NextPageToken: next}
	for _, rejection := range rejections {
		out.Rejections = append(out.Rejections, rejection.toProto())
	}
	return out, nil
}

func parse(field, name string) (string, error) {
	id, ok := strings.CutPrefix(name, "imports/")
	if !ok || id == "" || strings.Contains(id, "/") {
		return "", fault.Invalid(fault.Field(field, "RESOURCE_NAME", fault.Text{
			En: "must be a name of the form imports/{id}", Zh: "必须是 imports/{id} 形式的资源名",
		}))
	}
	return id, nil
}

func (i *Import) toProto() *profilev1.Import {
	out := &profilev1.Import{
		Name: "imports/" + i.ID, Digest: i.Digest, LastLine: i.LastLine, TotalCount: i.Total, StoredCount: i.Stored, UnchangedCount: i.Unchanged,
		RepeatedCount: i.Repeated, RejectedCount: i.Rejected, CreatedCount: i.Created, ChangedCount: i.Changed,
	}
	if !i.CreateTime.IsZero() { // a dry run leaves no record
		out.CreateTime, out.UpdateTime = timestamppb.New(i.CreateTime), timestamppb.New(i.UpdateTime)
	}
	return out
}

func (r Rejection) toProto() *profilev1.ImportRejection {
	return &profilev1.ImportRejection{
		FirstLine: r.FirstLine, LineCount: r.LineCount, Field: r.Field, Rule: r.Rule, ReasonEn: r.ReasonEn, ReasonZh: r.ReasonZh,
	}
}
