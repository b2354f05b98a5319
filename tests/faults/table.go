package faults

import (
	"time"

	"github.com/guanxi-crm/guanxi/tests/faults/internal/check"
	"github.com/guanxi-crm/guanxi/tests/faults/internal/load"
	"github.com/guanxi-crm/guanxi/tests/faults/internal/world"
)

// table is every accident there is.
var table = []Fault{
	{Name: "service-at-random", Share: 10, Cycle: serviceAtRandom},
	{Name: "service-before-commit", Share: 10, Cycle: serviceAt("commit.before", 30)},
	{Name: "service-after-commit", Share: 10, Cycle: serviceAt("commit.after", 30)},
	{Name: "relay-before-publish", Share: 5, Cycle: serviceAt("relay.before_publish", 8)},
	{
		Name: "relay-mid-batch", Share: 5, Cycle: serviceAt("relay.mid_batch", 10),
		Load: func(o *load.Options) { o.Writers, o.Rest = 24, 5*time.Millisecond }, // so that more wait than the relay sends one by one
	},
	{Name: "relay-before-mark", Share: 10, Cycle: serviceAt("relay.after_ack", 8)},
	{Name: "relay-after-mark", Share: 3, Cycle: serviceAt("relay.after_mark", 8)},
	{Name: "subscriber-at-random", Share: 6, Cycle: subscriberAtRandom},
	{Name: "subscriber-before-commit", Share: 6, Cycle: subscriberAt("commit.before")},
	{Name: "subscriber-after-effect", Share: 8, Cycle: subscriberAt("consumer.after_effect")},
	{Name: "subscriber-before-ack", Share: 8, Cycle: subscriberAt("consumer.before_ack")},
	{Name: "both-at-random", Share: 4, Cycle: both},
	{Name: "broker-killed", Share: 4, Cycle: broker},
	{Name: "database-restarted", Share: 3, Cycle: database},
	{Name: "clock-moved", Share: 3, Cycle: clock},
	{Name: "relay-stale", Share: 1, Cycle: staleRelay, End: repeated, Allow: check.Allowance{Repeats: true}},
	{Name: "poison", Share: 3, Cycle: poison},
	{Name: "subscriber-offline", Share: 2, Cycle: offline},
	{Name: "stream-full", Share: 2, Cycle: full},
	{
		Name: "wire", Share: 5, Cycle: badWire, Begin: noteGoroutines, End: compareGoroutines,
		World: func(o *world.Options) { o.Wired = true },
	},
	{
		Name: "terminated", Share: 5, Cycle: terminated, Allow: check.Allowance{NoUnknowns: true},
		Load: func(o *load.Options) { o.Once, o.Rest = true, 5*time.Millisecond },
	},
	{
		Name: "overload", Measures: true, Cycle: overload,
		Load: func(o *load.Options) { o.Writers, o.Rest = 1, 200*time.Millisecond },
	},
}
