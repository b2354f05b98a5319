package listing_test

import (
	"context"
	"testing"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/guanxi-crm/guanxi/libs/listing"
	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
)

// FuzzFilter looks for a filter that panics, that is refused otherwise than as bad input, or that PostgreSQL cannot run.
func FuzzFilter(f *testing.F) {
	for _, seed := range []string{
		`note:"a" AND -head_count > 1.5 OR active`, `attributes.color = "\x41*"`, `tags:*`, `gross_margin <= -.5`,
		`NOT (create_time > timestamp("2026-01-01T00:00:00Z"))`, `labels."a'b".c`, `due_date = "2026-01-01"`, `kind != PERSON`,
		`attributes.credit > 1 attributes.vetted attributes.since < "2026-01-01"`, `f(f(f((`, "note = '%_\\\\'", `5 = 0x1`,
	} {
		f.Add(seed)
	}
	db, l := setup(f)
	f.Fuzz(func(t *testing.T, filter string) {
		r := listing.Request{Filter: filter, Level: typev1.Level_MANAGER}
		if _, err := l.Plan(context.Background(), r); err != nil {
			requireRefusal(t, err)
			return
		}
		read(t, db, l, r)
	})
}

// FuzzOrderBy looks for the same in an order_by.
func FuzzOrderBy(f *testing.F) {
	for _, seed := range []string{"display_name desc, create_time", "headCount,grossMargin asc", ", ,", "place.cityName  desc"} {
		f.Add(seed)
	}
	db, l := setup(f)
	f.Fuzz(func(t *testing.T, orderBy string) {
		r := listing.Request{OrderBy: orderBy, Level: typev1.Level_MANAGER, PageSize: 1}
		if _, err := l.Plan(context.Background(), r); err != nil {
			requireRefusal(t, err)
			return
		}
		_, r.PageToken = read(t, db, l, r)
		read(t, db, l, r)
	})
}

func requireRefusal(t *testing.T, err error) {
	t.Helper()
	if code := status.Code(err); code != codes.InvalidArgument && code != codes.PermissionDenied {
		t.Fatal(err)
	}
}
