package profile_test

import (
	"context"
	"io/fs"
	"os"
	"testing"
	"testing/fstest"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/encoding/protojson"

	"github.com/guanxi-crm/guanxi/libs/platform"
	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/libs/service"
	"github.com/guanxi-crm/guanxi/libs/servicetest"
	"github.com/guanxi-crm/guanxi/libs/testkit"
	profilev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/profile/v1"
	"github.com/guanxi-crm/guanxi/services/profile"
)

// tablesBefore are those of an installation in which people are not sealed yet.
func tablesBefore(ctx context.Context, db *postgres.DB) error {
	if err := platform.Migrate(ctx, db); err != nil {
		return err
	}
	before := fstest.MapFS{}
	for _, name := range []string{"00001_customers.sql", "00002_orders.sql", "00003_settings.sql", "00004_settings_body.sql"} {
		text, err := fs.ReadFile(os.DirFS("migrations"), name)
		if err != nil {
			return err
		}
		before[name] = &fstest.MapFile{Data: text}
	}
	return postgres.Migrate(ctx, db, "profile_migrations", before)
}

const plainPeople = `
insert into customers (customer_id, sequence, revision, display_name, kind, relations, legal_name, alternative_names, registration_number, industry, employee_count, territory,
	owner, source, tags, attributes, addresses, channels, external_ids, time_zone, language, words, create_time, update_time)
values ('019a0000-0000-7000-8000-000000000001', 3, 1, 'c', 1, '{}', '', '{}', '', '', 0, 'cn', '', '', '{}', '{}', '[]', '[]', '[]', '', '', '', now(), now());
insert into people (customer_id, person_id, revision, display_name, position, department, senior, channels, language, birthday, special_dates, hobbies, family, consents,
	external_ids, external_keys, create_time, update_time)
values ('019a0000-0000-7000-8000-000000000001', '019a0000-0000-7000-8000-000000000002', 1, 'old-name', 'buyer', '', false,
	'[{"medium": 2, "value": "old-phone", "level": 2}]', '', '{"month": 2, "day": 29}', '[{"label": "old-date", "date": {"month": 1, "day": 2}}]', '{old-hobby}', 'old-family',
	'[{"medium": 2, "state": 1, "source": "old-source"}, {"medium": 4, "state": 2}]', '[{"system": "crm", "id": "old-id"}]', '{crm/old-id}', now(), now()),
('019a0000-0000-7000-8000-000000000001', '019a0000-0000-7000-8000-000000000003', 1, 'old-bare', '', '', false, '[]', '', null, '[]', '{}', '', '[]', '[]', '{}', now(), now());
insert into changes (aggregate_id, version, resource, action, actor, cause, change_time, level, fields)
values ('019a0000-0000-7000-8000-000000000001', 2, 'customers/019a0000-0000-7000-8000-000000000001/people/019a0000-0000-7000-8000-000000000002', 1, 'a', '', now(), 1,
	'[{"path": "display_name", "to": "\"old-name\"", "level": 1}]');
insert into requests (caller, request_id, method, hash, answer, create_time)
values ('a', '1', '/guanxi.profile.v1.PersonService/CreatePerson', '', 'old-answer', now()), ('a', '2', '/guanxi.profile.v1.CustomerService/CreateCustomer', '', 'x', now());
`

// People from before are sealed when the service starts, with all that is known of them.
func TestPeopleFromBeforeAreSealed(t *testing.T) {
	t.Parallel()
	url := testkit.DatabaseURL(t, tablesBefore)
	db := testkit.Open(t, postgres.Config{URL: url})
	_, err := db.Exec(t.Context(), plainPeople)
	require.NoError(t, err)
	s := servicetest.Start(t, profile.Definition(), func(cfg *service.Config, _ *service.Deps) { cfg.Database.URL = url })
	b := &bundle{Service: s, people: profilev1.NewPersonServiceClient(s.Conn), customers: profilev1.NewCustomerServiceClient(s.Conn)}

	dump := testkit.Dump(t, url, "--data-only")
	require.NotContains(t, dump, "old-")
	const parent = "customers/019a0000-0000-7000-8000-000000000001"
	list, err := b.people.ListPeople(b.As(t, manager), &profilev1.ListPeopleRequest{Parent: parent})
	require.NoError(t, err)
	want := &profilev1.Person{}
	require.NoError(t, protojson.Unmarshal([]byte(`{"name": "`+parent+`/people/019a0000-0000-7000-8000-000000000002", "displayName": "old-name", "position": "buyer", "family": "old-family",
		"channels": [{"medium": "MOBILE", "value": "old-phone", "level": "MANAGER"}], "birthday": {"month": 2, "day": 29}, "hobbies": ["old-hobby"],
		"specialDates": [{"label": "old-date", "date": {"month": 1, "day": 2}}], "externalIds": [{"system": "crm", "id": "old-id"}],
		"consents": [{"medium": "MOBILE", "state": "GRANTED", "source": "old-source"}, {"medium": "EMAIL", "state": "DENIED"}]}`), want))
	got := list.GetPeople()[0]
	got.Etag, got.CreateTime, got.UpdateTime = "", nil, nil
	require.EqualExportedValues(t, want, got)
	require.Equal(t, "old-bare", list.GetPeople()[1].GetDisplayName())
	require.Equal(t, []string{got.GetName()}, b.peopleFound(t, manager, `display_name = "OLD-NAME" AND channels.value:"old-phone"`))
	history, err := b.customers.ListCustomerChanges(b.As(t, manager), &profilev1.ListCustomerChangesRequest{Parent: parent})
	require.NoError(t, err)
	require.Equal(t, `"old-name"`, history.GetChanges()[0].GetFields()[0].GetTo())
	var left []string
	require.NoError(t, db.Select(t.Context(), &left, `select request_id from requests`))
	require.Equal(t, []string{"2"}, left)
	var days []int64
	require.NoError(t, db.Select(t.Context(), &days, `select unnest(days) from vault.person_keys where person_id = $1 order by 1`, uuid.MustParse("019a0000-0000-7000-8000-000000000002")))
	require.Equal(t, []int64{102, 229}, days)
}

func TestProfileDoesNotStartWithoutKeys(t *testing.T) {
	t.Parallel()
	prepare := profile.Definition().Prepare
	require.ErrorContains(t, prepare(t.Context(), &service.Platform{}), "GUANXI_PERSON_KEYS_FILE")
}
