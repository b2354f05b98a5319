package listing

import (
	"strconv"
	"strings"
	"unicode/utf8"

	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
)

// maxOrderBy is the longest order_by read, in characters.
const maxOrderBy = 1000

// castType is the SQL type by which a kind's values are bound; the kinds without one have no order.
var castType = map[Kind]string{
	String: "text", Int: "bigint", Decimal: "numeric", Bool: "boolean", Timestamp: "timestamptz", Date: "date",
}

// sortKey is one expression of an ORDER BY.
type sortKey struct {
	name, column, cast string
	desc               bool
}

func (k sortKey) sql() string {
	if k.desc {
		return k.column + " desc"
	}
	return k.column
}

// order reads an order_by ("display_name desc, create_time") and ends it with the key. The key runs in the direction of the
// field before it, so that one index over both serves the whole order, forwards or backwards.
func (l *List) order(orderBy string, caller typev1.Level) ([]sortKey, error) {
	if utf8.RuneCountInString(orderBy) > maxOrderBy {
		return nil, tooLong("order_by", maxOrderBy)
	}
	var keys []sortKey
	if strings.TrimSpace(orderBy) != "" {
		seen := map[string]bool{}
		for item := range strings.SplitSeq(orderBy, ",") {
			key, err := l.sortKey(item, caller)
			if err != nil {
				return nil, err
			}
			if seen[key.name] {
				return nil, orderedTwice(key.name)
			}
			seen[key.name] = true
			keys = append(keys, key)
		}
	}
	last := l.key
	last.desc = len(keys) > 0 && keys[len(keys)-1].desc
	return append(keys, last), nil
}

func (l *List) sortKey(item string, caller typev1.Level) (sortKey, error) {
	words := strings.Fields(item)
	if len(words) < 1 || len(words) > 2 || len(words) == 2 && words[1] != "asc" && words[1] != "desc" {
		return sortKey{}, badOrder(item)
	}
	f, err := l.find("order_by", words[0], caller)
	if err != nil {
		return sortKey{}, err
	}
	if !f.Sortable {
		return sortKey{}, notSortable(f.Path)
	}
	return sortKey{name: f.Path, column: f.Column, cast: castType[f.Kind], desc: len(words) == 2 && words[1] == "desc"}, nil
}

// canonical writes an order down so that a token made under one cannot be opened under another, also when the default order
// or the type of a column has changed since.
func canonical(keys []sortKey) string {
	var b strings.Builder
	for _, key := range keys {
		b.WriteString(key.name + " " + key.cast + " " + strconv.FormatBool(key.desc) + ",")
	}
	return b.String()
}

// after is the condition for the rows behind position. Where all keys run in one direction it is a row comparison, which an
// index answers directly; else the expanded form, bounded by its first key for the index's sake.
func after(keys []sortKey, position []string) condition {
	return func(bind binder) string {
		columns, values := make([]string, len(keys)), make([]string, len(keys))
		uniform := true
		for i, key := range keys {
			columns[i], values[i] = key.column, bind(key.cast, position[i])
			uniform = uniform && key.desc == keys[0].desc
		}
		if uniform {
			return "(" + strings.Join(columns, ", ") + ") " + beyond(keys[0]) + " (" + strings.Join(values, ", ") + ")"
		}
		alternatives, equal := make([]string, len(keys)), ""
		for i, key := range keys {
			alternatives[i] = "(" + equal + columns[i] + " " + beyond(key) + " " + values[i] + ")"
			equal += columns[i] + " = " + values[i] + " and "
		}
		return columns[0] + " " + beyond(keys[0]) + "= " + values[0] + " and (" + strings.Join(alternatives, " or ") + ")"
	}
}

func beyond(key sortKey) string {
	if key.desc {
		return "<"
	}
	return ">"
}
