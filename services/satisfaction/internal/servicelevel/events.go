package servicelevel

import (
	"context"
	"time"

	"github.com/shopspring/decimal"

	"github.com/guanxi-crm/guanxi/libs/events"
	satisfactionv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/satisfaction/v1"
	"github.com/guanxi-crm/guanxi/services/satisfaction/internal/settings"
)

func (t *Target) created(ctx context.Context) (events.Event, error) {
	v := t.Latest()
	return events.New(ctx, t.CreateTime, t.ID, &satisfactionv1.ServiceLevelTargetCreated{
		ServiceLevelTarget: t.Name(), Indicator: satisfactionv1.ServiceIndicator(t.Indicator), Value: v.Value.String(), FirstMonth: monthText(&v.FirstMonth.Time),
		ProductLine: t.ProductLine,
	})
}

func (t *Target) changed(ctx context.Context, fields []string) (events.Event, error) {
	v := t.Latest()
	return events.New(ctx, t.UpdateTime, t.ID, &satisfactionv1.ServiceLevelTargetChanged{
		ServiceLevelTarget: t.Name(), Fields: fields, Value: v.Value.String(), FirstMonth: monthText(&v.FirstMonth.Time), LastMonth: monthText(t.LastMonth),
	})
}

func (t *Target) missed(ctx context.Context, at, month time.Time, f *Figure, value decimal.Decimal, n *settings.Numbers) (events.Event, error) {
	m := &satisfactionv1.ServiceLevelMissed{
		ServiceLevelTarget: t.Name(), Month: monthText(&month), Indicator: satisfactionv1.ServiceIndicator(t.Indicator), Part: satisfactionv1.CycleTime_Part(t.Part),
		ProductLine: t.ProductLine, CustomerClass: className(t.Class), Value: f.Value().Decimal.String(), TargetValue: value.String(), Count: f.Count,
		BeyondChance: f.MissesBeyondChance(value), SettingsVersion: n.Version,
	}
	if t.Indicator.Timely() {
		m.OnTimeRule = t.Rule.toProto()
	}
	return events.New(ctx, at, t.ID, m)
}
