package reach

import (
	"strings"

	"github.com/google/uuid"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
)

const (
	collection = "customers/"
	// length is that of an id as text.
	length = 36
	// customer is the message that says itself which territory its customer is in.
	customer = protoreflect.FullName("guanxi.profile.v1.Customer")
)

// references are the fields that name what an answer is about. Other texts do not count: what people write may look like a name. No references are the names that a caller
// asked for in vain (missing_names), and what stands beside the name of its customer and may be a text as well: where something comes from, before and after. The tests of all
// services complain of a field that holds names and stands here neither as a reference nor as none.
var references = map[protoreflect.Name]bool{
	"name": true, "parent": true, "ancestors": true, "resource": true, "subject": true, "customer": true, "other": true,
	"person": true, "people": true, "reports_to": true, "reporter": true, "uncovered": true, "covered_by": true,
	"order": true, "evaluation": true, "assessment": true, "before_signal": true, "after_signal": true,
	"agreement": true, "entry": true, "lot": true, "reverses": true, "reversed_by": true,
	"missing_names": false, "source": false, "evidence": false, "reference": false, "raise_reference": false, "clear_reference": false, "from": false, "to": false,
}

// beyond are the fields that show on purpose what may be out of reach: a contact that was made known to a customer of the same group.
var beyond = map[protoreflect.FullName]bool{"guanxi.profile.v1.SharedPerson.person": true}

// Unlisted are the fields of a message, at any depth, that hold names of customers, or of what belongs to one, and of which nobody has said whether they are references.
func Unlisted(m proto.Message) (fields []string) {
	w := walk{met: func(fd protoreflect.FieldDescriptor, _ string) {
		if _, listed := references[fd.Name()]; !listed {
			fields = append(fields, string(fd.FullName()))
		}
	}}
	w.message(m.ProtoReflect())
	return fields
}

// customers are those that the references of a message name, at any depth. Left out are customers that are there themselves with a territory that is covered.
func customers(m proto.Message, covers func(territory string) bool) (ids []uuid.UUID) {
	var last string // lists are often of one customer
	w := walk{covers: covers, met: func(fd protoreflect.FieldDescriptor, id string) {
		if !references[fd.Name()] || id == last {
			return
		}
		if parsed, err := uuid.Parse(id); err == nil {
			last, ids = id, append(ids, parsed)
		}
	}}
	w.message(m.ProtoReflect())
	return ids
}

// walk is the way through a message. It leaves out what is shown on purpose.
type walk struct {
	covers func(territory string) bool // nil: no territory is asked about
	met    func(field protoreflect.FieldDescriptor, id string)
}

func (w *walk) message(m protoreflect.Message) {
	vouched := w.vouched(m)
	m.Range(func(fd protoreflect.FieldDescriptor, v protoreflect.Value) bool {
		switch {
		case vouched && fd.Name() == "name", beyond[fd.FullName()]:
		case fd.IsMap():
			v.Map().Range(func(_ protoreflect.MapKey, held protoreflect.Value) bool {
				w.value(fd.MapValue(), fd, held)
				return true
			})
		case fd.IsList():
			for i := range v.List().Len() {
				w.value(fd, fd, v.List().Get(i))
			}
		default:
			w.value(fd, fd, v)
		}
		return true
	})
}

// vouched says whether the message is a customer with a territory that is covered.
func (w *walk) vouched(m protoreflect.Message) bool {
	d := m.Descriptor()
	return w.covers != nil && d.FullName() == customer && w.covers(m.Get(d.Fields().ByName("territory")).String())
}

// value looks at what a field holds, or one element of it, which is of the given kind.
func (w *walk) value(kind, field protoreflect.FieldDescriptor, v protoreflect.Value) {
	switch kind.Kind() {
	case protoreflect.MessageKind:
		w.message(v.Message())
	case protoreflect.StringKind:
		if id, ok := idOf(v.String()); ok {
			w.met(field, id)
		}
	default:
	}
}

// idOf is the id of the customer, if the text is a customer's name or one below it.
func idOf(text string) (string, bool) {
	rest, ok := strings.CutPrefix(text, collection)
	if !ok || len(rest) < length || len(rest) > length && rest[length] != '/' {
		return "", false
	}
	return rest[:length], true
}
