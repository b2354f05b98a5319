package rule

import (
	"sync"
	"time"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
)

// complaints is the one fact that takes an argument.
const complaints = "complaints"

// environment is what CEL is told of the facts. It is safe for concurrent use.
var environment = sync.OnceValues(func() (*cel.Env, error) { return newEnvironment() })

// newEnvironment declares facts and functions. The functions come with what they mean, so that CEL itself can be asked what a rule says of a customer.
func newEnvironment(complaintsOverload ...cel.OverloadOpt) (*cel.Env, error) {
	options := []cel.EnvOption{
		cel.ClearMacros(),
		cel.Macros(cel.HasMacro, cel.ExistsMacro, cel.AllMacro),
		cel.CrossTypeNumericComparisons(true),
		cel.ParserRecursionLimit(maxDepth * 2), // what is deeper in the text than in the tree are parentheses
		cel.Function(complaints, cel.Overload("complaints_int", []*cel.Type{cel.IntType}, cel.IntType, complaintsOverload...)),
		cel.Function("days", cel.Overload("days_int", []*cel.Type{cel.IntType}, cel.DurationType, cel.UnaryBinding(days))),
		cel.Function("known", cel.Overload("known_any", []*cel.Type{cel.DynType}, cel.BoolType, cel.OverloadIsNonStrict(), cel.UnaryBinding(known))),
	}
	for _, f := range Facts {
		if f.Name != complaints {
			options = append(options, cel.Variable(f.Name, f.celType()))
		}
	}
	return cel.NewEnv(options...)
}

func (f *Fact) celType() *cel.Type {
	switch f.kind {
	case truth:
		return cel.BoolType
	case instant:
		return cel.TimestampType
	case texts:
		return cel.ListType(cel.StringType)
	case entries:
		return cel.MapType(cel.StringType, cel.DynType)
	case number:
		if f.whole {
			return cel.IntType
		}
		return cel.DoubleType
	default:
		return cel.StringType
	}
}

// mostDays is how many days CEL's durations can be asked for: about 270 years.
const mostDays = 100_000

func days(n ref.Val) ref.Val {
	count, ok := n.Value().(int64)
	if !ok || count < -mostDays || count > mostDays {
		return types.NewErr("days: out of range")
	}
	return types.Duration{Duration: time.Duration(count) * 24 * time.Hour}
}

func known(v ref.Val) ref.Val { return types.Bool(!types.IsUnknownOrError(v)) }
