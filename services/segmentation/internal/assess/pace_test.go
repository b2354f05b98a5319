package assess

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestPaceGoesByTheTimeThatCustomersAreHeld(t *testing.T) {
	t.Parallel()
	p := &pace{}
	for _, step := range []struct {
		count int
		took  time.Duration
		want  int
	}{
		{2500, time.Second, 2500},
		{2500, 3 * time.Second, 1250},
		{2500, 3 * time.Second, 1250}, // the other lane, begun before
		{1250, time.Second, 1250},
		{1250, time.Minute, 625},
		{30, time.Millisecond, 625}, // a rest says nothing
		{625, time.Minute, 500},
		{500, time.Minute, 500},
		{500, time.Millisecond, 1000},
		{1000, time.Millisecond, 2000},
		{2000, time.Millisecond, 2500},
		{2500, time.Millisecond, 2500},
	} {
		p.took(step.count, step.took)
		require.Equal(t, step.want, p.size(), step)
	}
	p.took(2500, time.Minute)
	p.reset()
	require.Equal(t, 2500, p.size())
}
