package servicelevel_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/fault"
	satisfactionv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/satisfaction/v1"
	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
)

func target(indicator satisfactionv1.ServiceIndicator, value string) *satisfactionv1.ServiceLevelTarget {
	return &satisfactionv1.ServiceLevelTarget{LabelEn: "On time", LabelZh: "准时", Indicator: indicator, Value: value, FirstMonth: "2025-11"}
}

func (b *bench) aim(t *testing.T, target *satisfactionv1.ServiceLevelTarget) *satisfactionv1.ServiceLevelTarget {
	t.Helper()
	made, err := b.CreateServiceLevelTarget(boss(t), &satisfactionv1.CreateServiceLevelTargetRequest{ServiceLevelTarget: target})
	require.NoError(t, err)
	return made
}

func (b *bench) change(t *testing.T, target *satisfactionv1.ServiceLevelTarget, paths ...string) (*satisfactionv1.ServiceLevelTarget, error) {
	t.Helper()
	r := &satisfactionv1.UpdateServiceLevelTargetRequest{ServiceLevelTarget: target}
	if len(paths) > 0 {
		r.UpdateMask = &fieldmaskpb.FieldMask{Paths: paths}
	}
	return b.UpdateServiceLevelTarget(boss(t), r)
}

// What was aimed at in months past stays; a change holds from this month on, or a later one.
func TestValuesOfATarget(t *testing.T) {
	t.Parallel()
	b := setup(t)
	made := b.aim(t, target(satisfactionv1.ServiceIndicator_ON_TIME_RATE, "0.900"))
	require.Equal(t, "0.9", made.GetValue())
	require.Equal(t, rule(2, 1, 1).String(), made.GetOnTimeRule().String(), "the rule is the shipped one")
	_, err := b.CreateServiceLevelTarget(boss(t), &satisfactionv1.CreateServiceLevelTargetRequest{ServiceLevelTarget: target(satisfactionv1.ServiceIndicator_ON_TIME_RATE, "1")})
	requireReason(t, err, "TARGET_EXISTS")
	other := target(satisfactionv1.ServiceIndicator_ON_TIME_RATE, "1")
	other.OnTimeRule = rule(0, 2, 0)
	require.Equal(t, rule(2, 2, 1).String(), b.aim(t, other).GetOnTimeRule().String(), "another rule is another target")

	name := made.GetName()
	same, err := b.change(t, &satisfactionv1.ServiceLevelTarget{Name: name, Value: "0.90"})
	require.NoError(t, err)
	require.Equal(t, made.GetEtag(), same.GetEtag(), "nothing has changed")
	got, err := b.change(t, &satisfactionv1.ServiceLevelTarget{Name: name, Value: "0.95", Etag: made.GetEtag()})
	require.NoError(t, err)
	require.Equal(t, "2026-01", got.GetFirstMonth())
	_, err = b.change(t, &satisfactionv1.ServiceLevelTarget{Name: name, Value: "0.96", Etag: made.GetEtag()})
	require.Equal(t, codes.Aborted, fault.From(err).Code())
	_, err = b.change(t, &satisfactionv1.ServiceLevelTarget{Name: name, Value: "0.96", FirstMonth: "2025-12"})
	requireReason(t, err, "INVALID_FIELDS")
	_, err = b.change(t, &satisfactionv1.ServiceLevelTarget{Name: name, Value: "0.96"})
	require.NoError(t, err, "this month's value is set again")
	got, err = b.change(t, &satisfactionv1.ServiceLevelTarget{Name: name, Value: "0.99", FirstMonth: "2026-07", LastMonth: "2026-12"})
	require.NoError(t, err)
	var values []string
	for _, v := range got.GetValues() {
		values = append(values, v.GetFirstMonth()+" "+v.GetValue()+" "+v.GetAuthor())
	}
	require.Equal(t, []string{"2025-11 0.9 li", "2026-01 0.96 li", "2026-07 0.99 li"}, values)
	_, err = b.change(t, &satisfactionv1.ServiceLevelTarget{Name: name, LastMonth: "2026-06"})
	requireReason(t, err, "INVALID_FIELDS")
	got, err = b.change(t, &satisfactionv1.ServiceLevelTarget{Name: name}, "last_month")
	require.NoError(t, err)
	require.Empty(t, got.GetLastMonth())
	_, err = b.change(t, &satisfactionv1.ServiceLevelTarget{Name: name, Indicator: satisfactionv1.ServiceIndicator_LINE_FILL_RATE})
	requireReason(t, err, "INVALID_FIELDS")
	read, err := b.GetServiceLevelTarget(basic(t), &satisfactionv1.GetServiceLevelTargetRequest{Name: name})
	require.NoError(t, err)
	require.Equal(t, got.String(), read.String())
	all, err := b.ListServiceLevelTargets(basic(t), &satisfactionv1.ListServiceLevelTargetsRequest{Filter: `indicator = ON_TIME_RATE AND customer_class = ""`, PageSize: 1})
	require.NoError(t, err)
	require.Len(t, all.GetServiceLevelTargets(), 1)
	require.NotEmpty(t, all.GetNextPageToken())
	require.Equal(t, "5 5", b.text(t, `select sequence || ' ' || (select count(*) from outbox where aggregate_id = target_id) from service_level_targets order by target_id limit 1`))
}

func (b *bench) text(t *testing.T, query string) (text string) {
	t.Helper()
	require.NoError(t, b.db.Get(t.Context(), &text, query))
	return text
}

func TestTargetsThatCannotBe(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for field, change := range map[string]func(t *satisfactionv1.ServiceLevelTarget){
		"label_en":       func(t *satisfactionv1.ServiceLevelTarget) { t.LabelEn = "" },
		"label_zh":       func(t *satisfactionv1.ServiceLevelTarget) { t.LabelZh = "" },
		"indicator":      func(t *satisfactionv1.ServiceLevelTarget) { t.Indicator, t.OnTimeRule = 0, nil },
		"value":          func(t *satisfactionv1.ServiceLevelTarget) { t.Value = "1.01" },
		"part":           func(t *satisfactionv1.ServiceLevelTarget) { t.Part = 1 },
		"customer_class": func(t *satisfactionv1.ServiceLevelTarget) { t.CustomerClass = "KING" },
		"last_month":     func(t *satisfactionv1.ServiceLevelTarget) { t.LastMonth = "2025-10" },
		"on_time_rule": func(t *satisfactionv1.ServiceLevelTarget) {
			t.Indicator, t.OnTimeRule = satisfactionv1.ServiceIndicator_LINE_FILL_RATE, &satisfactionv1.OnTimeRule{}
		},
	} {
		made := target(satisfactionv1.ServiceIndicator_ON_TIME_RATE, "0.9")
		change(made)
		_, err := b.CreateServiceLevelTarget(boss(t), &satisfactionv1.CreateServiceLevelTargetRequest{ServiceLevelTarget: made})
		requireReason(t, err, "INVALID_FIELDS")
		require.Len(t, fault.From(err).Violations(), 1, field)
		require.Equal(t, "service_level_target."+field, fault.From(err).Violations()[0].Field)
	}
	limited := caller(t.Context(), typev1.Level_EXECUTIVE, "cn")
	_, err := b.CreateServiceLevelTarget(limited, &satisfactionv1.CreateServiceLevelTargetRequest{ServiceLevelTarget: target(1, "0.9")})
	requireReason(t, err, "EVERYWHERE_ONLY")
	_, err = b.UpdateServiceLevelTarget(limited, &satisfactionv1.UpdateServiceLevelTargetRequest{})
	requireReason(t, err, "EVERYWHERE_ONLY")
}

// of finds an indicator of a month.
func of(m *satisfactionv1.ServiceLevelMonth, indicator satisfactionv1.ServiceIndicator, part satisfactionv1.CycleTime_Part) *satisfactionv1.IndicatorFigure {
	for _, f := range m.GetIndicators() {
		if f.GetIndicator() == indicator && f.GetPart() == part {
			return f
		}
	}
	return nil
}

// months sells in November and December: of ten orders each, so many were late, all of pumps.
func (b *bench) months(t *testing.T, november, december int) client {
	t.Helper()
	c := b.client(t, client{class: 5})
	for month, late := range []int{november, december} {
		for i := range 10 {
			ordered, shipped := at(30*(month-1)+1+i, 12, 0), at(30*(month-1)+3+i, 12, 0)
			requested := shipped
			if i < late {
				requested = ordered
			}
			b.buy(t, order{client: c, ordered: ordered, requested: requested, shipped: shipped, lines: []line{{product: "pumps", quantity: 1, filled: new(1)}}})
		}
	}
	return c
}

// By month: the difference to the closest target and to the month before.
func TestTrend(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.months(t, 0, 4)
	b.aim(t, target(satisfactionv1.ServiceIndicator_ON_TIME_RATE, "0.9"))
	closer := target(satisfactionv1.ServiceIndicator_ON_TIME_RATE, "0.6")
	closer.ProductLine, closer.FirstMonth = "pumps", "2025-12"
	pumps := b.aim(t, closer)
	class := target(satisfactionv1.ServiceIndicator_ON_TIME_RATE, "0.7")
	class.CustomerClass = "CORE"
	b.aim(t, class)
	time := target(satisfactionv1.ServiceIndicator_CYCLE_TIME_MEAN, "1.5")
	time.Part = satisfactionv1.CycleTime_ORDER_TO_SHIP
	b.aim(t, time)
	r := &satisfactionv1.GetServiceLevelTrendRequest{FirstMonth: "2025-11", LastMonth: "2026-01", ProductLine: "pumps"}
	got, err := b.GetServiceLevelTrend(basic(t), r)
	require.NoError(t, err)
	require.Len(t, got.GetMonths(), 3)
	var told []string
	for _, m := range got.GetMonths() {
		f := of(m, satisfactionv1.ServiceIndicator_ON_TIME_RATE, 0)
		told = append(told, fmt.Sprint(m.GetMonth(), " ", f.GetCount(), " ", f.GetValue(), " ", f.GetChange(), " ", f.GetTargetValue(), " ", f.GetDifference(), " ", f.Met != nil, f.GetMet()))
	}
	require.Equal(t, []string{"2025-11 10 1  0.9 0.1 true true", "2025-12 10 0.6 -0.4 0.6 0 true true", "2026-01 0   0.6  false false"}, told)
	december := of(got.GetMonths()[1], satisfactionv1.ServiceIndicator_ON_TIME_RATE, 0)
	require.Equal(t, pumps.GetName(), december.GetTarget())
	require.True(t, december.GetChangeBeyondChance())
	require.Less(t, december.GetChangeHigh(), 0.0)
	require.InDelta(t, 0.3127, december.GetLow(), 1e-4, "Wilson 1927 of 6 in 10")
	require.InDelta(t, 0.8318, december.GetHigh(), 1e-4)
	mean := of(got.GetMonths()[1], satisfactionv1.ServiceIndicator_CYCLE_TIME_MEAN, satisfactionv1.CycleTime_ORDER_TO_SHIP)
	require.Equal(t, []string{"2", "0", "1.5", "0.5"}, []string{mean.GetValue(), mean.GetChange(), mean.GetTargetValue(), mean.GetDifference()})
	require.False(t, mean.GetMet())
	require.Nil(t, mean.ChangeLow, "nothing varies")

	r.ProductLine, r.CustomerClass = "", "CORE"
	got, err = b.GetServiceLevelTrend(basic(t), r)
	require.NoError(t, err)
	require.Equal(t, "0.7", of(got.GetMonths()[1], satisfactionv1.ServiceIndicator_ON_TIME_RATE, 0).GetTargetValue())
	r.OnTimeRule = rule(1, 1, 1)
	got, err = b.GetServiceLevelTrend(basic(t), r)
	require.NoError(t, err)
	require.Empty(t, of(got.GetMonths()[1], satisfactionv1.ServiceIndicator_ON_TIME_RATE, 0).GetTarget(), "no target is by this rule")
	r.LastMonth = "2030-11"
	_, err = b.GetServiceLevelTrend(basic(t), r)
	requireReason(t, err, "INVALID_FIELDS")
}

// A missed target is announced once of a month, when the month has settled, however many look at once.
func TestMissesAreAnnouncedOnce(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.clock.Advance(-30 * 24 * time.Hour) // early December: the target is made
	b.months(t, 9, 4)
	missed := b.aim(t, target(satisfactionv1.ServiceIndicator_ON_TIME_RATE, "0.9"))
	b.aim(t, target(satisfactionv1.ServiceIndicator_LINE_FILL_RATE, "1"))     // met
	b.aim(t, target(satisfactionv1.ServiceIndicator_DAMAGE_FREE_RATE, "0.9")) // nothing is known
	days := target(satisfactionv1.ServiceIndicator_CYCLE_TIME_P90, "1")
	days.Part, days.CustomerClass = satisfactionv1.CycleTime_ORDER_TO_SHIP, "CORE"
	b.aim(t, days)
	judge := func() {
		var all sync.WaitGroup
		for range 3 {
			all.Go(func() { require.NoError(t, b.store.Judge(auth.With(t.Context(), auth.Principal{}), b.numbers)) })
		}
		all.Wait()
	}
	const misses = `select coalesce(string_agg(data, E'\n' order by id), '') from outbox where subject = 'guanxi.satisfaction.service_level.missed.v1'`
	b.clock.Advance(35 * 24 * time.Hour) // the tenth of January
	judge()
	require.Empty(t, b.text(t, misses), "December has not settled, and November was before the targets")
	b.clock.Advance(24 * time.Hour)
	judge()
	judge()
	text := b.text(t, misses)
	require.Equal(t, 2, strings.Count(text, "2025-12"), text)
	require.Contains(t, text, missed.GetName())
	require.Contains(t, text, "0.6")
	require.Equal(t, "4", b.text(t, `select count(*)::text from service_level_targets where judged_month = '2025-12-01'`))
	b.clock.Advance(90 * 24 * time.Hour)
	judge()
	require.Equal(t, text, b.text(t, misses), "without orders nothing is missed")
	require.Equal(t, "4", b.text(t, `select count(*)::text from service_level_targets where judged_month = '2026-03-01'`))
}

// The rule and the statistics that the figures of Northwind come by: shipped, by the day requested, days of whole numbers.
func TestDaysFromOrderToShipping(t *testing.T) {
	t.Parallel()
	b := setup(t)
	c := b.client(t, client{})
	days := []int{1, 2, 2, 3, 7, 7, 7, 8, 9, 37}
	for i, d := range days {
		b.buy(t, order{client: c, ordered: at(i+1, 0, 0), requested: at(i+1+min(d, 28), 0, 0), shipped: at(i+1+d, 0, 0)})
	}
	b.buy(t, order{client: c, ordered: at(1, 0, 0), requested: at(29, 0, 0)}) // never shipped
	all := b.one(t, december(0))
	require.Equal(t, "9 late 1 overdue 1 pending 0 undated 0 untimed 0 = 0.818182", timely(all.GetOnTime()))
	ship := all.GetCycleTimes()[5]
	require.Equal(t, []string{"8.3", "7", "9", "37"}, []string{ship.GetMeanDays(), ship.GetMedianDays(), ship.GetP90Days(), ship.GetMaxDays()})
	require.EqualValues(t, 1, ship.GetUnknownCount())
}
