package profile_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"google.golang.org/genproto/googleapis/type/date"
	"google.golang.org/grpc/codes"

	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/testkit"
	profilev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/profile/v1"
	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
)

// somebody has something in every field that is sealed.
func somebody() *profilev1.Person {
	return &profilev1.Person{
		DisplayName: "Wei  Zhang 张伟", Position: "buyer", Department: "purchasing", Family: "planted-family", Hobbies: []string{"planted-hobby"},
		Birthday: &date.Date{Year: 1957, Month: 2, Day: 29 - 1}, SpecialDates: []*profilev1.SpecialDate{{Label: "planted-date", Date: &date.Date{Month: 10, Day: 1}}},
		Channels: []*profilev1.Channel{
			{Medium: profilev1.Channel_MOBILE, Value: "+86 13800001111", Level: manager}, {Medium: profilev1.Channel_EMAIL, Value: "top@secret.example", Level: executive},
		},
		Consents:    []*profilev1.Consent{{Medium: profilev1.Channel_EMAIL, State: profilev1.Consent_GRANTED, Source: "planted-source"}},
		ExternalIds: []*profilev1.ExternalId{{System: "crm", Id: "planted-id"}},
	}
}

func (b *bundle) peopleFound(t *testing.T, level typev1.Level, filter string) (names []string) {
	t.Helper()
	list, err := b.people.ListPeople(b.As(t, level), &profilev1.ListPeopleRequest{Parent: "customers/-", Filter: filter})
	require.NoError(t, err, filter)
	for _, p := range list.GetPeople() {
		names = append(names, p.GetName())
	}
	return names
}

func TestSealedPeopleAreFoundByWholeValues(t *testing.T) {
	t.Parallel()
	b := setup(t)
	c := b.customer(t)
	one := b.person(t, c.GetName(), somebody())
	b.person(t, c.GetName(), &profilev1.Person{DisplayName: "another"})
	require.Equal(t, []string{one.GetName()}, b.peopleFound(t, basic, `display_name = "wei zhang 张伟"`))
	require.Equal(t, []string{one.GetName()}, b.peopleFound(t, basic, `display_name = "ＷＥＩ ZHANG 张伟" AND position = "buyer"`))
	require.Len(t, b.peopleFound(t, basic, `display_name != "wei zhang 张伟"`), 1)
	require.Equal(t, []string{one.GetName()}, b.peopleFound(t, manager, `channels.value:"+86 13800001111"`))
	require.Empty(t, b.peopleFound(t, executive, `channels.value:"top@secret.example"`), "what is for executives is in no index")
	require.Empty(t, b.peopleFound(t, manager, `channels.value:"planted-id"`), "an id is no number")
	for _, filter := range []string{`display_name:"wei"`, `display_name = "wei*"`, `display_name > "a"`} {
		_, err := b.people.ListPeople(b.As(t, basic), &profilev1.ListPeopleRequest{Parent: "customers/-", Filter: filter})
		refused(t, err, codes.InvalidArgument)
	}
	_, err := b.people.ListPeople(b.As(t, basic), &profilev1.ListPeopleRequest{Parent: "customers/-", Filter: `channels.value:"x"`})
	refused(t, err, codes.PermissionDenied)
	_, err = b.people.ListPeople(b.As(t, basic), &profilev1.ListPeopleRequest{Parent: "customers/-", OrderBy: `display_name`})
	refused(t, err, codes.InvalidArgument)

	_, err = b.people.UpdatePerson(b.As(t, manager), &profilev1.UpdatePersonRequest{Person: &profilev1.Person{Name: one.GetName(), DisplayName: "Zhang"}})
	require.NoError(t, err)
	require.Empty(t, b.peopleFound(t, basic, `display_name = "wei zhang 张伟"`))
	require.Equal(t, []string{one.GetName()}, b.peopleFound(t, basic, `display_name = "zhang"`))
}

func (b *bundle) erase(t *testing.T, name string) *profilev1.Erasure {
	t.Helper()
	out, err := b.privacy.ErasePerson(b.As(t, manager), &profilev1.ErasePersonRequest{Name: name, Basis: profilev1.Erasure_REQUEST, Reference: "HR-17/2026"})
	require.NoError(t, err)
	return out
}

func TestErasePerson(t *testing.T) {
	t.Parallel()
	b := setup(t)
	c := b.customer(t)
	create := &profilev1.CreatePersonRequest{Parent: c.GetName(), Person: somebody(), RequestId: "once"}
	p, err := b.people.CreatePerson(b.admin(t), create)
	require.NoError(t, err)
	again, err := b.people.CreatePerson(b.admin(t), create)
	require.NoError(t, err)
	require.EqualExportedValues(t, p, again, "a remembered answer is opened")
	clerk := b.person(t, c.GetName(), &profilev1.Person{DisplayName: "clerk", ReportsTo: p.GetName()})

	_, err = b.privacy.ErasePerson(b.As(t, manager), &profilev1.ErasePersonRequest{Name: p.GetName(), Basis: profilev1.Erasure_REQUEST, Etag: "stale"})
	refused(t, err, codes.Aborted)
	_, err = b.privacy.ErasePerson(b.As(t, manager), &profilev1.ErasePersonRequest{Name: p.GetName(), Basis: profilev1.Erasure_REQUEST, Reference: "by 张伟"})
	refused(t, err, codes.InvalidArgument)
	_, err = b.privacy.ErasePerson(b.As(t, manager), &profilev1.ErasePersonRequest{Name: p.GetName()})
	refused(t, err, codes.InvalidArgument)

	gone := b.erase(t, p.GetName())
	require.Equal(t, p.GetName(), gone.GetPerson())
	require.Equal(t, "alice", gone.GetActor())
	_, err = b.people.GetPerson(b.admin(t), &profilev1.GetPersonRequest{Name: p.GetName()})
	refused(t, err, codes.NotFound)
	_, err = b.privacy.ExportPerson(b.admin(t), &profilev1.ExportPersonRequest{Name: p.GetName()})
	refused(t, err, codes.NotFound)
	_, err = b.privacy.ErasePerson(b.admin(t), &profilev1.ErasePersonRequest{Name: p.GetName(), Basis: profilev1.Erasure_REQUEST})
	refused(t, err, codes.NotFound)
	_, err = b.people.CreatePerson(b.admin(t), create)
	refused(t, err, codes.NotFound)
	got, err := b.people.GetPerson(b.admin(t), &profilev1.GetPersonRequest{Name: clerk.GetName()})
	require.NoError(t, err)
	require.Empty(t, got.GetReportsTo())
	require.JSONEq(t, `{"person":"`+p.GetName()+`"}`, string(b.Events(t, "guanxi.profile.person.erased.v1", 1)[0].Data))

	history, err := b.customers.ListCustomerChanges(b.admin(t), &profilev1.ListCustomerChangesRequest{Parent: c.GetName()})
	require.NoError(t, err)
	require.Len(t, history.GetChanges(), 4, "that something happened stays")
	for _, change := range history.GetChanges() {
		if change.GetResource() == p.GetName() {
			require.Empty(t, change.GetFields())
		}
	}
	var keys, rows int
	require.NoError(t, b.DB.Get(t.Context(), &keys, `select count(*) from vault.person_keys`))
	require.NoError(t, b.DB.Get(t.Context(), &rows, `select count(*) from people`))
	require.Equal(t, 1, keys)
	require.Equal(t, 1, rows)
}

func TestListErasures(t *testing.T) {
	t.Parallel()
	b := setup(t)
	south := b.customer(t)
	north := b.customer(t, func(c *profilev1.Customer) { c.Territory = "cn/north" })
	first := b.erase(t, b.person(t, south.GetName(), somebody()).GetName())
	b.Clock.Advance(time.Hour)
	second := b.erase(t, b.person(t, north.GetName(), somebody()).GetName())
	_, err := b.people.DeletePerson(b.admin(t), &profilev1.DeletePersonRequest{Name: b.person(t, south.GetName(), somebody()).GetName()})
	require.NoError(t, err)
	list := func(filter string, territories ...string) (got []string) {
		answer, err := b.privacy.ListErasures(b.As(t, manager, territories...), &profilev1.ListErasuresRequest{Filter: filter})
		require.NoError(t, err)
		for _, e := range answer.GetErasures() {
			got = append(got, e.GetName())
		}
		return got
	}
	require.Equal(t, []string{second.GetName(), first.GetName()}, list(""), "who was deleted only is not accounted for")
	require.Equal(t, []string{first.GetName()}, list("", "cn/south"))
	require.Empty(t, list("", "eu"))
	require.Empty(t, list("basis = ORDERED"))
	require.Len(t, list(`basis = REQUEST AND reference = "HR-17/2026" AND actor = "alice"`), 2)
	page, err := b.privacy.ListErasures(b.As(t, manager), &profilev1.ListErasuresRequest{PageSize: 1})
	require.NoError(t, err)
	page, err = b.privacy.ListErasures(b.As(t, manager), &profilev1.ListErasuresRequest{PageSize: 1, PageToken: page.GetNextPageToken()})
	require.NoError(t, err)
	require.Equal(t, first.GetName(), page.GetErasures()[0].GetName())
	require.Empty(t, page.GetNextPageToken())
}

// Whoever is of a customer who was deleted can still ask to be erased, and a customer who is purged takes the keys along.
func TestPeopleOfDeletedCustomersAreErased(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.AwaitJob(t, "purge-customers")
	c := b.customer(t)
	asked, stays := b.person(t, c.GetName(), somebody()), b.person(t, c.GetName(), &profilev1.Person{DisplayName: "stays"})
	_, err := b.customers.DeleteCustomer(b.admin(t), &profilev1.DeleteCustomerRequest{Name: c.GetName()})
	require.NoError(t, err)
	b.erase(t, asked.GetName())
	_, err = b.people.GetPerson(b.admin(t), &profilev1.GetPersonRequest{Name: stays.GetName()})
	require.NoError(t, err)
	b.Clock.Advance(40 * 24 * time.Hour)
	require.Eventually(t, func() bool {
		var keys int
		return b.DB.Get(t.Context(), &keys, `select count(*) from vault.person_keys`) == nil && keys == 0
	}, testkit.Patience, 20*time.Millisecond)
	everywhere, err := b.privacy.ListErasures(b.As(t, manager), &profilev1.ListErasuresRequest{})
	require.NoError(t, err)
	require.Len(t, everywhere.GetErasures(), 1, "the record stays, for those without a limit")
	limited, err := b.privacy.ListErasures(b.As(t, manager, "cn"), &profilev1.ListErasuresRequest{})
	require.NoError(t, err)
	require.Empty(t, limited.GetErasures())
}

func TestExportPerson(t *testing.T) {
	t.Parallel()
	b := setup(t)
	c := b.customer(t)
	p := b.person(t, c.GetName(), somebody())
	clerk := b.person(t, c.GetName(), &profilev1.Person{DisplayName: "clerk", ReportsTo: p.GetName()})
	_, err := b.people.UpdatePerson(b.As(t, executive), &profilev1.UpdatePersonRequest{Person: &profilev1.Person{Name: p.GetName(), Family: "planted-later"}})
	require.NoError(t, err)
	export := func(level typev1.Level) (text string, doc struct {
		Person  map[string]any `json:"person"`
		Reports []string       `json:"reports"`
		History []struct {
			Action string `json:"action"`
		} `json:"history"`
		Records   map[string]any `json:"records"`
		Elsewhere []struct {
			Service string `json:"service"`
		} `json:"elsewhere"`
	},
	) {
		answer, err := b.privacy.ExportPerson(b.As(t, level), &profilev1.ExportPersonRequest{Name: p.GetName()})
		require.NoError(t, err)
		require.Equal(t, "application/json; charset=utf-8", answer.GetContentType())
		require.NoError(t, json.Unmarshal(answer.GetData(), &doc))
		return string(answer.GetData()), doc
	}
	text, doc := export(executive)
	require.Equal(t, p.GetName(), doc.Person["name"])
	require.Equal(t, []string{clerk.GetName()}, doc.Reports)
	require.Len(t, doc.History, 2)
	require.Equal(t, "CREATED", doc.History[0].Action)
	require.Len(t, doc.Elsewhere, 4)
	for _, value := range []string{"planted-family", "planted-later", "planted-hobby", "planted-date", "planted-source", "planted-id", "+86 13800001111", "top@secret.example", "张伟"} {
		require.Contains(t, text, value)
	}
	text, _ = export(manager)
	require.NotContains(t, text, "top@secret.example", "neither in the person nor in his history")
	require.Contains(t, text, "planted-family")
	_, err = b.privacy.ExportPerson(b.As(t, basic), &profilev1.ExportPersonRequest{Name: p.GetName()})
	refused(t, err, codes.PermissionDenied)
	_, err = b.privacy.ExportPerson(b.As(t, manager, "eu"), &profilev1.ExportPersonRequest{Name: p.GetName()})
	refused(t, err, codes.PermissionDenied)
}

// Imports know people by ids that are stored as hashes only, and what an import refused quotes nobody who was erased.
func TestImportedPeopleAreErased(t *testing.T) {
	t.Parallel()
	b := setup(t)
	row := func(p *profilev1.Person) *profilev1.ImportRow {
		return &profilev1.ImportRow{CustomerRef: &profilev1.ImportCustomer{System: "shop", Id: "1"}, Fact: &profilev1.ImportRow_Person{Person: p}}
	}
	bad := &profilev1.ImportRow{Fact: &profilev1.ImportRow_Unreadable{Unreadable: &profilev1.ImportRejection{
		Field: "person.birthday", Rule: "DATE", ReasonEn: `column note: "planted-family 100%" is no date`, ReasonZh: "“planted-family” 不是日期",
	}}}
	b.imported(t, "one", line(1, shop("1", "x")), line(2, row(somebody())), line(3, bad))
	changed := somebody()
	changed.Hobbies = []string{"chess"}
	answer := b.imported(t, "two", line(1, row(changed)), line(2, row(changed)))
	require.EqualValues(t, 1, answer.GetProgress().GetChangedCount())
	require.EqualValues(t, 1, answer.GetProgress().GetUnchangedCount())
	found := b.peopleFound(t, manager, `display_name = "wei zhang 张伟"`)
	require.Len(t, found, 1)
	rejected, err := b.imports.ListImportRejections(b.As(t, executive), &profilev1.ListImportRejectionsRequest{Parent: "imports/one"})
	require.NoError(t, err)
	require.Contains(t, rejected.GetRejections()[0].GetReasonEn(), "planted-family")
	b.erase(t, found[0])
	rejected, err = b.imports.ListImportRejections(b.As(t, executive), &profilev1.ListImportRejectionsRequest{Parent: "imports/one"})
	require.NoError(t, err)
	require.Equal(t, "DATE", rejected.GetRejections()[0].GetRule())
	require.Empty(t, rejected.GetRejections()[0].GetReasonEn()+rejected.GetRejections()[0].GetReasonZh())
}

// No table that is about people keeps a row of somebody who was erased, whichever tables there are.
func (b *bundle) requireNothingOf(t *testing.T, person uuid.UUID) {
	t.Helper()
	var tables []string
	require.NoError(t, b.DB.Select(t.Context(), &tables, `select table_schema || '.' || table_name from information_schema.columns
		where column_name = 'person_id' and table_schema in ('public', 'vault') and table_name not in ('erasures', 'receipts')`))
	for _, table := range tables {
		var left int
		require.NoError(t, b.DB.GetDynamic(t.Context(), &left, `select count(*) from `+table+` where person_id = $1`, person))
		require.Zero(t, left, table)
	}
}

func TestErasureLeavesNoRow(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	id := uuid.MustParse(s.person[len(s.person)-36:])
	gone, err := s.privacy.ErasePerson(s.AsPrincipal(t, auth.Principal{Subject: "root", Level: manager, Territories: []string{"cn"}}),
		&profilev1.ErasePersonRequest{Name: s.person, Basis: profilev1.Erasure_RETENTION_OVER})
	require.NoError(t, err)
	require.Equal(t, "root", gone.GetActor())
	s.requireNothingOf(t, id)
}
