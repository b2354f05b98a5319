package mapping

import (
	"fmt"
	"slices"
	"strings"

	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/guanxi-crm/guanxi/libs/fault"
)

// binding is a field with its value, settled for one file: columns are positions.
type binding struct {
	path  path
	value bound
}

// bound is a value whose columns are found.
type bound struct {
	Value
	factors   []int
	reduction int // the position of Discount, -1 when there is none
	drawn     []int
}

// reader is what turning cells into values needs besides the value itself.
type reader struct {
	reading
	currency bound
	tables   map[string][]map[string]string
}

// plan fills one message.
type plan struct {
	bindings []binding
	// drawing are the elements of lists that take something from a column. Where all those columns are empty, the element is left out,
	// so that {medium: PHONE} does not stay behind alone when there is no number.
	drawing map[string][]int
}

// columns are where the columns of a file stand.
type columns map[string]int

func (m *Mapping) plan(fields Fields, root protoreflect.MessageDescriptor, at columns) (plan, error) {
	p := plan{drawing: make(map[string][]int)}
	for _, field := range fields {
		where, err := resolve(root, field.Path)
		if err != nil {
			return plan{}, field.Value.at(err)
		}
		value, err := m.bind(field.Value, at)
		if err != nil {
			return plan{}, err
		}
		if where.leaf().Kind() == protoreflect.MessageKind && where.leaf().Message().FullName() == "google.type.Money" && m.Currency == nil {
			return plan{}, field.Value.at(fmt.Errorf("%s is an amount, but the mapping has no currency", field.Path))
		}
		p.bindings = append(p.bindings, binding{path: where, value: value})
		if where.element != "" {
			p.drawing[where.element] = append(p.drawing[where.element], value.drawn...)
		}
	}
	return p, nil
}

func (m *Mapping) bind(v Value, at columns) (bound, error) {
	b := bound{Value: v, reduction: -1}
	for _, name := range v.columns() {
		column, ok := at[name]
		if !ok {
			return bound{}, v.at(fmt.Errorf("the file has no column %q (or two of that name)", name))
		}
		b.drawn = append(b.drawn, column)
	}
	if v.Lookup != "" && m.tables[v.Lookup] == nil {
		return bound{}, v.at(fmt.Errorf("there is no lookup %q", v.Lookup))
	}
	for _, name := range v.Multiply {
		b.factors = append(b.factors, at[name])
	}
	if v.Discount != "" {
		b.reduction = at[v.Discount]
	}
	b.parts = slices.Clone(v.parts)
	for i, p := range b.parts {
		b.parts[i].index = at[p.column]
	}
	return b, nil
}

// blank tells whether the value draws on columns that are all empty.
func (b bound) blank(cells []string) bool { return len(b.drawn) > 0 && empty(cells, b.drawn) }

func empty(cells []string, columns []int) bool {
	return !slices.ContainsFunc(columns, func(column int) bool { return cells[column] != "" })
}

// text puts the value together; field is the path to name in what is wrong with it.
func (b bound) text(r reader, cells []string, field string) (string, *fault.Violation) {
	var all strings.Builder
	for _, p := range b.parts {
		switch {
		case p.column == "":
			all.WriteString(p.literal)
		case p.slug:
			all.WriteString(slug(cells[p.index]))
		default:
			all.WriteString(cells[p.index])
		}
	}
	text := strings.TrimSpace(all.String())
	for _, table := range r.tables[b.Lookup] {
		found, ok := table[text]
		if !ok {
			return "", refuse(field, "LOOKUP", fmt.Sprintf("%q is not found in the table of lookup %s", clip(text, maxValue), b.Lookup),
				fmt.Sprintf("在查找表 %s 中找不到 %q", b.Lookup, clip(text, maxValue)))
		}
		text = found
	}
	if b.Values == nil {
		return text, nil
	}
	if value, ok := b.Values[text]; ok {
		return value, nil
	}
	if b.Otherwise != nil {
		return *b.Otherwise, nil
	}
	return "", refuse(field, "VALUES", fmt.Sprintf("%q is not among the values of the mapping", clip(text, maxValue)),
		fmt.Sprintf("%q 不在映射文件的取值表中", clip(text, maxValue)))
}

// fill sets the fields of message from one row.
func (p plan) fill(r reader, cells []string, message protoreflect.Message) *fault.Violation {
	made := make(map[string]protoreflect.Message)
	for _, b := range p.bindings {
		if drawn := p.drawing[b.path.element]; len(drawn) > 0 && empty(cells, drawn) && !b.value.Required {
			continue
		}
		values, problem := b.convert(r, cells)
		if problem != nil {
			return problem
		}
		if len(values) > 0 {
			b.path.put(message, values, made)
		}
	}
	return nil
}
