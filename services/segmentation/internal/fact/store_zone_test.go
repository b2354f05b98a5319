package fact

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/guanxi-crm/guanxi/libs/testkit"
)

func TestAZoneIsKnownToBoth(t *testing.T) {
	t.Parallel()
	db := testkit.Database(t, migrate)
	z := &zones{db: db}
	// The zone with leap seconds is one that Go knows, where the machine has it, and PostgreSQL does not.
	for name, want := range map[string]bool{
		"Asia/Shanghai": true, "Europe/London": true, "UTC": true, "": false, "Local": false, "Mars/Olympus": false, "right/Asia/Shanghai": false,
	} {
		known, err := z.known(t.Context(), name)
		require.NoError(t, err)
		require.Equal(t, want, known, name)
	}
}
