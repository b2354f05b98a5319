package listing

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"go.einride.tech/aip/filtering"
	expr "google.golang.org/genproto/googleapis/api/expr/v1alpha1"

	"github.com/guanxi-crm/guanxi/libs/fault"
	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
)

// maxQuoted is how much of what a caller wrote an answer repeats, in characters: errors travel in a header.
const maxQuoted = 100

func quote(text string) string {
	if cut := []rune(text); len(cut) > maxQuoted {
		text = string(cut[:maxQuoted]) + "..."
	}
	return strconv.Quote(text)
}

func unknownField(in, path string) error {
	return fault.Invalid(fault.Field(in, "UNKNOWN_FIELD", fault.Text{
		En: quote(path) + " is not a field that can be used here",
		Zh: "此处不能使用字段 " + quote(path),
	}))
}

func aboveLevel(path string, needed typev1.Level) error {
	return fault.Denied("FIELD_LEVEL", fault.Text{
		En: fmt.Sprintf("%s asks for level %s", path, needed),
		Zh: fmt.Sprintf("%s 需要 %s 级权限", path, needed),
	}).With("field", path)
}

func tooLong(in string, limit int) error {
	return fault.Invalid(fault.Field(in, "TOO_LONG", fault.Text{
		En: fmt.Sprintf("must not be longer than %d characters", limit),
		Zh: fmt.Sprintf("不得超过 %d 个字符", limit),
	}))
}

func badOrder(item string) error {
	return fault.Invalid(fault.Field("order_by", "ORDER_SYNTAX", fault.Text{
		En: quote(item) + ` is not a field, optionally followed by " desc"`,
		Zh: quote(item) + ` 应为字段名，其后可加 " desc"`,
	}))
}

func notSortable(path string) error {
	return fault.Invalid(fault.Field("order_by", "NOT_SORTABLE", fault.Text{
		En: path + " cannot be ordered by",
		Zh: "不能按 " + path + " 排序",
	}))
}

func orderedTwice(path string) error {
	return fault.Invalid(fault.Field("order_by", "DUPLICATE_FIELD", fault.Text{
		En: path + " is there twice",
		Zh: path + " 重复出现",
	}))
}

// problem is a rule of filters and how it was broken.
type problem struct{ rule, en, zh string }

var (
	tooDeep = problem{
		"FILTER_DEPTH", fmt.Sprintf("nested deeper than %d", maxDepth), fmt.Sprintf("嵌套超过 %d 层", maxDepth),
	}
	needsComparison = problem{"FILTER_COMPARISON", "must be compared with something: field = value", "缺少比较：应写作 字段 = 值"}
	fieldOnTheLeft  = problem{"FILTER_COMPARISON", "must be a field: write field = value", "应为字段：请写作 字段 = 值"}
	needsLiteral    = problem{"FILTER_VALUE", "must be a value; put text with dots in quotes", "应为值；含点的文本请加引号"}
	needsKey        = problem{"FILTER_KEY", "must be a key", "应为键名"}
)

func wrongOperator(path, operator string) problem {
	return problem{"FILTER_OPERATOR", path + " cannot be compared by " + operator, path + " 不支持运算符 " + operator}
}

var wanted = map[Kind]string{
	Int: "42", Decimal: "12.50", Bool: "true, false", Timestamp: `"2026-01-31T08:00:00Z"`, Date: `"2026-01-31"`,
}

func wrongValue(col column) problem {
	example := wanted[col.kind]
	if col.kind == Enum {
		example = strings.Join(slices.Sorted(maps.Keys(col.values)), ", ")
	}
	if example == "" {
		return problem{"FILTER_VALUE", col.path + " cannot be this text", col.path + " 不能是此文本"}
	}
	return problem{"FILTER_VALUE", col.path + " takes values such as " + example, col.path + " 的值形如 " + example}
}

// refuse says what is wrong with the filter at a node.
func (c *checker) refuse(e *expr.Expr, p problem) error {
	return filterError(c.source, int(c.starts[e.GetId()]), p)
}

// filterError names the position in characters, counted from 1 at the first that is not blank.
func filterError(source string, offset int, p problem) error {
	at := utf8.RuneCountInString(source[:offset]) + 1
	return fault.Invalid(fault.Field("filter", p.rule, fault.Text{
		En: fmt.Sprintf("at character %d: %s", at, p.en),
		Zh: fmt.Sprintf("第 %d 个字符处：%s", at, p.zh),
	}))
}

// syntaxError takes the innermost position the parser tells: the token it could not read.
func syntaxError(source string, err error) error {
	offset := 0
	for ; err != nil; err = errors.Unwrap(err) {
		if at, ok := err.(interface{ Position() filtering.Position }); ok {
			offset = int(at.Position().Offset)
		}
	}
	return filterError(source, offset, problem{"FILTER_SYNTAX", "not understood", "无法理解"})
}
