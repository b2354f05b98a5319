package mapping

import (
	"errors"
	"io"
	"iter"
	"slices"

	"github.com/guanxi-crm/guanxi/libs/fault"
	profilev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/profile/v1"
	satisfactionv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/satisfaction/v1"
)

// Answer is one row of a file of answers: a response, or why the row cannot be read.
type Answer struct {
	Line      int64
	Response  *satisfactionv1.Response
	Rejection *profilev1.ImportRejection
}

// checkAnswers holds a mapping of answers to what is theirs. Without an id of its own a row sent again would be another answer.
func (m *Mapping) checkAnswers() error {
	if m.CustomerRef != nil {
		return errors.New("customer_ref is not for answers: the field customer has the resource name, such as customers/{column}, or a lookup gives it")
	}
	if !slices.ContainsFunc(m.Fields, func(f Field) bool { return f.Path == "source_id" }) {
		return errors.New("fields: source_id is missing: the column that tells one response from all others of the source system")
	}
	return nil
}

// Answers yields the responses of a file of answers, in its order, until the end or an error of the file as a whole.
func (r *Reader) Answers() iter.Seq2[Answer, error] {
	return func(yield func(Answer, error) bool) {
		for {
			row, err := r.table.Next()
			if errors.Is(err, io.EOF) {
				return
			}
			if err != nil {
				yield(Answer{}, err)
				return
			}
			one := Answer{Line: row.Line, Response: &satisfactionv1.Response{}}
			problem := row.Fault
			if problem == nil {
				problem = r.fact.fill(r.reader, row.Cells, one.Response.ProtoReflect())
			}
			if problem != nil {
				one = Answer{Line: row.Line, Rejection: Rejected(row.Line, *problem)}
			}
			if !yield(one, nil) {
				return
			}
		}
	}
}

// Rejected says that a row is refused, and why.
func Rejected(line int64, problem fault.Violation) *profilev1.ImportRejection {
	return &profilev1.ImportRejection{
		FirstLine: line, LineCount: 1, Field: problem.Field, Rule: problem.Rule,
		ReasonEn: clip(problem.Text.En, maxReason), ReasonZh: clip(problem.Text.Zh, maxReason),
	}
}
