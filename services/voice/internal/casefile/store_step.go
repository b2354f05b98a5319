package casefile

import (
	"context"
	"errors"

	"github.com/google/uuid"
	"google.golang.org/grpc/codes"

	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/history"
	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/libs/resource"
	"github.com/guanxi-crm/guanxi/services/voice/internal/clock"
)

const (
	territoryOf = `select territory from customers where customer_id = $1`
	languageOf  = `select language from voices where customer_id = $1 and case_id = $2 and language <> '' order by received_time, voice_id limit 1`
	hasOriginal = `select exists (select from case_links where customer_id = $1 and case_id = $2 and kind = 1)`

	selectDuplicates = `select ` + columns + ` from ` + from + ` join case_links l on l.customer_id = k.customer_id and l.case_id = k.case_id and l.kind = 1
		where l.other_customer_id = $1 and l.other_case_id = $2 and k.state < 8 order by k.case_id`
)

// Options are what a step is told besides.
type Options struct {
	Channel  string // of an answer
	Language string // of whom a desk chooses; empty: that of the first voice
}

// Do takes a step. One that changes nothing, as assigning a case to who has it, leaves no trace.
func (s *Store) Do(ctx context.Context, id uuid.UUID, tag string, step Step, options Options) (*Case, error) {
	return s.Change(ctx, id, tag, func(ctx context.Context, c *Case) ([]history.Record, error) {
		return s.take(ctx, c, step, options, false)
	})
}

// take takes a step in the caller's transaction, which holds the customer. automatic says that nobody asked for it.
func (s *Store) take(ctx context.Context, c *Case, step Step, options Options, automatic bool) ([]history.Record, error) {
	numbers, err := s.Numbers.Current(ctx)
	if err != nil {
		return nil, err
	}
	if _, err := c.next(step.Verb); err != nil { // before a desk is asked
		return nil, err
	}
	step.At, step.IsResponse = s.at(c), numbers.Case.StartIsResponse
	why, err := s.prepare(ctx, c, &step, options)
	if err != nil {
		return nil, err
	}
	t, err := c.Take(&step)
	if err != nil {
		return nil, err
	}
	if !t.Changed && step.Verb != Respond {
		return nil, nil
	}
	if err := s.Note(ctx, c.Customer, c.ID, t.entry(c, &step, options, why)); err != nil || !t.Changed {
		return nil, err
	}
	if err := s.write(ctx, c); err != nil {
		return nil, err
	}
	if err := s.tick(ctx, c, &step, t.Ticks); err != nil {
		return nil, err
	}
	record, err := c.stepped(ctx, &step, t, automatic)
	if err != nil {
		return nil, err
	}
	records := []history.Record{record}
	if step.Verb == Close && numbers.Case.CloseDuplicates {
		more, err := s.closeDuplicates(ctx, c)
		return append(records, more...), err
	}
	return records, nil
}

// prepare finds what a step has to know that stands elsewhere; why tells how a desk has chosen.
func (s *Store) prepare(ctx context.Context, c *Case, step *Step, options Options) (why string, err error) {
	switch {
	case step.Verb == Close && step.Outcome == Duplicate:
		return "", s.db.Get(ctx, &step.HasOriginal, hasOriginal, c.Customer, c.ID)
	case step.Verb == Assign && step.Assignee == "":
		return s.choose(ctx, c, step, options.Language)
	}
	return "", nil
}

// choose has the desks say who takes a case.
func (s *Store) choose(ctx context.Context, c *Case, step *Step, language string) (why string, err error) {
	var territory string
	if err := s.db.Get(ctx, &territory, territoryOf, c.Customer); err != nil {
		return "", err
	}
	if language == "" {
		if err := s.db.Get(ctx, &language, languageOf, c.Customer, c.ID); err != nil && !errors.Is(err, postgres.ErrNoRows) {
			return "", err
		}
	}
	id, subject, why, err := s.Desks.Choose(ctx, territory, int16(c.Request), c.ProductLine, language)
	if err != nil {
		return "", err
	}
	if subject == "" {
		return "", fault.New(codes.FailedPrecondition, "NOBODY_FREE", fault.Text{
			En: "no desk has anybody who can take " + c.Name() + ": " + why, Zh: "没有服务台有人可以受理 " + c.Name() + "：" + why,
		})
	}
	step.Assignee, step.Desk = subject, id
	return why, nil
}

// tick tells the clocks of a case what a step does to them.
func (s *Store) tick(ctx context.Context, c *Case, step *Step, ticks []Tick) error {
	for _, tick := range ticks {
		var err error
		switch tick {
		case Pause:
			err = s.Clocks.Pause(ctx, c.Customer, c.ID, step.At)
		case Continue:
			err = s.Clocks.Resume(ctx, c.Customer, c.ID, step.At)
		case StopResponse:
			err = s.Clocks.Stop(ctx, c.Customer, c.ID, clock.FirstResponse, step.At)
		case StopResolution:
			err = s.Clocks.Stop(ctx, c.Customer, c.ID, clock.Resolution, step.At)
		case CancelAll:
			err = s.Clocks.Cancel(ctx, c.Customer, c.ID, step.At)
		case RestartResponse:
			err = s.restart(ctx, c, step, clock.FirstResponse)
		case RestartResolution:
			err = s.restart(ctx, c, step, clock.Resolution)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (s *Store) restart(ctx context.Context, c *Case, step *Step, measure clock.Measure) error {
	of, err := s.of(ctx, c)
	if err != nil {
		return err
	}
	return s.Clocks.Reopen(ctx, of, measure, step.At)
}

// entry is what the timeline says of a step.
func (t *Taken) entry(c *Case, step *Step, options Options, why string) Entry {
	e := Entry{Kind: StepEntry, Time: step.At, Note: step.Text, Data: map[string]string{"verb": string(step.Verb), "from": t.From.String(), "to": t.To.String()}}
	put := func(key, value string) {
		if value != "" {
			e.Data[key] = value
		}
	}
	switch step.Verb {
	case Respond:
		e.Kind = ToCustomer
		put("channel", options.Channel)
	case Assign:
		put("assignee", c.Assignee)
		put("assignee_before", t.Before)
		put("why", why)
		if c.Desk.Valid {
			put("desk", resource.Name("desks", c.Desk.UUID))
		}
	case Triage, Start, Wait, Resume, Resolve, Confirm, Close, Reopen:
	}
	return e
}

// closeDuplicates closes what is open of the duplicates of a case that was closed, and theirs.
func (s *Store) closeDuplicates(ctx context.Context, c *Case) ([]history.Record, error) {
	var open []*Case
	if err := s.db.Select(ctx, &open, selectDuplicates, c.Customer, c.ID); err != nil {
		return nil, err
	}
	var records []history.Record
	for _, d := range open {
		if d.State == Closed {
			continue
		}
		more, err := s.take(ctx, d, Step{Verb: Close, Outcome: Duplicate, Text: "its original " + c.Name() + " was closed"}, Options{}, true)
		if err != nil {
			return nil, err
		}
		records = append(records, more...)
	}
	return records, nil
}
