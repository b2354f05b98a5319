package intake

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"maps"
	"slices"

	"github.com/guanxi-crm/guanxi/deploy/guanxi/internal/sheet"
	"github.com/guanxi-crm/guanxi/libs/fault"
	profilev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/profile/v1"
)

// What the report says.
var (
	resumed  = fault.Text{En: "Going on behind line %d.\n", Zh: "从第 %d 行之后继续。\n"}
	nothing  = fault.Text{En: "Nothing to do: all of this file was imported before.\n", Zh: "无需导入：该文件此前已全部导入。\n"}
	imported = fault.Text{En: "Import %s\n", Zh: "导入 %s\n"}
	checked  = fault.Text{En: "Dry run of %s: nothing was stored\n", Zh: "试运行 %s：未写入任何数据\n"}
	counts   = fault.Text{
		En: "  lines     %12d\n  stored    %12d\n  unchanged %12d\n  repeated  %12d\n  rejected  %12d\n",
		Zh: "  总行数    %12d\n  已写入    %12d\n  无变化    %12d\n  重复      %12d\n  被拒绝    %12d\n",
	}
	reasons = fault.Text{En: "Most frequent reasons of rejection:\n", Zh: "最常见的拒绝原因：\n"}
	written = fault.Text{En: "The %d rejected rows are in %s.\n", Zh: "被拒绝的 %d 行已写入 %s。\n"}
)

func (r *running) printf(text fault.Text, args ...any) {
	format := text.En
	if r.Language == Chinese {
		format = text.Zh
	}
	fmt.Fprintf(r.Out, format, args...)
}

// report prints what came of the import and writes the rejected rows.
func (r *running) report(ctx context.Context) error {
	if r.idle {
		r.printf(nothing)
	}
	heading := imported
	if r.DryRun {
		heading = checked
	}
	r.printf(heading, r.job.ID)
	d := r.done
	r.printf(counts, d.GetTotalCount(), d.GetStoredCount(), d.GetUnchangedCount(), d.GetRepeatedCount(), d.GetRejectedCount())
	if d.GetRejectedCount() == 0 {
		return nil
	}
	return r.rejectedRows(r.rejections(ctx))
}

// rejectedRows writes the rejected rows and says why there are any.
func (r *running) rejectedRows(rejections iter.Seq2[*profilev1.ImportRejection, error]) error {
	table, err := sheet.Open(r.Path, r.how.File)
	if err != nil {
		return err
	}
	defer table.Close()
	tally := make(tally)
	rows, err := WriteRejected(r.Rejected, table, tally.watch(rejections), r.Language)
	if err != nil {
		return fmt.Errorf("%s: %w", r.Rejected, err)
	}
	r.printf(reasons)
	for _, cause := range tally.most() {
		fmt.Fprintf(r.Out, "  %12d  %s %s: %s\n", cause.lines, cause.example.GetRule(), cause.example.GetField(), r.Language.Reason(cause.example))
	}
	r.printf(written, rows, r.Rejected)
	return nil
}

// tally counts rejected lines by rule and field, which are few.
type tally map[[2]string]*cause

type cause struct {
	lines   int64
	example *profilev1.ImportRejection // the first
}

// watch counts what passes.
func (t tally) watch(all iter.Seq2[*profilev1.ImportRejection, error]) iter.Seq2[*profilev1.ImportRejection, error] {
	return func(yield func(*profilev1.ImportRejection, error) bool) {
		for rejection, err := range all {
			if err == nil {
				key := [2]string{rejection.GetRule(), rejection.GetField()}
				if t[key] == nil {
					t[key] = &cause{example: rejection}
				}
				t[key].lines += int64(rejection.GetLineCount())
			}
			if !yield(rejection, err) {
				return
			}
		}
	}
}

// most are the most frequent causes, the most frequent first.
func (t tally) most() []*cause {
	const shown = 5
	all := slices.SortedFunc(maps.Values(t), func(a, b *cause) int { return cmp.Compare(b.lines, a.lines) })
	return all[:min(len(all), shown)]
}
