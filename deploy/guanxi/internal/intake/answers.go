package intake

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"path/filepath"
	"slices"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/guanxi-crm/guanxi/deploy/guanxi/internal/mapping"
	"github.com/guanxi-crm/guanxi/deploy/guanxi/internal/sheet"
	"github.com/guanxi-crm/guanxi/libs/fault"
	profilev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/profile/v1"
	satisfactionv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/satisfaction/v1"
)

// The limits of a call: the rows are judged one after the other, so that 500, which the API takes, may be longer than a call should be.
const (
	answerRows  = 200
	answerBytes = 512 << 10
	answerCall  = time.Minute
)

// Answers is a file of answers to a survey, such as what interviewers have put down. How far an import has come is not kept: a row that was sent before is known by its source_id.
type Answers struct {
	Path, Mapping string
	// Survey is surveys/{id}.
	Survey string
	// DryRun only reads the file.
	DryRun bool
	// Rejected is where the rejected rows go, when there are any.
	Rejected string

	Client   satisfactionv1.ResponseServiceClient
	Language Language
	Out      io.Writer
	// Progress is told how far the file is read, and how many lines are done.
	Progress func(done, total, lines int64)
}

// What the report of answers says.
var (
	answered     = fault.Text{En: "Answers to %s\n", Zh: "%s 的答卷\n"}
	answersTried = fault.Text{En: "Dry run of answers to %s: every row was read, none was sent\n", Zh: "试运行 %s 的答卷：已逐行读取，未发送任何数据\n"}
	answerCounts = fault.Text{
		En: "  lines     %12d\n  accepted  %12d\n  void      %12d\n  unchanged %12d\n  rejected  %12d\n",
		Zh: "  总行数    %12d\n  有效      %12d\n  无效      %12d\n  无变化    %12d\n  被拒绝    %12d\n",
	}
	voidReasons = fault.Text{En: "Void because of:\n", Zh: "无效原因：\n"}
)

// answering is such a file under way.
type answering struct {
	Answers
	table *sheet.Table
	spool *Spool

	batch []mapping.Answer
	size  int

	lines, accepted, unchanged, refused int64
	voided                              map[string]int64 // by reason
}

// Run sends the file and reports. Rejected rows are no error.
func (a Answers) Run(ctx context.Context) (err error) {
	how, err := mapping.Load(a.Mapping, filepath.Dir(a.Path))
	if err != nil {
		return err
	}
	if how.Kind != mapping.Answers {
		return fmt.Errorf("%s is for %s; a survey has answers", a.Mapping, how.Kind)
	}
	run := &answering{Answers: a, voided: map[string]int64{}}
	if run.table, err = sheet.Open(a.Path, how.File); err != nil {
		return err
	}
	defer run.table.Close()
	if run.spool, err = NewSpool(); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, run.spool.Close()) }()
	reader, err := how.Bind(run.table)
	if err != nil {
		return fmt.Errorf("%s does not fit %s: %w", a.Mapping, a.Path, err)
	}
	for one, err := range reader.Answers() {
		if err != nil {
			return fmt.Errorf("%s: %w", a.Path, err)
		}
		if err := run.take(ctx, one); err != nil {
			return err
		}
	}
	if err := run.send(ctx); err != nil {
		return err
	}
	return run.report(how)
}

// take puts a row into the batch, and sends the batch before that when it is full. What cannot be read goes with it, so that the rejections stay in the order of the file.
func (r *answering) take(ctx context.Context, one mapping.Answer) error {
	size := proto.Size(one.Response)
	if len(r.batch) == answerRows || r.size+size > answerBytes && len(r.batch) > 0 {
		if err := r.send(ctx); err != nil {
			return err
		}
	}
	r.batch, r.size = append(r.batch, one), r.size+size
	return nil
}

func (r *answering) send(ctx context.Context) error {
	request := &satisfactionv1.ImportResponsesRequest{Parent: r.Survey}
	for _, one := range r.batch {
		if one.Response != nil {
			request.Responses = append(request.Responses, one.Response)
		}
	}
	results, err := r.call(ctx, request)
	if err != nil {
		return err
	}
	for _, one := range r.batch {
		r.lines++
		rejection := one.Rejection
		if one.Response != nil && !r.DryRun {
			rejection = r.count(one.Line, results[0])
			results = results[1:]
		}
		if rejection == nil {
			continue
		}
		r.refused++
		if err := r.spool.Add([]*profilev1.ImportRejection{rejection}); err != nil {
			return err
		}
	}
	r.batch, r.size = nil, 0
	done, total := r.table.Progress()
	r.Progress(done, total, r.lines)
	return nil
}

// call asks nothing of the service when there is nothing to ask.
func (r *answering) call(ctx context.Context, request *satisfactionv1.ImportResponsesRequest) ([]*satisfactionv1.ImportResponsesResponse_Result, error) {
	if r.DryRun || len(request.GetResponses()) == 0 {
		return nil, nil
	}
	ctx, cancel := context.WithTimeout(ctx, answerCall)
	defer cancel()
	answer, err := r.Client.ImportResponses(ctx, request)
	if err != nil {
		return nil, err
	}
	if len(answer.GetResults()) != len(request.GetResponses()) {
		return nil, fmt.Errorf("%d answers were sent and %d results came back", len(request.GetResponses()), len(answer.GetResults()))
	}
	return answer.GetResults(), nil
}

// count counts what became of a row, and returns its rejection if it was refused.
func (r *answering) count(line int64, result *satisfactionv1.ImportResponsesResponse_Result) *profilev1.ImportRejection {
	switch {
	case result.GetResponse() == "":
		return mapping.Rejected(line, fault.Field(result.GetField(), result.GetRule(), fault.Text{En: result.GetErrorEn(), Zh: result.GetErrorZh()}))
	case result.GetUnchanged():
		r.unchanged++
	case result.GetState() == satisfactionv1.Response_VOID:
		r.voided[result.GetVoidReason().String()]++
	default:
		r.accepted++
	}
	return nil
}

func (r *answering) report(how *mapping.Mapping) error {
	say := &running{File: File{Path: r.Path, Rejected: r.Rejected, Language: r.Language, Out: r.Out}, how: how, spool: r.spool}
	heading, voided := answered, int64(0)
	if r.DryRun {
		heading = answersTried
	}
	for _, n := range r.voided {
		voided += n
	}
	say.printf(heading, r.Survey)
	say.printf(answerCounts, r.lines, r.accepted, voided, r.unchanged, r.refused)
	if voided > 0 {
		say.printf(voidReasons)
		for _, reason := range slices.Sorted(maps.Keys(r.voided)) {
			fmt.Fprintf(r.Out, "  %12d  %s\n", r.voided[reason], reason)
		}
	}
	if r.refused == 0 {
		return nil
	}
	return say.rejectedRows(r.spool.All())
}
