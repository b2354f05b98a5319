package satisfaction_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/genproto/googleapis/type/date"
	"google.golang.org/genproto/googleapis/type/money"
	"google.golang.org/protobuf/types/known/timestamppb"

	profilev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/profile/v1"
	satisfactionv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/satisfaction/v1"
)

func (b *bundle) levels() satisfactionv1.ServiceLevelServiceClient {
	return satisfactionv1.NewServiceLevelServiceClient(b.Conn)
}

// served is an order that was placed on a day of December 2025, shipped after so many days, and requested within five.
func served(number string, day, days int) *profilev1.Order {
	ordered := time.Date(2025, time.December, day, 9, 0, 0, 0, time.FixedZone("CST", 8*60*60))
	return &profilev1.Order{
		OrderNumber: number, OrderTime: timestamppb.New(ordered), RequestedTime: timestamppb.New(ordered.AddDate(0, 0, 5)), ShippedTime: timestamppb.New(ordered.AddDate(0, 0, days)),
		DocumentsCorrect: new(true), Lines: []*profilev1.OrderLine{{
			ProductLine: "open-pumps", Quantity: 4, QuantityFilled: new(4.0), QuantityDamaged: new(0.0), Amount: &money.Money{CurrencyCode: "CNY", Units: 10},
		}},
	}
}

func december() (from, to *date.Date) {
	return &date.Date{Year: 2025, Month: 12, Day: 1}, &date.Date{Year: 2025, Month: 12, Day: 31}
}

// Orders that profile records are counted here, and a correction counts instead of what it corrects.
func TestServiceLevelsFollowOrders(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ctx := b.admin(t)
	customer := b.customer(ctx, t, "c", "li")
	for i, days := range []int{2, 5, 9} {
		b.order(ctx, t, customer, served(string(rune('a'+i)), 1+i, days))
	}
	from, to := december()
	ask := func() *satisfactionv1.ServiceLevel {
		got, err := b.levels().ListServiceLevels(b.As(t, basic, "cn/south"), &satisfactionv1.ListServiceLevelsRequest{Customer: customer, From: from, To: to})
		require.NoError(t, err)
		require.Len(t, got.GetServiceLevels(), 1)
		return got.GetServiceLevels()[0]
	}
	before := ask()
	require.Equal(t, "0.666667", before.GetOnTime().GetRate())
	require.Equal(t, "0.666667", before.GetPerfectOrder().GetRate())
	require.Equal(t, "5.333333", before.GetCycleTimes()[5].GetMeanDays())
	require.Equal(t, "1", before.GetQuantityFill().GetRate())

	better := served("c", 3, 5)
	better.Lines[0].QuantityFilled = new(1.0)
	b.order(ctx, t, customer, better)
	after := ask()
	require.Equal(t, "1", after.GetOnTime().GetRate())
	require.Equal(t, "0.666667", after.GetPerfectOrder().GetRate())
	require.Equal(t, "0.75", after.GetQuantityFill().GetRate())
}

// The job of a month looks at the targets, and what is missed is heard of.
func TestMissedServiceLevelsAreHeardOf(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ctx := b.admin(t)
	customer := b.customer(ctx, t, "c", "li")
	made, err := b.levels().CreateServiceLevelTarget(ctx, &satisfactionv1.CreateServiceLevelTargetRequest{ServiceLevelTarget: &satisfactionv1.ServiceLevelTarget{
		LabelEn: "On time", LabelZh: "准时", Indicator: satisfactionv1.ServiceIndicator_ON_TIME_RATE, Value: "0.9",
	}})
	require.NoError(t, err)
	require.Equal(t, "2026-01", made.GetFirstMonth())
	for i := range 6 {
		b.order(ctx, t, customer, served(string(rune('a'+i)), 32+i, 4+i))
	}
	b.Clock.Advance(40 * 24 * time.Hour)
	b.AwaitJob(t, "judge-service-levels")
	missed := b.Events(t, "guanxi.satisfaction.service_level.missed.v1", 1)
	require.Contains(t, string(missed[0].Data), made.GetName())
	require.Contains(t, string(missed[0].Data), "0.333333")
}
