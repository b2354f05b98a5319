package fuzz

import (
	"encoding/json"
	"net/http"
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"
)

// made are resources that need more than their protos say, or that no Create makes: by which service, by which request, and in which field of its answer the name stands. A
// pattern in angle brackets is a name of that pattern. Each may refer to those before it.
var made = []struct{ service, path, body, field string }{
	{"segmentation", "/v1/assessments:run", `{}`, "name"},
	{"segmentation", "/v1/gradingModels?copyFrom=gradingModels/current", `{"labelEn":"x"}`, "name"},
	{"segmentation", "/v1/policies?copyFrom=policies/current", `{"labelEn":"x","effectiveDate":{"year":2026,"month":7,"day":1}}`, "name"},
	{"segmentation", "/v1/segments", `{"labelEn":"x","rule":"true"}`, "name"},
	{"segmentation", "/v1/<customers/*>/judgements", `{"factor":"influence","level":2,"evidence":"x"}`, "name"},
	{
		"segmentation", "/v1/<customers/*>/rebateAgreements",
		`{"kind":"PREPAYMENT","fiscalYear":2026,"prepaidDays":30,"tiers":[{"threshold":"50","ratePercent":"1"}]}`, "name",
	},
	{"segmentation", "/v1/rebates:settle", `{"fiscalYear":2025}`, "name"},
	{"planning", "/v1/contactPlans:generate", `{"fiscalYear":2026}`, "name"},
	{
		"planning", "/v1/budgets",
		`{"label":"x","fiscalYear":2026,"owner":"x","customer":"<customers/*>","amount":{"currencyCode":"CNY","units":"1000"}}`, "name",
	},
	{
		"planning", "/v1/activities",
		`{"customer":"<customers/*>","kind":"EXHIBITION","title":"x","startTime":"2026-03-03T01:00:00Z","endTime":"2026-03-03T09:00:00Z","people":["<customers/*/people/*>"]}`, "name",
	},
	{
		"planning", "/v1/contacts:reserve",
		`{"customer":"<customers/*>","kind":"DAILY_VISIT","day":{"year":2026,"month":3,"day":3},"owner":"root","budget":"<budgets/*>",
			"people":["<customers/*/people/*>"],"benefits":[{"person":"<customers/*/people/*>","benefit":"GIFT","amount":{"currencyCode":"CNY","units":"10"}}]}`, "contact",
	},
	{
		"planning", "/v1/contacts:reserve",
		`{"customer":"<customers/*>","kind":"DAILY_VISIT","day":{"year":2026,"month":3,"day":4},"owner":"root","budget":"<budgets/*>",
			"people":["<customers/*/people/*>"],"benefits":[{"person":"<customers/*/people/*>","benefit":"GIFT","amount":{"currencyCode":"CNY","units":"150"}}]}`, "approval",
	},
	{
		"planning", "/v1/complianceRules",
		`{"jurisdiction":"FR","benefit":"GIFT","measure":"PER_OCCASION","limit":{"currencyCode":"EUR","units":"1"},"labelEn":"x","labelZh":"x"}`, "name",
	},
	{"planning", "/v1/<customers/*>/cards", `{"person":"<customers/*/people/*>"}`, "name"},
	{"planning", "/v1/<customers/*>/coaches", `{"person":"<customers/*/people/*>"}`, "name"},
	{
		"planning", "/v1/<customers/*>/evaluations",
		`{"kind":"EXTENSIVE","department":"x","phase":"ACTUAL","scores":[{"criterion":"support","score":2,"evidence":"x"},{"criterion":"coverage","score":1,"evidence":"x"}]}`, "name",
	},
	{"planning", "/v1/<customers/*>/liaisons", `{"department":"x","rank":"MIDDLE","colleague":"x"}`, "name"},
	{"planning", "/v1/owners/cm9vdA:issueCalendarLink", `{}`, "secret"},
}

// fixtures makes one of each resource, so that requests find something. What another one needs to exist is there after at most as many
// rounds as names have parts.
func (b *bundle) fixtures(t testing.TB) {
	t.Helper()
	b.pool["owners/*"] = []string{"owners/cm9vdA"} // who calls
	for range 3 {
		for _, r := range b.routes {
			if r.creates() == "" || len(b.pool[r.creates()]) > 0 || !b.pool.has(r.patterns()) {
				continue
			}
			if name := b.makes(t, request(r, &draw{}, b.pool, b.tokens[r.service]), "name"); name != "" {
				b.pool[r.creates()] = []string{name}
				b.pool[patternOf(name)] = []string{name} // which is another one where names are shorter than the path
			}
		}
		b.last.Settle(t) // what one service has made the next one must have heard of
	}
	for _, m := range made {
		name := b.makes(t, raw(http.MethodPost, b.pool.fill(m.path), b.tokens[m.service], b.pool.fill(m.body)), m.field)
		if name != "" {
			b.pool[patternOf(name)] = []string{name}
		}
	}
}

// makes sends a request and returns the name in a field of the answer, empty if there is none.
func (b *bundle) makes(t testing.TB, raw, field string) string {
	t.Helper()
	answer := b.send(t, raw)
	require.NotNil(t, answer)
	var fields map[string]any
	require.NoError(t, json.Unmarshal(answer.Body.Bytes(), &fields))
	name, _ := fields[field].(string)
	return name
}

var place = regexp.MustCompile(`<([a-zA-Z/*]+)>`)

// fill puts names in the places of their patterns, and leaves those of what there is not.
func (p pool) fill(text string) string {
	return place.ReplaceAllStringFunc(text, func(found string) string {
		if names := p[found[1:len(found)-1]]; len(names) > 0 {
			return names[0]
		}
		return found
	})
}
