package mapping

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	yaml "go.yaml.in/yaml/v3"
)

// Value says where a field's value comes from. In YAML it is a text, in which {column} stands for a column's value and
// {column|slug} for the same as part of a path, or a mapping with these keys.
type Value struct {
	parts []part

	// Multiply names the columns whose product the value is; Discount a column with a share of 1 to take off it.
	Multiply []string `yaml:"multiply"`
	Discount string   `yaml:"discount"`
	// Round is the number of decimal places to round a number to, halves away from zero; as it is when left out.
	Round *int32 `yaml:"round"`
	// Values turns the file's values into ours; Otherwise is for those that are not among them, which are refused when it is left out.
	Values    map[string]string `yaml:"values"`
	Otherwise *string           `yaml:"otherwise"`
	// Lookup names the lookup whose result the value is.
	Lookup string `yaml:"lookup"`
	// Split is what stands between the elements of a list.
	Split string `yaml:"split"`
	// Layout is how the date or time is written; those of the file when left out.
	Layout string `yaml:"layout"`
	// Required refuses a row in which it is empty; else the field is left out then.
	Required bool `yaml:"required"`

	line int
}

// part is a piece of a text: literal, or a column when column is set.
type part struct {
	literal, column string
	slug            bool
	index           int
}

// Fields are paths in the proto with their values, in the order of the mapping file.
type Fields []Field

// Field is one of them.
type Field struct {
	Path  string
	Value Value
}

// UnmarshalYAML keeps the order, which the elements of lists get theirs from.
func (f *Fields) UnmarshalYAML(node *yaml.Node) error {
	if node.Kind != yaml.MappingNode {
		return fmt.Errorf("line %d: here must stand a list of fields with their values", node.Line)
	}
	for i := 0; i < len(node.Content); i += 2 {
		key := node.Content[i]
		if slices.ContainsFunc(*f, func(other Field) bool { return other.Path == key.Value }) {
			return fmt.Errorf("line %d: %s stands there twice", key.Line, key.Value)
		}
		field := Field{Path: key.Value}
		if err := field.Value.UnmarshalYAML(node.Content[i+1]); err != nil {
			return err
		}
		*f = append(*f, field)
	}
	return nil
}

var valueKeys = []string{
	"column", "template", "multiply", "discount", "round", "values", "otherwise", "lookup", "split", "layout", "required",
}

// UnmarshalYAML takes a text or a mapping. The decoder's own strictness does not reach in here, so keys are checked by hand.
func (v *Value) UnmarshalYAML(node *yaml.Node) (err error) {
	v.line = node.Line
	switch node.Kind {
	case yaml.ScalarNode:
		v.parts, err = template(node.Value)
		return v.at(err)
	case yaml.MappingNode:
	default:
		return fmt.Errorf("line %d: a value is a text or a mapping", v.line)
	}
	for i := 0; i < len(node.Content); i += 2 {
		if key := node.Content[i]; !slices.Contains(valueKeys, key.Value) {
			return fmt.Errorf("line %d: key %s is not known; known are %s", key.Line, key.Value, strings.Join(valueKeys, ", "))
		}
	}
	return v.decode(node)
}

func (v *Value) decode(node *yaml.Node) (err error) {
	type options Value
	if err := node.Decode((*options)(v)); err != nil {
		return err
	}
	var from struct {
		Column   string `yaml:"column"`
		Template string `yaml:"template"`
	}
	if err := node.Decode(&from); err != nil {
		return err
	}
	sources := 0
	for _, given := range []bool{from.Column != "", from.Template != "", len(v.Multiply) > 0} {
		if given {
			sources++
		}
	}
	if sources != 1 {
		return fmt.Errorf("line %d: exactly one of column, template and multiply must be given", v.line)
	}
	if from.Column != "" {
		v.parts = []part{{column: from.Column}}
		return nil
	}
	v.parts, err = template(from.Template)
	return v.at(err)
}

func (v *Value) at(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("line %d: %w", v.line, err)
}

var placeholder = regexp.MustCompile(`\{([^{}|]+)(\|[^{}]*)?\}`)

// template takes a text apart.
func template(text string) ([]part, error) {
	var parts []part
	end := 0
	for _, at := range placeholder.FindAllStringSubmatchIndex(text, -1) {
		parts = append(parts, literal(text[end:at[0]])...)
		column := part{column: strings.TrimSpace(text[at[2]:at[3]])}
		if at[4] >= 0 {
			if option := text[at[4]:at[5]]; option != "|slug" {
				return nil, fmt.Errorf("%q is not known behind a column's name; only |slug is", option)
			}
			column.slug = true
		}
		parts = append(parts, column)
		end = at[1]
	}
	parts = append(parts, literal(text[end:])...)
	for _, p := range parts {
		if strings.ContainsAny(p.literal, "{}") {
			return nil, fmt.Errorf("a brace in %q does not enclose the name of a column", text)
		}
	}
	return parts, nil
}

func literal(text string) []part {
	if text == "" {
		return nil
	}
	return []part{{literal: text}}
}

// columns are the names of all columns that the value draws on.
func (v *Value) columns() []string {
	names := slices.Clone(v.Multiply)
	if v.Discount != "" {
		names = append(names, v.Discount)
	}
	for _, p := range v.parts {
		if p.column != "" {
			names = append(names, p.column)
		}
	}
	return names
}
