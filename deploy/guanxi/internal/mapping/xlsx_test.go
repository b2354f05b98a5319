package mapping

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/require"
	"github.com/xuri/excelize/v2"

	"github.com/guanxi-crm/guanxi/deploy/guanxi/internal/sheet"
	profilev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/profile/v1"
)

// A spreadsheet stores dates as numbers of days and amounts as doubles; both come out as what the person saw.
func TestXLSX(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "payments.xlsx")
	file := excelize.NewFile()
	for i, row := range [][]any{
		{"单号", "客户", "金额", "到期", "付款"},
		{"P1", 17850, 0.1 + 0.2, time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC), "2026年2月28日"},
		{"P2", 17850, "1,234.5", time.Date(2026, 3, 1, 23, 59, 59, 0, time.UTC), nil},
	} {
		require.NoError(t, file.SetSheetRow("Sheet1", []string{"A1", "A2", "A3"}[i], &row))
	}
	require.NoError(t, file.SaveAs(path))

	m, err := Parse([]byte(`
kind: payments
source_system: finance
times: {zone: Asia/Shanghai}
numbers: {thousands: ","}
currency: CNY
customer_ref: {system: erp, id: {column: 客户}}
fields:
  payment_number: {column: 单号}
  amount: {column: 金额}
  due_date: {column: 到期}
  paid_date: {column: 付款}
`), "")
	require.NoError(t, err)
	table, err := sheet.Open(path, m.File)
	require.NoError(t, err)
	defer table.Close()
	reader, err := m.Bind(table)
	require.NoError(t, err)
	var rows []*profilev1.ImportRow
	for row, err := range reader.Rows(0) {
		require.NoError(t, err)
		rows = append(rows, row)
	}
	same(t, []string{
		`{"firstLine": 2, "lineCount": 1, "customerRef": {"system": "erp", "id": "17850"}, "payment": {"sourceSystem": "finance", "paymentNumber": "P1",
			"amount": {"currencyCode": "CNY", "nanos": 300000000}, "dueDate": {"year": 2026, "month": 3, "day": 1},
			"paidDate": {"year": 2026, "month": 2, "day": 28}}}`,
		`{"firstLine": 3, "lineCount": 1, "customerRef": {"system": "erp", "id": "17850"}, "payment": {"sourceSystem": "finance", "paymentNumber": "P2",
			"amount": {"currencyCode": "CNY", "units": 1234, "nanos": 500000000}, "dueDate": {"year": 2026, "month": 3, "day": 1}}}`,
	}, rows)
}

func TestNumbers(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		numbers    Numbers
		text, want string // want is empty for what is no number
	}{
		{Numbers{Decimal: "."}, "-12.50", "-12.5"},
		{Numbers{Decimal: "."}, ".5", "0.5"},
		{Numbers{Decimal: "."}, "1e3", "1000"},
		{Numbers{Decimal: "."}, "1,000", ""},
		{Numbers{Decimal: "."}, "0x10", ""},
		{Numbers{Decimal: "."}, "NaN", ""},
		{Numbers{Decimal: "."}, "1e100", ""},
		{Numbers{Decimal: "."}, "1 000", ""},
		{Numbers{Decimal: ".", Thousands: ","}, "1,234,567.8", "1234567.8"},
		{Numbers{Decimal: ".", Thousands: ","}, "12,34", ""},
		{Numbers{Decimal: ".", Thousands: ","}, "1.234,5", ""},
		{Numbers{Decimal: ",", Thousands: "."}, "1.234,5", "1234.5"},
		{Numbers{Decimal: ",", Thousands: "."}, "1.5", ""},
		{Numbers{Decimal: ",", Thousands: " "}, "-1 234,5", "-1234.5"},
	} {
		got, ok := reading{numbers: test.numbers}.number(test.text)
		require.Equal(t, test.want != "", ok, test.text)
		if ok {
			require.True(t, decimal.RequireFromString(test.want).Equal(got), "%s became %s", test.text, got)
		}
	}
}
