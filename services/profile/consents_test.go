package profile_test

import (
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/types/known/fieldmaskpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	profilev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/profile/v1"
)

const (
	email   = profilev1.Channel_EMAIL
	granted = profilev1.Consent_GRANTED
	denied  = profilev1.Consent_DENIED
)

func (b *bundle) consents() profilev1.ConsentServiceClient {
	return profilev1.NewConsentServiceClient(b.Conn)
}

// ledger is the ledger of a person, the newest answer first: medium, purpose, state and source.
func (b *bundle) ledger(t *testing.T, person string) (out []string) {
	t.Helper()
	list, err := b.consents().ListConsents(b.As(t, manager), &profilev1.ListConsentsRequest{Parent: person, OrderBy: "consent_time desc, record_time desc"})
	require.NoError(t, err)
	for _, e := range list.GetConsents() {
		out = append(out, e.GetMedium().String()+" "+e.GetPurpose().String()+" "+e.GetState().String()+" "+e.GetSource()+" "+e.GetCause())
	}
	return out
}

// held are the consents of a person.
func (b *bundle) held(t *testing.T, person string) (out []string) {
	t.Helper()
	p, err := b.people.GetPerson(b.As(t, manager), &profilev1.GetPersonRequest{Name: person})
	require.NoError(t, err)
	for _, c := range p.GetConsents() {
		out = append(out, c.GetMedium().String()+" "+c.GetPurpose().String()+" "+c.GetState().String()+" "+c.GetSource())
	}
	return out
}

func (b *bundle) record(t *testing.T, person string, e *profilev1.ConsentEntry) *profilev1.ConsentEntry {
	t.Helper()
	made, err := b.consents().RecordConsent(b.As(t, basic), &profilev1.RecordConsentRequest{Parent: person, Consent: e})
	require.NoError(t, err)
	return made
}

// What is recorded is in the ledger, and what is newest the person holds: also when it is recorded late.
func TestConsentsAreRecorded(t *testing.T) {
	t.Parallel()
	b := setup(t)
	p := b.person(t, b.customer(t).GetName(), &profilev1.Person{DisplayName: "a"}).GetName()
	now := b.Clock.Now()
	ago := func(days int) *timestamppb.Timestamp {
		return timestamppb.New(now.Add(-time.Duration(days) * 24 * time.Hour))
	}

	first := b.record(t, p, &profilev1.ConsentEntry{Medium: email, State: granted, ConsentTime: ago(3), Source: "form"})
	require.Equal(t, "alice", first.GetActor())
	b.record(t, p, &profilev1.ConsentEntry{Medium: email, Purpose: profilev1.Consent_MARKETING, State: denied, ConsentTime: ago(2)})
	require.Equal(t, []string{"EMAIL PURPOSE_UNSPECIFIED GRANTED form", "EMAIL MARKETING DENIED "}, b.held(t, p))
	b.record(t, p, &profilev1.ConsentEntry{Medium: email, State: denied, ConsentTime: ago(4), Source: "late"})
	require.Equal(t, []string{"EMAIL PURPOSE_UNSPECIFIED GRANTED form", "EMAIL MARKETING DENIED "}, b.held(t, p), "it was said before")
	b.record(t, p, &profilev1.ConsentEntry{Medium: email, State: denied, Source: "call"})
	require.Equal(t, []string{"EMAIL PURPOSE_UNSPECIFIED DENIED call", "EMAIL MARKETING DENIED "}, b.held(t, p))
	require.Equal(t, []string{
		"EMAIL PURPOSE_UNSPECIFIED DENIED call command", "EMAIL MARKETING DENIED  command", "EMAIL PURPOSE_UNSPECIFIED GRANTED form command",
		"EMAIL PURPOSE_UNSPECIFIED DENIED late command",
	}, b.ledger(t, p))

	b.Events(t, "guanxi.profile.person.changed.v1", 3)
	last := b.Events(t, "guanxi.profile.consent.recorded.v1", 4)[3]
	require.NotContains(t, string(last.Data), "call")
	require.Contains(t, string(last.Data), `"state":"DENIED"`)

	only, err := b.consents().ListConsents(b.As(t, basic), &profilev1.ListConsentsRequest{Parent: p, Filter: `purpose = MARKETING AND state = DENIED`})
	require.NoError(t, err)
	require.Len(t, only.GetConsents(), 1)
	page, err := b.consents().ListConsents(b.As(t, basic), &profilev1.ListConsentsRequest{Parent: p, PageSize: 3})
	require.NoError(t, err)
	rest, err := b.consents().ListConsents(b.As(t, basic), &profilev1.ListConsentsRequest{Parent: p, PageSize: 3, PageToken: page.GetNextPageToken()})
	require.NoError(t, err)
	require.Equal(t, "late", rest.GetConsents()[0].GetSource())
	require.Empty(t, rest.GetNextPageToken())
}

// What is written with the person is in the ledger as well, as the difference to what it says; what contradicts it is refused.
func TestTheLedgerFollowsThePerson(t *testing.T) {
	t.Parallel()
	b := setup(t)
	made := b.person(t, b.customer(t).GetName(), &profilev1.Person{DisplayName: "a", Consents: []*profilev1.Consent{{Medium: email, State: granted, Source: "form"}}})
	p := made.GetName()
	write := func(consents ...*profilev1.Consent) error {
		b.Clock.Advance(time.Minute)
		_, err := b.people.UpdatePerson(b.As(t, manager), &profilev1.UpdatePersonRequest{
			Person: &profilev1.Person{Name: p, Consents: consents}, UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"consents"}},
		})
		return err
	}
	require.NoError(t, write(&profilev1.Consent{Medium: email, State: granted, Source: "form"}, &profilev1.Consent{Medium: profilev1.Channel_PHONE, State: denied}))
	require.NoError(t, write(&profilev1.Consent{Medium: email, State: granted, Source: "form"}, &profilev1.Consent{Medium: email, State: denied, Purpose: profilev1.Consent_SURVEY}))
	require.Equal(t, []string{
		"PHONE PURPOSE_UNSPECIFIED STATE_UNSPECIFIED  command", "EMAIL SURVEY DENIED  command", "PHONE PURPOSE_UNSPECIFIED DENIED  command", "EMAIL PURPOSE_UNSPECIFIED GRANTED form command",
	}, sorted(b.ledger(t, p), 2))
	refused(t, write(&profilev1.Consent{Medium: email, State: denied, ConsentTime: timestamppb.New(time.Unix(0, 0))}), codes.InvalidArgument, "person.consents[0].consent_time", "OLDER")
	refused(t, write(&profilev1.Consent{Medium: email, State: denied}, &profilev1.Consent{Medium: email, State: granted}), codes.InvalidArgument, "person.consents", "UNIQUE")
	require.Len(t, b.ledger(t, p), 4)

	_, err := b.people.DeletePerson(b.As(t, manager), &profilev1.DeletePersonRequest{Name: p})
	require.NoError(t, err)
	var left int
	require.NoError(t, b.DB.Get(t.Context(), &left, `select count(*) from consent_entries`))
	require.Zero(t, left, "it goes with the person")
}

// sorted orders the first n, which are of one time.
func sorted(list []string, n int) []string {
	if len(list) >= n && list[0] < list[1] {
		list[0], list[1] = list[1], list[0]
	}
	return list
}

func TestConsentsHaveTheirRules(t *testing.T) {
	t.Parallel()
	b := setup(t)
	c := b.customer(t)
	p := b.person(t, c.GetName(), &profilev1.Person{DisplayName: "a"}).GetName()
	boss := b.person(t, c.GetName(), &profilev1.Person{DisplayName: "b", Senior: true}).GetName()
	nobody := c.GetName() + "/people/" + uuid.Must(uuid.NewV7()).String()
	yes := &profilev1.ConsentEntry{Medium: email, State: granted}
	call := func(parent string, e *profilev1.ConsentEntry) error {
		_, err := b.consents().RecordConsent(b.As(t, basic), &profilev1.RecordConsentRequest{Parent: parent, Consent: e})
		return err
	}
	refused(t, call(p, &profilev1.ConsentEntry{Medium: email}), codes.InvalidArgument, "consent.state", "REQUIRED")
	refused(t, call(p, &profilev1.ConsentEntry{State: granted}), codes.InvalidArgument)
	refused(t, call(p, &profilev1.ConsentEntry{Medium: email, State: granted, ConsentTime: timestamppb.New(b.Clock.Now().Add(time.Hour))}), codes.InvalidArgument, "consent.consent_time", "FUTURE")
	refused(t, call(boss, yes), codes.PermissionDenied)
	refused(t, call(nobody, yes), codes.PermissionDenied)
	_, err := b.consents().RecordConsent(b.As(t, executive), &profilev1.RecordConsentRequest{Parent: nobody, Consent: yes})
	refused(t, err, codes.NotFound)
	_, err = b.consents().ListConsents(b.As(t, basic), &profilev1.ListConsentsRequest{Parent: boss})
	refused(t, err, codes.PermissionDenied)
	_, err = b.customers.DeleteCustomer(b.As(t, manager), &profilev1.DeleteCustomerRequest{Name: c.GetName()})
	require.NoError(t, err)
	refused(t, call(p, yes), codes.FailedPrecondition)
	var left int
	require.NoError(t, b.DB.Get(t.Context(), &left, `select count(*) from consent_entries`))
	require.Zero(t, left)
}
