package demo

import (
	"testing"
	"time"

	"buf.build/go/protovalidate"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	profilev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/profile/v1"
)

var now = time.Date(2026, 7, 14, 15, 30, 0, 0, time.UTC)

// Codes of companies that publish theirs.
func TestCreditCodeOfKnownCompanies(t *testing.T) {
	t.Parallel()
	require.Equal(t, "91440300708461136T", creditCode("440300", "70846113"))
	require.Equal(t, "914403001922038216", creditCode("440300", "19220382"))
	require.Equal(t, "91110000802100433B", creditCode("110000", "80210043"))
}

func rows(t *testing.T) []*profilev1.ImportRow {
	t.Helper()
	var all []*profilev1.ImportRow
	for row, err := range Rows(now) {
		require.NoError(t, err)
		all = append(all, row)
	}
	return all
}

func TestEveryRowKeepsTheContract(t *testing.T) {
	t.Parallel()
	validator, err := protovalidate.New()
	require.NoError(t, err)
	codes := make(map[string]bool)
	for i, row := range rows(t) {
		require.NoError(t, validator.Validate(row), row)
		require.EqualValues(t, i+1, row.GetFirstLine())
		if customer := row.GetCustomer(); customer != nil {
			require.False(t, codes[customer.GetRegistrationNumber()], "two customers have one registration number")
			codes[customer.GetRegistrationNumber()] = true
		}
	}
	require.Len(t, codes, customerCount)
}

func TestSameDaySameBase(t *testing.T) {
	t.Parallel()
	first := rows(t)
	i := 0
	for row, err := range Rows(now.Add(5 * time.Hour)) {
		require.NoError(t, err)
		require.True(t, proto.Equal(first[i], row), "row %d", i)
		i++
	}
	require.Len(t, first, i)
}

func TestBaseIsBelievable(t *testing.T) {
	t.Parallel()
	end := now.Truncate(24 * time.Hour)
	names := make(map[string]bool)
	var people, orders, returns, late, open, overdue int
	lastOrder := make(map[string]time.Time)
	for _, row := range rows(t) {
		switch fact := row.GetFact().(type) {
		case *profilev1.ImportRow_Customer:
			names[fact.Customer.GetDisplayName()] = true
		case *profilev1.ImportRow_Person:
			people++
		case *profilev1.ImportRow_Order:
			o := fact.Order
			require.False(t, o.GetOrderTime().AsTime().After(end), "an order from the future")
			require.False(t, o.GetOrderTime().AsTime().Before(end.Add(-span)))
			lastOrder[row.GetCustomerRef().GetId()] = o.GetOrderTime().AsTime()
			orders++
			if o.GetLines()[0].GetQuantity() < 0 {
				returns++
			}
			if o.GetShippedTime() != nil && o.GetShippedTime().AsTime().After(o.GetRequestedTime().AsTime()) {
				late++
			}
		case *profilev1.ImportRow_Payment:
			if fact.Payment.GetPaidDate() == nil {
				open++
				due := fact.Payment.GetDueDate()
				if time.Date(int(due.GetYear()), time.Month(due.GetMonth()), int(due.GetDay()), 0, 0, 0, 0, time.UTC).Before(end) {
					overdue++
				}
			}
		}
	}
	silent := 0
	for _, last := range lastOrder {
		if end.Sub(last) > 60*24*time.Hour {
			silent++
		}
	}
	require.Greater(t, len(names), customerCount*9/10, "customers share names")
	require.Equal(t, customerCount*peopleEach, people)
	require.InDelta(t, 12_000, orders, 2_000)
	require.InDelta(t, 250, returns, 200)
	require.InDelta(t, 900, late, 600)
	require.Greater(t, open, 100)
	require.Greater(t, overdue, 10)
	require.InDelta(t, 36, silent, 25)
}
