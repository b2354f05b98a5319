package intake

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"
	"google.golang.org/grpc/test/bufconn"
	"google.golang.org/protobuf/proto"

	profilev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/profile/v1"
)

// books is an import service that keeps its books in memory: what the sender does can be seen in it, and it can be made to break.
type books struct {
	profilev1.UnimplementedImportServiceServer
	mu         sync.Mutex
	progress   *profilev1.Import // nil while nothing is stored
	rejections []*profilev1.ImportRejection
	batches    []*profilev1.ImportRowsRequest
	lines      []int64 // first lines of what is stored
	breakAfter int     // batches, after which the stream breaks; 0 = never
}

func (b *books) ImportRows(stream profilev1.ImportService_ImportRowsServer) error {
	dry, own := false, &profilev1.Import{}
	for n := 1; ; n++ {
		request, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		dry = dry || request.GetDryRun()
		b.mu.Lock()
		if b.breakAfter > 0 && n > b.breakAfter {
			b.mu.Unlock()
			return status.Error(codes.Unavailable, "gone")
		}
		b.batches = append(b.batches, request)
		response := b.take(own, request.GetRows(), dry)
		b.mu.Unlock()
		if err := stream.Send(response); err != nil {
			return err
		}
	}
}

func (b *books) take(own *profilev1.Import, rows []*profilev1.ImportRow, dry bool) *profilev1.ImportRowsResponse {
	to := own
	if !dry {
		if b.progress == nil {
			b.progress = &profilev1.Import{}
		}
		to = b.progress
	}
	response := &profilev1.ImportRowsResponse{}
	for _, row := range rows {
		to.LastLine = row.GetFirstLine() + int64(row.GetLineCount()) - 1
		to.TotalCount += int64(row.GetLineCount())
		if bad := row.GetUnreadable(); bad != nil {
			to.RejectedCount += int64(row.GetLineCount())
			response.Rejections = append(response.Rejections, bad)
			continue
		}
		to.StoredCount += int64(row.GetLineCount())
		if !dry {
			b.lines = append(b.lines, row.GetFirstLine())
		}
	}
	if !dry {
		b.rejections = append(b.rejections, response.GetRejections()...)
	}
	response.Progress = proto.CloneOf(to)
	return response
}

func (b *books) GetImport(context.Context, *profilev1.GetImportRequest) (*profilev1.Import, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.progress == nil {
		return nil, status.Error(codes.NotFound, "none")
	}
	return proto.CloneOf(b.progress), nil
}

// ListImportRejections answers in pages of two.
func (b *books) ListImportRejections(
	_ context.Context, request *profilev1.ListImportRejectionsRequest,
) (*profilev1.ListImportRejectionsResponse, error) {
	from := len(request.GetPageToken())
	to := min(from+2, len(b.rejections))
	response := &profilev1.ListImportRejectionsResponse{Rejections: b.rejections[from:to]}
	if to < len(b.rejections) {
		response.NextPageToken = strings.Repeat("x", to)
	}
	return response, nil
}

func serve(t *testing.T, b *books) profilev1.ImportServiceClient {
	t.Helper()
	listener := bufconn.Listen(1 << 20)
	server := grpc.NewServer(grpc.MaxRecvMsgSize(1 << 20))
	profilev1.RegisterImportServiceServer(server, b)
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(server.Stop)
	conn, err := grpc.NewClient("passthrough:books", grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) { return listener.DialContext(ctx) }))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, conn.Close()) })
	return profilev1.NewImportServiceClient(conn)
}

const people = `
kind: customers
source_system: crm
fields:
  external_ids[0].id: {column: id, required: true}
  display_name: {column: name, required: true}
  employee_count: {column: size}
`

// setup writes mapping and data and returns the import of them.
func setup(t *testing.T, b *books, csv string) (File, *bytes.Buffer) {
	t.Helper()
	dir := t.TempDir()
	out := &bytes.Buffer{}
	file := File{
		Path: filepath.Join(dir, "客户 list.csv"), Mapping: filepath.Join(dir, "m.yaml"), Rejected: filepath.Join(dir, "rejected.csv"),
		Client: serve(t, b), Out: out, Progress: func(int64, int64, int64) {},
	}
	require.NoError(t, errors.Join(os.WriteFile(file.Path, []byte(csv), 0o600), os.WriteFile(file.Mapping, []byte(people), 0o600)))
	return file, out
}

// list has n customers with names of that size; every fifth has none.
func list(n, size int) string {
	var b strings.Builder
	b.WriteString("id,name,size\n")
	for i := range n {
		name := strings.Repeat("n", size)
		if i%5 == 4 {
			name = ""
		}
		b.WriteString("c" + strings.Repeat("i", i%7) + "," + name + ",1\n")
	}
	return b.String()
}

func TestBatchesKeepTheLimits(t *testing.T) {
	t.Parallel()
	b := &books{}
	file, _ := setup(t, b, list(4000, 3000))
	require.NoError(t, file.Run(t.Context()))
	require.Greater(t, len(b.batches), 8)
	for i, batch := range b.batches {
		require.LessOrEqual(t, len(batch.GetRows()), 500)
		require.Less(t, proto.Size(batch), 1<<20)
		require.Equal(t, i == 0, batch.GetImportId() != "", "the id is on the first message")
	}
	require.Regexp(t, `^-list\.csv-[0-9a-f]{16}$`, b.batches[0].GetImportId())
	require.EqualValues(t, 4000, b.progress.GetTotalCount())
	require.EqualValues(t, 800, b.progress.GetRejectedCount())
}

func TestCutOffImportGoesOnWhereItStopped(t *testing.T) {
	t.Parallel()
	calm := &books{}
	file, _ := setup(t, calm, list(3000, 10))
	require.NoError(t, file.Run(t.Context()))

	broken := &books{breakAfter: 3}
	file, out := setup(t, broken, list(3000, 10))
	require.Equal(t, codes.Unavailable, status.Code(file.Run(t.Context())))
	require.EqualValues(t, 1501, broken.progress.GetLastLine())
	broken.breakAfter = 0
	require.NoError(t, file.Run(t.Context()))
	require.Contains(t, out.String(), "Going on behind line 1501.")
	require.True(t, proto.Equal(calm.progress, broken.progress), "the counts are those of an import without trouble")
	require.Equal(t, calm.lines, broken.lines)

	sent := len(broken.batches)
	out.Reset()
	require.NoError(t, file.Run(t.Context()))
	require.Contains(t, out.String(), "Nothing to do")
	require.NotContains(t, out.String(), "Going on")
	require.Len(t, broken.batches, sent)
	all, err := os.ReadFile(file.Rejected)
	require.NoError(t, err)
	require.Equal(t, 601, strings.Count(string(all), "\n"), "the rejected rows of all runs are there")
}

func TestRejectedFile(t *testing.T) {
	t.Parallel()
	for _, dry := range []bool{false, true} {
		b := &books{}
		file, out := setup(t, b, "id,name,size\n1,\"A, \"\"B\"\"\",many\n2,B,2\n3,,3\n\n4\n5,\"D\",1.5\n")
		file.DryRun, file.Language = dry, Chinese
		require.NoError(t, file.Run(t.Context()))
		content, err := os.ReadFile(file.Rejected)
		require.NoError(t, err)
		require.Equal(t, "\uFEFF"+`id,name,size,guanxi_line,guanxi_field,guanxi_reason
1,"A, ""B""",many,2,employee_count,"“size”列：""many"" 不是数字"
3,,3,4,display_name,“name”列为空
4,,,6,,该行有 1 列，表头有 3 列
5,D,1.5,7,employee_count,"“size”列：""1.5"" 不是整数或数值过大"
`, string(content))
		require.Contains(t, out.String(), "被拒绝               4\n")
		require.Equal(t, dry, b.progress == nil, "a dry run stores nothing")
	}
}

// Somebody corrected the file between the two runs: the lines no longer are those that were rejected.
func TestRejectedFileOfAChangedSource(t *testing.T) {
	t.Parallel()
	b := &books{}
	file, _ := setup(t, b, "id,name,size\n1,,1\n2,,1\n")
	file.ID = "fixed"
	require.NoError(t, file.Run(t.Context()))
	require.NoError(t, os.WriteFile(file.Path, []byte("id,name,size\n1,A,1\n"), 0o600))
	require.ErrorContains(t, file.Run(t.Context()), "line 3: the file has no such line; has it changed?")
}

func TestDigestHangsOnFileAndMapping(t *testing.T) {
	t.Parallel()
	var ids []string
	for _, change := range []func(File) error{
		func(File) error { return nil },
		func(f File) error { return os.WriteFile(f.Path, []byte(list(4, 10)), 0o600) },
		func(f File) error { return os.WriteFile(f.Mapping, []byte(people+"\n"), 0o600) },
	} {
		b := &books{}
		file, _ := setup(t, b, list(3, 10))
		require.NoError(t, change(file))
		require.NoError(t, file.Run(t.Context()))
		ids = append(ids, b.batches[0].GetDigest())
	}
	slices.Sort(ids)
	require.Len(t, slices.Compact(ids), 3)
}

func TestRowThatFitsNoBatch(t *testing.T) {
	t.Parallel()
	row := &profilev1.ImportRow{FirstLine: 7, LineCount: 2, Fact: &profilev1.ImportRow_Customer{
		Customer: &profilev1.Customer{DisplayName: strings.Repeat("n", 1<<20)},
	}}
	got, size := bounded(row)
	require.Equal(t, "ROW_SIZE", got.GetUnreadable().GetRule())
	require.EqualValues(t, 7, got.GetUnreadable().GetFirstLine())
	require.EqualValues(t, 2, got.GetLineCount())
	require.Less(t, size, 1000)
}
