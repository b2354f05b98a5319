package settings

import (
	"time"

	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/libs/settings"
	profilev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/profile/v1"
)

// Store keeps the versions.
type Store = settings.Store[*profilev1.Settings]

// NewStore makes a store.
func NewStore(db *postgres.DB, now func() time.Time) *Store {
	return settings.NewStore(db, now, shipped(), check)
}

func shipped() *profilev1.Settings {
	return &profilev1.Settings{
		Name: "profileSettings", ExpectedOrderLeadDays: 7, RhythmMinIntervals: 3, OverdueDeviationFactor: 3, OverdueMedianFactor: 0.5, DeletedCustomerDays: 30,
		Quality: shippedQuality(), Duplicates: shippedDuplicates(), PublicHolidays: shippedHolidays(),
	}
}

func check(m *profilev1.Settings) []fault.Violation {
	var wrong []fault.Violation
	if m.GetRhythmMinIntervals() < 2 {
		wrong = append(wrong, fault.Field("rhythm_min_intervals", "RANGE", fault.Text{En: "must be at least 2: one interval is no rhythm", Zh: "不得小于 2：一个间隔不成规律"}))
	}
	if m.GetDeletedCustomerDays() < 1 {
		wrong = append(wrong, fault.Field("deleted_customer_days", "RANGE", fault.Text{En: "must be at least 1", Zh: "不得小于 1"}))
	}
	wrong = append(wrong, checkHolidays(m.GetPublicHolidays())...)
	wrong = append(wrong, checkDuplicates(m.GetDuplicates())...)
	return append(wrong, checkQuality(m.GetQuality())...)
}
