// Package schedule runs jobs at their times once for the whole cluster, however many instances run, and makes up for times that
// passed while none did.
package schedule

import (
	"context"
	"fmt"
	"time"

	"github.com/robfig/cron/v3"
)

// Job is work to be done at certain times.
type Job struct {
	// Name is the job's name for good: renaming makes it a new job.
	Name string
	// Cron has five fields: minute, hour, day (of the month), month, day of the week.
	Cron string
	// Zone is the time zone of Cron; nil is UTC. A time that a change of clocks skips is not due that day, one that it repeats is due
	// twice.
	Zone *time.Location
	// Run does the work of a due time, which lies in the past when the job is late. What it writes with ctx commits together with the
	// record that the time is done: it happens exactly once. What it does elsewhere may happen again after a failure.
	Run func(ctx context.Context, due time.Time) error
	// MaxCatchUp is how many missed times are made up for, the latest ones; zero is 100. Older ones are passed over.
	MaxCatchUp int
}

// job is a Job with its times understood.
type job struct {
	Job
	times cron.Schedule
}

func understand(j Job) (job, error) {
	times, err := cron.ParseStandard(j.Cron)
	if err != nil {
		return job{}, fmt.Errorf("schedule: the times of %s: %w", j.Name, err)
	}
	if j.Name == "" || j.Run == nil {
		return job{}, fmt.Errorf("schedule: a job with the times %q lacks a name or its work", j.Cron)
	}
	if j.Zone == nil {
		j.Zone = time.UTC
	}
	if j.MaxCatchUp <= 0 {
		j.MaxCatchUp = 100
	}
	return job{Job: j, times: times}, nil
}

// between lists the due times after one time up to and including another, the latest MaxCatchUp of them, and how many it passes over.
func (j job) between(after, until time.Time) (due []time.Time, passed int) {
	for t := j.next(after); !t.IsZero() && !t.After(until); t = j.next(t) {
		due = append(due, t)
		if len(due) > j.MaxCatchUp {
			due = due[1:]
			passed++
		}
	}
	return due, passed
}

// next is the first due time after t, zero if there is none within five years.
func (j job) next(t time.Time) time.Time { return j.times.Next(t.In(j.Zone)) }
