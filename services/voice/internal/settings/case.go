package settings

import (
	"time"

	"github.com/shopspring/decimal"
)

// Intake says what becomes of voices; the numbers of this and of the following are those of the API.
type Intake struct {
	// Kinds and Sources are those whose voices open a case by themselves.
	Kinds, Sources map[int16]bool
	// Territory is where voices wait of which nobody knows whose they are; empty: nowhere.
	Territory string
}

// Case says how cases go.
type Case struct {
	StartIsResponse bool
	// AutoClose is how long a case stays resolved before it closes by itself; 0 for ever.
	AutoClose       time.Duration
	CloseDuplicates bool
}

// Severity says how the severity of a case is computed.
type Severity struct {
	// Affected and Duration give a point for each step that is reached. Durations are minutes.
	Affected, Duration []int32
	// Class are the points for the class of the customer.
	Class map[int16]int32
	// Critical, High and Medium are the points from which on a case is that.
	Critical, High, Medium int32
}

// Major says which complaints are major ones.
type Major struct {
	Severities map[int16]bool
	Affected   int32 // 0: none
	// HighClasses are the classes of customers whose complaints of severity HIGH are major.
	HighClasses map[int16]bool
}

// Limit says who may approve how much in a currency.
type Limit struct {
	AssigneeBelow, ManagerUpTo decimal.Decimal
}
