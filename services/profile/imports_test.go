package profile_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/genproto/googleapis/type/date"
	"google.golang.org/grpc/codes"

	"github.com/guanxi-crm/guanxi/libs/auth"
	profilev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/profile/v1"
)

// importing is an open import stream.
type importing struct {
	t      *testing.T
	stream profilev1.ImportService_ImportRowsClient
}

func (b *bundle) startImport(t *testing.T, first *profilev1.ImportRowsRequest) (*importing, *profilev1.ImportRowsResponse, error) {
	t.Helper()
	stream, err := b.imports.ImportRows(b.As(t, executive))
	require.NoError(t, err)
	require.NoError(t, stream.Send(first))
	answer, err := stream.Recv()
	return &importing{t: t, stream: stream}, answer, err
}

func (i *importing) send(rows ...*profilev1.ImportRow) *profilev1.ImportRowsResponse {
	i.t.Helper()
	require.NoError(i.t, i.stream.Send(&profilev1.ImportRowsRequest{Rows: rows}))
	answer, err := i.stream.Recv()
	require.NoError(i.t, err)
	return answer
}

func (b *bundle) imported(t *testing.T, id string, rows ...*profilev1.ImportRow) *profilev1.ImportRowsResponse {
	t.Helper()
	_, answer, err := b.startImport(t, &profilev1.ImportRowsRequest{ImportId: id, Digest: "d", Rows: rows})
	require.NoError(t, err)
	p := answer.GetProgress()
	require.Equal(t, p.GetTotalCount(), p.GetStoredCount()+p.GetUnchangedCount()+p.GetRepeatedCount()+p.GetRejectedCount(), "counts add up")
	return answer
}

func line(n int64, fact *profilev1.ImportRow) *profilev1.ImportRow {
	fact.FirstLine = n
	fact.LineCount = max(fact.GetLineCount(), 1)
	return fact
}

func shop(id, name string) *profilev1.ImportRow {
	return &profilev1.ImportRow{Fact: &profilev1.ImportRow_Customer{Customer: &profilev1.Customer{
		DisplayName: name, Kind: profilev1.Customer_ORGANIZATION, Territory: "eu/west", ExternalIds: []*profilev1.ExternalId{{System: "shop", Id: id}},
	}}}
}

func bought(customer string, o *profilev1.Order) *profilev1.ImportRow {
	return &profilev1.ImportRow{CustomerRef: &profilev1.ImportCustomer{System: "shop", Id: customer}, Fact: &profilev1.ImportRow_Order{Order: o}}
}

func TestImportRejectsBadRowsAndStoresTheRest(t *testing.T) {
	t.Parallel()
	b := setup(t)
	spoilt := shop("3", "x")
	spoilt.GetCustomer().RegistrationNumber = "91440300708461136A"
	long := shop("4", "x")
	long.GetCustomer().Industry = string(make([]byte, 200))
	answer := b.imported(t, "customers",
		line(1, shop("1", "Alfreds")), line(2, shop("2", "Berglunds")), line(3, spoilt), line(4, long), line(5, shop("1", "Alfreds")),
		line(6, shop("1", "Alfreds Futterkiste")), line(7, &profilev1.ImportRow{}), line(8, &profilev1.ImportRow{Fact: &profilev1.ImportRow_Unreadable{
			Unreadable: &profilev1.ImportRejection{Field: "amount", Rule: "NUMBER", ReasonEn: "not a number", ReasonZh: "不是数字"},
		}}),
		line(9, shop("2", "Berglunds")),
	)
	p := answer.GetProgress()
	require.Equal(t, []int64{9, 3, 2, 0, 4, 2, 1}, []int64{
		p.GetTotalCount(), p.GetStoredCount(), p.GetUnchangedCount(), p.GetRepeatedCount(), p.GetRejectedCount(), p.GetCreatedCount(), p.GetChangedCount(),
	})
	require.Equal(t, int64(3), answer.GetRejections()[0].GetFirstLine())
	require.Equal(t, "REGISTRATION_NUMBER", answer.GetRejections()[0].GetRule())
	require.NotEmpty(t, answer.GetRejections()[0].GetReasonZh())
	require.Equal(t, "NUMBER", answer.GetRejections()[3].GetRule())

	list, err := b.customers.ListCustomers(b.As(t, basic), &profilev1.ListCustomersRequest{OrderBy: "display_name"})
	require.NoError(t, err)
	require.Equal(t, []string{"Alfreds Futterkiste", "Berglunds"}, names(list))
	b.Events(t, "guanxi.profile.customer.>", 3)

	kept, err := b.imports.ListImportRejections(b.As(t, manager), &profilev1.ListImportRejectionsRequest{Parent: "imports/customers", PageSize: 3})
	require.NoError(t, err)
	require.EqualExportedValues(t, answer.GetRejections()[:3], kept.GetRejections())
	rest, err := b.imports.ListImportRejections(b.As(t, manager), &profilev1.ListImportRejectionsRequest{Parent: "imports/customers", PageSize: 3, PageToken: kept.GetNextPageToken()})
	require.NoError(t, err)
	require.EqualExportedValues(t, answer.GetRejections()[3:], rest.GetRejections())
	other := b.AsPrincipal(t, auth.Principal{Subject: "bob", Level: manager, Territories: []string{auth.Anywhere}})
	_, err = b.imports.GetImport(other, &profilev1.GetImportRequest{Name: "imports/customers"})
	refused(t, err, codes.NotFound)
}

func TestImportGoesOnWhereItStopped(t *testing.T) {
	t.Parallel()
	b := setup(t)
	rows := func(from, to int64) []*profilev1.ImportRow {
		var out []*profilev1.ImportRow
		for n := from; n <= to; n++ {
			out = append(out, line(n, shop(fmt.Sprint(n), "c")))
		}
		return out
	}
	b.imported(t, "x", rows(1, 4)...)
	in, answer, err := b.startImport(t, &profilev1.ImportRowsRequest{ImportId: "x", Digest: "d"})
	require.NoError(t, err)
	require.Equal(t, int64(4), answer.GetProgress().GetLastLine())
	require.Equal(t, int64(6), in.send(rows(3, 6)...).GetProgress().GetStoredCount(), "what is done is skipped")
	b.imported(t, "x", rows(1, 6)...)
	b.Events(t, "guanxi.profile.customer.created.v1", 6)

	_, _, err = b.startImport(t, &profilev1.ImportRowsRequest{ImportId: "x", Digest: "another"})
	refused(t, err, codes.Aborted)
	_, _, err = b.startImport(t, &profilev1.ImportRowsRequest{Rows: rows(1, 1)})
	refused(t, err, codes.InvalidArgument, "import_id", "REQUIRED")
	_, _, err = b.startImport(t, &profilev1.ImportRowsRequest{ImportId: "y", Rows: append(rows(2, 2), rows(1, 1)...)})
	refused(t, err, codes.InvalidArgument, "rows", "LINE_ORDER")

	one, _, err := b.startImport(t, &profilev1.ImportRowsRequest{ImportId: "z"})
	require.NoError(t, err)
	two, _, err := b.startImport(t, &profilev1.ImportRowsRequest{ImportId: "z"})
	require.NoError(t, err)
	one.send(rows(1, 1)...)
	require.NoError(t, two.stream.Send(&profilev1.ImportRowsRequest{Rows: rows(1, 1)}))
	_, err = two.stream.Recv()
	refused(t, err, codes.Aborted)
}

func TestImportOfOrders(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.imported(t, "customers", line(1, shop("1", "Alfreds")))
	missing := bought("9", anOrder("9", 0, 1))
	made := bought("2", anOrder("2", 0, 5))
	made.CustomerRef.IfMissing = &profilev1.Customer{DisplayName: "Customer 2", Kind: profilev1.Customer_ORGANIZATION, Territory: "eu"}
	repeated := bought("1", anOrder("3", 0, 7))
	repeated.LineCount, repeated.RepeatedCount = 3, 2
	later := bought("1", anOrder("1", 0, 10, 20))
	later.LineCount = 2
	nobody := bought("", anOrder("4", 0, 1))
	answer := b.imported(t, "orders",
		line(1, bought("1", anOrder("1", 0, 10))), line(2, missing), line(3, made), line(4, repeated), line(7, later), line(9, nobody),
	)
	p := answer.GetProgress()
	require.Equal(t, []int64{9, 4, 0, 3, 2}, []int64{p.GetTotalCount(), p.GetStoredCount(), p.GetUnchangedCount(), p.GetRepeatedCount(), p.GetRejectedCount()})
	require.Equal(t, "CUSTOMER_UNKNOWN", answer.GetRejections()[0].GetRule())
	require.Equal(t, "customer_ref", answer.GetRejections()[1].GetField())

	list, err := b.orders.ListOrders(b.As(t, basic), &profilev1.ListOrdersRequest{Parent: "customers/-", OrderBy: "order_number"})
	require.NoError(t, err)
	require.Len(t, list.GetOrders(), 3)
	require.Equal(t, int64(30), list.GetOrders()[0].GetAmount().GetUnits(), "the later part of the file adds its new line, and the old one does not come twice")

	// Headers and lines from two files.
	header := anOrder("5", 0)
	answer = b.imported(t, "headers", line(1, bought("1", header)))
	require.Equal(t, int64(1), answer.GetProgress().GetStoredCount())
	lines := &profilev1.ImportRow{Fact: &profilev1.ImportRow_OrderLines{OrderLines: &profilev1.ImportOrderLines{OrderNumber: "5", Lines: anOrder("", 0, 40).GetLines()}}}
	unknown := &profilev1.ImportRow{Fact: &profilev1.ImportRow_OrderLines{OrderLines: &profilev1.ImportOrderLines{OrderNumber: "6", Lines: anOrder("", 0, 1).GetLines()}}}
	answer = b.imported(t, "lines", line(1, lines), line(2, unknown))
	require.Equal(t, "ORDER_UNKNOWN", answer.GetRejections()[0].GetRule(), "%v", answer)
	again := b.imported(t, "headers-again", line(1, bought("1", anOrder("5", 0))))
	require.Equal(t, int64(1), again.GetProgress().GetUnchangedCount(), "a header without lines keeps those stored")
	found, err := b.orders.ListOrders(b.As(t, basic), &profilev1.ListOrdersRequest{Parent: "customers/-", Filter: `order_number = "5"`})
	require.NoError(t, err)
	require.Equal(t, int64(40), found.GetOrders()[0].GetAmount().GetUnits())
}

func TestImportOfPeopleAndPayments(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ref := &profilev1.ImportCustomer{System: "shop", Id: "1"}
	contact := func(position string) *profilev1.ImportRow {
		return &profilev1.ImportRow{CustomerRef: ref, Fact: &profilev1.ImportRow_Person{Person: &profilev1.Person{
			DisplayName: "Maria Anders", Position: position, ExternalIds: []*profilev1.ExternalId{{System: "shop", Id: "m"}},
		}}}
	}
	paid := func(number string) *profilev1.ImportRow {
		return &profilev1.ImportRow{CustomerRef: ref, Fact: &profilev1.ImportRow_Payment{Payment: &profilev1.Payment{
			PaymentNumber: number, Amount: cny(5), DueDate: &date.Date{Year: 2025, Month: 1, Day: 31},
		}}}
	}
	nameless := contact("x")
	nameless.GetPerson().ExternalIds = nil
	answer := b.imported(t, "mixed",
		line(1, shop("1", "Alfreds")), line(2, contact("Sales")), line(3, contact("Sales")), line(4, contact("Owner")), line(5, nameless), line(6, paid("1")), line(7, paid("1")),
	)
	p := answer.GetProgress()
	require.Equal(t, []int64{7, 4, 2, 1, 3, 1}, []int64{
		p.GetTotalCount(), p.GetStoredCount(), p.GetUnchangedCount(), p.GetRejectedCount(), p.GetCreatedCount(), p.GetChangedCount(),
	})
	people, err := b.people.ListPeople(b.As(t, basic), &profilev1.ListPeopleRequest{Parent: "customers/-"})
	require.NoError(t, err)
	require.Len(t, people.GetPeople(), 1)
	require.Equal(t, "Owner", people.GetPeople()[0].GetPosition())
}

func TestDryRunStoresNothing(t *testing.T) {
	t.Parallel()
	b := setup(t)
	_, answer, err := b.startImport(t, &profilev1.ImportRowsRequest{ImportId: "dry", DryRun: true, Rows: []*profilev1.ImportRow{
		line(1, shop("1", "a")), line(2, shop("2", "")),
	}})
	require.NoError(t, err)
	require.Equal(t, int64(1), answer.GetProgress().GetStoredCount())
	require.Equal(t, int64(1), answer.GetProgress().GetRejectedCount())
	list, err := b.customers.ListCustomers(b.As(t, basic), &profilev1.ListCustomersRequest{})
	require.NoError(t, err)
	require.Empty(t, list.GetCustomers())
	_, err = b.imports.GetImport(b.As(t, executive), &profilev1.GetImportRequest{Name: "imports/dry"})
	refused(t, err, codes.NotFound)
}

// A row that only the database refuses must not take the others of its batch along.
func TestUnforeseenRefusalIsOneRows(t *testing.T) {
	t.Parallel()
	b := setup(t)
	_, err := b.DB.Exec(t.Context(), `alter table customers add constraint unforeseen check (display_name <> 'odd')`)
	require.NoError(t, err)
	answer := b.imported(t, "odd", line(1, shop("1", "a")), line(2, shop("2", "odd")), line(3, shop("3", "b")))
	require.Equal(t, int64(2), answer.GetProgress().GetStoredCount())
	require.Len(t, answer.GetRejections(), 1)
	require.Equal(t, "NOT_STORED", answer.GetRejections()[0].GetRule())
	require.Equal(t, int64(2), answer.GetRejections()[0].GetFirstLine())
}
