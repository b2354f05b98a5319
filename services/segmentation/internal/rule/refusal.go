package rule

import (
	"fmt"
	"strings"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/ast"

	"github.com/guanxi-crm/guanxi/libs/fault"
)

// field is what the rule is called in errors; the caller puts before it where the rule stood in the request.
const field = "rule"

// maxIssues is how many mistakes of a rule are named.
const maxIssues = 5

// invalid tells what CEL's own parser and type checker found, in its words.
func invalid(issues *cel.Issues) error {
	var wrong []fault.Violation
	for _, e := range issues.Errors()[:min(len(issues.Errors()), maxIssues)] {
		line, column := e.Location.Line(), e.Location.Column()+1
		message := strings.Join(strings.Fields(strings.ReplaceAll(e.Message, " (in container '')", "")), " ")
		wrong = append(wrong, fault.Field(field, "RULE_INVALID", fault.Text{
			En: fmt.Sprintf("line %d, column %d: %s", line, column, message), Zh: fmt.Sprintf("第 %d 行第 %d 列：%s", line, column, message),
		}))
	}
	return fault.Invalid(wrong...)
}

// refuse says of a part of the rule that it is right CEL, but none that can be asked of the database.
func (t *translator) refuse(e ast.Expr, text fault.Text) error {
	at := t.checked.SourceInfo().GetStartLocation(e.ID())
	line, column := at.Line(), at.Column()+1
	return fault.Invalid(fault.Field(field, "RULE_UNSUPPORTED", fault.Text{
		En: fmt.Sprintf("line %d, column %d: %s", line, column, text.En), Zh: fmt.Sprintf("第 %d 行第 %d 列：%s", line, column, text.Zh),
	}))
}

func unsupported(what string) fault.Text {
	return fault.Text{En: what + " cannot be used in a rule", Zh: "规则中不能使用 " + what}
}

var (
	tooComplex  = fault.Text{En: "the rule is too complex from here on", Zh: "规则从此处起过于复杂"}
	needsText   = fault.Text{En: "must be a text in quotes", Zh: "必须是引号中的文本"}
	needsCount  = fault.Text{En: "must be a whole number written out, from 1 to 3650", Zh: "必须直接写出 1 至 3650 的整数"}
	needsList   = fault.Text{En: "must be a list fact, or a list of texts or numbers that are written out", Zh: "必须是列表型事实，或直接写出的文本或数字的列表"}
	needsFact   = fault.Text{En: "must be a fact by its name", Zh: "必须是事实名称"}
	unknownType = fault.Text{
		En: "the type of the attribute cannot be told from here; compare it with a value written out, or write double(...)",
		Zh: "此处无法判断该属性的类型；请与直接写出的值比较，或写作 double(...)",
	}
	numberRange = fault.Text{En: "a number must be 0 or between 1e-9 and 1e15 in size", Zh: "数字必须为 0，或绝对值在 1e-9 与 1e15 之间"}
	badText     = fault.Text{En: "a text must not contain NUL", Zh: "文本不得包含 NUL 字符"}
	nested      = fault.Text{En: "exists and all cannot stand within each other", Zh: "exists 与 all 不能互相嵌套"}
)
