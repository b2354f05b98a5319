package resource_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"

	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/resource"
)

// FuzzParse looks for a name that panics, that is refused otherwise than as bad input, or that is a second spelling of another one.
func FuzzParse(f *testing.F) {
	f.Add("customers/018f6c1e-0000-7000-8000-000000000001")
	f.Add("customers/018F6C1E-0000-7000-8000-000000000001/people/{018f6c1e-0000-7000-8000-000000000001}")
	f.Add("customers/-")
	f.Fuzz(func(t *testing.T, name string) {
		if ids, err := resource.Parse("name", name, "customers", "people"); err != nil {
			require.Equal(t, codes.InvalidArgument, fault.From(err).Code())
		} else {
			require.Equal(t, name, resource.Name("customers", ids[0], "people", ids[1]))
		}
		if id, err := resource.ParseAny("name", name, "customers"); err != nil {
			require.Equal(t, codes.InvalidArgument, fault.From(err).Code())
		} else if id != resource.Any {
			require.Equal(t, name, resource.Name("customers", id))
		}
	})
}
