package profile_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/genproto/googleapis/type/date"
	"google.golang.org/grpc/codes"

	profilev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/profile/v1"
)

// coming asks for a span and writes each entry as day, who and what.
func (b *bundle) coming(t *testing.T, r *profilev1.ListSpecialDatesRequest) []string {
	t.Helper()
	var out []string
	for {
		answer, err := profilev1.NewSpecialDateServiceClient(b.Conn).ListSpecialDates(b.As(t, manager), r)
		require.NoError(t, err)
		for _, c := range answer.GetComingDates() {
			text := fmt.Sprintf("%02d-%02d %s%s", c.GetDate().GetMonth(), c.GetDate().GetDay(), c.GetCountryCode(), c.GetDisplayName())
			for _, o := range c.GetOccasions() {
				text += " " + o.GetKind().String() + o.GetLabel()
				if o.Age != nil {
					text += fmt.Sprint(o.GetAge())
				}
			}
			out = append(out, text)
		}
		if r.PageToken = answer.GetNextPageToken(); r.GetPageToken() == "" {
			return out
		}
	}
}

func TestComingDates(t *testing.T) {
	t.Parallel()
	b := setup(t)
	south := b.customer(t, func(c *profilev1.Customer) { c.Owner = "alice" }).GetName()
	abroad := b.customer(t, func(c *profilev1.Customer) {
		c.Owner, c.Addresses = "bob", []*profilev1.Address{{RegionCode: "US", Lines: []string{"x"}}}
	}).GetName()
	gone := b.customer(t).GetName()
	b.person(t, south, &profilev1.Person{
		DisplayName: "leap", Birthday: &date.Date{Year: 1980, Month: 2, Day: 29},
		SpecialDates: []*profilev1.SpecialDate{{Label: "wedding", Date: &date.Date{Month: 2, Day: 29}}, {Label: "opening", Date: civilDay(t, "2026-03-02")}},
	})
	b.person(t, abroad, &profilev1.Person{DisplayName: "plain", Senior: true, Birthday: &date.Date{Month: 2, Day: 28}})
	b.person(t, gone, &profilev1.Person{DisplayName: "gone", Birthday: &date.Date{Month: 2, Day: 28}})
	_, err := b.customers.DeleteCustomer(b.admin(t), &profilev1.DeleteCustomerRequest{Name: gone})
	require.NoError(t, err)

	span := func(from, to, owner string) *profilev1.ListSpecialDatesRequest {
		return &profilev1.ListSpecialDatesRequest{From: civilDay(t, from), To: civilDay(t, to), Owner: owner}
	}
	require.Equal(t, []string{"02-28 leap BIRTHDAY46 SPECIAL_DATEwedding", "03-02 leap SPECIAL_DATEopening"},
		b.coming(t, span("2026-02-27", "2026-03-05", "alice")), "a common year")
	require.Equal(t, []string{"02-29 leap BIRTHDAY48 SPECIAL_DATEwedding"}, b.coming(t, span("2028-02-27", "2028-03-05", "alice")), "a leap year, and a day of another one")
	require.Equal(t, []string{"02-28 plain BIRTHDAY"}, b.coming(t, span("2028-02-27", "2028-03-05", "bob")))
	require.Empty(t, b.coming(t, span("1979-02-27", "1979-03-05", "alice"))[1:], "nobody has a birthday before he is born")

	all := span("2026-02-10", "2026-03-05", "")
	want := []string{
		"02-16 US HOLIDAYPresidents' Day", "02-17 CN HOLIDAYSpring Festival", "02-28 leap BIRTHDAY46 SPECIAL_DATEwedding", "02-28 plain BIRTHDAY",
		"03-02 leap SPECIAL_DATEopening",
	}
	require.Equal(t, want, b.coming(t, all))
	all.PageSize = 1
	require.Equal(t, want, b.coming(t, all), "page by page")
	all.Territory = "cn/north"
	require.Empty(t, b.coming(t, all))
	require.NotContains(t, b.coming(t, span("2026-02-10", "2026-03-05", "bob")), want[1], "no customer of his is in China")
}

func TestComingDatesWithinReason(t *testing.T) {
	t.Parallel()
	b := setup(t)
	list := func(r *profilev1.ListSpecialDatesRequest) error {
		_, err := profilev1.NewSpecialDateServiceClient(b.Conn).ListSpecialDates(b.As(t, manager), r)
		return err
	}
	require.NoError(t, list(&profilev1.ListSpecialDatesRequest{}), "the coming thirty days")
	require.NoError(t, list(&profilev1.ListSpecialDatesRequest{From: civilDay(t, "2027-01-01"), To: civilDay(t, "2028-01-01")}))
	refused(t, list(&profilev1.ListSpecialDatesRequest{From: civilDay(t, "2027-01-01"), To: civilDay(t, "2028-01-02")}), codes.InvalidArgument, "to", "SPAN")
	refused(t, list(&profilev1.ListSpecialDatesRequest{From: civilDay(t, "2027-01-02"), To: civilDay(t, "2027-01-01")}), codes.InvalidArgument, "to", "ORDER")
	refused(t, list(&profilev1.ListSpecialDatesRequest{From: &date.Date{Month: 1, Day: 1}}), codes.InvalidArgument, "from", "DATE")
	_, err := profilev1.NewSpecialDateServiceClient(b.Conn).ListSpecialDates(b.As(t, basic), &profilev1.ListSpecialDatesRequest{})
	refused(t, err, codes.PermissionDenied)
}
