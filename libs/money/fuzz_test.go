package money_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	pb "google.golang.org/genproto/googleapis/type/money"
	"google.golang.org/grpc/codes"

	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/money"
)

// FuzzFromProto looks for an amount that panics, that is refused otherwise than as bad input, or that is not the same on its way back.
func FuzzFromProto(f *testing.F) {
	f.Add("CNY", int64(-9223372036854775808), int32(-999_999_999))
	f.Add("cny", int64(1), int32(-1))
	f.Add("XXX", int64(0), int32(1_000_000_000))
	f.Fuzz(func(t *testing.T, currency string, units int64, nanos int32) {
		m, err := money.FromProto(&pb.Money{CurrencyCode: currency, Units: units, Nanos: nanos})
		if err != nil {
			require.Equal(t, codes.InvalidArgument, fault.From(err).Code())
			return
		}
		back, err := m.ToProto()
		require.NoError(t, err)
		require.Equal(t, currency, back.GetCurrencyCode())
		require.Equal(t, units, back.GetUnits())
		require.Equal(t, nanos, back.GetNanos())
	})
}
