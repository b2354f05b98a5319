package formula

import (
	"fmt"

	"github.com/shopspring/decimal"
	"google.golang.org/protobuf/types/known/structpb"

	"github.com/guanxi-crm/guanxi/libs/fault"
)

const (
	// mostCells bounds the numbers of a table, mostItems its columns where each is held against each.
	mostCells, mostItems = 200_000, 500
	// mostWrong is how many cells that are no number are named.
	mostWrong = 20
)

var (
	cancelled = fault.Text{En: "has items that cancel each other out: the sum of all but one does not vary", Zh: "题项相互抵消：除某一项外的合计没有差异"}
	notNumber = fault.Text{En: "must be a number", Zh: "须为数字"}
)

func tooMany(field string) fault.Violation {
	return fault.Field(field, "TOO_MANY", fault.Text{En: "must have at most 200,000 numbers; of reliability, at most 500 items", Zh: "数字不得超过 200,000 个；信度分析不得超过 500 个题项"})
}

// exact is the decimal that was written.
func exact(f float64) decimal.Decimal { return decimal.NewFromFloat(f) }

// matrix reads rows of numbers, and says of the rows only that they are that.
func matrix(field string, rows []*structpb.ListValue) ([][]float64, error) {
	var wrong []fault.Violation
	cells := 0
	out := make([][]float64, len(rows))
	for i, row := range rows {
		if cells += len(row.GetValues()); cells > mostCells {
			return nil, fault.Invalid(tooMany(field))
		}
		out[i] = make([]float64, len(row.GetValues()))
		for j, v := range row.GetValues() {
			number, ok := v.GetKind().(*structpb.Value_NumberValue)
			if !ok {
				wrong = append(wrong, fault.Field(fmt.Sprintf("%s[%d][%d]", field, i, j), "NUMBER", notNumber))
				if len(wrong) == mostWrong {
					return nil, fault.Invalid(wrong...)
				}
				continue
			}
			out[i][j] = number.NumberValue
		}
	}
	if len(wrong) > 0 {
		return nil, fault.Invalid(wrong...)
	}
	return out, nil
}
