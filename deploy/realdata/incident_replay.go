package main

import (
	"context"
	"fmt"
	"sync"

	"golang.org/x/sync/errgroup"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/fieldmaskpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	profilev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/profile/v1"
	voicev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/voice/v1"
)

// undocumented is the state of five lines, of which nobody says what it means.
const undocumented = "-100"

// replayed is what one incident has become.
type replayed struct {
	name     string // of its case; empty before its first line
	state    voicev1.CaseState
	assignee string
	priority voicev1.Severity
	answered bool
}

// replay brings the lines of the log into the product, each at its time.
type replay struct {
	*history
	cases       voicev1.CaseServiceClient
	steps       voicev1.CaseTransitionServiceClient
	customers   map[string]string // by location
	mu          sync.Mutex
	incidents   map[string]*replayed
	reasons     map[string]int // why lines were refused
	reopened    int
	reassigned  int
	appliedLine int
}

// sites makes a customer of each location of the file, of which nothing else is told.
func (r *replay) sites(ctx context.Context, events []incidentEvent) error {
	client := profilev1.NewCustomerServiceClient(r.profile)
	for _, e := range events {
		if r.customers[e.location] != "" {
			continue
		}
		c, err := client.CreateCustomer(r.as(ctx), &profilev1.CreateCustomerRequest{Customer: &profilev1.Customer{
			DisplayName: "Location " + e.location, Kind: profilev1.Customer_ORGANIZATION, Territory: "cn/south/site", Owner: "owner",
		}})
		if err != nil {
			return err
		}
		r.customers[e.location] = c.GetName()
	}
	return nil
}

// run applies all lines. Those of one minute belong to several incidents, which are brought in side by side, each in its own order.
func (r *replay) run(ctx context.Context, events []incidentEvent) error {
	for begin := 0; begin < len(events); {
		end := begin
		for end < len(events) && events[end].time.Equal(events[begin].time) {
			end++
		}
		if err := r.goTo(events[begin].time); err != nil {
			return err
		}
		minute, ctx := errgroup.WithContext(ctx)
		minute.SetLimit(16)
		for _, lines := range byIncident(events[begin:end]) {
			minute.Go(func() error {
				for _, e := range lines {
					if err := r.apply(ctx, e); err != nil {
						return fmt.Errorf("incident %s at %s: %w", e.incident, e.time, err)
					}
				}
				return nil
			})
		}
		if err := minute.Wait(); err != nil {
			return err
		}
		begin = end
	}
	return nil
}

// apply brings one line in. A refusal of ours is counted by its reason; what is no refusal ends the run.
func (r *replay) apply(ctx context.Context, e incidentEvent) error {
	r.mu.Lock()
	i := r.incidents[e.incident]
	if i == nil {
		i = &replayed{}
		r.incidents[e.incident] = i
	}
	r.mu.Unlock()
	err := r.follow(r.as(ctx), i, e)
	r.mu.Lock()
	defer r.mu.Unlock()
	if err == nil {
		r.appliedLine++
		return nil
	}
	if status.Code(err).String() == "FailedPrecondition" {
		r.reasons[status.Convert(err).Message()]++
		return nil
	}
	return err
}

// follow does to the case what the line says has become of the incident, and notes the line.
func (r *replay) follow(ctx context.Context, i *replayed, e incidentEvent) error {
	if i.name == "" {
		if err := r.open(ctx, i, e); err != nil {
			return err
		}
	}
	if e.priority != i.priority {
		_, err := r.cases.UpdateCase(ctx, &voicev1.UpdateCaseRequest{
			Case: &voicev1.Case{Name: i.name, Grading: e.priority}, UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"grading"}},
		})
		if err != nil {
			return err
		}
		i.priority = e.priority
	}
	if err := r.move(ctx, i, e); err != nil {
		return err
	}
	note := fmt.Sprintf("%s, change %s, group %s, assigned to %s", e.state, e.changes, e.group, e.assignee)
	_, err := r.cases.AddCaseNote(ctx, &voicev1.AddCaseNoteRequest{Parent: i.name, Text: note})
	return err
}

func (r *replay) open(ctx context.Context, i *replayed, e incidentEvent) error {
	c, err := r.cases.CreateCase(ctx, &voicev1.CreateCaseRequest{Case: &voicev1.Case{
		Customer: r.customers[e.location], RequestKind: voicev1.RequestKind_INQUIRY, Title: "Incident " + e.incident, Grading: e.priority,
		ReceivedTime: timestamppb.New(e.opened),
	}})
	if err != nil {
		return err
	}
	i.name, i.state, i.priority = c.GetName(), c.GetState(), e.priority
	return nil
}

// move brings the case to the state of the line, by the steps that lead there.
func (r *replay) move(ctx context.Context, i *replayed, e incidentEvent) error {
	to := stateOf(e.state, i)
	if isOver(i.state) && !isOver(to) {
		if err := r.did(i)(r.steps.ReopenCase(ctx, &voicev1.ReopenCaseRequest{Name: i.name, Reason: e.state})); err != nil {
			return err
		}
		r.count(&r.reopened)
	}
	if err := r.assign(ctx, i, e, to); err != nil {
		return err
	}
	if e.state == "New" || e.state == undocumented { // who has it may have changed, and nothing else
		return nil
	}
	for i.state != to {
		before := i.state
		if err := r.step(ctx, i, e, to); err != nil {
			return err
		}
		if i.state == before {
			return fmt.Errorf("no way from %s to %s", before, to)
		}
	}
	return nil
}

// stateOf is the state of a case that the file's state stands for. Waiting for a vendor, a problem or evidence is not waiting for the customer: the case is worked on.
func stateOf(state string, i *replayed) voicev1.CaseState {
	switch state {
	case "Awaiting User Info":
		return voicev1.CaseState_WAITING_FOR_CUSTOMER
	case "Resolved":
		return voicev1.CaseState_RESOLVED
	case "Closed":
		return voicev1.CaseState_CLOSED
	case "Active", "Awaiting Vendor", "Awaiting Problem", "Awaiting Evidence":
		return voicev1.CaseState_IN_PROGRESS
	default: // New, undocumented
		return i.state
	}
}

func isOver(s voicev1.CaseState) bool {
	return s == voicev1.CaseState_RESOLVED || s == voicev1.CaseState_CONFIRMED || s == voicev1.CaseState_CLOSED
}

// assign gives the case to whom the line names, the group where it names nobody; one that is to be worked on needs somebody.
func (r *replay) assign(ctx context.Context, i *replayed, e incidentEvent, to voicev1.CaseState) error {
	assignee := i.assignee
	switch {
	case e.assignee != unknown:
		assignee = "resolver" + e.assignee
	case assignee == "" && e.group != unknown:
		assignee = "group" + e.group
	case assignee == "" && to != voicev1.CaseState_RECEIVED:
		assignee = "unknown"
	}
	if assignee == i.assignee || isOver(i.state) {
		return nil
	}
	if i.state == voicev1.CaseState_RECEIVED {
		if err := r.did(i)(r.steps.TriageCase(ctx, &voicev1.TriageCaseRequest{Name: i.name})); err != nil {
			return err
		}
	}
	if err := r.did(i)(r.steps.AssignCase(ctx, &voicev1.AssignCaseRequest{Name: i.name, Assignee: assignee})); err != nil {
		return err
	}
	if i.assignee != "" {
		r.count(&r.reassigned)
	}
	i.assignee = assignee
	return nil
}

// step takes the next step towards a state.
func (r *replay) step(ctx context.Context, i *replayed, e incidentEvent, to voicev1.CaseState) error {
	once := &voicev1.CaseStepRequest{Name: i.name}
	switch i.state { //nolint:exhaustive // the others are worked on
	case voicev1.CaseState_ASSIGNED:
		return r.did(i)(r.steps.StartCase(ctx, once))
	case voicev1.CaseState_WAITING_FOR_CUSTOMER:
		return r.did(i)(r.steps.ResumeCase(ctx, once))
	case voicev1.CaseState_RESOLVED:
		return r.did(i)(r.steps.CloseCase(ctx, &voicev1.CloseCaseRequest{Name: i.name, Reason: e.state}))
	}
	if err := r.answer(ctx, i, e); err != nil {
		return err
	}
	if to == voicev1.CaseState_WAITING_FOR_CUSTOMER {
		return r.did(i)(r.steps.WaitForCustomer(ctx, once))
	}
	return r.did(i)(r.steps.ResolveCase(ctx, &voicev1.ResolveCaseRequest{Name: i.name, Resolution: e.state}))
}

// answer records the first answer to the customer, of which the file does not tell: it is taken for given when he is asked something or told that it is solved.
func (r *replay) answer(ctx context.Context, i *replayed, e incidentEvent) error {
	if i.answered {
		return nil
	}
	i.answered = true
	return r.did(i)(r.steps.RespondToCustomer(ctx, &voicev1.RespondToCustomerRequest{Name: i.name, Text: e.state, Channel: e.channel}))
}

// did takes over what a step answered.
func (*replay) did(i *replayed) func(*voicev1.Case, error) error {
	return func(c *voicev1.Case, err error) error {
		if err == nil {
			i.state = c.GetState()
		}
		return err
	}
}

func (r *replay) count(of *int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	*of++
}
