package mirror_test

import (
	"context"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	"github.com/guanxi-crm/guanxi/libs/events"
	"github.com/guanxi-crm/guanxi/libs/mirror"
	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/libs/testkit"
	planningv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/planning/v1"
	profilev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/profile/v1"
)

// forgetting is a service that keeps notes of people.
type forgetting struct {
	*mirror.Forgetter
	customer, person uuid.UUID
}

func newForgetting(t *testing.T) *forgetting {
	t.Helper()
	db := testkit.Database(t, migrateMore)
	s := &mirror.Standings{Customers: mirror.NewCustomers(db, nil), Wants: mirror.NewWants(db, "wanted", "person_id")}
	return &forgetting{
		Forgetter: &mirror.Forgetter{
			DB: db, Now: testkit.NewClock().Now, Know: s.Know,
			Confirmed: func(person string) proto.Message { return &planningv1.PersonForgotten{Person: person} },
		},
		customer: uuid.Must(uuid.NewV7()), person: uuid.Must(uuid.NewV7()),
	}
}

func (f *forgetting) name() string {
	return "customers/" + f.customer.String() + "/people/" + f.person.String()
}

// hear has the service hear of an event, as a consumer does: in one transaction.
func (f *forgetting) hear(t *testing.T, data proto.Message, forget func(context.Context, *postgres.DB) error) error {
	t.Helper()
	event, err := events.New(t.Context(), testkit.Start, f.customer, data)
	require.NoError(t, err)
	return f.DB.InTx(t.Context(), func(ctx context.Context) error {
		return f.Handle(ctx, events.Delivery{Event: event}, func(ctx context.Context, customer, person uuid.UUID) error {
			require.Equal(t, []uuid.UUID{f.customer, f.person}, []uuid.UUID{customer, person})
			return forget(ctx, f.DB)
		})
	})
}

func (f *forgetting) texts(t *testing.T, query string, args ...any) (out []string) {
	t.Helper()
	require.NoError(t, f.DB.SelectDynamic(t.Context(), &out, query, args...))
	return out
}

func nothing(context.Context, *postgres.DB) error { return nil }

// Of somebody whom nobody has heard of it is confirmed as well that nothing is kept, once, for a customer that is deleted too.
func TestForgettingIsConfirmedOnce(t *testing.T) {
	t.Parallel()
	f := newForgetting(t)
	require.NoError(t, f.hear(t, &profilev1.PersonErased{Person: f.name()}, nothing))
	confirmed := `select subject || ' ' || resource || ' ' || version || ' ' || data from outbox`
	want := []string{"guanxi.planning.person.forgotten.v1 " + f.name() + ` 1 {"person":"` + f.name() + `"}`}
	require.Equal(t, want, f.texts(t, confirmed))
	require.NoError(t, f.hear(t, &profilev1.PersonErased{Person: f.name()}, nothing), "a projection is built anew")
	require.Equal(t, want, f.texts(t, confirmed))
	require.Empty(t, f.texts(t, `select resource from changes`))

	f.person = uuid.Must(uuid.NewV7())
	_, err := f.DB.Exec(t.Context(), `update customers set delete_time = now()`)
	require.NoError(t, err)
	require.NoError(t, f.hear(t, &profilev1.PersonDeleted{Person: f.name()}, nothing))
	require.Len(t, f.texts(t, confirmed), 2)
	require.Equal(t, []string{"2"}, f.texts(t, `select sequence::text from customers`))
}

// Where forgetting fails nothing is confirmed.
func TestWhatFailsIsNotConfirmed(t *testing.T) {
	t.Parallel()
	f := newForgetting(t)
	require.ErrorIs(t, f.hear(t, &profilev1.PersonErased{Person: f.name()}, func(context.Context, *postgres.DB) error { return context.Canceled }), context.Canceled)
	require.Empty(t, f.texts(t, `select resource from outbox`))
	require.Error(t, f.hear(t, &profilev1.PersonErased{Person: "customers/x"}, nothing))
}

const planted = `
insert into changes (aggregate_id, version, resource, action, actor, cause, change_time, level, fields) values
	($1, 101, $2 || '/contactPreference', 2, 'a', 'command', now(), 1, '[{"path": "x", "to": "likes tea"}]'),
	($1, 102, 'activities/1', 2, 'a', 'command', now(), 1, jsonb_build_array(jsonb_build_object('path', 'people[0]', 'to', $2), '{"path": "title", "to": "fair"}'::jsonb)),
	($1, 103, 'activities/2', 2, 'a', 'command', now(), 1, '[{"path": "title", "to": "kept"}]')`

// The history, answers that are kept to be repeated, and what a merge has put aside forget the person as well, and nothing else.
func TestTracesAreForgotten(t *testing.T) {
	t.Parallel()
	f := newForgetting(t)
	id := f.person.String()
	_, err := f.DB.Exec(t.Context(), planted, f.customer, f.name())
	require.NoError(t, err)
	for i, answer := range []string{"of " + f.name(), "of somebody else"} {
		_, err = f.DB.Exec(t.Context(), `insert into requests (caller, request_id, method, hash, answer, create_time) values ('a', $1, 'm', '', convert_to($2, 'UTF8'), now())`, i, answer)
		require.NoError(t, err)
	}
	for key, row := range map[string]string{
		"1": `{"person_id": "` + id + `", "text": "gone"}`,
		"2": `{"people": ["` + id + `", "other"], "big": 12345678901234567890.123456789}`,
		"3": `{"reporter_id": "` + id + `", "title": "a < b"}`,
		"4": `{"content": [{"goals": [{"person": "` + id + `", "text": "gone"}, {"person": "other"}]}]}`,
		"5": `{"source": "` + f.name() + `#birthday"}`,
		"6": `{"person_id": "other"}`,
	} {
		_, err = f.DB.Exec(t.Context(), `insert into rekey_aside (merge_id, table_name, key, row) values ($1, 't', cast($2 as jsonb), cast($3 as jsonb))`, uuid.Nil, key, row)
		require.NoError(t, err)
	}
	require.NoError(t, f.hear(t, &profilev1.PersonDeleted{Person: f.name()}, nothing))

	require.Equal(t, []string{"[]", `[{"to": "fair", "path": "title"}]`, `[{"to": "kept", "path": "title"}]`}, f.texts(t, `select fields::text from changes order by version`))
	require.Equal(t, []string{"1"}, f.texts(t, `select request_id from requests`))
	require.Equal(t, []string{
		`2 {"big": 12345678901234567890.123456789, "people": ["other"]}`, `3 {"title": "a < b", "reporter_id": null}`, `4 {"content": [{"goals": [{"person": "other"}]}]}`,
		`6 {"person_id": "other"}`,
	}, f.texts(t, `select key::text || ' ' || row::text from rekey_aside order by key::text`))
}
