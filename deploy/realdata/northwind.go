package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"time"
)

// northwind imports the companies, their people, their orders and the orders' lines.
func (p *place) northwind(ctx context.Context) (f figures, err error) {
	i, err := p.up(ctx, "northwind")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, i.stop()) }()
	for _, step := range []struct {
		mapping, file string
		lines         int64
	}{
		{"northwind_customers", "customers.csv", 91},
		{"northwind_people", "customers.csv", 91},
		{"northwind_orders", "orders.csv", 830},
		{"northwind_order_lines", "order_details.csv", 2155},
	} {
		command := i.importing(ctx, step.mapping, filepath.Join(p.data, "northwind", step.file), step.mapping)
		if err := command.Run(); err != nil {
			return nil, fmt.Errorf("%s: %w", step.mapping, err)
		}
		done, err := i.progress(ctx, step.mapping)
		if err != nil {
			return nil, err
		}
		f.add(step.mapping+", stored", step.lines, done.Stored)
	}
	if err := i.northwindFigures(ctx, &f); err != nil {
		return nil, err
	}
	f.print("Northwind", "got")
	return f, nil
}

// orderCycle is what is looked at of the order-cycle table.
type orderCycle struct {
	Late   int64 `json:"lateCount,string"`
	Orders int64 `json:"orderCount,string"`
	Steps  []struct {
		Step   string  `json:"step"`
		Count  int64   `json:"count,string"`
		Mean   float64 `json:"meanDays"`
		Median float64 `json:"medianDays"`
		Max    float64 `json:"maxDays"`
	} `json:"steps"`
}

func (i *instance) northwindFigures(ctx context.Context, f *figures) error {
	for _, list := range []struct {
		what, path string
		want       int
	}{
		{"customers", "/v1/customers", 91}, {"people", "/v1/customers/-/people", 91}, {"orders", "/v1/customers/-/orders", 830},
	} {
		got, err := i.count(ctx, list.path, list.what)
		if err != nil {
			return err
		}
		f.add(list.what, list.want, got)
	}
	var cycle orderCycle
	if err := i.get(ctx, "/v1/customers/-/orderCycle", &cycle); err != nil {
		return err
	}
	f.add("orders in the cycle table", 830, cycle.Orders)
	f.add("shipped late", 37, cycle.Late)
	for _, step := range cycle.Steps {
		if step.Step == "shipped_time" {
			f.add("shipped", 809, step.Count)
			f.add("order to ship, mean days", "8.492", fmt.Sprintf("%.3f", step.Mean))
			f.add("order to ship, median days", 7, step.Median)
			f.add("order to ship, longest days", 37, step.Max)
			return i.northwindLevels(ctx, f)
		}
	}
	return errors.New("the cycle table has no shipped_time")
}

// serviceLevel is what is looked at of the service level of all orders.
type serviceLevel struct {
	Orders int64 `json:"orderCount,string"`
	OnTime struct {
		Late    int64 `json:"lateCount,string"`
		Overdue int64 `json:"overdueCount,string"`
	} `json:"onTime"`
	Cycles []struct {
		Part   string `json:"part"`
		Count  int64  `json:"count,string"`
		Mean   string `json:"meanDays"`
		Median string `json:"medianDays"`
		Max    string `json:"maxDays"`
	} `json:"cycleTimes"`
}

// heardWithin is how long it may take until all events are heard.
const heardWithin = 2 * time.Minute

// northwindLevels asks for the service level by the calendar date requested, shipped, as soon as satisfaction has heard of all orders.
func (i *instance) northwindLevels(ctx context.Context, f *figures) error {
	const path = "/v1/serviceLevels?from.year=1996&from.month=1&from.day=1&to.year=1998&to.month=12&to.day=31" +
		"&onTimeRule.comparison=CALENDAR_DATE&onTimeRule.due=REQUESTED&onTimeRule.done=SHIPPED"
	ctx, cancel := context.WithTimeout(ctx, heardWithin)
	defer cancel()
	var answer struct {
		Levels []serviceLevel `json:"serviceLevels"`
	}
	for len(answer.Levels) != 1 || answer.Levels[0].Orders != 830 {
		if err := pause(ctx, time.Second); err != nil {
			return fmt.Errorf("satisfaction has not heard of all orders: %w", err)
		}
		answer.Levels = nil
		if err := i.get(ctx, path, &answer); err != nil {
			return err
		}
	}
	level := answer.Levels[0]
	f.add("service level: shipped late", 37, level.OnTime.Late)
	f.add("service level: overdue", 21, level.OnTime.Overdue)
	for _, c := range level.Cycles {
		if c.Part == "ORDER_TO_SHIP" {
			f.add("service level: shipped", 809, c.Count)
			f.add("service level: order to ship, mean, median, longest days", "8.491965 7 37", c.Mean+" "+c.Median+" "+c.Max)
			return nil
		}
	}
	return errors.New("the service level has no ORDER_TO_SHIP")
}
