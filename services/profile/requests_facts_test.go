package profile_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/genproto/googleapis/type/date"
	"google.golang.org/protobuf/proto"

	profilev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/profile/v1"
)

// facts are the names of what factsPart makes.
type facts struct{ position, expected, gift, branch string }

var january = &date.Date{Year: 2026, Month: 1, Day: 1}

// factsPart has a position, an expectation, a gift, and a branch of the customer that shares a person.
var factsPart = part{
	prepare: func(t *testing.T, s *scene) {
		t.Helper()
		ctx := s.admin(t)
		s.facts.position = s.bundle.position(t, s.customer, "2025-01-01", "42.5", "20").GetName()
		e, err := s.expected().CreateExpectedSales(ctx, &profilev1.CreateExpectedSalesRequest{Parent: s.customer, ExpectedSales: &profilev1.ExpectedSales{
			FiscalYear: 2026, Amount: cny(1), Note: "open-note",
		}})
		require.NoError(t, err)
		s.facts.expected = e.GetName()
		g, err := s.gifts().CreateGift(ctx, &profilev1.CreateGiftRequest{Parent: s.person, Gift: &profilev1.Gift{
			Date: january, Direction: profilev1.Gift_GIVEN, Item: "secret-gift", Occasion: "secret-occasion",
		}})
		require.NoError(t, err)
		s.facts.gift = g.GetName()
		s.facts.branch = s.bundle.customer(t, func(c *profilev1.Customer) { c.Parent = s.customer }).GetName()
		for _, name := range []string{s.person, s.senior} {
			_, err = s.groups().SharePerson(ctx, &profilev1.SharePersonRequest{Name: name, Customer: s.facts.branch, Position: "open-position"})
			require.NoError(t, err)
		}
	},
	requests: func(s *scene) map[string]proto.Message {
		return map[string]proto.Message{
			"SupplyPositionService/CreateSupplyPosition": &profilev1.CreateSupplyPositionRequest{Parent: s.customer, SupplyPosition: &profilev1.SupplyPosition{
				ProductLine: "x", OurSharePercent: "1", AsOfDate: january,
			}},
			"SupplyPositionService/GetSupplyPosition":   &profilev1.GetSupplyPositionRequest{Name: s.facts.position},
			"SupplyPositionService/ListSupplyPositions": &profilev1.ListSupplyPositionsRequest{Parent: s.customer},
			"SupplyPositionService/UpdateSupplyPosition": &profilev1.UpdateSupplyPositionRequest{SupplyPosition: &profilev1.SupplyPosition{
				Name: s.facts.position, OurSharePercent: "42.5",
			}},
			"SupplyPositionService/DeleteSupplyPosition": &profilev1.DeleteSupplyPositionRequest{Name: s.facts.position, Etag: "stale"},
			"ExpectedSalesService/CreateExpectedSales": &profilev1.CreateExpectedSalesRequest{Parent: s.customer, ExpectedSales: &profilev1.ExpectedSales{
				FiscalYear: 2026, Amount: cny(1), Note: "open-note",
			}},
			"ExpectedSalesService/GetExpectedSales":    &profilev1.GetExpectedSalesRequest{Name: s.facts.expected},
			"ExpectedSalesService/ListExpectedSales":   &profilev1.ListExpectedSalesRequest{Parent: s.customer},
			"ExpectedSalesService/DeleteExpectedSales": &profilev1.DeleteExpectedSalesRequest{Name: s.facts.expected, Etag: "stale"},
			"GiftService/CreateGift": &profilev1.CreateGiftRequest{Parent: s.person, Gift: &profilev1.Gift{
				Date: january, Direction: profilev1.Gift_RECEIVED, Item: "secret-gift",
			}},
			"GiftService/GetGift":                   &profilev1.GetGiftRequest{Name: s.facts.gift},
			"GiftService/ListGifts":                 &profilev1.ListGiftsRequest{Parent: s.person},
			"GiftService/UpdateGift":                &profilev1.UpdateGiftRequest{Gift: &profilev1.Gift{Name: s.facts.gift, Item: "secret-gift"}},
			"GiftService/DeleteGift":                &profilev1.DeleteGiftRequest{Name: s.facts.gift, Etag: "stale"},
			"SpecialDateService/ListSpecialDates":   &profilev1.ListSpecialDatesRequest{From: january, To: &date.Date{Year: 2026, Month: 1, Day: 31}},
			"CustomerGroupService/GetGroup":         &profilev1.GetGroupRequest{Name: s.customer, StartMonth: "2025-01"},
			"CustomerGroupService/ListGroupMembers": &profilev1.ListGroupMembersRequest{Parent: s.customer, StartMonth: "2025-01"},
			"CustomerGroupService/SharePerson":      &profilev1.SharePersonRequest{Name: s.person, Customer: s.facts.branch, Position: "open-position"},
			"CustomerGroupService/UnsharePerson":    &profilev1.UnsharePersonRequest{Name: s.person, Customer: s.customer},
			"CustomerGroupService/ListSharedPeople": &profilev1.ListSharedPeopleRequest{Parent: s.facts.branch},
		}
	},
	all: map[string]proto.Message{
		"SupplyPositionService/ListSupplyPositions": &profilev1.ListSupplyPositionsRequest{Parent: "customers/-"},
		"ExpectedSalesService/ListExpectedSales":    &profilev1.ListExpectedSalesRequest{Parent: "customers/-"},
	},
	anywhere: []string{
		"SupplyPositionService/ListSupplyPositions", "ExpectedSalesService/ListExpectedSales", "GiftService/ListGifts", "SpecialDateService/ListSpecialDates",
		"CustomerGroupService/ListSharedPeople",
	},
}
