package layout_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/guanxi-crm/guanxi/services/planning/internal/layout"
)

// horizon draws some days.
func horizon(t *rapid.T, days int) layout.Horizon {
	h := layout.Horizon{
		Weekday: rapid.IntRange(0, 6).Draw(t, "weekday"), Gap: rapid.IntRange(0, 4).Draw(t, "gap"),
		Works: make([]bool, days), Room: make([]int32, days), Load: make([]int32, days),
	}
	for d := range days {
		if h.Works[d] = rapid.IntRange(0, 4).Draw(t, "works") > 0; h.Works[d] {
			h.Room[d] = rapid.SampledFrom([]int32{0, 60, 120, 240}).Draw(t, "room")
			h.Load[d] = rapid.SampledFrom([]int32{0, 0, 0, 30, 60}).Draw(t, "load")
		}
	}
	return h
}

// contacts draws some, standing, fixed and new.
func contacts(t *rapid.T, days, most int) []layout.Contact {
	list := make([]layout.Contact, rapid.IntRange(0, most).Draw(t, "contacts"))
	for i := range list {
		c := &list[i]
		c.Customer = rapid.IntRange(0, 3).Draw(t, "customer")
		c.First = rapid.IntRange(0, days-1).Draw(t, "first")
		c.Last = rapid.IntRange(c.First, days-1).Draw(t, "last")
		c.Minutes = rapid.SampledFrom([]int32{0, 30, 60, 120, 180}).Draw(t, "minutes")
		c.Position = rapid.Float64Range(0, 1).Draw(t, "position")
		c.Liked = rapid.Uint8Range(0, 127).Draw(t, "liked")
		c.Avoid = rapid.SliceOfN(rapid.IntRange(0, days-1), 0, 2).Draw(t, "avoid")
		c.Refused = rapid.IntRange(0, 9).Draw(t, "refused") == 0
		c.Ownerless = rapid.IntRange(0, 19).Draw(t, "ownerless") == 0
		c.At = rapid.IntRange(layout.None, days-1).Draw(t, "at")
		if c.At != layout.None {
			c.Fixed = rapid.IntRange(0, 4).Draw(t, "fixed") == 0
			c.Elsewhere = rapid.IntRange(0, 9).Draw(t, "elsewhere") == 0
		}
	}
	return list
}

func TestNoHardRuleIsBroken(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		days := rapid.IntRange(1, 40).Draw(t, "days")
		h, list := horizon(t, days), contacts(t, days, 40)
		before := slices.Clone(list)
		places := layout.Plan(h, list)
		require.Equal(t, before, list, "the question is not touched")
		require.NoError(t, verify(h, list, places))
		require.Equal(t, places, layout.Plan(h, list), "the same question has the same answer")
		for i := range list {
			if places[i].Day == layout.None && !list[i].Fixed && !list[i].Elsewhere {
				require.Equal(t, layout.None, roomFor(h, list, places, i), "contact %d has no day though there is room", i)
			}
		}
	})
}

// What has been laid out stays as it is when it is laid out again, and so does all else when contacts go.
func TestWhatStandsStays(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		days := rapid.IntRange(1, 40).Draw(t, "days")
		h, list := horizon(t, days), contacts(t, days, 30)
		for i, p := range layout.Plan(h, list) {
			list[i].At = p.Day
		}
		left := slices.DeleteFunc(slices.Clone(list), func(c layout.Contact) bool { return c.At == layout.None || rapid.IntRange(0, 3).Draw(t, "gone") == 0 })
		for i, p := range layout.Plan(h, left) {
			require.Equal(t, left[i].At, p.Day)
		}
	})
}

// A small question is answered about as well as can be: what a search through all answers places, the layout places, but for what needs longer chains of moves than it tries.
func TestAsMuchIsPlacedAsCanBe(t *testing.T) {
	t.Parallel()
	questions, perfect, lost := 0, 0, 0
	rapid.Check(t, func(t *rapid.T) {
		days := rapid.IntRange(1, 6).Draw(t, "days")
		h, list := horizon(t, days), contacts(t, days, 6)
		placed := 0
		for i, p := range layout.Plan(h, list) {
			if p.Day != layout.None && !list[i].Fixed && !list[i].Elsewhere {
				placed++
			}
		}
		best := most(h, list)
		questions++
		if placed == best {
			perfect++
		}
		lost += best - placed
		require.LessOrEqual(t, best-placed, 2)
		require.LessOrEqual(t, placed, best, "more than can be")
	})
	t.Logf("%d of %d questions answered perfectly, %d contacts lost", perfect, questions, lost)
	require.GreaterOrEqual(t, perfect*100, questions*90)
}

// worked is a horizon of days that are all worked, with room for so many minutes each.
func worked(days int, room int32) layout.Horizon {
	h := layout.Horizon{Works: make([]bool, days), Room: make([]int32, days)}
	for d := range days {
		h.Works[d], h.Room[d] = true, room
	}
	return h
}

func TestRoomIsMadeByMovingAsFewAsPossible(t *testing.T) {
	t.Parallel()
	h := worked(4, 60)
	list := []layout.Contact{
		{Customer: 0, First: 0, Last: 1, Minutes: 60, At: 0},
		{Customer: 1, First: 1, Last: 2, Minutes: 60, At: 1},
		{Customer: 2, First: 3, Last: 3, Minutes: 60, At: 3},
		{Customer: 3, First: 0, Last: 0, Minutes: 60, At: layout.None},
	}
	places := layout.Plan(h, list)
	require.Equal(t, []layout.Place{{Day: 1}, {Day: 2}, {Day: 3}, {Day: 0}}, places, "a chain of two moves; the third is left alone")

	list[0].Fixed = true
	places = layout.Plan(h, list)
	require.Equal(t, []layout.Place{{Day: 0}, {Day: 1}, {Day: 3}, {Day: layout.None, Obstacle: layout.NoCapacity}}, places, "what is fixed is not moved")
}

func TestObstacles(t *testing.T) {
	t.Parallel()
	h := worked(5, 60)
	h.Works[4], h.Room[4], h.Gap = false, 0, 3
	one := func(c layout.Contact, others ...layout.Contact) layout.Obstacle {
		c.At = layout.None
		return layout.Plan(h, append([]layout.Contact{c}, others...))[0].Obstacle
	}
	fixed := func(customer, day int, minutes int32) layout.Contact {
		return layout.Contact{Customer: customer, At: day, Fixed: true, Minutes: minutes, Last: 4}
	}
	require.Equal(t, layout.NoCapacity, one(layout.Contact{Last: 0, Minutes: 60}, fixed(1, 0, 30)))
	require.Equal(t, layout.NoCapacity, one(layout.Contact{Last: 3, Minutes: 61}))
	require.Equal(t, layout.NoWorkingDay, one(layout.Contact{First: 4, Last: 4, Minutes: 60}))
	require.Equal(t, layout.TooClose, one(layout.Contact{Last: 2, Minutes: 30}, fixed(0, 1, 30)))
	require.Equal(t, layout.NoOwner, one(layout.Contact{Last: 3, Minutes: 30, Ownerless: true}))
	require.Equal(t, layout.Preferences, one(layout.Contact{Last: 3, Minutes: 30, Refused: true}))
	require.Equal(t, layout.Preferences, one(layout.Contact{Last: 1, Minutes: 30, Avoid: []int{0, 1}}))
	require.Zero(t, one(layout.Contact{First: 4, Last: 4, Ownerless: true}), "a message needs no working day and nobody's time")
	require.Zero(t, one(layout.Contact{Last: 4, Minutes: 60}, fixed(1, 0, 30)))
}

func TestWishesAreHeededWhereThereIsRoom(t *testing.T) {
	t.Parallel()
	h := worked(28, 240)
	place := func(c layout.Contact) int {
		c.At, c.Last = layout.None, 27
		return layout.Plan(h, []layout.Contact{c})[0].Day
	}
	require.Zero(t, place(layout.Contact{Minutes: 30}))
	require.Equal(t, 27, place(layout.Contact{Minutes: 30, Position: 1}))
	require.Equal(t, 9, place(layout.Contact{Minutes: 30, Position: 9.0 / 27}))
	require.Equal(t, 2, place(layout.Contact{Minutes: 30, Liked: 1 << 2}), "day 0 is a Sunday: the first Tuesday")
}

// A year of visits and calls lies as evenly as their lengths let it.
func TestTheLoadIsEven(t *testing.T) {
	t.Parallel()
	h := worked(260, 240)
	h.Gap = 3
	var list []layout.Contact
	var minutes []int32
	add := func(customer, first, last int, m int32) {
		list = append(list, layout.Contact{Customer: customer, First: first, Last: last, Minutes: m, Position: 0.5, At: layout.None})
		minutes = append(minutes, m)
	}
	for customer := range 30 {
		for month := range 12 {
			add(customer, month*260/12, (month+1)*260/12-1, 30)
		}
		for half := range 2 {
			add(customer, half*130, half*130+129, 120)
		}
	}
	places := layout.Plan(h, list)
	require.NoError(t, verify(h, list, places))
	load := make([]int32, 260)
	for i, p := range places {
		load[p.Day] += list[i].Minutes
	}
	variation, ideal := layout.Variation(load), layout.Ideal(260, minutes)
	t.Logf("variation %.3f, ideal %.3f, from %d to %d minutes a day", variation, ideal, slices.Min(load), slices.Max(load))
	require.LessOrEqual(t, variation, ideal+0.05)
}
