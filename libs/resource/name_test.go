package resource_test

import (
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"

	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/resource"
	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
)

func TestNamesRoundTrip(t *testing.T) {
	t.Parallel()
	c, p := uuid.Must(uuid.NewV7()), uuid.Must(uuid.NewV7())
	name := resource.Name("customers", c, "people", p)
	ids, err := resource.Parse("name", name, "customers", "people")
	require.NoError(t, err)
	require.Equal(t, []uuid.UUID{c, p}, ids)
	id, err := resource.ParseAny("parent", "customers/-", "customers")
	require.NoError(t, err)
	require.Equal(t, resource.Any, id)
}

func TestMalformedNamesAreRefused(t *testing.T) {
	t.Parallel()
	id := uuid.Must(uuid.NewV7()).String()
	for _, name := range []string{
		"", "customers", "customers/", "customers/1", "customers/-", "orders/" + id, "customers/" + id + "/", "/customers/" + id, "customers/{" + id + "}",
		"customers/00000000-0000-0000-0000-000000000000", "customers/" + "0193F0A0-0000-7000-8000-00000000000A", "customers/urn:uuid:" + id,
	} {
		_, err := resource.Parse("name", name, "customers")
		require.Equal(t, codes.InvalidArgument, fault.From(err).Code(), name)
	}
}

func TestMissingTellsOnlyThoseWhoSeeEverything(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		caller auth.Principal
		all    typev1.Level
		want   codes.Code
	}{
		{auth.Principal{Level: typev1.Level_BASIC, Territories: []string{auth.Anywhere}}, typev1.Level_BASIC, codes.NotFound},
		{auth.Principal{Level: typev1.Level_BASIC, Territories: []string{auth.Anywhere}}, typev1.Level_MANAGER, codes.PermissionDenied},
		{auth.Principal{Level: typev1.Level_EXECUTIVE, Territories: []string{"cn"}}, typev1.Level_BASIC, codes.PermissionDenied},
		{auth.Principal{}, typev1.Level_BASIC, codes.PermissionDenied},
	} {
		err := resource.Missing(auth.With(t.Context(), c.caller), "customers/x", c.all)
		require.Equal(t, c.want, fault.From(err).Code(), "%+v", c)
	}
}
