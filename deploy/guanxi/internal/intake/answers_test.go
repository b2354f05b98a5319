package intake

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/xuri/excelize/v2"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"
	"google.golang.org/grpc/test/bufconn"
	"google.golang.org/protobuf/proto"

	satisfactionv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/satisfaction/v1"
)

// pile is a satisfaction service that keeps answers in memory. An answer of 5 to q1 is void, one of 9 is refused.
type pile struct {
	satisfactionv1.UnimplementedResponseServiceServer
	kept  map[string]*satisfactionv1.Response
	calls []int // how many rows each call had
	fail  int   // the call that fails, from 1; 0 is none
}

func (p *pile) ImportResponses(_ context.Context, r *satisfactionv1.ImportResponsesRequest) (*satisfactionv1.ImportResponsesResponse, error) {
	p.calls = append(p.calls, len(r.GetResponses()))
	if len(p.calls) == p.fail {
		return nil, status.Error(codes.Unavailable, "gone")
	}
	out := &satisfactionv1.ImportResponsesResponse{}
	for _, one := range r.GetResponses() {
		result := &satisfactionv1.ImportResponsesResponse_Result{Response: r.GetParent() + "/responses/" + one.GetSourceId(), State: satisfactionv1.Response_ACCEPTED}
		_, result.Unchanged = p.kept[one.GetSourceId()]
		switch one.GetAnswers()["q1"].GetValue() {
		case 5:
			result.State, result.VoidReason = satisfactionv1.Response_VOID, satisfactionv1.Response_TOO_FAST
		case 9:
			out.Results = append(out.Results, &satisfactionv1.ImportResponsesResponse_Result{Field: "answers.q1", Rule: "RANGE", ErrorEn: "is off the scale", ErrorZh: "超出量表"})
			continue
		}
		p.kept[one.GetSourceId()] = one
		out.Results = append(out.Results, result)
	}
	return out, nil
}

func (p *pile) serve(t *testing.T) satisfactionv1.ResponseServiceClient {
	t.Helper()
	listener := bufconn.Listen(1 << 20)
	server := grpc.NewServer(grpc.MaxRecvMsgSize(1 << 20))
	satisfactionv1.RegisterResponseServiceServer(server, p)
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(server.Stop)
	conn, err := grpc.NewClient("passthrough:pile", grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) { return listener.DialContext(ctx) }))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, conn.Close()) })
	return satisfactionv1.NewResponseServiceClient(conn)
}

const interviews = `
kind: answers
source_system: interviews
lookups:
  customer:
    - {file: customers.csv, key: number, value: name}
fields:
  source_id: {column: 编号, required: true}
  customer: {column: 客户, lookup: customer}
  channel: {column: 方式, values: {电话: TELEPHONE, 面访: INTERVIEW}}
  interviewer: {column: 访问员}
  seconds: {column: 用时}
  answers.q1.value: {column: 质量}
  answers.q1.importance: {column: 质量重要性}
  answers.q2.choices: {column: 用途, split: "|"}
  answers.q3.text: {column: 意见}
`

var interviewed = [][]string{
	{"编号", "客户", "方式", "访问员", "用时", "质量", "质量重要性", "用途", "意见"},
	{"1", "17", "电话", "wang", "300", "4", "3", "a|b", "很好"},
	{"2", "17", "面访", "wang", "", "", "", "a", ""},
	{"3", "99", "电话", "wang", "300", "4", "3", "a", ""},
	{"4", "17", "电话", "wang", "300", "5", "3", "a", ""},
	{"5", "17", "电话", "wang", "300", "9", "3", "a", ""},
	{"6", "17", "电话", "wang", "x", "4", "3", "a", ""},
}

// interviewsIn writes the file as name says.
func interviewsIn(t *testing.T, p *pile, name string, rows [][]string) (Answers, *bytes.Buffer) {
	t.Helper()
	dir, out := t.TempDir(), &bytes.Buffer{}
	a := Answers{
		Path: filepath.Join(dir, name), Mapping: filepath.Join(dir, "m.yaml"), Survey: "surveys/s", Rejected: filepath.Join(dir, "rejected.csv"),
		Client: p.serve(t), Out: out, Progress: func(int64, int64, int64) {},
	}
	require.NoError(t, os.WriteFile(a.Mapping, []byte(interviews), 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "customers.csv"), []byte("number,name\n17,customers/c17\n"), 0o600))
	if strings.HasSuffix(name, ".xlsx") {
		book := excelize.NewFile()
		for i, row := range rows {
			require.NoError(t, book.SetSheetRow("Sheet1", fmt.Sprintf("A%d", i+1), &row))
		}
		require.NoError(t, book.SaveAs(a.Path))
		return a, out
	}
	var text strings.Builder
	for _, row := range rows {
		text.WriteString(strings.Join(row, ",") + "\n")
	}
	require.NoError(t, os.WriteFile(a.Path, []byte(text.String()), 0o600))
	return a, out
}

func TestAnswersOfInterviewers(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"a.csv", "a.xlsx"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := &pile{kept: map[string]*satisfactionv1.Response{}}
			a, out := interviewsIn(t, p, name, interviewed)
			require.NoError(t, a.Run(t.Context()))
			want := &satisfactionv1.Response{
				SourceSystem: "interviews", SourceId: "1", Customer: "customers/c17", Channel: satisfactionv1.Response_TELEPHONE, Interviewer: "wang", Seconds: 300,
				Answers: map[string]*satisfactionv1.ResponseAnswer{
					"q1": {Value: proto.Int32(4), Importance: proto.Int32(3)}, "q2": {Choices: []string{"a", "b"}}, "q3": {Text: "很好"},
				},
			}
			require.True(t, proto.Equal(want, p.kept["1"]), "%v", p.kept["1"])
			require.Len(t, p.kept["2"].GetAnswers(), 1, "what was not answered is not there")
			require.Contains(t, out.String(), "  lines                6\n  accepted             2\n  void                 1\n  unchanged            0\n  rejected             3\n")
			require.Contains(t, out.String(), "1  TOO_FAST")
			rejected, err := os.ReadFile(a.Rejected)
			require.NoError(t, err)
			lines := strings.Split(strings.TrimSpace(string(rejected)), "\n")
			require.Len(t, lines, 4)
			for i, mark := range []string{"customer", "answers.q1,is off the scale", "seconds"} {
				require.Contains(t, lines[i+1], mark)
			}

			out.Reset()
			require.NoError(t, a.Run(t.Context()))
			require.Contains(t, out.String(), "  accepted             0\n  void                 0\n  unchanged            3\n", "the same file again")
		})
	}
}

func TestAnswersGoInBatches(t *testing.T) {
	t.Parallel()
	rows := slices.Clone(interviewed[:1])
	for i := range 450 {
		rows = append(rows, []string{fmt.Sprint(i), "17", "电话", "wang", "300", "4", "3", "a", ""})
	}
	p := &pile{kept: map[string]*satisfactionv1.Response{}, fail: 2}
	a, out := interviewsIn(t, p, "a.csv", rows)
	require.Equal(t, codes.Unavailable, status.Code(a.Run(t.Context())))
	require.Len(t, p.kept, 200)
	require.NoError(t, a.Run(t.Context()))
	require.Equal(t, []int{200, 200, 200, 200, 50}, p.calls)
	require.Contains(t, out.String(), "  accepted           250\n  void                 0\n  unchanged          200\n")
	p.calls = nil
	a.DryRun = true
	require.NoError(t, a.Run(t.Context()))
	require.Empty(t, p.calls)
}

func TestMappingsOfAnswersAreToldFromOthers(t *testing.T) {
	t.Parallel()
	p := &pile{kept: map[string]*satisfactionv1.Response{}}
	a, _ := interviewsIn(t, p, "a.csv", interviewed)
	f := File{Path: a.Path, Mapping: a.Mapping, Out: &bytes.Buffer{}, Progress: a.Progress}
	require.ErrorContains(t, f.Run(t.Context()), "--survey")
	for text, want := range map[string]string{
		people: "is for customers",
		"kind: answers\nsource_system: x\nfields: {customer: {column: 客户}}\n":                                    "source_id is missing",
		"kind: answers\nsource_system: x\ncustomer_ref: {id: {column: 客户}}\nfields: {source_id: {column: 编号}}\n": "customer_ref is not for answers",
		"kind: answers\nsource_system: x\nfields: {source_id: {column: 编号}, answers.q1.nothing: {column: 质量}}\n": "no field nothing",
		"kind: answers\nsource_system: x\nfields: {source_id: {column: 编号}, state: {column: 质量}}\n":              "given by the server",
	} {
		require.NoError(t, os.WriteFile(a.Mapping, []byte(text), 0o600))
		require.ErrorContains(t, a.Run(t.Context()), want)
	}
}
