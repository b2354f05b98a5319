package satisfaction_test

import (
	"net/url"
	"regexp"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/genproto/googleapis/api/httpbody"

	satisfactionv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/satisfaction/v1"
	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
)

func (b *bundle) responses() satisfactionv1.ResponseServiceClient {
	return satisfactionv1.NewResponseServiceClient(b.Conn)
}

var hiddenFields = regexp.MustCompile(`name="(section|token)" value="([^"]+)"`)

// fill is a page that is filled in, by turns field and value.
func fill(page *httpbody.HttpBody, more ...string) []*typev1.FormField {
	typed := url.Values{}
	for _, found := range hiddenFields.FindAllSubmatch(page.GetData(), -1) {
		typed.Set(string(found[1]), string(found[2]))
	}
	for i := 0; i < len(more); i += 2 {
		typed.Set(more[i], more[i+1])
	}
	var out []*typev1.FormField
	for name, values := range typed {
		out = append(out, &typev1.FormField{Name: name, Values: values})
	}
	return out
}

// A customer answers by the link that it was given, nobody's token asked for; its stratum, how it stands and its quota follow from its invitation.
func TestACustomerAnswersByItsLink(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ctx := b.admin(t)
	customer := b.customer(ctx, t, "c", "li")
	survey := b.survey(ctx, t, b.questionnaire(ctx, t))
	secret := b.links(ctx, t, survey, 1)[0].GetSecret()
	pages := satisfactionv1.NewAnswerPageServiceClient(b.Conn)
	page, err := pages.GetAnswerPage(t.Context(), &satisfactionv1.GetAnswerPageRequest{Secret: secret, Lang: "en"})
	require.NoError(t, err)
	require.Contains(t, string(page.GetData()), "We ask you.")
	b.Clock.Advance(time.Minute)
	// A low grade leads to a question on the same page, which is shown next.
	page, err = pages.SubmitAnswerPage(t.Context(), &satisfactionv1.SubmitAnswerPageRequest{Secret: secret, Lang: "en", Fields: fill(page, "q.polite", "1", "q.prompt", "4")})
	require.NoError(t, err)
	require.Contains(t, string(page.GetData()), `name="q.why"`)
	page, err = pages.SubmitAnswerPage(t.Context(), &satisfactionv1.SubmitAnswerPageRequest{
		Secret: secret, Lang: "en", Fields: fill(page, "q.polite", "1", "q.prompt", "4", "q.why", "nobody greets"),
	})
	require.NoError(t, err)
	require.Contains(t, string(page.GetData()), "Thank you")

	list, err := b.responses().ListResponses(ctx, &satisfactionv1.ListResponsesRequest{Parent: survey, Filter: `customer = "` + customer + `" AND channel = "WEB"`})
	require.NoError(t, err)
	require.Len(t, list.GetResponses(), 1)
	got := list.GetResponses()[0]
	require.Equal(t, satisfactionv1.Response_ACCEPTED, got.GetState())
	require.Equal(t, "nobody greets", got.GetAnswers()["why"].GetText())
	require.EqualValues(t, 60, got.GetSeconds())
	all := b.Events(t, "guanxi.satisfaction.response.>", 2)
	require.Equal(t, "guanxi.satisfaction.response.low_scored.v1", all[1].Subject)
	require.Contains(t, string(all[1].Data), `"itemCodes":["polite"]`)
	require.NotContains(t, string(all[1].Data), "greets")
	x, err := b.surveys().GetSurvey(ctx, &satisfactionv1.GetSurveyRequest{Name: survey})
	require.NoError(t, err)
	require.EqualValues(t, 1, x.GetQuotas()[0].GetFilled())
}
