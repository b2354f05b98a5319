package blend_test

import (
	"fmt"
	"maps"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"
	"pgregory.net/rapid"

	profilev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/profile/v1"
	"github.com/guanxi-crm/guanxi/services/profile/internal/blend"
)

func phone(value, label string) *profilev1.Channel {
	return &profilev1.Channel{Medium: profilev1.Channel_PHONE, Value: value, Label: label}
}

func text(s string) *profilev1.AttributeValue {
	return &profilev1.AttributeValue{Value: &profilev1.AttributeValue_Text{Text: s}}
}

func requireEqual(t require.TestingT, want, got *profilev1.Customer) {
	if !proto.Equal(want, got) {
		require.Equal(t, fmt.Sprint(want), fmt.Sprint(got))
	}
}

func TestJoin(t *testing.T) {
	t.Parallel()
	survivor := &profilev1.Customer{
		Name: "customers/s", DisplayName: "S", Industry: "i", Tags: []string{"a"}, Channels: []*profilev1.Channel{phone("1", "main")},
		Attributes: map[string]*profilev1.AttributeValue{"x": text("s")}, Etag: "1", Parent: "customers/m",
	}
	merged := &profilev1.Customer{
		Name: "customers/m", DisplayName: "M", LegalName: "M Ltd.", Industry: "j", Owner: "alice", Tags: []string{"a", "b"}, AlternativeNames: []string{"m"},
		Channels: []*profilev1.Channel{phone("1", ""), phone("2", "")}, Attributes: map[string]*profilev1.AttributeValue{"x": text("m"), "y": text("m")},
		Etag: "2", Parent: "customers/s",
	}
	requireEqual(t, &profilev1.Customer{
		Name: "customers/s", DisplayName: "S", LegalName: "M Ltd.", Industry: "i", Owner: "alice", Tags: []string{"a", "b"}, AlternativeNames: []string{"m", "M"},
		Channels:   []*profilev1.Channel{phone("1", "main"), phone("2", "")},
		Attributes: map[string]*profilev1.AttributeValue{"x": text("s"), "y": text("m")}, Etag: "1",
	}, blend.Join(survivor, merged))
	require.Equal(t, []string{"legal_name", "alternative_names", "owner", "tags", "attributes", "channels", "parent"}, blend.Lay(survivor, merged).Fields())
}

func TestShift(t *testing.T) {
	t.Parallel()
	from := &profilev1.Customer{Owner: "a", Source: "x", Tags: []string{"1", "2"}, Attributes: map[string]*profilev1.AttributeValue{"k": text("a"), "l": text("a")}}
	to := &profilev1.Customer{Owner: "b", Tags: []string{"2", "3"}, Attributes: map[string]*profilev1.AttributeValue{"k": text("b")}}
	requireEqual(t, to, blend.Shift(from, from, to, false))
	base := &profilev1.Customer{Owner: "c", Source: "x", Tags: []string{"1", "2", "4"}, Attributes: map[string]*profilev1.AttributeValue{"k": text("c"), "l": text("a"), "m": text("c")}}
	requireEqual(t, &profilev1.Customer{
		Owner: "c", Tags: []string{"2", "4", "3"}, Attributes: map[string]*profilev1.AttributeValue{"k": text("c"), "m": text("c")},
	}, blend.Shift(base, from, to, false))
	requireEqual(t, &profilev1.Customer{
		Owner: "b", Tags: []string{"2", "4", "3"}, Attributes: map[string]*profilev1.AttributeValue{"k": text("b"), "m": text("c")},
	}, blend.Shift(base, from, to, true))
}

// node is a customer in memory, with the layers on it.
type node struct {
	now    *profilev1.Customer
	stack  []blend.State
	parts  []int // who made each layer
	into   int
	own    *profilev1.Customer // what it should be with everything undone
	number int
}

// forest is customers merged into each other, without a database.
type forest struct {
	nodes []*node
	count int
}

func (f *forest) root(i int) int {
	for f.nodes[i].into >= 0 {
		i = f.nodes[i].into
	}
	return i
}

func (f *forest) unique() string {
	f.count++
	return fmt.Sprint("v", f.count)
}

// edit changes the customer that has i's facts, under i's name.
func (f *forest) edit(i int, change func(*profilev1.Customer)) {
	r := f.nodes[f.root(i)]
	before := proto.CloneOf(r.now)
	change(r.now)
	change(f.nodes[i].own)
	was, is := before, r.now
	for at := f.root(i); at != i; {
		n := f.nodes[at]
		k := slices.IndexFunc(n.parts, func(p int) bool { return f.under(i, p) })
		was, is = blend.Edit(was, is, n.stack, k)
		at = n.parts[k]
	}
	blend.EditOwn(was, is, f.nodes[i].stack)
}

// under says whether i is p, or merged into it.
func (f *forest) under(i, p int) bool {
	for ; i >= 0; i = f.nodes[i].into {
		if i == p {
			return true
		}
	}
	return false
}

func (f *forest) merge(s, d int) {
	survivor, merged := f.nodes[s], f.nodes[d]
	layer := blend.Lay(survivor.now, merged.now)
	survivor.stack, survivor.parts, survivor.now = append(survivor.stack, layer), append(survivor.parts, d), proto.CloneOf(layer.After)
	merged.into = s
}

func (f *forest) unmerge(d int) {
	survivor, merged := f.nodes[f.nodes[d].into], f.nodes[d]
	at := slices.Index(survivor.parts, d)
	merged.now, merged.into = proto.CloneOf(survivor.stack[at].Merged), -1
	survivor.now = blend.Lift(survivor.now, survivor.stack, at)
	survivor.stack, survivor.parts = slices.Delete(survivor.stack, at, at+1), slices.Delete(survivor.parts, at, at+1)
}

// change draws something that somebody does to a customer.
func (f *forest) change(t *rapid.T, now *profilev1.Customer) func(*profilev1.Customer) {
	value := f.unique()
	switch kind := rapid.SampledFrom([]string{"owner", "source", "tag", "attribute", "tag off", "attribute off", "attribute changed"}).Draw(t, "change"); {
	case kind == "owner":
		return func(c *profilev1.Customer) { c.Owner = value }
	case kind == "source":
		return func(c *profilev1.Customer) { c.Source = value }
	case kind == "tag off" && len(now.GetTags()) > 0:
		off := rapid.SampledFrom(now.GetTags()).Draw(t, "tag")
		return func(c *profilev1.Customer) {
			c.Tags = slices.DeleteFunc(slices.Clone(c.GetTags()), func(s string) bool { return s == off })
		}
	case kind == "attribute off" && len(now.GetAttributes()) > 0:
		off := rapid.SampledFrom(slices.Sorted(maps.Keys(now.GetAttributes()))).Draw(t, "attribute")
		return func(c *profilev1.Customer) { delete(c.GetAttributes(), off) }
	case kind == "attribute changed" && len(now.GetAttributes()) > 0:
		key := rapid.SampledFrom(slices.Sorted(maps.Keys(now.GetAttributes()))).Draw(t, "attribute")
		return func(c *profilev1.Customer) { set(c, key, value) }
	case kind == "attribute":
		return func(c *profilev1.Customer) { set(c, value, value) }
	default:
		return func(c *profilev1.Customer) { c.Tags = append(c.GetTags(), value) }
	}
}

func set(c *profilev1.Customer, key, value string) {
	if c.Attributes == nil {
		c.Attributes = map[string]*profilev1.AttributeValue{}
	}
	c.Attributes[key] = text(value)
}

func (f *forest) step(t *rapid.T) {
	var roots, undoable []int
	for i, n := range f.nodes {
		if n.into < 0 {
			roots = append(roots, i)
		} else if f.nodes[n.into].into < 0 {
			undoable = append(undoable, i)
		}
	}
	switch kind := rapid.SampledFrom([]string{"edit", "edit", "merge", "unmerge", "both"}).Draw(t, "step"); {
	case kind == "edit":
		i := rapid.IntRange(0, len(f.nodes)-1).Draw(t, "under the name of")
		f.edit(i, f.change(t, f.nodes[f.root(i)].now))
	case kind == "unmerge" && len(undoable) > 0:
		f.unmerge(rapid.SampledFrom(undoable).Draw(t, "unmerged"))
	case len(roots) > 1:
		pair := rapid.Permutation(roots).Draw(t, "survivor and duplicate")
		survivor, merged := proto.CloneOf(f.nodes[pair[0]].now), proto.CloneOf(f.nodes[pair[1]].now)
		f.merge(pair[0], pair[1])
		if kind == "both" {
			f.unmerge(pair[1])
			requireEqual(t, survivor, f.nodes[pair[0]].now)
			requireEqual(t, merged, f.nodes[pair[1]].now)
		}
	}
}

// Whatever is changed under whatever name: with everything undone, each customer is what was written under its name.
func TestEveryCustomerComesBackAsItsOwn(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		f := &forest{}
		for i := range 5 {
			c := &profilev1.Customer{Name: fmt.Sprint("customers/", i), DisplayName: fmt.Sprint(i)}
			f.nodes = append(f.nodes, &node{now: c, own: proto.CloneOf(c), into: -1, number: i})
		}
		for range rapid.IntRange(1, 30).Draw(t, "steps") {
			f.step(t)
		}
		for undone := true; undone; {
			undone = false
			for i, n := range f.nodes {
				if n.into >= 0 && f.nodes[n.into].into < 0 {
					f.unmerge(i)
					undone = true
				}
			}
		}
		for _, n := range f.nodes {
			slices.Sort(n.own.Tags)
			slices.Sort(n.now.Tags)
			n.now.AlternativeNames = nil
			requireEqual(t, n.own, n.now)
		}
	})
}
