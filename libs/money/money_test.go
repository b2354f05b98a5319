package money_test

import (
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/require"
	pb "google.golang.org/genproto/googleapis/type/money"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/testing/protocmp"
	"pgregory.net/rapid"

	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/money"
)

func TestFromProto(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name string
		in   *pb.Money
		want string
	}{
		{"whole", &pb.Money{CurrencyCode: "CNY", Units: 12}, "12"},
		{"fraction", &pb.Money{CurrencyCode: "USD", Units: 1, Nanos: 750_000_000}, "1.75"},
		{"negative", &pb.Money{CurrencyCode: "USD", Units: -1, Nanos: -750_000_000}, "-1.75"},
		{"only a negative fraction", &pb.Money{CurrencyCode: "USD", Nanos: -1}, "-0.000000001"},
		{"largest", &pb.Money{CurrencyCode: "JPY", Units: math.MaxInt64, Nanos: 999_999_999}, "9223372036854775807.999999999"},
		{"smallest", &pb.Money{CurrencyCode: "JPY", Units: math.MinInt64, Nanos: -999_999_999}, "-9223372036854775808.999999999"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got, err := money.FromProto(test.in)
			require.NoError(t, err)
			require.Equal(t, test.want, got.Amount.String())
			require.Equal(t, test.in.GetCurrencyCode(), got.Currency)
		})
	}
}

func TestFromProtoRefuses(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name  string
		in    *pb.Money
		rules []string
	}{
		{"unset", nil, []string{"ISO_4217"}},
		{"lower case", &pb.Money{CurrencyCode: "cny"}, []string{"ISO_4217"}},
		{"unknown currency", &pb.Money{CurrencyCode: "ZZQ"}, []string{"ISO_4217"}},
		{"too long", &pb.Money{CurrencyCode: "CNYY"}, []string{"ISO_4217"}},
		{"nanos of a unit", &pb.Money{CurrencyCode: "CNY", Nanos: 1_000_000_000}, []string{"NANOS_RANGE"}},
		{"smallest nanos", &pb.Money{CurrencyCode: "CNY", Nanos: math.MinInt32}, []string{"NANOS_RANGE"}},
		{"signs", &pb.Money{CurrencyCode: "CNY", Units: 1, Nanos: -1}, []string{"SIGN_MISMATCH"}},
		{"signs the other way", &pb.Money{CurrencyCode: "CNY", Units: -1, Nanos: 1}, []string{"SIGN_MISMATCH"}},
		{"everything", &pb.Money{Units: -1, Nanos: 2_000_000_000}, []string{"ISO_4217", "NANOS_RANGE", "SIGN_MISMATCH"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			_, err := money.FromProto(test.in)
			var refused *fault.Error
			require.ErrorAs(t, err, &refused)
			require.Equal(t, codes.InvalidArgument, status.Code(err))
			for _, rule := range test.rules {
				require.ErrorContains(t, err, rule)
			}
		})
	}
}

func TestRoundTripIsExact(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		in := &pb.Money{
			CurrencyCode: rapid.SampledFrom([]string{"CNY", "USD", "EUR", "JPY", "HKD"}).Draw(t, "currency"),
			Units:        rapid.Int64().Draw(t, "units"),
			Nanos:        rapid.Int32Range(0, 999_999_999).Draw(t, "nanos"),
		}
		if in.GetUnits() < 0 || in.GetUnits() == 0 && rapid.Bool().Draw(t, "negative") {
			in.Nanos = -in.GetNanos()
		}
		held, err := money.FromProto(in)
		require.NoError(t, err)
		out, err := held.ToProto()
		require.NoError(t, err)
		require.Empty(t, cmp.Diff(in, out, protocmp.Transform()))
	})
}

func TestToProtoRefusesWhatItCannotCarry(t *testing.T) {
	t.Parallel()
	for _, amount := range []string{
		"9223372036854775808", "-9223372036854775809", "0.0000000001", "1e300",
	} {
		_, err := money.Money{Amount: decimal.RequireFromString(amount), Currency: "CNY"}.ToProto()
		require.Equal(t, codes.OutOfRange, status.Code(err), amount)
	}
	out, err := money.Money{Amount: decimal.RequireFromString("1.0000000000000"), Currency: "CNY"}.ToProto()
	require.NoError(t, err, "zeros behind the ninth place lose nothing")
	require.EqualValues(t, 1, out.GetUnits())
}

func TestAdd(t *testing.T) {
	t.Parallel()
	sum := money.Zero("CNY")
	for range 10 {
		var err error
		sum, err = sum.Add(money.Money{Amount: decimal.RequireFromString("0.1"), Currency: "CNY"})
		require.NoError(t, err)
	}
	require.Equal(t, "1", sum.Amount.String())

	_, err := sum.Add(money.Zero("USD"))
	require.Equal(t, codes.FailedPrecondition, status.Code(err))
	require.ErrorContains(t, err, "USD")
}
