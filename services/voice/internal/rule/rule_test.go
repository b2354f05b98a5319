package rule

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/services/voice/internal/versioned"
)

func TestShippedCoverEverything(t *testing.T) {
	t.Parallel()
	all := Shipped()
	book := NewBook(all)
	require.Len(t, book, len(all))
	ids := map[string]bool{}
	for _, r := range all {
		require.Empty(t, r.Check(), r.Code)
		require.False(t, ids[r.ID.String()])
		ids[r.ID.String()] = true
	}
	for kind := int16(inquiry); kind <= proposal; kind++ {
		for severity := int16(critical); severity <= low; severity++ {
			for _, m := range []Measure{FirstResponse, Resolution} {
				r, target := book.Choose(Case{Request: kind, Severity: severity}, m)
				require.NotNil(t, r)
				require.Equal(t, []int16{kind}, r.Requests)
				require.Equal(t, []int16{severity}, r.Severities)
				require.Equal(t, m == Resolution, target.Pauses)
			}
		}
	}
	r, target := book.Choose(Case{Request: complaint, Severity: medium, Major: true}, Resolution)
	require.Equal(t, "major-complaint", r.Code)
	require.Equal(t, int64(24*3600), target.Seconds)
	seconds, _ := target.With(decimal.NewFromFloat(0.5))
	require.Equal(t, int64(24*3600), seconds, "nobody waits longer or shorter")
	require.Contains(t, target.Steps, Step{Level: headquarters, Trigger: OnSeverity})
}

func TestWithFactor(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		seconds int64
		factor  string
		applies bool
		want    int64
	}{
		{3600, "0.5", true, 1800}, {3600, "0.5", false, 3600}, {3600, "0", true, 3600}, {60, "0.0001", true, 1}, {101, "0.5", true, 51}, {3600, "1.25", true, 4500},
	} {
		got, applied := (&Target{Seconds: c.seconds, Factor: c.applies}).With(decimal.RequireFromString(c.factor))
		require.Equal(t, c.want, got, "%+v", c)
		if !c.applies || c.factor == "0" {
			require.Equal(t, "1", applied.String())
		}
	}
}

func TestStepAt(t *testing.T) {
	t.Parallel()
	require.Equal(t, int64(75), Step{Trigger: Before, Percent: 75}.At(100))
	require.Equal(t, int64(100), Step{Trigger: AtBreach}.At(100))
	require.Equal(t, int64(130), Step{Trigger: AfterBreach, After: 30}.At(100))
	require.Zero(t, Step{Trigger: OnSeverity}.At(100))
	require.Equal(t, int64(98), Step{Trigger: Before, Percent: 99}.At(99), "never at the breach or after it")
}

// Whatever the order in which rules are stored, the same one counts, and none that counts less says more.
func TestChoiceIsReproducible(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var rules []*Rule
		for i := range rapid.IntRange(1, 12).Draw(t, "rules") {
			r := &Rule{Head: versioned.Head{Code: string(rune('a' + i))}, Active: rapid.Bool().Draw(t, "active"), Priority: rapid.Int32Range(0, 2).Draw(t, "priority")}
			r.Requests = rapid.SliceOfN(rapid.Int16Range(1, 4), 0, 2).Draw(t, "kinds")
			r.Severities = rapid.SliceOfN(rapid.Int16Range(1, 4), 0, 2).Draw(t, "severities")
			r.Classes = rapid.SliceOfN(rapid.Int16Range(1, 5), 0, 2).Draw(t, "classes")
			if rapid.Bool().Draw(t, "asks for major") {
				major := rapid.Bool().Draw(t, "major")
				r.Major = &major
			}
			for _, m := range []Measure{FirstResponse, Resolution} {
				if rapid.Bool().Draw(t, "says") {
					r.Targets = append(r.Targets, Target{Measure: m})
				}
			}
			rules = append(rules, r)
		}
		c := Case{rapid.Int16Range(1, 4).Draw(t, "kind"), rapid.Int16Range(1, 4).Draw(t, "severity"), rapid.Int16Range(0, 5).Draw(t, "class"), rapid.Bool().Draw(t, "is major")}
		book := NewBook(rules)
		rand.Shuffle(len(rules), func(i, j int) { rules[i], rules[j] = rules[j], rules[i] })
		again := NewBook(rules)
		for _, m := range []Measure{FirstResponse, Resolution} {
			chosen, _ := book.Choose(c, m)
			other, _ := again.Choose(c, m)
			require.Same(t, chosen, other)
			for _, r := range rules {
				if !r.Active || r.For(m) == nil || r.Fails(c) != Nothing {
					continue
				}
				require.NotNil(t, chosen)
				require.GreaterOrEqual(t, chosen.Priority, r.Priority)
				require.True(t, chosen.Priority > r.Priority || chosen.Conditions() >= r.Conditions())
			}
			for _, candidate := range book.Explain(c) {
				require.Equal(t, candidate.Rule == chosen, slices.Contains(candidate.CountsFor, m))
				require.NotEmpty(t, candidate.Why.En)
				require.NotEmpty(t, candidate.Why.Zh)
			}
		}
	})
}

func TestCheckRefuses(t *testing.T) {
	t.Parallel()
	good := func(steps ...Step) Rule {
		return Rule{Head: versioned.Head{Code: "x"}, LabelEn: "x", LabelZh: "x", Targets: []Target{{Measure: Resolution, Seconds: 3600, Steps: steps}}}
	}
	require.Empty(t, new(good(Step{Level: 1, Trigger: Before, Percent: 50})).Check())
	twice := good()
	twice.Targets = append(twice.Targets, twice.Targets[0])
	short := good()
	short.Targets[0].Seconds = 59
	for name, c := range map[string]struct {
		rule  Rule
		wrong fault.Violation
	}{
		"nothing":    {Rule{Head: versioned.Head{Code: "x"}, LabelEn: "x", LabelZh: "x"}, fault.Violation{Field: "targets", Rule: "REQUIRED"}},
		"code":       {Rule{Head: versioned.Head{Code: "X"}, LabelEn: "x", LabelZh: "x", Targets: good().Targets}, fault.Violation{Field: "code", Rule: "CODE"}},
		"twice":      {twice, fault.Violation{Field: "targets[1].measure", Rule: "DUPLICATE"}},
		"short":      {short, fault.Violation{Field: "targets[0].target_seconds", Rule: "RANGE"}},
		"no level":   {good(Step{Trigger: AtBreach}), fault.Violation{Field: "targets[0].steps[0].level", Rule: "REQUIRED"}},
		"no trigger": {good(Step{Level: 1}), fault.Violation{Field: "targets[0].steps[0].trigger", Rule: "REQUIRED"}},
		"no percent": {good(Step{Level: 1, Trigger: Before}), fault.Violation{Field: "targets[0].steps[0].percent", Rule: "TRIGGER"}},
		"percent":    {good(Step{Level: 1, Trigger: AtBreach, Percent: 5}), fault.Violation{Field: "targets[0].steps[0].percent", Rule: "TRIGGER"}},
		"no time":    {good(Step{Level: 1, Trigger: AfterBreach}), fault.Violation{Field: "targets[0].steps[0].after_seconds", Rule: "TRIGGER"}},
		"same step":  {good(Step{Level: 1, Trigger: AtBreach}, Step{Level: 1, Trigger: AtBreach}), fault.Violation{Field: "targets[0].steps[1]", Rule: "DUPLICATE"}},
		"no measure": {Rule{Head: versioned.Head{Code: "x"}, LabelEn: "x", LabelZh: "x", Targets: []Target{{Seconds: 60}}}, fault.Violation{Field: "targets[0].measure", Rule: "REQUIRED"}},
		"no chinese": {Rule{Head: versioned.Head{Code: "x"}, LabelEn: "x", Targets: good().Targets}, fault.Violation{Field: "label_zh", Rule: "REQUIRED"}},
	} {
		wrong := c.rule.Check()
		require.Len(t, wrong, 1, name)
		require.Equal(t, [2]string{c.wrong.Field, c.wrong.Rule}, [2]string{wrong[0].Field, wrong[0].Rule}, name)
	}
}
