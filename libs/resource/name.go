// Package resource reads and writes resource names (AIP-122), such as customers/{customer}/people/{person}, whose ids are UUIDs.
package resource

import (
	"context"
	"strings"

	"github.com/google/uuid"

	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/fault"
	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
)

// Any is what the id "-" stands for in a name: all resources of the collection (AIP-159).
var Any = uuid.Nil

// Name writes a name of pairs of collection and id: Name("customers", c, "people", p).
func Name(collection string, id uuid.UUID, more ...any) string {
	var b strings.Builder
	b.WriteString(collection)
	b.WriteByte('/')
	b.WriteString(id.String())
	for _, part := range more {
		b.WriteByte('/')
		switch part := part.(type) {
		case uuid.UUID:
			b.WriteString(part.String())
		case string:
			b.WriteString(part)
		}
	}
	return b.String()
}

// Parse reads the ids out of a name of the given collections. The field is named in the error when the name is not of that form.
func Parse(field, name string, collections ...string) ([]uuid.UUID, error) {
	ids, ok := split(name, false, collections)
	if !ok {
		return nil, malformed(field, collections)
	}
	return ids, nil
}

// ParseAny is Parse for a name of one collection whose id may be "-", which is read as Any.
func ParseAny(field, name, collection string) (uuid.UUID, error) {
	ids, ok := split(name, true, []string{collection})
	if !ok {
		return uuid.Nil, malformed(field, []string{collection})
	}
	return ids[0], nil
}

// ParseSingleton reads the ids out of the name of a resource of which there is one below another: ParseSingleton("name", n, "grade", "customers") reads
// customers/{id}/grade.
func ParseSingleton(field, name, singleton string, collections ...string) ([]uuid.UUID, error) {
	parent, ok := strings.CutSuffix(name, "/"+singleton)
	ids, fits := split(parent, false, collections)
	if !ok || !fits {
		return nil, malformed(field, collections, singleton)
	}
	return ids, nil
}

func split(name string, wildcard bool, collections []string) ([]uuid.UUID, bool) {
	parts := strings.Split(name, "/")
	if len(parts) != 2*len(collections) {
		return nil, false
	}
	ids := make([]uuid.UUID, len(collections))
	for i, collection := range collections {
		if parts[2*i] != collection {
			return nil, false
		}
		id := parts[2*i+1]
		if wildcard && id == "-" {
			ids[i] = Any
			continue
		}
		parsed, err := uuid.Parse(id)
		if err != nil || parsed == uuid.Nil || parsed.String() != id {
			return nil, false
		}
		ids[i] = parsed
	}
	return ids, true
}

func malformed(field string, collections []string, singleton ...string) error {
	form := strings.Join(append([]string{strings.Join(collections, "/{id}/") + "/{id}"}, singleton...), "/")
	return fault.Invalid(fault.Field(field, "RESOURCE_NAME", fault.Text{
		En: "must be a name of the form " + form + " whose id is a UUID in lower case",
		Zh: "必须是 " + form + " 形式的资源名，id 为小写 UUID",
	}))
}

// Missing is the error for a resource that the caller's query did not find. A caller who sees everything is told that it does not exist; one who is limited to
// territories, or whose level is below the one that sees every resource of the kind, is told that he may not see it or that it does not exist, whichever it is, so
// that nothing can be learned by asking.
func Missing(ctx context.Context, name string, all typev1.Level) error {
	caller := auth.From(ctx)
	if caller.Everywhere() && caller.Level >= all {
		return fault.NotFound(name)
	}
	return fault.Hidden(name)
}
