package figure_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	segmentationv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/segmentation/v1"
	voicev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/voice/v1"
)

// told is a case, and what happened to it.
type told struct {
	affair
	ends, begins []time.Time // when its work was ended, and begun again
}

// openAt goes through its life.
func (c *told) openAt(instant time.Time) bool {
	if !c.received.Before(instant) {
		return false
	}
	open := true
	for i, end := range c.ends {
		if end.Before(instant) {
			open = false
		}
		if i < len(c.begins) && c.begins[i].Before(instant) {
			open = true
		}
	}
	return open
}

func (c *told) key(group voicev1.ListVoiceFiguresRequest_GroupBy) string {
	switch group {
	case voicev1.ListVoiceFiguresRequest_ASSIGNEE:
		return c.assignee
	case voicev1.ListVoiceFiguresRequest_OWNER:
		return c.owner
	case voicev1.ListVoiceFiguresRequest_TERRITORY:
		return c.territory
	case voicev1.ListVoiceFiguresRequest_CLASS:
		return segmentationv1.CustomerClassKind(c.class).String()
	case voicev1.ListVoiceFiguresRequest_SEVERITY:
		return voicev1.Severity(c.severity).String()
	case voicev1.ListVoiceFiguresRequest_REQUEST_KIND:
		return voicev1.RequestKind(c.request).String()
	case voicev1.ListVoiceFiguresRequest_PRODUCT_LINE:
		return c.product
	case voicev1.ListVoiceFiguresRequest_GROUP_BY_UNSPECIFIED:
	}
	return ""
}

// history makes cases with lives of their own.
func (b *bench) history(t *testing.T, r *rand.Rand, n int) []*told {
	t.Helper()
	var clients []client
	for i := range 8 {
		clients = append(clients, b.client(t, client{
			owner: []string{"li", "张三", ""}[i%3], territory: []string{"cn/south", "cn/south/shenzhen", "cn/north", "eu"}[i%4], class: i % 6,
		}))
	}
	var all []*told
	for range n {
		c := &told{affair: affair{
			client: clients[r.IntN(len(clients))], assignee: []string{"", "li", "wang"}[r.IntN(3)], product: []string{"", "pumps", "阀门"}[r.IntN(3)],
			request: 1 + r.IntN(4), severity: 1 + r.IntN(4), major: r.IntN(4) == 0, received: at(1, 0, 0).Add(time.Duration(r.IntN(20*24*60)-5*24*60) * time.Minute),
		}}
		var verbs []string
		when := c.received
		for range r.IntN(6) {
			when = when.Add(time.Duration(1+r.IntN(3*24*60)) * time.Minute)
			moment := when
			switch {
			case c.resolved == nil && c.closed == nil:
				c.ends = append(c.ends, moment)
				if r.IntN(3) == 0 {
					c.closed, verbs = &moment, append(verbs, "close")
				} else {
					c.resolved, verbs = &moment, append(verbs, "resolve")
				}
				if c.answered == nil {
					c.answered = later(c.received, time.Duration(r.IntN(7200))*time.Second)
				}
			case len(c.begins) < len(c.ends):
				c.begins, c.resolved, c.closed, verbs = append(c.begins, moment), nil, nil, append(verbs, "reopen")
			}
		}
		c.reopens = len(c.begins)
		c.affair = b.affair(t, c.affair)
		for i, verb := range verbs {
			moment := c.ends[i/2]
			if verb == "reopen" {
				moment = c.begins[i/2]
			}
			b.step(t, &c.affair, i+1, verb, moment)
		}
		all = append(all, c)
	}
	return all
}

// sums are what is counted one by one.
type sums struct {
	received, major, answered, resolved, closed, finished, reopened, backlog, majorBacklog int64
	ages                                                                                   [5]int64
	answers                                                                                []int64
}

func (s *sums) String() string {
	slices.Sort(s.answers)
	median := "none"
	if n := len(s.answers); n > 0 {
		median = fmt.Sprintf("%d half %d/%d", n, s.answers[(n-1)/2]+s.answers[n/2], s.answers[(9*n+9)/10-1])
	}
	return fmt.Sprint(s.received, s.major, s.answered, s.resolved, s.closed, s.finished, s.reopened, s.backlog, s.majorBacklog, s.ages, median)
}

func count(cases []*told, group voicev1.ListVoiceFiguresRequest_GroupBy, from, to, now time.Time) map[string]*sums {
	out := map[string]*sums{}
	instant := to
	if now.Before(to) {
		instant = now
	}
	for _, c := range cases {
		s := &sums{}
		if known := out[c.key(group)]; known != nil {
			s = known
		}
		inside, open := !c.received.Before(from) && c.received.Before(to), c.openAt(instant)
		if inside {
			s.received++
			s.major += one(c.major)
			s.answered += one(c.answered != nil)
			s.resolved += one(c.resolved != nil)
			s.closed += one(c.closed != nil)
			s.finished += one(len(c.ends) > 0)
			s.reopened += one(c.reopens > 0)
			if c.answered != nil {
				s.answers = append(s.answers, int64(c.answered.Sub(c.received)/time.Second))
			}
		}
		if open {
			s.backlog++
			s.majorBacklog += one(c.major)
			bucket := 0
			for _, edge := range []time.Duration{24 * time.Hour, 72 * time.Hour, 168 * time.Hour, 720 * time.Hour} {
				if instant.Sub(c.received) >= edge {
					bucket++
				}
			}
			s.ages[bucket]++
		}
		if inside || open {
			out[c.key(group)] = s
		}
	}
	return out
}

func one(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

func read(t *testing.T, f *voicev1.VoiceFigure) string {
	t.Helper()
	s := &sums{
		received: f.GetReceivedCount(), major: f.GetMajorCount(), answered: f.GetRespondedCount(), resolved: f.GetResolvedCount(), closed: f.GetClosedCount(),
		finished: f.GetFinishedCount(), reopened: f.GetReopenedCount(), backlog: f.GetBacklogCount(), majorBacklog: f.GetBacklogMajorCount(),
	}
	for i, bucket := range f.GetAgeing() {
		s.ages[i] = bucket.GetCount()
	}
	median := "none"
	if d := f.GetFirstResponse(); d.GetCount() > 0 {
		var half float64
		var last int64
		_, err := fmt.Sscan(d.GetMedianSeconds(), &half)
		require.NoError(t, err)
		_, err = fmt.Sscan(d.GetP90Seconds(), &last)
		require.NoError(t, err)
		median = fmt.Sprintf("%d half %d/%d", d.GetCount(), int64(2*half), last)
	}
	text := s.String()
	return text[:len(text)-len("none")] + median
}

// Any cases, grouped in any way, over any period, past or not, counted by the database and one by one; in pages of two as in one. Asked again later, a period that is over has the
// same backlog.
func TestFiguresMatchCountingOneByOne(t *testing.T) {
	t.Parallel()
	b := setup(t)
	r := rand.New(rand.NewPCG(7, 7))
	b.clock.Set(at(25, 0, 0))
	cases := b.history(t, r, 150)
	boss := caller(t, "boss", manager, "*")
	for group := range voicev1.ListVoiceFiguresRequest_GroupBy_name {
		for range 6 {
			first := 1 + r.IntN(20)
			request := inJanuary(voicev1.ListVoiceFiguresRequest_GroupBy(group), first, first+r.IntN(30-first))
			from, to := at(first, 0, 0), at(int(request.GetTo().GetDay())+1, 0, 0)
			b.clock.Set(at(35, 0, 0)) // everything that happened is past
			want := count(cases, request.GetGroupBy(), from, to, b.clock.Now())
			request.PageSize = []int32{2, 1000}[r.IntN(2)]
			got := map[string]string{}
			for {
				page, err := b.ListVoiceFigures(boss, request)
				require.NoError(t, err)
				for _, f := range page.GetVoiceFigures() {
					require.NotContains(t, got, f.GetKey())
					got[f.GetKey()] = read(t, f)
				}
				if request.PageToken = page.GetNextPageToken(); request.GetPageToken() == "" {
					break
				}
			}
			require.Len(t, got, len(want))
			for key, s := range want {
				require.Equal(t, s.String(), got[key], "%v %q", request, key)
			}
		}
	}
}
