package postgres

import (
	"context"
	"database/sql"
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"sync"

	"github.com/jmoiron/sqlx/reflectx"
)

// NamedGet is Get with :name parameters taken from arg: a struct with `db` tags (embedded structs
// count as their fields), a pointer to one, or a map[string]any. Each occurrence of a name is a
// parameter of its own, so the server infers its type in each place anew.
func (db *DB) NamedGet(ctx context.Context, dest any, query string, arg any) error {
	text, args, err := db.bind(query, arg)
	if err != nil {
		return err
	}
	return db.Get(ctx, dest, text, args...)
}

// NamedSelect is Select with :name parameters, see NamedGet.
func (db *DB) NamedSelect(ctx context.Context, dest any, query string, arg any) error {
	text, args, err := db.bind(query, arg)
	if err != nil {
		return err
	}
	return db.Select(ctx, dest, text, args...)
}

// NamedExec is Exec with :name parameters, see NamedGet.
func (db *DB) NamedExec(ctx context.Context, query string, arg any) (sql.Result, error) {
	text, args, err := db.bind(query, arg)
	if err != nil {
		return nil, err
	}
	return db.Exec(ctx, text, args...)
}

// namedQuery is a query whose names have been replaced by $1, $2, ...
type namedQuery struct {
	text   string
	names  []string
	fields sync.Map // reflect.Type -> [][]int: where that struct has the value of each name
}

func (db *DB) bind(query string, arg any) (string, []any, error) {
	q, err := db.namedQuery(query)
	if err != nil {
		return "", nil, err
	}
	args, err := q.arguments(db.pool.Mapper, arg)
	return q.text, args, err
}

func (db *DB) namedQuery(query string) (*namedQuery, error) {
	if known, ok := db.named.Load(query); ok {
		return known.(*namedQuery), nil
	}
	text, names, err := numberParameters(query)
	if err != nil {
		return nil, err
	}
	q, _ := db.named.LoadOrStore(query, &namedQuery{text: text, names: names})
	return q.(*namedQuery), nil
}

func (q *namedQuery) arguments(mapper *reflectx.Mapper, arg any) ([]any, error) {
	args := make([]any, len(q.names))
	if values, ok := arg.(map[string]any); ok {
		for i, name := range q.names {
			value, ok := values[name]
			if !ok {
				return nil, fmt.Errorf("postgres: the argument map has no %q", name)
			}
			args[i] = value
		}
		return args, nil
	}
	v := reflect.Indirect(reflect.ValueOf(arg))
	if v.Kind() != reflect.Struct {
		return nil, fmt.Errorf("postgres: named parameters come from a struct or a map[string]any, not from %T", arg)
	}
	fields, err := q.fieldsOf(mapper, v.Type())
	if err != nil {
		return nil, err
	}
	for i, path := range fields {
		args[i] = reflectx.FieldByIndexesReadOnly(v, path).Interface()
	}
	return args, nil
}

func (q *namedQuery) fieldsOf(mapper *reflectx.Mapper, t reflect.Type) ([][]int, error) {
	if known, ok := q.fields.Load(t); ok {
		return known.([][]int), nil
	}
	fields := make([][]int, len(q.names))
	for i, path := range mapper.TraversalsByName(t, q.names) {
		if len(path) == 0 {
			return nil, fmt.Errorf("postgres: %v has no field tagged db:%q", t, q.names[i])
		}
		fields[i] = append([]int(nil), path...)
	}
	q.fields.Store(t, fields)
	return fields, nil
}

// numberParameters replaces every :name outside literals, quoted names and comments by $1, $2, ...
// A cast x::type and an assignment x := y stay what they are.
func numberParameters(query string) (text string, names []string, err error) {
	var out strings.Builder
	for i := 0; i < len(query); {
		n := opaque(query[i:])
		if n == 0 && query[i] == ':' {
			if name := identifier(query[i+1:]); name != "" {
				names = append(names, name)
				out.WriteString("$" + strconv.Itoa(len(names)))
				i += 1 + len(name)
				continue
			}
		}
		n = max(n, 1)
		if i+n > len(query) {
			return "", nil, fmt.Errorf("postgres: unterminated literal or comment in: %s", query[i:])
		}
		out.WriteString(query[i : i+n])
		i += n
	}
	return out.String(), names, nil
}

// opaque is the length of the literal, quoted name, comment or cast that s starts with, 0 if it
// starts with none, more than its length if it does not end.
func opaque(s string) int {
	for _, form := range []struct{ begin, end string }{
		{"'", "'"}, {`"`, `"`}, {"--", "\n"}, {"/*", "*/"}, {"$$", "$$"},
	} {
		if !strings.HasPrefix(s, form.begin) {
			continue
		}
		if end := strings.Index(s[len(form.begin):], form.end); end >= 0 {
			return len(form.begin) + end + len(form.end)
		}
		if form.end == "\n" {
			return len(s)
		}
		return len(s) + 1
	}
	if strings.HasPrefix(s, "::") {
		return 2
	}
	return 0
}

func identifier(s string) string {
	end := 0
	for end < len(s) {
		c := s[end]
		letter := c == '_' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
		if !letter && (end == 0 || c != '.' && (c < '0' || c > '9')) {
			break
		}
		end++
	}
	return s[:end]
}
