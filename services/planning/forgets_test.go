package planning_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	profilev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/profile/v1"
)

// Of people of whom planning has kept everything that it can nothing is left once profile has erased them, neither where they are meant nor, in words, where nobody else can be.
func TestErasedPeopleAreForgotten(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	s.prepare(t)
	require.NotEmpty(t, s.Mentions(t, "secret-title"))
	for _, name := range []string{s.senior, s.person} {
		s.RequireForgotten(t, name, &profilev1.PersonErased{Person: name}, 8)
	}
	for _, text := range []string{"secret-report", "secret-purpose", "secret-title", "open-purpose", "open-title", "open-report", "hidden-"} {
		require.Empty(t, s.Mentions(t, text), text)
	}
}
