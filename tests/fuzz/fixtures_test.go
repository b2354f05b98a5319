package fuzz

import (
	"encoding/json"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// made are resources that need more than their protos say, or that no Create makes: by which service, by which request, and in which field of its answer the name stands. A
// pattern in angle brackets is a name of that pattern. Each may refer to those before it. Where there is no body it is read, again until it is there: what comes about by itself.
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
	{"satisfaction", "/v1/indexModels?copyFrom=indexModels/019a0000-0000-7000-8000-000000000001", `{"labelEn":"x"}`, "name"},
	{
		"satisfaction", "/v1/questionnaires",
		`{"labelEn":"x","labelZh":"x","introductionEn":"x","introductionZh":"x","indexModel":"indexModels/019a0000-0000-7000-8000-000000000001"}`, "name",
	},
	{"satisfaction", "/v1/<questionnaires/*>:release", `{"overruleReason":"x"}`, "name"},
	{"satisfaction", "/v1/surveys", `{"labelEn":"x","labelZh":"x","questionnaire":"<questionnaires/*>"}`, "name"},
	{"satisfaction", "/v1/<surveys/*>:open", `{}`, "name"},
	{"satisfaction", "/v1/<surveys/*>/invitations", "", "invitations.0.name"},
	{"satisfaction", "/v1/<surveys/*>/responses", `{"customer":"<customers/*>","channel":"TELEPHONE","interviewer":"x","sourceId":"1"}`, "name"},
	{"satisfaction", "/v1/serviceLevelTargets", `{"labelEn":"x","labelZh":"x","indicator":"LINE_FILL_RATE","value":"0.9"}`, "name"},
	{"satisfaction", "/v1/<surveys/*>/invitations:issue", `{}`, "links.0.secret"},
	{"satisfaction", "/v1/<indexModels/*>/delphiRounds", `{"experts":[{},{},{}]}`, "links.0.secret"},
	{"satisfaction", "/v1/<indexModels/*>/delphiRounds?pageSize=1", "", "delphiRounds.0.name"},
	{"profile", "/v1/<customers/*>/insights", `{"date":{"year":2026,"month":1,"day":2},"sourceKind":"VISIT","title":"x"}`, "name"},
	{"profile", "/v1/customers:findDuplicates", `{}`, "name"},
	{
		"profile", "/v1/<customers/*>/orders",
		`{"orderNumber":"x","orderTime":"2026-01-02T01:00:00Z","lines":[{"productLine":"x","productCode":"x","quantity":1,"amount":{"currencyCode":"CNY","units":"1"}}]}`, "name",
	},
	{
		"profile", "/v1/<customers/*>/supplyPositions",
		`{"productLine":"x","ourSharePercent":"50","asOfDate":{"year":2026,"month":1,"day":1},"competitors":[{"displayName":"x","sharePercent":"25"}]}`, "name",
	},
	{"profile", "/v1/<customers/*>/expectedSales", `{"fiscalYear":2026,"amount":{"currencyCode":"CNY","units":"1"}}`, "name"},
	{"profile", "/v1/<customers/*/people/*>/gifts", `{"date":{"year":2026,"month":1,"day":1},"direction":"GIVEN","item":"x"}`, "name"},
	{
		"voice", "/v1/businessCalendars",
		`{"code":"x","labelEn":"x","labelZh":"x","timeZone":"Asia/Shanghai","frames":[{"weekday":"MONDAY","start":"09:00","end":"12:00"}]}`, "name",
	},
	{
		"voice", "/v1/responseRules",
		`{"code":"x","labelEn":"x","labelZh":"x","targets":[{"measure":"RESOLUTION","targetSeconds":"3600","calendar":"businessCalendars/china-office"}]}`, "name",
	},
	{"voice", "/v1/desks", `{"labelEn":"x","labelZh":"x","leads":["root"]}`, "name"},
	{"voice", "/v1/voices", `{"customer":"<customers/*>","source":"WEB","kind":"PRAISE","text":"x"}`, "name"},
	{"voice", "/v1/cases", `{"customer":"<customers/*>","requestKind":"COMPLAINT_REQUEST","title":"x","grading":"CRITICAL"}`, "name"},
	{"voice", "/v1/escalations", "", "escalations.0.name"},
	{"voice", "/v1/<cases/*>", "", "issueGroup"},
	{"voice", "/v1/<cases/*>/actions", `{"kind":"CORRECTIVE","title":"x","owner":"x","dueDate":{"year":2026,"month":2,"day":1}}`, "name"},
	{"voice", "/v1/<cases/*>/compensations", `{"kind":"GOODWILL","amount":{"currencyCode":"CNY","units":"500000"},"reason":"x"}`, "name"},
	{"voice", "/v1/clockReprojections", `{"source":"responseRules/-","preview":true}`, "name"},
	{"voice", "/v1/recalls", `{"title":"x","reason":"x","productCodes":["x"],"taskForce":[{"subject":"root","role":"x","lead":true}]}`, "name"},
	{"voice", "/v1/<recalls/*>:start", `{}`, "name"},
	{"voice", "/v1/<recalls/*>/items", "", "items.0.name"},
	{"voice", "/v1/voiceForms", `{"slug":"fuzzed","titleEn":"x","titleZh":"x","kinds":["COMPLAINT"],"territory":"cn"}`, "name"},
	{"voice", "/v1/<voiceForms/*>:activate", `{}`, "slug"},
}

// secrets are what is no name and stands in addresses all the same, by the path that tells it: where it stands.
var secrets = map[string]string{
	"/v1/owners/cm9vdA:issueCalendarLink": "calendarFeeds/secret=*",
	"/v1/<voiceForms/*>:activate":         "voiceFormPages/form=*",
	"/v1/<surveys/*>/invitations:issue":   "answerPages/secret=*",
	"/v1/<indexModels/*>/delphiRounds":    "delphiForms/secret=*",
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
	// Which sections there are the outline says, which requests change; this one was in it at first.
	for _, customer := range b.pool["customers/*"] {
		b.pool["customers/*/dossier/sections/*"] = []string{customer + "/dossier/sections/pains"}
	}
	for i, m := range made {
		if len(b.pool[b.places[i]]) > 0 { // it is still there: what was deleted was something else
			continue
		}
		b.places[i] = b.makesOne(t, m.service, m.path, m.body, m.field)
	}
}

// makesOne makes what made tells of, and returns the pattern that it is in the pool by. What comes by and by is waited for.
func (b *bundle) makesOne(t testing.TB, service, path, body, field string) string {
	t.Helper()
	verb, name, pattern := http.MethodPost, "", secrets[path]
	if body == "" {
		verb = http.MethodGet
	}
	ask := func() bool {
		name = b.makes(t, raw(verb, b.pool.fill(path), b.tokens[service], b.pool.fill(body)), field)
		return name != ""
	}
	if verb == http.MethodGet || pattern != "" {
		require.Eventually(t, ask, within, tick, path)
	} else if !ask() {
		return ""
	}
	if pattern == "" {
		pattern = patternOf(name)
	}
	b.pool[pattern] = []string{name}
	return pattern
}

// makes sends a request and returns the name in a field of the answer, empty if there is none.
func (b *bundle) makes(t testing.TB, raw, field string) string {
	t.Helper()
	answer := b.send(t, raw)
	require.NotNil(t, answer)
	var at any
	require.NoError(t, json.Unmarshal(answer.Body.Bytes(), &at))
	for step := range strings.SplitSeq(field, ".") {
		switch inside := at.(type) {
		case map[string]any:
			at = inside[step]
		case []any:
			at = nil
			if i, err := strconv.Atoi(step); err == nil && i < len(inside) {
				at = inside[i]
			}
		}
	}
	name, _ := at.(string)
	return name
}

const within, tick = 20 * time.Second, 50 * time.Millisecond

var bracketed = regexp.MustCompile(`<([a-zA-Z/*]+)>`)

// fill puts names in the places of their patterns, and leaves those of what there is not.
func (p pool) fill(text string) string {
	return bracketed.ReplaceAllStringFunc(text, func(found string) string {
		if names := p[found[1:len(found)-1]]; len(names) > 0 {
			return names[0]
		}
		return found
	})
}
