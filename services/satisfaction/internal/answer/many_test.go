package answer_test

import (
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/guanxi-crm/guanxi/services/satisfaction/internal/response/responsetest"
)

// Of one link sent many times at once one counts, and the others are told that it is used.
func TestSentOnce(t *testing.T) {
	t.Parallel()
	b := setup(t)
	w := b.open(t, responsetest.Options{Customers: 1, Quotas: []int{9}})
	at := "/s/" + w.Secrets[0] + "?lang=en"
	first := b.do(t, http.MethodGet, at, nil)
	b.Clock.Advance(time.Minute)
	last := b.next(t, b.do(t, http.MethodPost, at, first.filled("q.polite", "6", "q.prompt", "7")))
	var mu sync.Mutex
	var wg sync.WaitGroup
	statuses := map[int]int{}
	for range 12 {
		wg.Go(func() {
			got, err := b.try(http.MethodPost, at, last.filled("q.recommend", "9", "q.role", "user"))
			mu.Lock()
			defer mu.Unlock()
			if err == nil {
				statuses[got.StatusCode]++
			}
		})
	}
	wg.Wait()
	require.Equal(t, map[int]int{http.StatusSeeOther: 1, http.StatusConflict: 11}, statuses)
	require.Len(t, b.kept(t, w), 1)
	var filled int
	require.NoError(t, b.DB.Get(t.Context(), &filled, `select filled from quotas`))
	require.Equal(t, 1, filled)
}

// Many answer at once, all their pages; nothing fails, and no more are taken in than the quota wants.
func TestManyAnswerAtOnce(t *testing.T) {
	t.Parallel()
	b := setup(t)
	const people, wanted = 60, 40
	w := b.open(t, responsetest.Options{Customers: people, Quotas: []int{wanted, people}})
	var mu sync.Mutex
	var wg sync.WaitGroup
	statuses, pages := map[int]int{}, make([]seen, people)
	for i := range people {
		wg.Go(func() { pages[i], _ = b.try(http.MethodGet, "/s/"+w.Secrets[i]+"?lang=en", nil) })
	}
	wg.Wait()
	b.Clock.Advance(time.Minute)
	for i := range people {
		wg.Go(func() {
			at, status := "/s/"+w.Secrets[i]+"?lang=en", 0
			page, err := pages[i], error(nil)
			for _, typed := range [][]string{{"q.polite", "6", "q.prompt", "7"}, {"q.recommend", "9", "q.role", "user"}} {
				if err != nil {
					break
				}
				var sent seen
				if sent, err = b.try(http.MethodPost, at, page.filled(typed...)); err != nil {
					break
				}
				if status = sent.StatusCode; status == http.StatusSeeOther {
					page, err = b.try(http.MethodGet, sent.Header.Get("Location"), nil)
				}
			}
			mu.Lock()
			defer mu.Unlock()
			statuses[status]++
		})
	}
	wg.Wait()
	require.Equal(t, map[int]int{http.StatusSeeOther: wanted, http.StatusGone: people - wanted}, statuses)
	var filled string
	require.NoError(t, b.DB.Get(t.Context(), &filled, `select string_agg(filled::text, ' ' order by quota) from quotas`))
	require.Equal(t, "40 40", filled)
}

// A link that is used by a program, again and again, has to wait.
func TestLimits(t *testing.T) {
	t.Parallel()
	b := setup(t)
	w := b.open(t, responsetest.Options{Customers: 2})
	at := "/s/" + w.Secrets[0] + "?lang=en"
	var page seen
	for range 60 {
		page = b.do(t, http.MethodGet, at, nil)
		require.Equal(t, http.StatusOK, page.StatusCode)
	}
	busy := b.do(t, http.MethodGet, at, nil)
	require.Equal(t, http.StatusTooManyRequests, busy.StatusCode)
	require.Equal(t, "60", busy.Header.Get("Retry-After"))
	busy = b.do(t, http.MethodPost, at, page.filled("q.polite", "6", "q.prompt", "7"))
	require.Equal(t, http.StatusTooManyRequests, busy.StatusCode)
	require.Contains(t, busy.text, `id="q.polite-6" value="6" checked`)
	require.Equal(t, http.StatusOK, b.do(t, http.MethodGet, "/s/"+w.Secrets[1], nil).StatusCode)
	b.Clock.Advance(time.Minute)
	b.next(t, b.do(t, http.MethodPost, at, busy.filled("q.polite", "6", "q.prompt", "7")))
}
