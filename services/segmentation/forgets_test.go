package segmentation_test

import (
	"testing"

	"github.com/google/uuid"

	profilev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/profile/v1"
)

// Segmentation keeps nothing of people, and says so of everybody who is erased, also at a customer of whom it has not heard yet.
func TestErasedPeopleAreConfirmed(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	name := s.customer + "/people/" + uuid.Must(uuid.NewV7()).String()
	s.RequireForgotten(t, name, &profilev1.PersonErased{Person: name}, 0)
}
