// Package layout finds a day for each contact of an owner: an assignment under hard rules (working days, time per day, windows, distance between contacts of a customer,
// refused days) that spreads the load evenly and moves as little as possible of what has a day already. It knows neither clock nor database, and gives the same answer to the
// same question.
//
// What stands well is kept, the rest is placed, the longest first, on the day with the least load near its preferred position. What finds no room so has others moved out of
// its way, as few as possible (package file room.go). At the end what is new is evened out.
package layout

// None is no day.
const None = -1

// Obstacle is why a contact has no day; the numbers are those of the API.
type Obstacle int16

// The obstacles.
const (
	NoCapacity Obstacle = iota + 1
	NoWorkingDay
	TooClose
	NoOwner
	Preferences
)

// Horizon is the days that are planned, by their index.
type Horizon struct {
	// Weekday is the weekday of day 0, 0 Sunday to 6 Saturday.
	Weekday int
	// Works says which days are worked; Room how many minutes each has, all in all.
	Works []bool
	Room  []int32
	// Load is what is taken already by contacts that are not given one by one; nil: nothing.
	Load []int32
	// Gap is the least distance in days between two contacts of a customer that take time: 1 forbids the same day, 0 nothing.
	Gap int
}

// Contact is one to be placed, or one that has its place.
type Contact struct {
	// Customer counts the customers from 0.
	Customer int
	// First and Last are the window, both within the horizon.
	First, Last int
	Minutes     int32
	// Position is where in the window it is best, from 0 to 1.
	Position float64
	// Liked are the weekdays that suit best, a bit each, 1<<0 Sunday; 0: all do.
	Liked uint8
	// Avoid are days that are refused; Refused is that it is refused as such.
	Avoid   []int
	Refused bool
	// Ownerless is that nobody has time for it.
	Ownerless bool
	// At is the day it has already, or None. Fixed is that it stays there whatever the rules say.
	At    int
	Fixed bool
	// Elsewhere is that it takes time of another owner: it only keeps others of its customer at a distance. It is fixed.
	Elsewhere bool
}

// Place is where a contact is put: its day, or None and why.
type Place struct {
	Day      int
	Obstacle Obstacle
}

// Plan places all contacts. The answer has one place for each, in the order of the contacts.
func Plan(h Horizon, contacts []Contact) []Place {
	p := newPlanner(h, contacts)
	var fresh []int
	for _, i := range p.keep() {
		left := effort
		if p.put(i) || p.makeRoom(i, chain, &left) {
			fresh = append(fresh, i)
		}
	}
	p.even(fresh)
	out := make([]Place, len(contacts))
	for i := range contacts {
		out[i] = Place{Day: p.day[i]}
		if p.day[i] == None {
			out[i].Obstacle = p.obstacle(i)
		}
	}
	return out
}
