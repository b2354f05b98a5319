package powermap_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/guanxi-crm/guanxi/services/planning/internal/powermap"
)

func TestClaimsKeepTheRulesOfTheirKind(t *testing.T) {
	t.Parallel()
	one, two, ours, others := person(1), person(2), our(1), our(2)
	evidence := []powermap.Evidence{seen("li", 0)}
	for name, c := range map[string]struct {
		given powermap.Given
		wrong []string
	}{
		"a role":                {powermap.Given{Kind: powermap.Role, Who: &one, Role: 1, Evidence: evidence}, nil},
		"an attitude":           {powermap.Given{Kind: powermap.Attitude, Who: &one, Attitude: 5, Evidence: evidence}, nil},
		"an influence":          {powermap.Given{Kind: powermap.Influence, Who: &one, Other: &two, OtherGiven: true, Weight: 1, Evidence: evidence}, nil},
		"known to ours":         {powermap.Given{Kind: powermap.Acquaintance, Who: &ours, Other: &two, OtherGiven: true, Weight: 0.1, Evidence: evidence}, nil},
		"a star":                {powermap.Given{Kind: powermap.RisingStar, Who: &one, Evidence: evidence}, nil},
		"of nobody":             {powermap.Given{Kind: powermap.HiddenDecider, Evidence: evidence}, []string{"person NODE"}},
		"ours decide":           {powermap.Given{Kind: powermap.HiddenDecider, Who: &ours, Evidence: evidence}, []string{"person NODE"}},
		"without its role":      {powermap.Given{Kind: powermap.Role, Who: &one, Evidence: evidence}, []string{"role KIND"}},
		"with too much":         {powermap.Given{Kind: powermap.Role, Who: &one, Role: 1, Attitude: 1, Weight: 1, OtherGiven: true, Evidence: evidence}, []string{"other KIND", "attitude KIND", "weight KIND"}},
		"influence on ours":     {powermap.Given{Kind: powermap.Influence, Who: &one, Other: &ours, OtherGiven: true, Weight: 1, Evidence: evidence}, []string{"other NODE"}},
		"ours among themselves": {powermap.Given{Kind: powermap.Acquaintance, Who: &ours, Other: &others, OtherGiven: true, Weight: 1, Evidence: evidence}, []string{"other NODE"}},
		"known to nobody":       {powermap.Given{Kind: powermap.Acquaintance, Who: &one, Weight: 1, Evidence: evidence}, []string{"other NODE"}},
		"known to himself":      {powermap.Given{Kind: powermap.Acquaintance, Who: &one, Other: &one, OtherGiven: true, Weight: 1, Evidence: evidence}, []string{"other SELF"}},
		"without weight":        {powermap.Given{Kind: powermap.Influence, Who: &one, Other: &two, OtherGiven: true, Evidence: evidence}, []string{"weight KIND"}},
		"without evidence":      {powermap.Given{Kind: powermap.RisingStar, Who: &one}, []string{"evidence REQUIRED"}},
		"seen tomorrow":         {powermap.Given{Kind: powermap.RisingStar, Who: &one, Evidence: []powermap.Evidence{seen("li", 0), seen("li", -1)}}, []string{"evidence[1].date FUTURE"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var wrong []string
			for _, v := range c.given.Check(today, false) {
				wrong = append(wrong, v.Field+" "+v.Rule)
				require.NotEmpty(t, v.Text.Zh)
			}
			require.Equal(t, c.wrong, wrong)
		})
	}
	retracted := powermap.Given{Kind: powermap.Influence, Who: &one, Other: &two, OtherGiven: true}
	require.Empty(t, retracted.Check(today, true))
}

// Who knows whom is one claim, whichever of the two is named first.
func TestAcquaintancesHaveOneOrder(t *testing.T) {
	t.Parallel()
	one, ours := person(1), our(1)
	a := powermap.Given{Kind: powermap.Acquaintance, Who: &one, Other: &ours}
	b := powermap.Given{Kind: powermap.Acquaintance, Who: &ours, Other: &one}
	claims := []powermap.Claim{a.Claim(), b.Claim()}
	require.Equal(t, claims[0].Key, claims[1].Key)
	require.Len(t, powermap.Twice(claims), 1)
}

func TestMapsAreBounded(t *testing.T) {
	t.Parallel()
	claims := large(3)
	who := person(powermap.MaxPeople)
	more := powermap.Given{Kind: powermap.RisingStar, Who: &who, Evidence: claims[0].Evidence}
	var texts []string
	for _, v := range powermap.Bounded("claims", append(claims, more.Claim())) {
		require.Equal(t, "claims LIMIT", v.Field+" "+v.Rule)
		texts = append(texts, v.Text.En)
	}
	require.Equal(t, []string{
		"a map would have 2001 people of the customer, more than 2000", "a map would have 8001 claims, more than 8000",
		"a map would have 16002 pieces of evidence, more than 16000",
	}, texts)
}
