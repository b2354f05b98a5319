package desk

import (
	"context"
	"time"

	"github.com/guanxi-crm/guanxi/libs/events"
	voicev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/voice/v1"
)

func (d *Desk) created(ctx context.Context) (events.Event, error) {
	return events.New(ctx, d.CreateTime, d.ID, &voicev1.DeskCreated{Desk: d.Name(), Territory: d.Territory, Leads: d.Leads})
}

func (d *Desk) changed(ctx context.Context, fields []string) (events.Event, error) {
	return events.New(ctx, d.UpdateTime, d.ID, &voicev1.DeskChanged{
		Desk: d.Name(), Territory: d.Territory, Fields: fields, Leads: d.Leads, Inactive: d.Inactive,
	})
}

func (d *Desk) deleted(ctx context.Context, at time.Time) (events.Event, error) {
	return events.New(ctx, at, d.ID, &voicev1.DeskDeleted{Desk: d.Name(), Territory: d.Territory})
}
