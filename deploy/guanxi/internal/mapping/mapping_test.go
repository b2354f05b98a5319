package mapping

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/testing/protocmp"

	"github.com/guanxi-crm/guanxi/deploy/guanxi/internal/sheet"
	profilev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/profile/v1"
)

// folder is a directory with the files of one import.
func folder(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, content := range files {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600))
	}
	return dir
}

// read applies a mapping to a CSV.
func read(t *testing.T, mapping, csv string, after int64) []*profilev1.ImportRow {
	t.Helper()
	dir := folder(t, map[string]string{"a.csv": csv, "products.csv": "id,cat\nP1,C1\nP2,C2\n", "categories.csv": "id,name\nC1,Seafood\n"})
	m, err := Parse([]byte(mapping), dir)
	require.NoError(t, err)
	table, err := sheet.Open(filepath.Join(dir, "a.csv"), m.File)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, table.Close()) })
	reader, err := m.Bind(table)
	require.NoError(t, err)
	var rows []*profilev1.ImportRow
	for row, err := range reader.Rows(after) {
		require.NoError(t, err)
		rows = append(rows, row)
	}
	return rows
}

// same compares rows with their JSON.
func same(t *testing.T, want []string, got []*profilev1.ImportRow) {
	t.Helper()
	rows := make([]*profilev1.ImportRow, len(want))
	for i, text := range want {
		rows[i] = &profilev1.ImportRow{}
		require.NoError(t, protojson.Unmarshal([]byte(text), rows[i]))
	}
	require.Empty(t, cmp.Diff(rows, got, protocmp.Transform()))
}

func TestCustomers(t *testing.T) {
	t.Parallel()
	rows := read(t, `
kind: customers
source_system: erp
times: {layouts: [2.1.2006]}
fields:
  external_ids[0].id: {column: no, required: true}
  display_name: "{first} {last}"
  kind: {column: kind, values: {公司: ORGANIZATION, 个人: person}}
  employee_count: {column: size}
  tags: {column: tags, split: ";"}
  territory: "retail/{country|slug}"
  source: web
  channels[0].medium: PHONE
  channels[0].value: {column: phone}
  channels[1].medium: EMAIL
  channels[1].value: {column: mail}
  attributes.since.date: {column: since}
`, `no,first,last,kind,size,tags,country,phone,mail,since
1,Ann,Lee,公司,12,a; b;,Côte d'Ivoire,,a@example.com,3.2.2026
2,Bo,,个人,,,UK,123,,
`, 0)
	same(t, []string{
		`{"firstLine": 2, "lineCount": 1, "customer": {
		"externalIds": [{"system": "erp", "id": "1"}], "displayName": "Ann Lee", "kind": "ORGANIZATION", "employeeCount": 12, "tags": ["a", "b"],
		"territory": "retail/cote-d-ivoire", "source": "web", "channels": [{"medium": "EMAIL", "value": "a@example.com"}],
		"attributes": {"since": {"date": {"year": 2026, "month": 2, "day": 3}}}}}`,
		`{"firstLine": 3, "lineCount": 1, "customer": {
		"externalIds": [{"system": "erp", "id": "2"}], "displayName": "Bo", "kind": "PERSON", "territory": "retail/uk", "source": "web",
		"channels": [{"medium": "PHONE", "value": "123"}]}}`,
	}, rows)
}

const orders = `
kind: orders
source_system: shop
times: {zone: Asia/Shanghai}
numbers: {decimal: ",", thousands: "."}
currency: {column: cur}
group_by: no
skip_exact_repeats: true
customer_ref:
  id: {column: customer}
  if_missing:
    display_name: "Customer {customer}"
    kind: ORGANIZATION
    territory: shop
fields:
  order_number: {column: no}
  order_time: {column: at}
lines:
  product_line: gifts
  quantity: {column: qty}
  amount: {multiply: [qty, price], discount: off, round: 2}
`

func TestOrders(t *testing.T) {
	t.Parallel()
	const csv = `no,customer,at,qty,price,off,cur
A,7,2026/3/1 08:00,"2","1.000,005",,CNY
A,7,2026/3/1 08:00,"2","1.000,005",,CNY
A,7,2026/3/1 08:01,"-1","3,00","0,5",CNY
B,,2026/3/1 08:00,1,1,,CNY
B,,2026/3/1 08:00,1,1,,CNY
C,7,2026-03-02,1,one,,CNY
C,7,2026-03-02,1,1,,CNY
A,7,2026/3/1 08:02,1,"1",,CNY
`
	const customer = `"customerRef": {"system": "shop", "id": "7", "ifMissing": {"displayName": "Customer 7", "kind": "ORGANIZATION", "territory": "shop"}}`
	const missing = `{"firstLine": 5, "lineCount": 2, "unreadable": {"firstLine": 5, "lineCount": 2, "field": "customer_ref.id", "rule": "REQUIRED",
		"reasonEn": "column customer is empty", "reasonZh": "“customer”列为空"}}`
	const number = `{"firstLine": 7, "lineCount": 2, "unreadable": {"firstLine": 7, "lineCount": 2, "field": "lines.amount", "rule": "NUMBER",
		"reasonEn": "column price: \"one\" is not a number", "reasonZh": "“price”列：\"one\" 不是数字"}}`
	const again = `{"firstLine": 9, "lineCount": 1, ` + customer + `, "order": {"sourceSystem": "shop", "orderNumber": "A", "orderTime": "2026-03-01T00:02:00Z", "lines": [
		{"productLine": "gifts", "quantity": 1, "amount": {"currencyCode": "CNY", "units": 1}}]}}`
	want := []string{`{"firstLine": 2, "lineCount": 3, "repeatedCount": 1, ` + customer + `, "order": {
		"sourceSystem": "shop", "orderNumber": "A", "orderTime": "2026-03-01T00:00:00Z", "lines": [
		{"productLine": "gifts", "quantity": 2, "amount": {"currencyCode": "CNY", "units": 2000, "nanos": 10000000}},
		{"productLine": "gifts", "quantity": -1, "amount": {"currencyCode": "CNY", "units": -1, "nanos": -500000000}}]}}`, missing, number, again}
	same(t, want, read(t, orders, csv, 0))
	t.Run("resumed behind any row it goes on the same", func(t *testing.T) {
		t.Parallel()
		for after, left := range map[int64]int{1: 4, 4: 3, 6: 2, 8: 1} {
			same(t, want[4-left:], read(t, orders, csv, after))
		}
		require.Empty(t, read(t, orders, csv, 9))
	})
}

func TestLookups(t *testing.T) {
	t.Parallel()
	rows := read(t, `
kind: order_lines
source_system: erp
currency: USD
group_by: no
lookups:
  category:
    - {file: products.csv, key: id, value: cat}
    - {file: categories.csv, key: id, value: name}
fields:
  order_number: {column: no}
lines:
  product_line: {column: product, lookup: category}
  quantity: {column: qty}
  amount: {column: sum}
`, "no,product,qty,sum\n1,P1,1,5\n2,P2,1,5\n3,P1,1,0.0000000001\n", 0)
	same(t, []string{
		`{"firstLine": 2, "lineCount": 1, "orderLines": {"sourceSystem": "erp", "orderNumber": "1", "lines": [
			{"productLine": "Seafood", "quantity": 1, "amount": {"currencyCode": "USD", "units": 5}}]}}`,
		`{"firstLine": 3, "lineCount": 1, "unreadable": {"firstLine": 3, "lineCount": 1, "field": "lines.product_line", "rule": "LOOKUP",
			"reasonEn": "\"C2\" is not found in the table of lookup category", "reasonZh": "在查找表 category 中找不到 \"C2\""}}`,
		`{"firstLine": 4, "lineCount": 1, "unreadable": {"firstLine": 4, "lineCount": 1, "field": "lines.amount", "rule": "MONEY_RANGE",
			"reasonEn": "column sum: \"0.0000000001\" is not exact with nine decimal places, or too large",
			"reasonZh": "“sum”列：\"0.0000000001\" 小数超过九位或数值过大"}}`,
	}, rows)
}

// Whatever a cell holds, the fault names field and rule.
func TestFaultsOfValues(t *testing.T) {
	t.Parallel()
	tests := map[string]struct{ path, value, cell, rule string }{
		"enum":         {"kind", "{column: x}", "COMPANY", "ENUM"},
		"value table":  {"kind", "{column: x, values: {a: PERSON}}", "b", "VALUES"},
		"whole number": {"employee_count", "{column: x}", "1.5", "INTEGER"},
		"large number": {"employee_count", "{column: x}", "3000000000", "INTEGER"},
		"number":       {"employee_count", "{column: x}", "many", "NUMBER"},
		"huge power":   {"employee_count", "{column: x}", "1e999999999", "NUMBER"},
		"boolean":      {"channels[0].preferred", "{column: x}", "maybe", "BOOLEAN"},
		"day":          {"attributes.a.date", "{column: x}", "2026-02-30", "TIME"},
		"day of US":    {"attributes.a.date", "{column: x}", "02/03/2026", "TIME"},
		"year 0":       {"attributes.a.date", "{column: x}", "0000-01-01", "TIME"},
		"layout":       {"attributes.a.date", "{column: x, layout: 02.01.2006}", "2026-02-03", "TIME"},
		"required":     {"display_name", "{column: x, required: true}", "", "REQUIRED"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rows := read(t, "kind: customers\nsource_system: s\nfields:\n  "+test.path+": "+test.value+"\n", "x,y\n"+test.cell+",1\n", 0)
			require.Len(t, rows, 1)
			require.Equal(t, test.rule, rows[0].GetUnreadable().GetRule())
			require.Equal(t, test.path, rows[0].GetUnreadable().GetField())
			require.NotEmpty(t, rows[0].GetUnreadable().GetReasonEn())
			require.NotEmpty(t, rows[0].GetUnreadable().GetReasonZh())
		})
	}
}

func TestRefusedMappings(t *testing.T) {
	t.Parallel()
	const head = "kind: customers\nsource_system: s\n"
	tests := map[string]struct{ mapping, says string }{
		"empty":               {"", "it is empty"},
		"a text":              {"0\n\n0", "line 1: the value `0 0` is of the wrong kind"},
		"a list for a map":    {head + "fields: [a]\n", "line 3: here must stand a list of fields with their values"},
		"a map for a text":    {"kind: {a: b}\n", "line 1: the value is of the wrong kind"},
		"unknown key":         {head + "feilds: {}\n", "line 3: key feilds is not known"},
		"unknown key inside":  {head + "file: {delim: a}\n", "line 3: key delim is not known"},
		"unknown value key":   {head + "fields:\n  source: {colum: x}\n", "line 4: key colum is not known"},
		"twice":               {head + "fields:\n  source: a\n  source: b\n", "line 5: source stands there twice"},
		"two sources":         {head + "fields:\n  source: {column: x, template: y}\n", "line 4: exactly one of column, template and multiply"},
		"unknown kind":        {"kind: deals\nsource_system: s\n", `kind is "deals"`},
		"no system":           {"kind: customers\n", "source_system is missing"},
		"no customer":         {"kind: people\nsource_system: s\n", "customer_ref is missing"},
		"lines of a customer": {head + "lines: {quantity: \"1\"}\n", "are for orders"},
		"lines without group": {"kind: order_lines\nsource_system: s\nlines: {quantity: \"1\"}\n", "group_by is missing"},
		"unknown zone":        {head + "times: {zone: Mars/Base}\n", `zone "Mars/Base" is not known`},
		"equal separators":    {head + "numbers: {thousands: \".\"}\n", "cannot be the same"},
		"unknown field":       {head + "fields:\n  nick: a\n", "line 4: nick: Customer has no field nick"},
		"given by the server": {head + "fields:\n  create_time: {column: x}\n", "create_time is given by the server"},
		"a whole list":        {head + "fields:\n  channels.value: {column: x}\n", "channels is a list; name an element, as in channels[0]"},
		"a whole message":     {head + "fields:\n  channels[0]: {column: x}\n", "this has fields of its own"},
		"too deep":            {head + "fields:\n  source.x: {column: x}\n", "source has no fields of its own"},
		"no list":             {head + "fields:\n  source[0]: {column: x}\n", "source[0] is not an element of a list"},
		"map without key":     {head + "fields:\n  attributes: {column: x}\n", "the key of an entry must follow"},
		"no such column":      {head + "fields:\n  source: {column: z}\n", `line 4: the file has no column "z"`},
		"no such lookup":      {head + "fields:\n  source: {column: x, lookup: l}\n", `there is no lookup "l"`},
		"no such table":       {head + "lookups: {l: [{file: none.csv, key: a, value: b}]}\n", "none.csv"},
		"stray brace":         {head + "fields:\n  source: \"a{b\"\n", "does not enclose the name of a column"},
		"unknown option":      {head + "fields:\n  source: \"{x|upper}\"\n", `"|upper" is not known`},
		"amount, no currency": {"kind: payments\nsource_system: s\ncustomer_ref: {id: {column: x}}\nfields:\n  amount: {column: x}\n", "no currency"},
		"two documents":       {head + "---\n" + head, "more than one document"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.ErrorContains(t, refusal(t, test.mapping), test.says)
		})
	}
}

// refusal is the error of reading a mapping or of applying it to a file with the columns x and y.
func refusal(t *testing.T, mapping string) error {
	t.Helper()
	dir := folder(t, map[string]string{"a.csv": "x,y\n"})
	m, err := Parse([]byte(mapping), dir)
	if err != nil {
		return err
	}
	table, err := sheet.Open(filepath.Join(dir, "a.csv"), m.File)
	require.NoError(t, err)
	defer table.Close()
	_, err = m.Bind(table)
	return err
}

// The mapping files that are kept here must always fit the contract.
func TestKeptMappings(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("../../../realdata/mappings/*.yaml")
	require.NoError(t, err)
	require.Len(t, files, 5)
	headers := folder(t, map[string]string{
		"products.csv": "product_id,product_name,category_id\n", "categories.csv": "category_id,category_name\n",
		"online_retail.csv":         "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n",
		"northwind_customers.csv":   "customer_id,company_name,contact_name,contact_title,address,city,region,postal_code,country,phone,fax\n",
		"northwind_people.csv":      "customer_id,company_name,contact_name,contact_title\n",
		"northwind_orders.csv":      "order_id,customer_id,order_date,required_date,shipped_date\n",
		"northwind_order_lines.csv": "order_id,product_id,unit_price,quantity,discount\n",
	})
	for _, file := range files {
		m, err := Load(file, headers)
		require.NoError(t, err)
		name := filepath.Base(file)
		table, err := sheet.Open(filepath.Join(headers, name[:len(name)-len("yaml")]+"csv"), m.File)
		require.NoError(t, err)
		_, err = m.Bind(table)
		require.NoError(t, err, file)
		require.NoError(t, table.Close())
	}
}

// The example of the documentation must work as written.
func TestDocumentedMapping(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../../../docs/import.md")
	require.NoError(t, err)
	_, example, found := strings.Cut(string(text), "```yaml\n")
	require.True(t, found)
	example, _, _ = strings.Cut(example, "```")
	dir := folder(t, map[string]string{
		"a.csv":        "报表\n\n订单号;下单时间;客户编号;产品;数量;单价;折扣\nA1;01.03.2026 08:00;7;P1;2;1.000,50;0,1\n",
		"products.csv": "product_id,category_id\nP1,C1\n", "categories.csv": "category_id,name\nC1,Sensors\n",
	})
	m, err := Parse([]byte(example), dir)
	require.NoError(t, err)
	m.File.Encoding = "utf-8"
	table, err := sheet.Open(filepath.Join(dir, "a.csv"), m.File)
	require.NoError(t, err)
	defer table.Close()
	reader, err := m.Bind(table)
	require.NoError(t, err)
	for row, err := range reader.Rows(0) {
		require.NoError(t, err)
		same(t, []string{`{"firstLine": 4, "lineCount": 1,
			"customerRef": {"system": "crm", "id": "7", "ifMissing": {"displayName": "Customer 7", "kind": "ORGANIZATION", "territory": "cn/south"}},
			"order": {"sourceSystem": "erp", "orderNumber": "A1", "orderTime": "2026-03-01T00:00:00Z", "lines": [
			{"productLine": "Sensors", "quantity": 2, "amount": {"currencyCode": "CNY", "units": 1800, "nanos": 900000000}}]}}`},
			[]*profilev1.ImportRow{row})
	}
}
