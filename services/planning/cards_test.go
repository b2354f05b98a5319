package planning_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/civil"
	planningv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/planning/v1"
	profilev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/profile/v1"
)

// as is a caller who may do everything but read what is not his.
func (b *bundle) as(t *testing.T, subject string) context.Context {
	t.Helper()
	return b.AsPrincipal(t, auth.Principal{Subject: subject, Level: executive, Territories: []string{auth.Anywhere}, Administrator: true})
}

func cardOf(b *bundle, person string) *planningv1.Card {
	today := civil.Date(b.Clock.Now().Truncate(24 * time.Hour))
	soon := civil.Date(b.Clock.Now().Truncate(24*time.Hour).AddDate(0, 2, 0))
	return &planningv1.Card{
		Person: person, Members: []string{"member"}, ExecutiveSponsor: &planningv1.ExecutiveSponsor{Subject: "sponsor", RankMatch: "hidden-rank"},
		Needs: []*planningv1.Need{{
			Kind: planningv1.Need_PROFESSIONAL, Level: planningv1.Need_ACHIEVEMENT, Description: "hidden-need", Evidence: "hidden-evidence", EvidenceDate: today,
		}},
		Commitments: []*planningv1.Commitment{{Id: "visit", Goal: "hidden-goal", Measure: "hidden-measure", DueDate: soon}},
	}
}

// A card's content is invisible to who is no member, whatever his level, by every way: calls, lists, events, history, and the errors of all of them.
func TestACardIsForItsMembersAlone(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ctx := b.as(t, "owner")
	customer := b.customer(ctx, t, "c", "li")
	person := b.person(ctx, t, customer, &profilev1.Person{DisplayName: "p"})
	cards := planningv1.NewCardServiceClient(b.Conn)
	made, err := cards.CreateCard(ctx, &planningv1.CreateCardRequest{Parent: customer, Card: cardOf(b, person), RequestId: "once"})
	require.NoError(t, err)
	require.Equal(t, "owner", made.GetOwner())
	missing := customer + "/cards/00000000-0000-7000-8000-000000000000"

	for _, who := range []string{"owner", "member", "sponsor"} {
		got, err := cards.GetCard(b.as(t, who), &planningv1.GetCardRequest{Name: made.GetName()})
		require.NoError(t, err, who)
		require.Equal(t, "hidden-need", got.GetNeeds()[0].GetDescription())
		list, err := cards.ListCards(b.as(t, who), &planningv1.ListCardsRequest{Parent: "customers/-", Filter: `owner = "owner"`})
		require.NoError(t, err)
		require.Len(t, list.GetCards(), 1, who)
	}

	stranger := b.as(t, "stranger")
	for name, call := range map[string]func(card string) error{
		"get": func(card string) error {
			_, err := cards.GetCard(stranger, &planningv1.GetCardRequest{Name: card})
			return err
		},
		"update": func(card string) error {
			_, err := cards.UpdateCard(stranger, &planningv1.UpdateCardRequest{Card: &planningv1.Card{Name: card, Owner: "stranger", Etag: made.GetEtag()}})
			return err
		},
		"review": func(card string) error {
			_, err := cards.ReviewCard(stranger, &planningv1.ReviewCardRequest{Name: card, Summary: "x", MetCommitments: []string{"visit"}})
			return err
		},
		"close": func(card string) error {
			_, err := cards.CloseCard(stranger, &planningv1.CloseCardRequest{Name: card})
			return err
		},
	} {
		there, none := status.Convert(call(made.GetName())), status.Convert(call(missing))
		require.Equal(t, codes.PermissionDenied, there.Code(), name)
		require.Equal(t, none.Code(), there.Code(), "%s: a card of others is like none", name)
		require.Len(t, there.Message(), len(none.Message()), name)
	}
	list, err := cards.ListCards(stranger, &planningv1.ListCardsRequest{Parent: customer})
	require.NoError(t, err)
	require.Empty(t, list.GetCards())
	second, err := cards.CreateCard(stranger, &planningv1.CreateCardRequest{Parent: customer, Card: &planningv1.Card{Person: person}, RequestId: "once"})
	require.NoError(t, err, "neither the owner's card nor his request_id shows")
	require.NotEqual(t, made.GetName(), second.GetName())

	_, err = cards.ReviewCard(b.as(t, "member"), &planningv1.ReviewCardRequest{Name: made.GetName(), Summary: "hidden-summary", MetCommitments: []string{"visit"}})
	require.NoError(t, err)
	requireOnlyInCards(t, b)
}

// requireOnlyInCards looks for what only members may read in every other table of the service, and on the stream.
func requireOnlyInCards(t *testing.T, b *bundle) {
	t.Helper()
	var tables []string
	require.NoError(t, b.DB.Select(t.Context(), &tables, `select table_name from information_schema.tables where table_schema = current_schema() and table_type = 'BASE TABLE'
		and table_name not in ('cards', 'card_reviews', 'idempotency_keys', 'requests')`))
	require.Contains(t, tables, "changes")
	require.Contains(t, tables, "outbox")
	for _, table := range tables {
		var found int
		require.NoError(t, b.DB.Get(t.Context(), &found, `select count(*) from `+table+` t where t::text like '%hidden-%'`))
		require.Zero(t, found, table)
	}
	for _, subject := range []string{"guanxi.planning.card.created.v1", "guanxi.planning.card.reviewed.v1"} {
		said := b.Events(t, subject, 1)[0]
		require.NotContains(t, string(said.Data)+fmt.Sprint(said.Header), "hidden-")
	}
}

func TestACardIsReviewedAndClosed(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ctx := b.as(t, "owner")
	customer := b.customer(ctx, t, "c", "li")
	person := b.person(ctx, t, customer, &profilev1.Person{DisplayName: "p"})
	cards := planningv1.NewCardServiceClient(b.Conn)
	made, err := cards.CreateCard(ctx, &planningv1.CreateCardRequest{Parent: customer, Card: cardOf(b, person)})
	require.NoError(t, err)
	require.EqualValues(t, 4, made.GetNextReviewDate().GetMonth(), "three months after January")
	_, err = cards.CreateCard(ctx, &planningv1.CreateCardRequest{Parent: customer, Card: cardOf(b, person)})
	require.Equal(t, codes.AlreadyExists, status.Code(err))

	_, err = cards.UpdateCard(b.as(t, "member"), &planningv1.UpdateCardRequest{
		Card: &planningv1.Card{Name: made.GetName(), Members: []string{"member", "friend"}}, UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"members"}},
	})
	require.Equal(t, codes.PermissionDenied, status.Code(err), "who reads is the owner's matter")
	reviewed, err := cards.ReviewCard(b.as(t, "member"), &planningv1.ReviewCardRequest{Name: made.GetName(), Summary: "good", MetCommitments: []string{"visit"}})
	require.NoError(t, err)
	require.Equal(t, planningv1.Commitment_MET, reviewed.GetCommitments()[0].GetState())
	require.Equal(t, "good", reviewed.GetReviews()[0].GetSummary())
	_, err = cards.ReviewCard(ctx, &planningv1.ReviewCardRequest{Name: made.GetName(), Summary: "again", MissedCommitments: []string{"visit"}})
	require.Equal(t, codes.InvalidArgument, status.Code(err), "judged already")

	b.AwaitJob(t, "announce-card-reviews")
	b.Clock.Advance(100 * 24 * time.Hour)
	b.Events(t, "guanxi.planning.card.review_due.v1", 1)
	ctx = b.as(t, "owner")
	closed, err := cards.CloseCard(ctx, &planningv1.CloseCardRequest{Name: made.GetName()})
	require.NoError(t, err)
	require.NotNil(t, closed.GetCloseTime())
	_, err = cards.ReviewCard(ctx, &planningv1.ReviewCardRequest{Name: made.GetName(), Summary: "late"})
	require.Equal(t, codes.FailedPrecondition, status.Code(err))

	_, err = b.people.DeletePerson(ctx, &profilev1.DeletePersonRequest{Name: person})
	require.NoError(t, err)
	b.fetched(t)
	_, err = cards.GetCard(ctx, &planningv1.GetCardRequest{Name: made.GetName()})
	require.Equal(t, codes.PermissionDenied, status.Code(err), "gone with the person")
}
