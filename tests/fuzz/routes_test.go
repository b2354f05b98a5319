package fuzz

import (
	"regexp"
	"slices"
	"strings"

	"google.golang.org/genproto/googleapis/api/annotations"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
)

// route is an RPC as it is called over HTTP.
type route struct {
	service        string
	verb, template string
	body           string // a field of the request, "*" or ""
	method         protoreflect.MethodDescriptor
}

// routesOf are all of a service, in a fixed order: an input of the fuzzer must mean the same in every run.
func routesOf(service string) []route {
	var routes []route
	protoregistry.GlobalFiles.RangeFilesByPackage(protoreflect.FullName("guanxi."+service+".v1"), func(file protoreflect.FileDescriptor) bool {
		for i := range file.Services().Len() {
			methods := file.Services().Get(i).Methods()
			for j := range methods.Len() {
				routes = append(routes, routesTo(service, methods.Get(j))...)
			}
		}
		return true
	})
	slices.SortFunc(routes, func(a, b route) int {
		return strings.Compare(string(a.method.FullName())+a.template, string(b.method.FullName())+b.template)
	})
	return routes
}

func routesTo(service string, method protoreflect.MethodDescriptor) []route {
	rule, _ := proto.GetExtension(method.Options(), annotations.E_Http).(*annotations.HttpRule)
	if rule == nil {
		return nil
	}
	var routes []route
	for _, r := range append([]*annotations.HttpRule{rule}, rule.GetAdditionalBindings()...) {
		for verb, template := range map[string]string{
			"GET": r.GetGet(), "POST": r.GetPost(), "PUT": r.GetPut(), "PATCH": r.GetPatch(), "DELETE": r.GetDelete(),
		} {
			if template != "" {
				routes = append(routes, route{service, verb, template, r.GetBody(), method})
			}
		}
	}
	return routes
}

var variable = regexp.MustCompile(`\{([^=}]+)=([^}]+)\}`)

// patterns are those of the names in the path: customers/*.
func (r route) patterns() []string {
	var patterns []string
	for _, found := range variable.FindAllStringSubmatch(r.template, -1) {
		patterns = append(patterns, r.place(found))
	}
	return patterns
}

// place is the pattern of what stands in a variable of the path; of what is no name, as a secret, where it stands belongs to it.
func (r route) place(found []string) string {
	if found[2] != "*" {
		return found[2]
	}
	before, _, _ := strings.Cut(r.template, found[0])
	return strings.TrimPrefix(before, "/v1/") + found[1] + "=*"
}

// filled says whether path or body give that field of the request.
func (r route) filled(field protoreflect.FieldDescriptor) bool {
	if r.body == "*" || r.body == string(field.Name()) {
		return true
	}
	for _, found := range variable.FindAllStringSubmatch(r.template, -1) {
		if top, _, _ := strings.Cut(found[1], "."); top == string(field.Name()) {
			return true
		}
	}
	return false
}

// creates is the pattern of the names of what the route makes, empty if it is none that makes one resource.
func (r route) creates() string {
	if !strings.HasPrefix(string(r.method.Name()), "Create") {
		return ""
	}
	path := variable.ReplaceAllString(strings.TrimPrefix(r.template, "/v1/"), "$2")
	return path + "/*"
}

// pool holds names of resources that are there, by their patterns.
type pool map[string][]string

func (p pool) has(patterns []string) bool {
	for _, pattern := range patterns {
		if len(p.names(pattern)) == 0 {
			return false
		}
	}
	return true
}

// names are those of a pattern; of what there is once of its parent, or once only, they follow from the pattern.
func (p pool) names(pattern string) []string {
	end := strings.LastIndex(pattern, "*") + 1
	switch {
	case end == 0:
		return []string{pattern}
	case end == len(pattern):
		return p[pattern]
	}
	var names []string
	for _, parent := range p[pattern[:end]] {
		names = append(names, parent+pattern[end:])
	}
	return names
}

// patternOf is the pattern of a resource's name: each second part is an id.
func patternOf(name string) string {
	parts := strings.Split(name, "/")
	for i := 1; i < len(parts); i += 2 {
		parts[i] = "*"
	}
	return strings.Join(parts, "/")
}
