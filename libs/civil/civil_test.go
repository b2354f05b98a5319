package civil_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/genproto/googleapis/type/date"
	"google.golang.org/protobuf/proto"
	"pgregory.net/rapid"

	"github.com/guanxi-crm/guanxi/libs/civil"
	"github.com/guanxi-crm/guanxi/libs/fault"
)

func TestDatesThatAreNone(t *testing.T) {
	t.Parallel()
	for _, d := range []*date.Date{
		nil,
		{},
		{Year: 2025},
		{Year: 2025, Month: 2},
		{Year: 2025, Month: 2, Day: 29},
		{Year: 2025, Month: 13, Day: 1},
		{Year: 2025, Month: 1, Day: -1},
		{Year: 1899, Month: 12, Day: 31},
		{Year: 2201, Month: 1, Day: 1},
		{Year: 1<<31 - 1, Month: 1, Day: 1},
	} {
		_, err := civil.FromProto("at", d)
		require.Equal(t, []string{"at", "DATE"}, []string{fault.From(err).Violations()[0].Field, fault.From(err).Violations()[0].Rule}, "%v", d)
	}
	require.Nil(t, civil.Optional(nil))
}

func TestDatesComeBack(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		day := time.Date(1900, 1, 1+rapid.IntRange(0, 109_000).Draw(t, "days"), 0, 0, 0, 0, time.UTC)
		read, err := civil.FromProto("at", civil.Date(day))
		require.NoError(t, err)
		require.Equal(t, day, read)
		require.True(t, proto.Equal(civil.Date(day), civil.Optional(&day)))
	})
}
