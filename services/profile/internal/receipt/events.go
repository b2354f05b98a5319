package receipt

import (
	"context"
	"strings"

	"github.com/guanxi-crm/guanxi/libs/events"
	"github.com/guanxi-crm/guanxi/libs/resource"
	segmentationv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/segmentation/v1"
)

// Subscription keeps what the other services confirm. In whatever order it comes, it is the same.
func (s *Store) Subscription() events.Subscription {
	sub := events.Subscription{Name: Consumer, Unordered: true, Handle: s.handle, Workers: 2}
	for _, service := range Services {
		sub.Subjects = append(sub.Subjects, "guanxi."+service+rekeyed, "guanxi."+service+forgotten)
	}
	return sub
}

const (
	rekeyed   = ".customer.rekeyed.v1"
	forgotten = ".person.forgotten.v1"
)

func (s *Store) handle(ctx context.Context, d events.Delivery) error {
	service := strings.Split(d.Subject, ".")[1]
	if strings.HasSuffix(d.Subject, forgotten) {
		ids, err := resource.Parse("person", d.Resource, "customers", "people")
		if err != nil {
			return events.Permanent(err)
		}
		return s.keep(ctx, Forgotten, ids[1], service, d.ID, d.Time)
	}
	ids, err := resource.Parse("customer", d.Resource, "customers")
	if err != nil {
		return events.Permanent(err)
	}
	// The message of every service has the same fields.
	var m segmentationv1.CustomerRekeyed
	if err := d.Decode(&m); err != nil {
		return events.Permanent(err)
	}
	kind := Rekeyed
	if m.GetUndone() {
		kind = Unmerged
	}
	return s.keep(ctx, kind, ids[0], service, d.ID, d.Time)
}
