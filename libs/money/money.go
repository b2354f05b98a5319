// Package money holds amounts as exact decimals with their currency and carries them to and from google.type.Money.
package money

import (
	"github.com/shopspring/decimal"
	"golang.org/x/text/currency"
	pb "google.golang.org/genproto/googleapis/type/money"
	"google.golang.org/grpc/codes"

	"github.com/guanxi-crm/guanxi/libs/fault"
)

// Precision is the number of decimal places google.type.Money can carry: nanos are billionths of a unit.
const Precision = 9

// Money is an amount in one currency. In memory and in the database it has no upper bound; on the wire whole units are an
// int64 (±9,223,372,036,854,775,807) and the fraction has at most Precision places, which ToProto checks.
type Money struct {
	Amount   decimal.Decimal
	Currency string // ISO 4217, three upper-case letters
}

// Zero is nothing, in the given currency.
func Zero(currency string) Money { return Money{Currency: currency} }

// FromProto reads what a caller sent. It refuses, with a violation per field (units, nanos, currency_code) that the caller
// puts its own path in front of by fault.Prefix: a currency ISO 4217 does not know or one not written in upper case, nanos
// of a unit or more, and nanos whose sign contradicts the units. An unset message has no currency and so is refused: whether
// the field may be left out is for the caller to decide first.
func FromProto(m *pb.Money) (Money, error) {
	var wrong []fault.Violation
	if !known(m.GetCurrencyCode()) {
		wrong = append(wrong, fault.Field("currency_code", "ISO_4217", fault.Text{
			En: "must be an ISO 4217 currency code in upper case, such as CNY",
			Zh: "必须是大写的 ISO 4217 货币代码，例如 CNY",
		}))
	}
	units, nanos := m.GetUnits(), m.GetNanos()
	if nanos <= -nanosPerUnit || nanos >= nanosPerUnit {
		wrong = append(wrong, fault.Field("nanos", "NANOS_RANGE", fault.Text{
			En: "must lie between -999,999,999 and 999,999,999",
			Zh: "必须在 -999,999,999 与 999,999,999 之间",
		}))
	}
	if units > 0 && nanos < 0 || units < 0 && nanos > 0 {
		wrong = append(wrong, fault.Field("nanos", "SIGN_MISMATCH", fault.Text{
			En: "must have the same sign as units",
			Zh: "正负号必须与 units 一致",
		}))
	}
	if len(wrong) > 0 {
		return Money{}, fault.Invalid(wrong...)
	}
	amount := decimal.NewFromInt(units).Add(decimal.New(int64(nanos), -Precision))
	return Money{Amount: amount, Currency: m.GetCurrencyCode()}, nil
}

// ToProto is exact or fails: an amount with more than Precision decimal places, or with more units than an int64 holds, is
// OUT_OF_RANGE rather than rounded in silence.
func (m Money) ToProto() (*pb.Money, error) {
	units := m.Amount.Truncate(0)
	nanos := m.Amount.Sub(units).Shift(Precision)
	if !units.BigInt().IsInt64() || !nanos.IsInteger() {
		return nil, fault.New(codes.OutOfRange, "MONEY_RANGE", fault.Text{
			En: "the amount needs more digits than money can carry: 64-bit units and nine decimal places",
			Zh: "金额超出可表示范围：整数部分为 64 位整数，小数最多九位",
		})
	}
	return &pb.Money{CurrencyCode: m.Currency, Units: units.IntPart(), Nanos: int32(nanos.IntPart())}, nil
}

// Add is the sum of two amounts of one currency; amounts of different currencies are FAILED_PRECONDITION, because no rate
// is implied anywhere.
func (m Money) Add(other Money) (Money, error) {
	if m.Currency != other.Currency {
		return Money{}, fault.New(codes.FailedPrecondition, "CURRENCY_MISMATCH", fault.Text{
			En: "amounts in " + m.Currency + " and " + other.Currency + " cannot be added",
			Zh: m.Currency + " 与 " + other.Currency + " 的金额不能相加",
		}).With("currency", m.Currency).With("other_currency", other.Currency)
	}
	return Money{Amount: m.Amount.Add(other.Amount), Currency: m.Currency}, nil
}

const nanosPerUnit = 1_000_000_000

// known reports whether code is a currency of ISO 4217 as written there; the parser alone would take lower case too.
func known(code string) bool {
	unit, err := currency.ParseISO(code)
	return err == nil && unit.String() == code
}
