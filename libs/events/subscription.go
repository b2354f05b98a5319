package events

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Subscription is what a service wants to know and what it does then.
type Subscription struct {
	// Name is the consumer's name for good, here and at the broker: letters, digits and "-". By convention <service>-<purpose>.
	Name string
	// Subjects are patterns whose second word is a service's name: guanxi.profile.customer.*.v1, guanxi.profile.>. All are of one service: each numbers the events of an
	// aggregate by itself, so that the versions of two would be taken for each other's. Who listens to two has two subscriptions, or takes them without an order.
	Subjects []string
	// Unordered is for a handler whose effect is the same in whatever order events come. The broker is then asked for the subjects alone and no versions are kept: nothing is
	// written for events that are not wanted, and subjects may be of several services. Still each event is handled once.
	Unordered bool
	// Handle does the effect. It runs in the transaction that remembers the event as handled: what it writes with ctx happens exactly
	// once. It must end within 20 seconds. An error makes it tried again later, Permanent(err) never.
	Handle func(ctx context.Context, d Delivery) error
	// Workers is how many events are handled at once, those of one aggregate always one after the other. Zero is 1.
	Workers int
	// Backoff is the wait after each failed attempt; after the last the event goes to the dead letters. Nil is 1 s, 5 s, 30 s, 2 min,
	// 10 min. What fails because the database or another service is out of reach is tried for as long as that lasts.
	Backoff []time.Duration
}

// Delivery is an event on its way into a handler.
type Delivery struct {
	Event
	// Attempt counts from 1.
	Attempt int
}

var defaultBackoff = []time.Duration{time.Second, 5 * time.Second, 30 * time.Second, 2 * time.Minute, 10 * time.Minute}

type permanentError struct{ error }

// Unwrap gives the cause.
func (e permanentError) Unwrap() error { return e.error }

// Permanent marks an error that no further attempt can mend: the event goes to the dead letters at once.
func Permanent(err error) error {
	if err == nil {
		return nil
	}
	return permanentError{err}
}

func isPermanent(err error) bool {
	_, ok := errors.AsType[permanentError](err)
	return ok
}

// check refuses what could not work, and fills in what was left open.
func (s Subscription) check() (Subscription, error) {
	if s.Name == "" || strings.ContainsAny(s.Name, ".*> \t/\\") {
		return s, fmt.Errorf("events: %q is no name for a subscription", s.Name)
	}
	if len(s.Subjects) == 0 || s.Handle == nil {
		return s, fmt.Errorf("events: the subscription %s lacks subjects or a handler", s.Name)
	}
	for _, subject := range s.Subjects {
		words := strings.Split(subject, ".")
		if len(words) < 3 || words[0] != "guanxi" || words[1] == "*" || slices.Contains(words, "") {
			return s, fmt.Errorf("events: the subscription %s: %q is not guanxi.<service>.<pattern>", s.Name, subject)
		}
		if !s.Unordered && serviceOf(subject) != serviceOf(s.Subjects[0]) {
			return s, fmt.Errorf("events: the subscription %s listens to two services", s.Name)
		}
	}
	s.Workers = max(s.Workers, 1)
	if s.Backoff == nil {
		s.Backoff = defaultBackoff
	}
	return s, nil
}

// filters are what the broker is asked for: all events of the service concerned. Only who sees every version of an aggregate can tell
// an event that is late from one that is not wanted, and a broker redelivers out of order after every crash. Events that are not
// wanted cost one small write. Without an order, those that are wanted.
func (s Subscription) filters() []string {
	if s.Unordered {
		return s.Subjects
	}
	return []string{"guanxi." + serviceOf(s.Subjects[0]) + ".>"}
}

// wants says whether the handler is to see events of this subject.
func (s Subscription) wants(subject string) bool {
	return slices.ContainsFunc(s.Subjects, func(pattern string) bool { return matches(pattern, subject) })
}

// matches follows the rules of NATS: * is one word, > is the rest, at least one word.
func matches(pattern, subject string) bool {
	words := strings.Split(subject, ".")
	for i, p := range strings.Split(pattern, ".") {
		switch {
		case i >= len(words):
			return false
		case p == ">":
			return true
		case p != "*" && p != words[i]:
			return false
		}
	}
	return strings.Count(pattern, ".") == len(words)-1
}
