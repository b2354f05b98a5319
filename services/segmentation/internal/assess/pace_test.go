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
		{30, time.Minute, 100},
		{100, time.Minute, 100},
		{100, time.Millisecond, 200},
		{200, time.Millisecond, 400},
		{400, time.Millisecond, 800},
		{800, time.Millisecond, 1600},
		{1600, time.Millisecond, 2500},
		{2500, time.Millisecond, 2500},
	} {
		p.took(step.count, step.took)
		require.Equal(t, step.want, p.size(), step)
	}
}
