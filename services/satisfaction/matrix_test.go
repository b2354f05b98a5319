package satisfaction_test

import (
	"fmt"
	"maps"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	"github.com/guanxi-crm/guanxi/libs/level"
	"github.com/guanxi-crm/guanxi/libs/servicetest"
	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
)

// nobody is above all levels: what is told to no caller, whatever his level.
const nobody = executive + 1

func TestEveryRPCAndFieldDeclaresItsLevel(t *testing.T) {
	t.Parallel()
	require.Empty(t, level.Undeclared("guanxi."))
}

// prepare makes one of everything that the requests are about.
func (s *scene) prepare(t *testing.T) {
	t.Helper()
	ctx := s.admin(t)
	s.prepareGround(ctx, t)
	s.prepareServiceLevels(ctx, t)
	s.prepareSurveys(ctx, t)
	s.prepareResponses(ctx, t)
	s.prepareAnalyses(ctx, t)
}

// requests are one of every RPC.
func (s *scene) requests(t *testing.T) map[string]proto.Message {
	t.Helper()
	all := map[string]proto.Message{}
	for _, some := range []func(*testing.T, *scene) map[string]proto.Message{groundRequests, serviceLevelRequests, surveyRequests, responseRequests, analysisRequests} {
		maps.Copy(all, some(t, s))
	}
	return all
}

func (s *scene) matrix(t *testing.T) *servicetest.Matrix {
	t.Helper()
	return &servicetest.Matrix{
		Service: s.Service, Package: "guanxi.satisfaction.v1", Requests: s.requests(t), Inside: "cn/south", Outside: []string{"cn/southern", "eu"},
		All:      serviceLevelsOfAll(),
		Anywhere: slices.Concat(groundAnywhere, serviceLevelsAnywhere, surveyAnywhere, responseAnywhere, analysisAnywhere),
		Secrets:  map[typev1.Level][]string{manager: {"secret-"}, executive: {"topsecret-"}, nobody: {"hidden-"}},
		Open:     []string{"open-customer", "open-pumps", "open-survey"},
		Company:  map[typev1.Level][]string{basic: {"open-model", "open-target", "open-questionnaire"}},
	}
}

// What is above a caller's level, or outside of his territory, comes out nowhere. The scene takes a while to come about, so all look at the same one.
func TestNothingIsGivenAway(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	s.prepare(t)
	s.requireCleanEvents(t)
	x := s.matrix(t)
	x.RequireNoOracle(t)
	require.Positive(t, x.Walk(t), "the secrets are there for those who may see them, or this test proves nothing")
	s.requireCleanEvents(t)
}

// requireCleanEvents looks at what goes to subscribers: it is at BASIC level, whoever caused it.
func (s *scene) requireCleanEvents(t *testing.T) {
	t.Helper()
	x := s.matrix(t)
	var count int
	require.NoError(t, s.DB.Get(t.Context(), &count, `select count(*) from outbox`))
	require.Positive(t, count)
	for _, e := range s.Events(t, "guanxi.satisfaction.>", count) {
		x.RequireWithin(t, e.Subject, string(e.Data)+fmt.Sprint(e.Header), basic)
	}
}
