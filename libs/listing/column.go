package listing

import (
	"cmp"
	"context"
	"strings"

	"github.com/guanxi-crm/guanxi/libs/fault"
)

// column is what a restriction compares: a field, or one entry of a map.
type column struct {
	path   string
	kind   Kind
	cast   string // the SQL type its values are bound as
	values map[string]any
	blind  func(string) []byte
	sql    condition
	// present is what to write behind sql to ask whether there is anything.
	present string
	// keys is whether it is a map whose entries have levels of their own, which must not be given away by asking for any.
	keys bool
}

// column finds what names name and refuses what the caller may not see.
func (c *checker) column(ctx context.Context, names []string) (column, error) {
	if entries, ok := c.list.fields[strings.Join(names[:len(names)-1], ".")]; ok && entries.Kind == StringMap {
		if _, err := c.list.find("filter", entries.Path, c.caller); err != nil {
			return column{}, err
		}
		return c.entry(ctx, entries, names[len(names)-1])
	}
	f, err := c.list.find("filter", strings.Join(names, "."), c.caller)
	if err != nil {
		return column{}, err
	}
	return column{
		path: f.Path, kind: f.Kind, cast: castType[f.Kind], values: f.Values, blind: f.Blind, keys: f.Entry != nil,
		sql: func(binder) string { return f.Column }, present: cmp.Or(presence[f.Kind], notNull),
	}, nil
}

const notNull = "is not null"

// presence tells a field that is set from one that is not, for the kinds whose column may hold an empty value.
var presence = map[Kind]string{String: "<> ''", StringArray: "<> '{}'", StringMap: "<> cast('{}' as jsonb)"}

// entry is one entry of a map, null where the key is missing. Numbers that are none are null, so that no stored value can make a
// statement fail; dates compare as text, which for the ISO form in the C collation is the order of time.
func (c *checker) entry(ctx context.Context, of *field, key string) (column, error) {
	described := Entry{Level: of.level, Kind: String}
	path := of.Path + "." + key
	if !storable(key) {
		return column{}, unknownField("filter", path)
	}
	if of.Entry != nil {
		var err error
		if described, err = of.Entry(ctx, key); err != nil {
			return column{}, fault.From(err)
		}
	}
	if described.Level > c.caller {
		return column{}, aboveLevel(path, described.Level)
	}
	text := func(bind binder) string { return "(" + of.Column + " ->> " + bind("text", key) + ")" }
	found := column{path: path, kind: described.Kind, cast: castType[described.Kind], sql: text, present: notNull}
	switch described.Kind {
	case Decimal:
		found.sql = func(bind binder) string {
			value := text(bind)
			return "(case when " + value + " ~ '^-?[0-9]+([.][0-9]+)?$' then cast(" + value + " as numeric) end)"
		}
	case Bool:
		found.sql = func(bind binder) string { return "(" + text(bind) + " = 'true')" }
	case Date:
		found.cast = "text"
		found.sql = func(bind binder) string { return "(" + text(bind) + ` collate "C")` }
	default:
		found.kind, found.cast = String, castType[String]
	}
	return found, nil
}
