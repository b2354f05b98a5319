package specialdate

import (
	"context"
	"time"

	"google.golang.org/genproto/googleapis/type/date"

	"github.com/guanxi-crm/guanxi/libs/aggregate"
	"github.com/guanxi-crm/guanxi/libs/civil"
	"github.com/guanxi-crm/guanxi/libs/listing"
	"github.com/guanxi-crm/guanxi/libs/page"
	profilev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/profile/v1"
	"github.com/guanxi-crm/guanxi/services/profile/internal/customer"
	"github.com/guanxi-crm/guanxi/services/profile/internal/person"
	"github.com/guanxi-crm/guanxi/services/profile/internal/settings"
)

// Server serves SpecialDateService.
type Server struct {
	profilev1.UnimplementedSpecialDateServiceServer
	store    *Store
	settings *settings.Store
	list     *listing.List
	today    func() time.Time
}

// NewServer makes the server.
func NewServer(store *Store, numbers *settings.Store, now func() time.Time, pages *page.Sealer) (*Server, error) {
	zone, err := time.LoadLocation(customer.DefaultTimeZone)
	if err != nil {
		return nil, err
	}
	today := func() time.Time {
		t := now().In(zone)
		return time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, time.UTC)
	}
	list, err := listing.Compile(listing.Spec{Resource: &profilev1.ComingDate{}, Key: "d.place", KeyType: "text"}, pages)
	return &Server{store: store, settings: numbers, list: list, today: today}, err
}

// ListSpecialDates implements SpecialDateService.
func (s *Server) ListSpecialDates(ctx context.Context, r *profilev1.ListSpecialDatesRequest) (*profilev1.ListSpecialDatesResponse, error) {
	wanted := Wanted{Owner: r.GetOwner(), Territory: r.GetTerritory()}
	var err error
	if wanted.From, err = optional("from", r.GetFrom()); err != nil {
		return nil, err
	}
	if wanted.To, err = optional("to", r.GetTo()); err != nil {
		return nil, err
	}
	if err := wanted.Complete(s.today()); err != nil {
		return nil, err
	}
	extra := page.Binding(r.GetOwner(), r.GetTerritory(), r.GetFrom().String(), r.GetTo().String())
	plan, err := s.list.PlanFor(ctx, profilev1.SpecialDateService_ListSpecialDates_FullMethodName, r, extra)
	if err != nil {
		return nil, err
	}
	numbers, err := s.settings.Current(ctx)
	if err != nil {
		return nil, err
	}
	found, next, err := s.store.List(ctx, plan, wanted, holidaysOf(numbers))
	if err != nil {
		return nil, err
	}
	out := &profilev1.ListSpecialDatesResponse{NextPageToken: next, ComingDates: make([]*profilev1.ComingDate, len(found))}
	for i, c := range found {
		out.ComingDates[i] = c.toProto()
	}
	return out, nil
}

func optional(field string, d *date.Date) (time.Time, error) {
	if d == nil {
		return time.Time{}, nil
	}
	return civil.FromProto(field, d)
}

func holidaysOf(numbers *profilev1.Settings) Holidays {
	out := make(Holidays, len(numbers.GetPublicHolidays()))
	for _, h := range numbers.GetPublicHolidays() {
		if day, ok := civil.Day(h.GetDate()); ok {
			out[HolidayKey{day, h.GetCountryCode()}] = Occasion{Kind: Holiday, Label: h.GetLabelEn(), LabelZh: h.GetLabelZh()}
		}
	}
	return out
}

func (c *Coming) toProto() *profilev1.ComingDate {
	out := &profilev1.ComingDate{Date: civil.Date(c.Day), DisplayName: c.Name, Owner: c.Owner, CountryCode: c.Country}
	if c.Country == "" {
		out.Customer, out.Person = aggregate.Name(c.Customer), person.Name(c.Customer, c.Person)
	}
	for _, o := range c.Occasions {
		out.Occasions = append(out.Occasions, &profilev1.ComingDate_Occasion{
			Kind: profilev1.ComingDate_Occasion_Kind(o.Kind), Label: o.Label, LabelZh: o.LabelZh, Age: o.Age,
		})
	}
	return out
}
