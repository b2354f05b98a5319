package gate

import (
	"fmt"
	"time"

	"github.com/guanxi-crm/guanxi/libs/aggregate"
)

// What takes nobody's time needs nobody, on any day.

func checkOwner(s *Snapshot, _ time.Time) []Failure {
	if s.Minutes == 0 || s.Candidate.Owner != "" {
		return nil
	}
	return []Failure{{Rule: "OWNER_MISSING", Subject: aggregate.Name(s.Customer), Text: text("nobody makes the contact", "没有负责人")}}
}

func (s *Snapshot) busy() bool { return s.Minutes > 0 && s.Owner != nil }

func checkWorkingDay(s *Snapshot, day time.Time) []Failure {
	if !s.busy() {
		return nil
	}
	for _, a := range s.Owner.Absent {
		if !day.Before(a.First) && day.Before(a.Next) {
			return []Failure{{Rule: "OWNER_ABSENT", Subject: s.Candidate.Owner, Text: text("the owner is absent", "负责人不在岗")}}
		}
	}
	if s.Owner.Calendar == nil || !s.Owner.Calendar.Works(day) {
		return []Failure{{Rule: "WORKING_DAY", Subject: s.Candidate.Owner, Text: text("it is no working day of the owner", "不是负责人的工作日")}}
	}
	return nil
}

func checkCapacity(s *Snapshot, day time.Time) []Failure {
	if !s.busy() {
		return nil
	}
	left := s.Owner.Daily - s.Owner.Load[day]
	if s.Minutes <= left {
		return nil
	}
	left = max(left, 0)
	return []Failure{{Rule: "CAPACITY", Subject: s.Candidate.Owner, Text: text(
		fmt.Sprintf("the owner has %d minutes left on that day, and it takes %d", left, s.Minutes),
		fmt.Sprintf("负责人当天仅剩 %d 分钟，而本次接触需要 %d 分钟", left, s.Minutes))}}
}
