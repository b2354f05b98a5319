package main

import (
	"bytes"
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/servicetest"
	profilev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/profile/v1"
	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
	"github.com/guanxi-crm/guanxi/services/profile"
)

// Who changed what, from what, to what; of people that it was changed, and nothing of what they are.
func TestAudit(t *testing.T) {
	t.Parallel()
	s := servicetest.Start(t, profile.Definition())
	ctx := s.AsPrincipal(t, auth.Principal{Subject: "alice", Level: typev1.Level_EXECUTIVE, Territories: []string{auth.Anywhere}, Administrator: true})
	customers := profilev1.NewCustomerServiceClient(s.Conn)
	c, err := customers.CreateCustomer(ctx, &profilev1.CreateCustomerRequest{Customer: &profilev1.Customer{
		DisplayName: "Acme", Kind: profilev1.Customer_ORGANIZATION, Territory: "cn/south", Owner: "li",
	}})
	require.NoError(t, err)
	c.Owner = "wang"
	_, err = customers.UpdateCustomer(ctx, &profilev1.UpdateCustomerRequest{Customer: c})
	require.NoError(t, err)
	person, err := profilev1.NewPersonServiceClient(s.Conn).CreatePerson(ctx, &profilev1.CreatePersonRequest{Parent: c.GetName(), Person: &profilev1.Person{DisplayName: "Sponsor"}})
	require.NoError(t, err)

	now := s.Clock.Now()
	entries := audited(t, s, now.Add(-time.Hour), now.Add(time.Hour))
	require.Len(t, entries, 3)
	changed, added := entries[1], entries[2]
	require.Equal(t, []any{"alice", "CHANGED", c.GetName(), "BASIC"}, []any{changed["actor"], changed["action"], changed["resource"], changed["level"]})
	require.Equal(t, []any{map[string]any{"path": "owner", "from": `"li"`, "to": `"wang"`, "level": 1.0}}, changed["fields"])
	require.Equal(t, []any{"CREATED", person.GetName(), true, nil}, []any{added["action"], added["resource"], added["sealed"], added["fields"]})
	require.Empty(t, audited(t, s, now.Add(time.Hour), now.Add(2*time.Hour)))
}

func audited(t *testing.T, s *servicetest.Service, since, until time.Time) (entries []map[string]any) {
	t.Helper()
	var out bytes.Buffer
	require.NoError(t, audit(context.Background(), s.DB, since, until, &out))
	require.NotContains(t, out.String(), "Sponsor")
	for line := range strings.Lines(out.String()) {
		var entry map[string]any
		require.NoError(t, json.Unmarshal([]byte(line), &entry))
		entries = append(entries, entry)
	}
	return entries
}
