package mapping

import (
	"fmt"
	"strings"

	"github.com/shopspring/decimal"
	"google.golang.org/genproto/googleapis/type/date"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/money"
)

// whole are the messages that are set from one value instead of field by field.
var whole = map[protoreflect.FullName]bool{"google.type.Money": true, "google.type.Date": true, "google.protobuf.Timestamp": true}

// convert turns the value of one row into what its field holds: nothing when the row says nothing.
func (b binding) convert(r reader, cells []string) ([]protoreflect.Value, *fault.Violation) {
	if b.value.blank(cells) {
		return nil, b.missing()
	}
	if b.value.factors != nil {
		return b.product(r, cells)
	}
	text, problem := b.value.text(r, cells, b.path.text)
	if problem != nil {
		return nil, problem
	}
	texts := []string{text}
	if b.value.Split != "" {
		texts = strings.Split(text, b.value.Split)
	}
	var values []protoreflect.Value
	for _, text := range texts {
		if text = strings.TrimSpace(text); text == "" {
			continue
		}
		value, problem := b.one(r, cells, text)
		if problem != nil {
			return nil, problem
		}
		values = append(values, value)
	}
	if len(values) == 0 {
		return nil, b.missing()
	}
	return values, nil
}

func (b binding) missing() *fault.Violation {
	if !b.value.Required {
		return nil
	}
	columns := strings.Join(b.value.columns(), ", ")
	return refuse(b.path.text, "REQUIRED", fmt.Sprintf("column %s is empty", columns), fmt.Sprintf("“%s”列为空", columns))
}

// one converts one text by the type of the field.
func (b binding) one(r reader, cells []string, text string) (protoreflect.Value, *fault.Violation) {
	leaf := b.path.leaf()
	switch leaf.Kind() {
	case protoreflect.StringKind:
		return protoreflect.ValueOfString(text), nil
	case protoreflect.EnumKind:
		return b.enum(leaf.Enum(), text)
	case protoreflect.BoolKind:
		if value, ok := boolean(text); ok {
			return protoreflect.ValueOfBool(value), nil
		}
		return b.bad("BOOLEAN", text, "neither yes nor no", "不是“是”或“否”")
	case protoreflect.MessageKind:
		if name := leaf.Message().FullName(); name != "google.type.Money" {
			return b.moment(r, text, name == "google.type.Date")
		}
	}
	number, ok := r.number(text)
	if !ok {
		return b.bad("NUMBER", text, "not a number", "不是数字")
	}
	return b.numeric(r, cells, number)
}

func (b binding) enum(enum protoreflect.EnumDescriptor, text string) (protoreflect.Value, *fault.Violation) {
	if value := enum.Values().ByName(protoreflect.Name(strings.ToUpper(text))); value != nil {
		return protoreflect.ValueOfEnum(value.Number()), nil
	}
	return b.bad("ENUM", text, "none of the values that the field can have", "不是该字段允许的取值")
}

func (b binding) moment(r reader, text string, day bool) (protoreflect.Value, *fault.Violation) {
	t, ok := r.time(text, b.value.Layout)
	switch {
	case !ok:
		return b.bad("TIME", text, "not a date or time that is written as the mapping says", "不是映射文件规定格式的日期或时间")
	case day:
		d := &date.Date{Year: int32(t.Year()), Month: int32(t.Month()), Day: int32(t.Day())}
		return protoreflect.ValueOfMessage(d.ProtoReflect()), nil
	}
	return protoreflect.ValueOfMessage(timestamppb.New(t).ProtoReflect()), nil
}

func (b binding) product(r reader, cells []string) ([]protoreflect.Value, *fault.Violation) {
	result := decimal.NewFromInt(1)
	for i, column := range b.value.factors {
		if cells[column] == "" {
			return nil, b.missing()
		}
		factor, ok := r.number(cells[column])
		if !ok {
			return nil, b.notNumber(b.value.Multiply[i], cells[column])
		}
		result = result.Mul(factor)
	}
	if at := b.value.reduction; at >= 0 && cells[at] != "" {
		share, ok := r.number(cells[at])
		if !ok {
			return nil, b.notNumber(b.value.Discount, cells[at])
		}
		result = result.Mul(decimal.NewFromInt(1).Sub(share))
	}
	value, problem := b.numeric(r, cells, result)
	if problem != nil {
		return nil, problem
	}
	return []protoreflect.Value{value}, nil
}

func (b binding) notNumber(column, text string) *fault.Violation {
	text = clip(text, maxValue)
	return refuse(b.path.text, "NUMBER", fmt.Sprintf("column %s: %q is not a number", column, text), fmt.Sprintf("“%s”列：%q 不是数字", column, text))
}

// numeric puts a number into the type of the field.
func (b binding) numeric(r reader, cells []string, number decimal.Decimal) (protoreflect.Value, *fault.Violation) {
	if b.value.Round != nil {
		number = number.Round(*b.value.Round)
	}
	leaf := b.path.leaf()
	switch leaf.Kind() {
	case protoreflect.DoubleKind:
		return protoreflect.ValueOfFloat64(number.InexactFloat64()), nil
	case protoreflect.StringKind:
		return protoreflect.ValueOfString(number.String()), nil
	case protoreflect.MessageKind:
		return b.money(r, cells, number)
	}
	if !number.IsInteger() || number.Abs().GreaterThan(decimal.NewFromInt(1<<31-1)) {
		return b.bad("INTEGER", number.String(), "not a whole number, or too large", "不是整数或数值过大")
	}
	if leaf.Kind() == protoreflect.Int64Kind {
		return protoreflect.ValueOfInt64(number.IntPart()), nil
	}
	return protoreflect.ValueOfInt32(int32(number.IntPart())), nil
}

func (b binding) money(r reader, cells []string, number decimal.Decimal) (protoreflect.Value, *fault.Violation) {
	currency, problem := r.currency.text(r, cells, b.path.text)
	if problem != nil {
		return protoreflect.Value{}, problem
	}
	amount, err := money.Money{Amount: number, Currency: currency}.ToProto()
	if err != nil {
		return b.bad("MONEY_RANGE", number.String(), "not exact with nine decimal places, or too large", "小数超过九位或数值过大")
	}
	return protoreflect.ValueOfMessage(amount.ProtoReflect()), nil
}

// bad says which column has which text and what is wrong with it.
func (b binding) bad(rule, text, en, zh string) (protoreflect.Value, *fault.Violation) {
	columns := strings.Join(b.value.columns(), ", ")
	if columns == "" {
		columns = b.path.text
	}
	text = clip(text, maxValue)
	return protoreflect.Value{}, refuse(b.path.text, rule,
		fmt.Sprintf("column %s: %q is %s", columns, text, en), fmt.Sprintf("“%s”列：%q %s", columns, text, zh))
}

func refuse(field, rule, en, zh string) *fault.Violation {
	v := fault.Field(field, rule, fault.Text{En: en, Zh: zh})
	return &v
}

// maxValue is the most characters of a value that a reason quotes.
const maxValue = 60

// clip keeps a reason readable when the value at fault is a page of text.
func clip(text string, most int) string {
	if runes := []rune(text); len(runes) > most {
		return string(runes[:most]) + "…"
	}
	return text
}
