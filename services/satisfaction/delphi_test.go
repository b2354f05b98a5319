package satisfaction_test

import (
	"context"
	"strconv"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/guanxi-crm/guanxi/libs/auth"
	satisfactionv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/satisfaction/v1"
	"github.com/guanxi-crm/guanxi/services/satisfaction/internal/indexmodel"
)

func (b *bundle) delphi() satisfactionv1.DelphiServiceClient {
	return satisfactionv1.NewDelphiServiceClient(b.Conn)
}

func ratings(polite, prompt string) []*satisfactionv1.DelphiRating {
	return []*satisfactionv1.DelphiRating{{Code: "polite", Weight: polite}, {Code: "prompt", Weight: prompt}}
}

// round opens the first round on a small model: two experts by link and one by login.
func (b *bundle) round(ctx context.Context, t *testing.T) (model string, made *satisfactionv1.CreateDelphiRoundResponse) {
	t.Helper()
	m, err := b.models().CreateIndexModel(ctx, &satisfactionv1.CreateIndexModelRequest{IndexModel: smallModel()})
	require.NoError(t, err)
	made, err = b.delphi().CreateDelphiRound(ctx, &satisfactionv1.CreateDelphiRoundRequest{
		Parent: m.GetName(), ItemCodes: []string{"polite", "prompt"}, Experts: []*satisfactionv1.DelphiExpert{{}, {Subject: "expert"}, {}},
	})
	require.NoError(t, err)
	require.Len(t, made.GetLinks(), 2)
	require.EqualValues(t, 2, made.GetLinks()[1].GetExpert())
	return m.GetName(), made
}

// rate has all three say something: nobody needs a token for a link.
func (b *bundle) rate(t *testing.T, made *satisfactionv1.CreateDelphiRoundResponse, polite ...string) {
	t.Helper()
	for i, link := range made.GetLinks() {
		_, err := b.delphi().SubmitDelphiForm(t.Context(), &satisfactionv1.SubmitDelphiFormRequest{Secret: link.GetSecret(), Ratings: ratings(polite[i], "2")})
		require.NoError(t, err)
	}
	expert := b.AsPrincipal(t, auth.Principal{Subject: "expert", Level: basic})
	_, err := b.delphi().RateDelphiRound(expert, &satisfactionv1.RateDelphiRoundRequest{Name: made.GetDelphiRound().GetName(), Ratings: ratings(polite[2], "2")})
	require.NoError(t, err)
}

// Experts weigh, see what all said, weigh again, agree, and the draft has their weights.
func TestDelphi(t *testing.T) {
	t.Parallel()
	b := alone(t)
	ctx := b.admin(t)
	model, first := b.round(ctx, t)
	_, err := b.models().ReleaseIndexModel(ctx, &satisfactionv1.ReleaseIndexModelRequest{Name: model})
	requireReason(t, err, "ROUND_OPEN")
	b.rate(t, first, "3", "4", "8")
	open, err := b.delphi().GetDelphiRound(ctx, &satisfactionv1.GetDelphiRoundRequest{Name: first.GetDelphiRound().GetName()})
	require.NoError(t, err)
	require.Empty(t, open.GetOpinions(), "nobody is told anything while it is open")
	require.EqualValues(t, 3, open.GetRated())
	form, err := b.delphi().GetDelphiForm(t.Context(), &satisfactionv1.GetDelphiFormRequest{Secret: first.GetLinks()[0].GetSecret()})
	require.NoError(t, err)
	require.Equal(t, "3", form.GetRatings()[0].GetWeight())
	require.Empty(t, form.GetPrevious())
	require.Equal(t, "0.6", form.GetItems()[0].GetWeight())

	closed, err := b.delphi().CloseDelphiRound(ctx, &satisfactionv1.CloseDelphiRoundRequest{Name: open.GetName()})
	require.NoError(t, err)
	require.Equal(t, "5", closed.GetOpinions()[0].GetMean())
	require.False(t, closed.GetStable())
	require.InDelta(t, 1, closed.GetConcordance().GetWCorrected(), 1e-9)
	require.Equal(t, "0", b.text(t, `select count(*)::text from delphi_ratings where weights is not null or secret_hash is not null`), "who said what is gone")
	_, err = b.delphi().ApplyDelphiRound(ctx, &satisfactionv1.ApplyDelphiRoundRequest{Name: closed.GetName()})
	requireReason(t, err, "NOT_STABLE")
	_, err = b.delphi().GetDelphiForm(t.Context(), &satisfactionv1.GetDelphiFormRequest{Secret: first.GetLinks()[0].GetSecret()})
	requireReason(t, err, "NOT_FOUND")

	second, err := b.delphi().CreateDelphiRound(ctx, &satisfactionv1.CreateDelphiRoundRequest{Parent: model})
	require.NoError(t, err)
	require.EqualValues(t, 2, second.GetDelphiRound().GetRound())
	require.Len(t, second.GetLinks(), 2, "the same experts")
	form, err = b.delphi().GetDelphiForm(t.Context(), &satisfactionv1.GetDelphiFormRequest{Secret: second.GetLinks()[0].GetSecret()})
	require.NoError(t, err)
	require.Equal(t, "5", form.GetPrevious()[0].GetMean())
	require.Empty(t, form.GetRatings())
	b.rate(t, second, "5", "5", "5.5")
	b.rate(t, second, "5", "5", "5.0001") // each may change what he said
	closed, err = b.delphi().CloseDelphiRound(ctx, &satisfactionv1.CloseDelphiRoundRequest{Name: second.GetDelphiRound().GetName()})
	require.NoError(t, err)
	require.True(t, closed.GetStable())
	_, err = b.delphi().ApplyDelphiRound(ctx, &satisfactionv1.ApplyDelphiRoundRequest{Name: first.GetDelphiRound().GetName(), Reason: "x"})
	requireReason(t, err, "NOT_LATEST")
	weighed, err := b.delphi().ApplyDelphiRound(ctx, &satisfactionv1.ApplyDelphiRoundRequest{Name: closed.GetName()})
	require.NoError(t, err)
	require.Equal(t, []string{"1", "1", "5.000033", "2"}, []string{weighed.Items[0].Weight, weighed.Items[1].Weight, weighed.Items[2].Weight, weighed.Items[3].Weight})
	b.Events(t, "guanxi.satisfaction.delphi_round.closed.v1", 2)
	rounds, err := b.delphi().ListDelphiRounds(ctx, &satisfactionv1.ListDelphiRoundsRequest{Parent: model})
	require.NoError(t, err)
	require.Len(t, rounds.GetDelphiRounds(), 2)
	require.NotNil(t, rounds.GetDelphiRounds()[0].GetApplyTime())
}

func TestDelphiAtTheEdges(t *testing.T) {
	t.Parallel()
	b := alone(t)
	ctx := b.admin(t)
	model, made := b.round(ctx, t)
	name := made.GetDelphiRound().GetName()
	_, err := b.delphi().CreateDelphiRound(ctx, &satisfactionv1.CreateDelphiRoundRequest{Parent: model})
	requireReason(t, err, "ROUND_OPEN")
	_, err = b.models().UpdateIndexModel(ctx, &satisfactionv1.UpdateIndexModelRequest{IndexModel: &satisfactionv1.IndexModel{Name: model, Items: smallModel().GetItems()[:3]}})
	requireReason(t, err, "ROUND_OPEN")
	_, err = b.delphi().RateDelphiRound(ctx, &satisfactionv1.RateDelphiRoundRequest{Name: name, Ratings: ratings("1", "1")})
	requireReason(t, err, "NOT_FOUND")
	_, err = b.delphi().SubmitDelphiForm(t.Context(), &satisfactionv1.SubmitDelphiFormRequest{Secret: made.GetLinks()[0].GetSecret(), Ratings: ratings("1", "1")[:1]})
	requireReason(t, err, "INVALID_FIELDS")
	_, err = b.delphi().ApplyDelphiRound(ctx, &satisfactionv1.ApplyDelphiRoundRequest{Name: name})
	requireReason(t, err, "ROUND_OPEN")
	closed, err := b.delphi().CloseDelphiRound(ctx, &satisfactionv1.CloseDelphiRoundRequest{Name: name})
	require.NoError(t, err)
	require.Empty(t, closed.GetOpinions())
	_, err = b.delphi().CloseDelphiRound(ctx, &satisfactionv1.CloseDelphiRoundRequest{Name: name})
	requireReason(t, err, "ROUND_CLOSED")
	_, err = b.delphi().ApplyDelphiRound(ctx, &satisfactionv1.ApplyDelphiRoundRequest{Name: name, Reason: "x"})
	requireReason(t, err, "TOO_FEW")
	expert := b.AsPrincipal(t, auth.Principal{Subject: "expert", Level: basic})
	_, err = b.delphi().RateDelphiRound(expert, &satisfactionv1.RateDelphiRoundRequest{Name: name, Ratings: ratings("1", "1")})
	requireReason(t, err, "ROUND_CLOSED")
	_, err = b.delphi().CreateDelphiRound(ctx, &satisfactionv1.CreateDelphiRoundRequest{Parent: indexmodel.Name(indexmodel.Shipped)})
	requireReason(t, err, "NO_DRAFT")
}

// Whoever weighs while a round is closed is counted, or refused; none is lost.
func TestWeighingRacesWithClosing(t *testing.T) {
	t.Parallel()
	b := alone(t)
	ctx := b.admin(t)
	m, err := b.models().CreateIndexModel(ctx, &satisfactionv1.CreateIndexModelRequest{IndexModel: smallModel()})
	require.NoError(t, err)
	made, err := b.delphi().CreateDelphiRound(ctx, &satisfactionv1.CreateDelphiRoundRequest{
		Parent: m.GetName(), ItemCodes: []string{"polite", "prompt"}, Experts: make20(),
	})
	require.NoError(t, err)
	var all sync.WaitGroup
	var lock sync.Mutex
	accepted := 0
	for _, link := range made.GetLinks() {
		all.Go(func() {
			_, err := b.delphi().SubmitDelphiForm(t.Context(), &satisfactionv1.SubmitDelphiFormRequest{Secret: link.GetSecret(), Ratings: ratings("1", "2")})
			lock.Lock()
			defer lock.Unlock()
			if err == nil {
				accepted++
			}
		})
	}
	var closed *satisfactionv1.DelphiRound
	all.Go(func() {
		closed, err = b.delphi().CloseDelphiRound(ctx, &satisfactionv1.CloseDelphiRoundRequest{Name: made.GetDelphiRound().GetName()})
	})
	all.Wait()
	require.NoError(t, err)
	require.EqualValues(t, accepted, closed.GetRated())
	require.Equal(t, strconv.Itoa(accepted), b.text(t, `select count(*)::text from delphi_ratings where rated`))
}

func make20() []*satisfactionv1.DelphiExpert {
	out := make([]*satisfactionv1.DelphiExpert, 20)
	for i := range out {
		out[i] = &satisfactionv1.DelphiExpert{}
	}
	return out
}
