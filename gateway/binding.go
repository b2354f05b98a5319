package gateway

import (
	"net/http"
	"regexp"
	"strings"

	"github.com/grpc-ecosystem/grpc-gateway/v2/runtime"
	"google.golang.org/genproto/googleapis/api/annotations"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/peer"
)

// binding is an RPC as it is called over HTTP.
type binding struct {
	input protoreflect.MessageDescriptor
	// filled are the fields of the input that the path and the body give; "*" is all.
	filled []string
}

// bindings are those of all linked RPCs of ours, by HTTP method and path template.
type bindings map[string]binding

func newBindings() bindings {
	all := bindings{}
	for method := range peer.Methods() {
		rule, _ := proto.GetExtension(method.Options(), annotations.E_Http).(*annotations.HttpRule)
		if rule == nil {
			continue
		}
		for _, r := range append(rule.GetAdditionalBindings(), rule) {
			verb, template := route(r)
			filled := variables(template)
			if r.GetBody() != "" {
				filled = append(filled, r.GetBody())
			}
			all[verb+" "+template] = binding{input: method.Input(), filled: filled}
		}
	}
	return all
}

func route(r *annotations.HttpRule) (verb, template string) {
	switch p := r.GetPattern().(type) {
	case *annotations.HttpRule_Get:
		return http.MethodGet, p.Get
	case *annotations.HttpRule_Post:
		return http.MethodPost, p.Post
	case *annotations.HttpRule_Put:
		return http.MethodPut, p.Put
	case *annotations.HttpRule_Patch:
		return http.MethodPatch, p.Patch
	case *annotations.HttpRule_Delete:
		return http.MethodDelete, p.Delete
	default:
		return r.GetCustom().GetKind(), r.GetCustom().GetPath()
	}
}

var variable = regexp.MustCompile(`\{([^=}]+)`)

func variables(template string) []string {
	var names []string
	for _, found := range variable.FindAllStringSubmatch(template, -1) {
		names = append(names, found[1])
	}
	return names
}

// known refuses query parameters that the RPC does not have, which the generated handlers would pass over: who misspells pageSize must
// hear of it.
func (all bindings) known(next runtime.HandlerFunc) runtime.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request, pathParams map[string]string) {
		if len(r.Form) > 0 {
			pattern, _ := runtime.HTTPPattern(r.Context())
			b := all[r.Method+" "+pattern.String()]
			for name := range r.Form {
				if !b.takes(name) {
					unknownParameter(name).write(w, r)
					return
				}
			}
		}
		next(w, r, pathParams)
	}
}

// takes says whether the RPC has a parameter of that name.
func (b binding) takes(name string) bool {
	path, ok := queryPath(b.input, name)
	if !ok {
		return false
	}
	for _, filled := range b.filled {
		if filled == "*" || path == filled || strings.HasPrefix(path, filled+".") || strings.HasPrefix(filled, path+".") {
			return false
		}
	}
	return true
}

func unknownParameter(name string) *refusal {
	return &refusal{http.StatusBadRequest, fault.Invalid(fault.Field(cut(name), "QUERY_UNKNOWN", fault.Text{
		En: "is not a parameter of this method", Zh: "不是此方法的参数",
	}))}
}
