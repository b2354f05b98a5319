// Package consent is the ledger [同意台账] of what people have said about being contacted, by which medium and for what.
package consent

import (
	"bytes"
	"cmp"
	"fmt"
	"time"

	"github.com/google/uuid"
	"google.golang.org/grpc/codes"

	"github.com/guanxi-crm/guanxi/libs/fault"
)

// Most is how many answers a person can hold at a time.
const Most = 20

// skew is by how much the clock of a caller may be ahead of ours.
const skew = time.Minute

// Answer is what a person holds to be the newest, as Person.consents has it. Medium, State and Purpose have the numbers of their enums in the API.
type Answer struct {
	Medium  int32
	State   int32
	Time    *time.Time
	Source  string
	Purpose int32
}

// Key is what there is one newest answer of.
type Key struct{ Medium, Purpose int32 }

// Key is that of the answer.
func (a *Answer) Key() Key { return Key{a.Medium, a.Purpose} }

// Entry is one in the ledger. State 0 stands for an answer that was taken out, as if nobody had asked.
type Entry struct {
	Customer   uuid.UUID `db:"customer_id"`
	Person     uuid.UUID `db:"person_id"`
	ID         uuid.UUID `db:"entry_id"`
	Medium     int32     `db:"medium"`
	Purpose    int32     `db:"purpose"`
	State      int32     `db:"state"`
	Time       time.Time `db:"consent_time"`
	Source     string    `db:"-"`
	Actor      string    `db:"actor"`
	Cause      string    `db:"cause"`
	RecordTime time.Time `db:"record_time"`
}

// Key is that of the entry.
func (e *Entry) Key() Key { return Key{e.Medium, e.Purpose} }

// Answer is the entry as a person holds it.
func (e *Entry) Answer() Answer {
	at := e.Time
	return Answer{Medium: e.Medium, State: e.State, Time: &at, Source: e.Source, Purpose: e.Purpose}
}

// Compare puts the newest last: by when it was said and, of what was said at one time, by when it was recorded.
func (e *Entry) Compare(o *Entry) int {
	return cmp.Or(e.Time.Compare(o.Time), e.RecordTime.Compare(o.RecordTime), bytes.Compare(e.ID[:], o.ID[:]))
}

// Check holds an entry that somebody records to the rules.
func (e *Entry) Check(now time.Time) []fault.Violation {
	var wrong []fault.Violation
	if e.State == 0 {
		wrong = append(wrong, fault.Field("state", "REQUIRED", fault.Text{En: "must be given", Zh: "必须填写"}))
	}
	if e.Time.After(now.Add(skew)) {
		wrong = append(wrong, fault.Field("consent_time", "FUTURE", fault.Text{En: "is yet to come", Zh: "不得晚于当前时间"}))
	}
	return wrong
}

// Newest are the newest entries of each medium and purpose.
func Newest(all []Entry) map[Key]*Entry {
	out := map[Key]*Entry{}
	for i := range all {
		e := &all[i]
		if n := out[e.Key()]; n == nil || n.Compare(e) < 0 {
			out[e.Key()] = e
		}
	}
	return out
}

// Hold puts a newest entry among the answers of a person, in the place of the one that it follows.
func Hold(answers []Answer, e *Entry) ([]Answer, error) {
	out := make([]Answer, 0, len(answers)+1)
	found := false
	for _, a := range answers {
		if a.Key() == e.Key() {
			a, found = e.Answer(), true
		}
		out = append(out, a)
	}
	if found {
		return out, nil
	}
	if len(out) >= Most {
		return nil, fault.New(codes.FailedPrecondition, "TOO_MANY", fault.Text{
			En: fmt.Sprintf("The person holds %d consents of different media and purposes, which is the most.", Most), Zh: fmt.Sprintf("该人员已有 %d 项不同渠道与用途的同意记录，已达上限。", Most),
		})
	}
	return append(out, e.Answer()), nil
}

// Follow are the entries that it takes for the ledger, whose newest are given, to say what the person holds now. Its entries have medium, purpose, state, time and source alone.
// What is imposed counts from now on, whenever it was said.
func Follow(newest map[Key]*Entry, answers []Answer, now time.Time, imposed bool) (missing []Entry, wrong []fault.Violation) {
	held := map[Key]bool{}
	for i := range answers {
		a := &answers[i]
		held[a.Key()] = true
		n := newest[a.Key()]
		at := now
		if a.Time != nil && !imposed {
			at = *a.Time
		}
		switch path := fmt.Sprintf("consents[%d].consent_time", i); {
		case at.After(now.Add(skew)):
			wrong = append(wrong, fault.Field(path, "FUTURE", fault.Text{En: "is yet to come", Zh: "不得晚于当前时间"}))
		case n != nil && n.State == a.State && n.Source == a.Source && (a.Time == nil || imposed || !at.After(n.Time)):
		case n != nil && at.Before(n.Time) && n.State == a.State: // an earlier time for what is held to be said later
		case n != nil && at.Before(n.Time):
			wrong = append(wrong, older(path, n))
		default:
			missing = append(missing, Entry{Medium: a.Medium, Purpose: a.Purpose, State: a.State, Time: at, Source: a.Source})
		}
	}
	for key, n := range newest {
		if n.State != 0 && !held[key] {
			missing = append(missing, Entry{Medium: key.Medium, Purpose: key.Purpose, Time: later(now, n.Time)})
		}
	}
	return missing, wrong
}

// later is the time of an entry that is made now and is to be the newest: somebody's clock may have been ahead.
func later(now, than time.Time) time.Time {
	if now.Before(than) {
		return than
	}
	return now
}

func older(path string, n *Entry) fault.Violation {
	at := n.Time.UTC().Format(time.RFC3339)
	return fault.Field(path, "OLDER", fault.Text{
		En: "is before the newest answer of that medium and purpose, which was given at " + at + "; record it by RecordConsent", Zh: "早于该渠道与用途的最新答复（" + at + "），请用 RecordConsent 补记",
	})
}
