package planning_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/genproto/googleapis/type/date"

	profilev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/profile/v1"
)

// A person is known with consent and special dates, follows its changes, and is gone when profile removes it.
func TestPeopleAreFollowed(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ctx := b.admin(t)
	customer := b.customer(ctx, t, "c", "li")
	name := b.person(ctx, t, customer, &profilev1.Person{
		DisplayName: "p", Department: "IT", Birthday: &date.Date{Month: 2, Day: 29},
		Consents: []*profilev1.Consent{{Medium: profilev1.Channel_EMAIL, State: profilev1.Consent_DENIED}},
	})
	require.Equal(t, "IT {4} {} 2 29", b.personRow(t))

	p, err := b.people.GetPerson(ctx, &profilev1.GetPersonRequest{Name: name})
	require.NoError(t, err)
	p.Consents[0].State = profilev1.Consent_GRANTED
	_, err = b.people.UpdatePerson(ctx, &profilev1.UpdatePersonRequest{Person: p})
	require.NoError(t, err)
	b.fetched(t)
	require.Equal(t, "IT {} {4} 2 29", b.personRow(t))

	_, err = b.people.DeletePerson(ctx, &profilev1.DeletePersonRequest{Name: name})
	require.NoError(t, err)
	b.fetched(t)
	var left int
	require.NoError(t, b.DB.Get(ctx, &left, `select count(*) from people`))
	require.Zero(t, left)
}

func (b *bundle) personRow(t *testing.T) (row string) {
	t.Helper()
	require.NoError(t, b.DB.Get(t.Context(), &row,
		`select concat_ws(' ', department, denied_media::text, granted_media::text, birth_month, birth_day) from people`))
	return row
}

// What was said for greetings holds for them, and what was said for any purpose for the rest.
func TestMediaByPurpose(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for purpose, want := range map[int]string{0: "{1,4}", 2: "{1,4}", 4: "{1,5}"} {
		var got string
		require.NoError(t, b.DB.Get(t.Context(), &got, `select array(select unnest(planning_media('{1,4}', '{405}', '{404}', $1)) order by 1)::text`, purpose))
		require.Equal(t, want, got, purpose)
	}
}
