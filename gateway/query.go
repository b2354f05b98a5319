package gateway

import (
	"net/url"
	"strings"

	"github.com/grpc-ecosystem/grpc-gateway/v2/runtime"
	"github.com/grpc-ecosystem/grpc-gateway/v2/utilities"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// strictQuery is a runtime.QueryParameterParser that names the parameter that is wrong. Unknown ones are refused before, by known.
type strictQuery struct{ runtime.DefaultQueryParser }

// Parse implements runtime.QueryParameterParser.
func (s *strictQuery) Parse(m proto.Message, query url.Values, filter *utilities.DoubleArray) error {
	if mask := updateMask(m.ProtoReflect()); mask != nil { // made by the generated handler of the body's fields
		mask.Paths = rewrite(mask.GetPaths(), resourceOf(m), true)
	}
	seen := make(map[string]bool, len(query))
	for name, values := range query {
		path, _ := queryPath(m.ProtoReflect().Descriptor(), name)
		if seen[path] {
			return mistake{Field: path, Rule: "QUERY_DUPLICATE", En: "is given twice", Zh: "重复给出"}
		}
		seen[path] = true
		if err := s.DefaultQueryParser.Parse(m, url.Values{name: values}, filter); err != nil {
			return mistake{
				Field: path, Rule: "QUERY_WRONG_TYPE",
				En: "has a value of the wrong type, or several where there can be one", Zh: "值的类型错误，或给出了多个值",
			}
		}
	}
	if mask := updateMask(m.ProtoReflect()); mask != nil {
		mask.Paths = rewrite(mask.GetPaths(), resourceOf(m), false)
	}
	return nil
}

// queryPath is the proto path of a parameter named in either way; ok is false if there is no such field.
func queryPath(md protoreflect.MessageDescriptor, name string) (path string, ok bool) {
	var names []string
	for part := range strings.SplitSeq(name, ".") {
		fd := fieldOf(md, part)
		if fd == nil || fd.IsMap() {
			return "", false
		}
		names = append(names, string(fd.Name()))
		md = nil
		if !fd.IsList() {
			md = fd.Message()
		}
	}
	return strings.Join(names, "."), true
}
