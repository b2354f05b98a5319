package gradingmodel

// Measure is a figure that is known of customers without anybody judging; the numbers are those of the API, which says what each means.
type Measure int32

// The measures.
const (
	LastYearGrossProfit Measure = iota + 1
	LastYearNetProfit
	LastYearSales
	Sales12M
	YearSales
	GrossProfit12M
	NetProfit12M
	PaymentLateDays
	ActiveQuarters
	CooperationYears
	SupplyShare
	RelationshipLevel
	Satisfaction
	Orders12M
	ProductLines12M
	ExpectedSales
)

// Signal is the kind of signal whose latest value is the measure; the numbers are those of the API. 0: it is measured from orders and payments.
func (m Measure) Signal() int {
	switch m {
	case Satisfaction:
		return 3
	case SupplyShare:
		return 4
	case RelationshipLevel:
		return 5
	default:
		return 0
	}
}

// The permission levels that values of measures ask for; the numbers are those of guanxi.type.v1.Level.
const (
	basic     = 1
	manager   = 2
	executive = 3
)

// PermissionLevel is what it takes to see a value of the measure.
func (m Measure) PermissionLevel() int32 {
	switch m {
	case LastYearGrossProfit, GrossProfit12M:
		return manager
	case LastYearNetProfit, NetProfit12M:
		return executive
	default:
		return basic
	}
}
