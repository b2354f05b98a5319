// Package erasure proves that nothing is left of a person who was erased: not in a dump of any database, not in the stream of events, not in the log, and not in a backup
// that was made before and is restored afterwards.
package erasure

import (
	"context"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"
	"google.golang.org/genproto/googleapis/type/date"
	"google.golang.org/genproto/googleapis/type/money"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/guanxi-crm/guanxi/libs/events"
	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/libs/service"
	"github.com/guanxi-crm/guanxi/libs/servicetest"
	"github.com/guanxi-crm/guanxi/libs/testkit"
	profilev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/profile/v1"
	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
	"github.com/guanxi-crm/guanxi/services/profile"
	"github.com/guanxi-crm/guanxi/tests/internal/stage"
)

// sealedValues are known of the person and sealed; plainValues say where he stands, and are in the clear until he is erased. All are odd enough to be nowhere by chance.
var (
	sealedValues = []string{
		"黄蓉planted", "+86-13987650042", "planted@peach.example", "planted kungfu cooking", "father planted Huang", "planted anniversary", "PLANTED-CRM-7", "planted fair 2025",
		"planted former family", "planted other name",
	}
	plainValues = []string{"planted head of cooking", "planted kitchen"}
)

// hits are those of the values that a text holds: as they are, as bytes in hexadecimal (bytea in a dump), in base64, or escaped in JSON.
func hits(text string, values ...string) (found []string) {
	text = strings.ToLower(text)
	for _, value := range values {
		escaped, err := json.Marshal(value)
		if err != nil { // of a text there is none
			panic(err)
		}
		for _, form := range []string{
			value, hex.EncodeToString([]byte(value)), strings.Trim(string(escaped), `"`), strings.Trim(fmt.Sprintf("%+q", value), `"`),
			base64.RawStdEncoding.EncodeToString([]byte(value))[:len(value)*4/3], strings.ReplaceAll(value, " ", "%20"),
		} {
			if strings.Contains(text, strings.ToLower(form)) {
				found = append(found, value)
				break
			}
		}
	}
	return found
}

func TestSearchFinds(t *testing.T) {
	t.Parallel()
	for _, form := range []string{"黄蓉planted", `\u9ec4\u84c9planted`, hex.EncodeToString([]byte("x黄蓉plantedx")), base64.StdEncoding.EncodeToString([]byte("黄蓉planted and more"))} {
		require.Len(t, hits("around "+form+" it", sealedValues...), 1, form)
	}
	require.Empty(t, hits("nothing", sealedValues...))
}

// scene is the whole product with somebody of whom something is known everywhere.
type scene struct {
	*stage.Stage
	profile   *servicetest.Service
	customer  string
	person    string
	colleague string
	order     string
}

func newScene(t *testing.T) *scene {
	t.Helper()
	all := stage.Services()
	s := &scene{Stage: stage.Start(t, all[len(all)-1])}
	s.profile = s.Of("profile")
	ctx := s.As(t, typev1.Level_EXECUTIVE)
	c, err := profilev1.NewCustomerServiceClient(s.profile.Conn).CreateCustomer(ctx, &profilev1.CreateCustomerRequest{Customer: &profilev1.Customer{
		DisplayName: "桃花岛", Kind: profilev1.Customer_ORGANIZATION, Territory: "cn", ExternalIds: []*profilev1.ExternalId{{System: "crm", Id: "island"}},
	}})
	require.NoError(t, err)
	s.customer = c.GetName()
	people := profilev1.NewPersonServiceClient(s.profile.Conn)
	create := &profilev1.CreatePersonRequest{Parent: s.customer, RequestId: "planted", Person: planted()}
	p, err := people.CreatePerson(ctx, create)
	require.NoError(t, err)
	s.person = p.GetName()
	again, err := people.CreatePerson(ctx, create) // its answer is remembered
	require.NoError(t, err)
	require.Equal(t, s.person, again.GetName())
	_, err = people.UpdatePerson(ctx, &profilev1.UpdatePersonRequest{RequestId: "change", Person: &profilev1.Person{Name: s.person, Family: sealedValues[4]}})
	require.NoError(t, err)
	_, err = people.UpdatePerson(ctx, &profilev1.UpdatePersonRequest{Person: &profilev1.Person{Name: s.person, DisplayName: sealedValues[0]}})
	require.NoError(t, err)
	q, err := people.CreatePerson(ctx, &profilev1.CreatePersonRequest{Parent: s.customer, Person: &profilev1.Person{DisplayName: "Guo Jing", ReportsTo: s.person}})
	require.NoError(t, err)
	s.colleague = q.GetName()
	o, err := profilev1.NewOrderServiceClient(s.profile.Conn).CreateOrder(ctx, &profilev1.CreateOrderRequest{Parent: s.customer, Order: &profilev1.Order{
		OrderNumber: "1", OrderTime: timestamppb.New(time.Date(2025, 1, 2, 0, 0, 0, 0, time.UTC)),
		Lines: []*profilev1.OrderLine{{ProductLine: "x", Quantity: 1, Amount: &money.Money{CurrencyCode: "CNY", Units: 7}}},
	}})
	require.NoError(t, err)
	s.order = o.GetName()
	s.provoke(ctx, t)
	s.Settle(t)
	return s
}

func planted() *profilev1.Person {
	return &profilev1.Person{
		DisplayName: sealedValues[9], Position: plainValues[0], Department: plainValues[1], Family: sealedValues[8], Hobbies: []string{sealedValues[3]},
		Birthday: &date.Date{Year: 1957, Month: 3, Day: 9}, SpecialDates: []*profilev1.SpecialDate{{Label: sealedValues[5], Date: &date.Date{Month: 7, Day: 7}}},
		Channels: []*profilev1.Channel{
			{Medium: profilev1.Channel_MOBILE, Value: sealedValues[1], Level: typev1.Level_MANAGER}, {Medium: profilev1.Channel_EMAIL, Value: sealedValues[2], Level: typev1.Level_EXECUTIVE},
		},
		Consents:    []*profilev1.Consent{{Medium: profilev1.Channel_EMAIL, State: profilev1.Consent_GRANTED, Source: sealedValues[7]}},
		ExternalIds: []*profilev1.ExternalId{{System: "crm", Id: sealedValues[6]}},
	}
}

// provoke makes calls that fail over the person's values, and an import that refuses a row with them: what is logged and kept of those must not tell either.
func (s *scene) provoke(ctx context.Context, t *testing.T) {
	t.Helper()
	people := profilev1.NewPersonServiceClient(s.profile.Conn)
	_, err := people.CreatePerson(ctx, &profilev1.CreatePersonRequest{Parent: s.customer, Person: planted()})
	require.Equal(t, codes.AlreadyExists, status.Code(err))
	twice := planted()
	twice.ExternalIds = append(twice.ExternalIds, twice.GetExternalIds()...)
	_, err = people.CreatePerson(ctx, &profilev1.CreatePersonRequest{Parent: s.customer, Person: twice})
	require.Equal(t, codes.InvalidArgument, status.Code(err))
	for _, filter := range []string{`display_name = "` + sealedValues[0] + `"`, `display_name > "` + sealedValues[0] + `"`, `channels.value:"` + sealedValues[1] + `"`} {
		_, _ = people.ListPeople(ctx, &profilev1.ListPeopleRequest{Parent: s.customer, Filter: filter})
	}
	stream, err := profilev1.NewImportServiceClient(s.profile.Conn).ImportRows(ctx)
	require.NoError(t, err)
	ref := &profilev1.ImportCustomer{System: "crm", Id: "island"}
	require.NoError(t, stream.Send(&profilev1.ImportRowsRequest{ImportId: "i", Digest: "d", Rows: []*profilev1.ImportRow{
		{FirstLine: 1, LineCount: 1, CustomerRef: ref, Fact: &profilev1.ImportRow_Person{Person: twice}},
		{FirstLine: 2, LineCount: 1, Fact: &profilev1.ImportRow_Unreadable{Unreadable: &profilev1.ImportRejection{
			Field: "birthday", Rule: "DATE", ReasonEn: fmt.Sprintf("column note: %q is no date", sealedValues[0]), ReasonZh: "“" + sealedValues[1] + "” 不是日期",
		}}},
	}}))
	answer, err := stream.Recv()
	require.NoError(t, err)
	require.EqualValues(t, 2, answer.GetProgress().GetRejectedCount())
	require.NoError(t, stream.CloseSend())
}

// url is where the database of a service is.
func url(t *testing.T, s *servicetest.Service) string {
	t.Helper()
	var name string
	require.NoError(t, s.DB.Get(t.Context(), &name, `select current_database()`))
	return testkit.URL(t, name)
}

// streamed is all that the stream holds.
func (s *scene) streamed(t *testing.T) string {
	t.Helper()
	js, err := jetstream.New(s.NATS)
	require.NoError(t, err)
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
	defer cancel()
	var all strings.Builder
	err = events.Tail(ctx, js, "guanxi.>", time.Unix(1, 0), func(m events.Message) error {
		fmt.Fprintln(&all, m.Subject, m.Header, string(m.Data))
		return m.Err
	})
	require.NoError(t, err)
	return all.String()
}

func (s *scene) export(t *testing.T) string {
	t.Helper()
	answer, err := profilev1.NewPersonPrivacyServiceClient(s.profile.Conn).ExportPerson(s.As(t, typev1.Level_EXECUTIVE), &profilev1.ExportPersonRequest{Name: s.person})
	require.NoError(t, err)
	return string(answer.GetData())
}

func (s *scene) erase(t *testing.T) {
	t.Helper()
	_, err := profilev1.NewPersonPrivacyServiceClient(s.profile.Conn).ErasePerson(s.As(t, typev1.Level_MANAGER), &profilev1.ErasePersonRequest{
		Name: s.person, Basis: profilev1.Erasure_REQUEST, RequestId: "erase",
	})
	require.NoError(t, err)
	s.Settle(t)
}

func TestNothingIsLeft(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	everything := append(append([]string{}, sealedValues...), plainValues...)
	require.ElementsMatch(t, everything, hits(s.export(t), everything...), "all that was planted is known, or this test proves nothing")

	backup := testkit.Dump(t, url(t, s.profile), "--exclude-schema=vault")
	require.ElementsMatch(t, plainValues, hits(backup, plainValues...), "the search finds what is in the clear")
	s.erase(t)

	for _, one := range s.All() {
		require.Empty(t, hits(testkit.Dump(t, url(t, one)), everything...), "the database of %s", one.Name())
	}
	stream := s.streamed(t)
	require.Contains(t, stream, "person.erased")
	require.Empty(t, hits(stream, everything...), "the stream")
	require.NotEmpty(t, s.Log.Text())
	require.Empty(t, hits(s.Log.Text(), everything...), "the log")

	_, err := profilev1.NewOrderServiceClient(s.profile.Conn).GetOrder(s.As(t, typev1.Level_MANAGER), &profilev1.GetOrderRequest{Name: s.order})
	require.NoError(t, err, "orders and figures stay")
	s.restore(t, backup)
}

// restore plays a backup from before the erasure beside today's vault, and serves from it.
func (s *scene) restore(t *testing.T, backup string) {
	t.Helper()
	require.Empty(t, hits(backup, unquoted()...), "the backup itself cannot be read")
	restored := testkit.DatabaseURL(t, nil)
	testkit.Restore(t, restored, backup)
	testkit.Restore(t, restored, testkit.Dump(t, url(t, s.profile), "--schema=vault"))
	again := servicetest.Start(t, profile.Definition(), func(cfg *service.Config, _ *service.Deps) { cfg.Database.URL = restored })

	people := profilev1.NewPersonServiceClient(again.Conn)
	_, err := people.GetPerson(again.As(t, typev1.Level_EXECUTIVE), &profilev1.GetPersonRequest{Name: s.person})
	require.Equal(t, codes.NotFound, status.Code(err))
	colleague, err := people.GetPerson(again.As(t, typev1.Level_EXECUTIVE), &profilev1.GetPersonRequest{Name: s.colleague})
	require.NoError(t, err)
	require.Equal(t, "Guo Jing", colleague.GetDisplayName(), "others are as they were")
	require.Empty(t, colleague.GetReportsTo())
	history, err := profilev1.NewCustomerServiceClient(again.Conn).ListCustomerChanges(again.As(t, typev1.Level_EXECUTIVE), &profilev1.ListCustomerChangesRequest{Parent: s.customer})
	require.NoError(t, err)
	for _, change := range history.GetChanges() {
		if change.GetResource() == s.person {
			require.Empty(t, change.GetFields())
		}
	}
	_, err = people.CreatePerson(again.As(t, typev1.Level_EXECUTIVE), &profilev1.CreatePersonRequest{Parent: s.customer, RequestId: "planted", Person: planted()})
	require.Equal(t, codes.NotFound, status.Code(err), "the remembered answer is of nobody")

	db := testkit.Open(t, postgres.Config{URL: restored})
	_, err = db.Exec(t.Context(), `vacuum full people`)
	require.NoError(t, err)
	require.Empty(t, hits(testkit.Dump(t, restored), append(unquoted(), plainValues...)...), "what stood in the clear is gone again")
}

// unquoted are the values that no refusal of an import quotes: those are in the clear in a backup from before, see docs/decisions/0017-people-sealed.md.
func unquoted() []string {
	return append([]string{}, sealedValues[2:]...)
}
