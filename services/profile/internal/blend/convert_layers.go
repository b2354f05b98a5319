package blend

import (
	"google.golang.org/protobuf/proto"

	"github.com/guanxi-crm/guanxi/libs/history"
	profilev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/profile/v1"
)

// State is what a layer knows.
type State struct {
	// Before and After are the survivor below and above the layer, Merged is the customer that made it. Above the newest is the survivor as it is.
	Before, After, Merged *profilev1.Customer
}

// Lay puts a merged customer on top of a survivor.
func Lay(survivor, merged *profilev1.Customer) State {
	return State{Before: survivor, After: Join(survivor, merged), Merged: merged}
}

// Fields are the names of the survivor's fields in which something of the merged customer is.
func (s State) Fields() []string { return history.Names(history.Diff(s.Before, s.After)) }

// Lift takes a layer out of a stack, the newest of which is last, and returns the survivor without it. The layers above it are laid anew, as the survivor has become another.
func Lift(now *profilev1.Customer, stack []State, at int) *profilev1.Customer {
	catchUp(stack, now)
	out := stack[at].Before
	for i := at + 1; i < len(stack); i++ {
		stack[i] = stack[i].anew(out)
		out = stack[i].After
	}
	return proto.CloneOf(out)
}

// anew is the layer on top of another survivor. What has been changed since it was laid stays changed.
func (s State) anew(survivor *profilev1.Customer) State {
	return State{Before: survivor, After: Shift(Join(survivor, s.Merged), Join(s.Before, s.Merged), s.After, true), Merged: s.Merged}
}

// EditOwn tells a stack of a change that came under its survivor's own name: it is the survivor's whatever is taken off it.
func EditOwn(before, after *profilev1.Customer, stack []State) {
	catchUp(stack, before)
	for i := range stack {
		s := &stack[i]
		s.Before, s.After = Shift(s.Before, before, after, true), Shift(s.After, before, after, true)
	}
}

// Edit tells a stack of a change of its survivor that came under the old name of the customer of one layer: it goes with that one. It returns that customer as it was and is.
func Edit(before, after *profilev1.Customer, stack []State, at int) (was, is *profilev1.Customer) {
	catchUp(stack, before)
	EditOwn(before, after, stack[at+1:])
	s := &stack[at]
	was, is = s.Merged, Shift(s.Merged, before, after, true)
	*s = State{Before: s.Before, After: Shift(s.After, before, after, true), Merged: is}
	return was, is
}

// catchUp is for a survivor that has changed without its stack being told: the change counts as its own.
func catchUp(stack []State, now *profilev1.Customer) {
	if len(stack) == 0 {
		return
	}
	top := stack[len(stack)-1].After
	if before := proto.CloneOf(top); !alike(before, now) {
		for i := range stack {
			s := &stack[i]
			s.Before, s.After = Shift(s.Before, before, now, true), Shift(s.After, before, now, true)
		}
	}
}
