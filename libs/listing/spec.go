// Package listing turns what a caller of a List method asks for (AIP-160 filter, AIP-132 order_by, page token) into one SQL
// statement over bound parameters, and the rows it gives into a page and the token of the next.
//
// A service describes a resource once by a Spec. The permission levels of its fields are read from the proto: a filter or an
// order over a field above the caller's level is refused before anything is asked of the database, since the rows that come
// back, or their order, would give the field away.
package listing

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/guanxi-crm/guanxi/libs/level"
	"github.com/guanxi-crm/guanxi/libs/page"
	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
)

// Kind is how the values of a field are written in a filter and stored in the database.
type Kind int

// The kinds, each with the SQL type its Column must have.
const (
	String      Kind = iota + 1 // text
	Int                         // any integer
	Decimal                     // numeric
	Bool                        // boolean
	Timestamp                   // timestamptz; an RFC 3339 string in a filter
	Date                        // date; "YYYY-MM-DD" in a filter
	Enum                        // whatever Field.Values holds; a name in a filter
	StringArray                 // text[]; filtered by membership
	StringMap                   // jsonb object of strings; filtered by key and by entry
	Blind                       // bytea, a keyed hash of the text, which Field.Blind makes; equal or not
	BlindArray                  // bytea[] of such hashes; filtered by membership
)

// Field is what a filter and, if Sortable, an order_by may name.
type Field struct {
	// Path is where the field stands in the resource, in snake_case with dots ("place.city"). Callers may write lowerCamelCase too.
	Path string
	// Column is an SQL expression over the statement's FROM clause. Qualify it where a select list has an alias of the same name.
	// It may be null, which is then like a proto field that is not set, unless the field is Sortable: nulls have no place in an
	// order that pages are cut from.
	Column string
	Kind   Kind
	// Values maps the names of an Enum to what Column holds for them.
	Values map[string]any
	// Entry describes the entries of a StringMap. Nil means that they are all of kind String and of the field's own level. Its
	// errors go to the caller: it decides whether an entry above his level is denied (by Entry.Level) or unknown to him.
	Entry func(ctx context.Context, key string) (Entry, error)
	// Blind makes of a value what Column holds of it: for Blind and BlindArray.
	Blind    func(value string) []byte
	Sortable bool
	// Level is what it takes to ask for the field where that is more than to see it, as single elements of a list may carry levels of their own.
	Level typev1.Level
}

// Entry is one key of a StringMap whose keys are declared at run time. Its values are strings all the same: decimal digits for
// Decimal, "true" or "false" for Bool, "YYYY-MM-DD" for Date.
type Entry struct {
	Level typev1.Level
	Kind  Kind // String, Decimal, Bool or Date
}

// Spec describes a resource that can be listed.
type Spec struct {
	Resource proto.Message // whose field options give the levels
	Fields   []Field
	// Key is a unique, never null column: it breaks the ties of every order.
	Key string
	// KeyType is the SQL type of Key; "" is uuid.
	KeyType string
	// DefaultOrder is the order_by of a request without one, over fields that every caller may see; "" orders by Key alone.
	DefaultOrder string
}

// List plans the pages of one resource. It is safe for concurrent use.
type List struct {
	fields map[string]*field // by snake_case path and by lowerCamelCase path
	key    sortKey
	usual  []sortKey // the default order
	pages  *page.Sealer
}

type field struct {
	Field
	level typev1.Level
}

// Compile checks a Spec. It is called once, at the start; an error is a mistake in the Spec.
func Compile(spec Spec, pages *page.Sealer) (*List, error) {
	l := &List{fields: map[string]*field{}, key: sortKey{column: spec.Key, cast: cmp.Or(spec.KeyType, "uuid")}, pages: pages}
	if spec.Key == "" || pages == nil {
		return nil, fmt.Errorf("listing: %T needs a Key and a sealer", spec.Resource)
	}
	resource := spec.Resource.ProtoReflect().Descriptor()
	for _, f := range spec.Fields {
		if err := l.add(resource, f); err != nil {
			return nil, fmt.Errorf("listing: field %q of %s: %w", f.Path, resource.FullName(), err)
		}
	}
	usual, err := l.order(spec.DefaultOrder, typev1.Level_BASIC)
	if err != nil {
		return nil, fmt.Errorf("listing: default order of %s: %w", resource.FullName(), err)
	}
	l.usual = usual
	return l, nil
}

func (l *List) add(resource protoreflect.MessageDescriptor, f Field) error {
	needed, err := level.Of(resource, f.Path)
	if err != nil {
		return err
	}
	switch {
	case f.Column == "" || f.Kind < String || f.Kind > BlindArray:
		return errors.New("needs a Column and a Kind")
	case f.Sortable && castType[f.Kind] == "":
		return errors.New("is of a kind that has no order")
	case (f.Kind == Enum) != (len(f.Values) > 0), f.Entry != nil && f.Kind != StringMap:
		return errors.New("has Values without being an Enum or the reverse, or Entry without being a StringMap")
	case (f.Kind == Blind || f.Kind == BlindArray) != (f.Blind != nil):
		return errors.New("has a way to be blinded without being of such a kind, or the reverse")
	case l.fields[f.Path] != nil:
		return errors.New("is there twice")
	}
	known := &field{Field: f, level: max(needed, f.Level)}
	l.fields[f.Path] = known
	l.fields[jsonPath(resource, f.Path)] = known
	return nil
}

// jsonPath is how callers over HTTP write a path. The path is known to exist.
func jsonPath(message protoreflect.MessageDescriptor, path string) string {
	var names []string
	for name := range strings.SplitSeq(path, ".") {
		f := message.Fields().ByName(protoreflect.Name(name))
		if f == nil {
			return path
		}
		names = append(names, f.JSONName())
		message = f.Message()
	}
	return strings.Join(names, ".")
}

// find gives the field a filter or order names, or refuses: what is no field is INVALID_ARGUMENT on the request's own field
// in, what is above the caller's level PERMISSION_DENIED.
func (l *List) find(in, path string, caller typev1.Level) (*field, error) {
	f := l.fields[path]
	if f == nil {
		return nil, unknownField(in, path)
	}
	if f.level > caller {
		return nil, aboveLevel(f.Path, f.level)
	}
	return f, nil
}
