package listing_test

import (
	"context"
	"crypto/sha256"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/guanxi-crm/guanxi/libs/listing"
	"github.com/guanxi-crm/guanxi/libs/testkit"
	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
)

// What is stored as a hash is found as a whole, and by whom may ask.
func TestBlindFilters(t *testing.T) {
	t.Parallel()
	db := testkit.Database(t, migrate)
	hash := func(text string) []byte { sum := sha256.Sum256([]byte(text)); return sum[:] }
	l, err := listing.Compile(listing.Spec{
		Resource: thing(t), Key: "id",
		Fields: []listing.Field{
			{Path: "display_name", Column: "sha256(convert_to(display_name, 'UTF8'))", Kind: listing.Blind, Blind: hash},
			{Path: "tags", Column: "array(select sha256(convert_to(tag, 'UTF8')) from unnest(tags) tag)", Kind: listing.BlindArray, Blind: hash, Level: typev1.Level_MANAGER},
		},
	}, sealer(t))
	require.NoError(t, err)
	ask := func(filter string, level typev1.Level) error {
		_, err := l.Plan(context.Background(), listing.Request{Filter: filter, Level: level})
		return err
	}
	for filter, want := range map[string][]string{
		`display_name = "a"`:            {"a"},
		`display_name = a OR tags:vip`:  {"a"},
		`display_name != "a"`:           {"b", "c", "d"},
		`display_name = ""`:             {},
		`tags:"new"`:                    {"a", "d"},
		`tags:new AND NOT tags:vip`:     {"d"},
		`tags:"n"`:                      {},
		`display_name = "' or true --"`: {},
	} {
		names, _ := read(t, db, l, listing.Request{Filter: filter, Level: typev1.Level_MANAGER})
		require.ElementsMatch(t, want, names, filter)
	}
	for _, filter := range []string{`display_name:a`, `display_name > "a"`, `display_name = "a*"`, `display_name:*`, `tags:*`, `tags:"v*"`, `tags = "vip"`} {
		require.Equal(t, codes.InvalidArgument, status.Code(ask(filter, typev1.Level_EXECUTIVE)), filter)
	}
	require.Equal(t, codes.PermissionDenied, status.Code(ask(`tags:new`, typev1.Level_BASIC)))
}

func TestBlindFieldsHaveNoOrder(t *testing.T) {
	t.Parallel()
	hash := func(string) []byte { return nil }
	for name, field := range map[string]listing.Field{
		"in order":        {Path: "note", Column: "x", Kind: listing.Blind, Blind: hash, Sortable: true},
		"without a way":   {Path: "note", Column: "x", Kind: listing.BlindArray},
		"a way to no end": {Path: "note", Column: "x", Kind: listing.String, Blind: hash},
	} {
		_, err := listing.Compile(listing.Spec{Resource: thing(t), Key: "id", Fields: []listing.Field{field}}, sealer(t))
		require.Error(t, err, name)
	}
}
