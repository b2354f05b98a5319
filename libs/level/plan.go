package level

import (
	"sync"

	"google.golang.org/protobuf/reflect/protoreflect"

	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
)

// plan is what is to do about the messages of one type for callers of one level, worked out once.
type plan struct {
	max    typev1.Level
	bounds protoreflect.FieldDescriptor // the field that bounds a message of this type, if any
	above  []protoreflect.FieldDescriptor
	visits []visit // fields in whose messages something may be above max
	masks  []mask
}

// visit is a field that holds messages with something to do.
type visit struct {
	field protoreflect.FieldDescriptor
	of    *plan
}

// mask is a field mask together with the field whose message its paths are of.
type mask struct{ field, resource protoreflect.FieldDescriptor }

type planKey struct {
	message protoreflect.MessageDescriptor
	max     typev1.Level
}

var plans sync.Map // planKey -> *plan

// planFor must not be asked for EXECUTIVE, above which there is nothing.
func planFor(md protoreflect.MessageDescriptor, max typev1.Level) *plan {
	if p, ok := plans.Load(planKey{md, max}); ok {
		return p.(*plan)
	}
	graph := make(map[protoreflect.MessageDescriptor]*plan)
	p := draw(graph, md, max)
	prune(graph)
	for message, p := range graph {
		plans.LoadOrStore(planKey{message, max}, p)
	}
	return p
}

// draw plans md and all message types that can be reached from it; graph ends recursion of types.
func draw(graph map[protoreflect.MessageDescriptor]*plan, md protoreflect.MessageDescriptor, max typev1.Level) *plan {
	if p, ok := graph[md]; ok {
		return p
	}
	p := &plan{max: max, bounds: boundsOf(md), masks: masksOf(md)}
	graph[md] = p
	for fd := range fields(md) {
		if effective(fd) > max {
			p.above = append(p.above, fd)
		} else if held := messageOf(fd); held != nil {
			p.visits = append(p.visits, visit{fd, draw(graph, held, max)})
		}
	}
	return p
}

// messageOf is the type of the messages in a field (the values, if it is a map), nil if it holds none.
func messageOf(fd protoreflect.FieldDescriptor) protoreflect.MessageDescriptor {
	if fd.IsMap() {
		return fd.MapValue().Message()
	}
	return fd.Message()
}

// masksOf pairs the field masks of a request with its resource: the one other field that holds a message of ours. Of
// several it cannot be told which is meant, and the mask is left to the handler.
func masksOf(md protoreflect.MessageDescriptor) []mask {
	var masks []protoreflect.FieldDescriptor
	var resources []protoreflect.FieldDescriptor
	for fd := range fields(md) {
		switch held := fd.Message(); {
		case held == nil || fd.IsList() || fd.IsMap():
		case held.FullName() == "google.protobuf.FieldMask":
			masks = append(masks, fd)
		case isOurs(held, ours):
			resources = append(resources, fd)
		}
	}
	if len(resources) != 1 {
		return nil
	}
	var pairs []mask
	for _, fd := range masks {
		pairs = append(pairs, mask{fd, resources[0]})
	}
	return pairs
}

// prune drops the visits that lead to nothing. What leads somewhere spreads from the plans with work of their own to those
// that visit them, until it spreads no further: types may hold each other.
func prune(graph map[protoreflect.MessageDescriptor]*plan) {
	work := make(map[*plan]bool)
	for grown := true; grown; {
		grown = false
		for _, p := range graph {
			if !work[p] && p.works(work) {
				work[p], grown = true, true
			}
		}
	}
	for _, p := range graph {
		var kept []visit
		for _, v := range p.visits {
			if work[v.of] {
				kept = append(kept, v)
			}
		}
		p.visits = kept
	}
}

func (p *plan) works(work map[*plan]bool) bool {
	if p.bounds != nil || len(p.above) > 0 {
		return true
	}
	for _, v := range p.visits {
		if work[v.of] {
			return true
		}
	}
	return false
}

// idle reports whether no message of the type can hold anything above max.
func (p *plan) idle() bool { return len(p.above) == 0 && len(p.visits) == 0 }

// hides reports whether the message as a whole is above max by its own bounds field. LEVEL_UNSPECIFIED counts as BASIC.
func (p *plan) hides(m protoreflect.Message) bool {
	if p.bounds == nil {
		return false
	}
	bound := typev1.Level(m.Get(p.bounds).Enum())
	return max(bound, typev1.Level_BASIC) > p.max
}
