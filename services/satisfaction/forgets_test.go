package satisfaction_test

import (
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	profilev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/profile/v1"
)

// Who answered is not known any more once profile has erased him; the answers are the customer's. A person of whom satisfaction has never heard is confirmed as well.
func TestErasedPeopleAreForgotten(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	s.prepare(t)
	_, err := s.DB.Exec(t.Context(), `update invitations set person_id = $2 where customer_id = $1`, s.customer[len("customers/"):], s.person[len(s.person)-36:])
	require.NoError(t, err)
	_, err = s.DB.Exec(t.Context(), `update responses set person_id = $2 where customer_id = $1`, s.customer[len("customers/"):], s.person[len(s.person)-36:])
	require.NoError(t, err)
	s.RequireForgotten(t, s.person, &profilev1.PersonErased{Person: s.person}, 2)
	stranger := s.customer + "/people/" + uuid.Must(uuid.NewV7()).String()
	s.RequireForgotten(t, stranger, &profilev1.PersonErased{Person: stranger}, 0)
	require.Len(t, s.Events(t, "guanxi.satisfaction.person.forgotten.v1", 2), 2)
}
