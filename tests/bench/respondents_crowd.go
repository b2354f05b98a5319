package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// crowd are people with links. Each takes the next one when he is done.
type crowd struct {
	base   string
	client *http.Client
	next   atomic.Int64

	mu     sync.Mutex
	views  []float64 // milliseconds
	sends  []float64
	ends   map[string]int
	errors []error
}

func newCrowd(base string) *crowd {
	transport := &http.Transport{MaxIdleConnsPerHost: perCore * runtime.NumCPU()}
	return &crowd{base: base, ends: map[string]int{}, client: &http.Client{
		Transport: transport, Timeout: 30 * time.Second, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// answer has n people at once answer until there is no link left.
func (c *crowd) answer(ctx context.Context, n int) {
	var wg sync.WaitGroup
	for range n {
		wg.Go(func() {
			for i := c.next.Add(1); i <= invited && ctx.Err() == nil; i = c.next.Add(1) {
				end, err := c.one(ctx, int(i))
				c.mu.Lock()
				if c.ends[end]++; err != nil {
					c.errors = append(c.errors, err)
				}
				c.mu.Unlock()
			}
		})
	}
	wg.Wait()
}

var hiddenFields = regexp.MustCompile(`name="(section|token)" value="([^"]+)"`)

// one answers by one link: opens the page, fills it in, sends it, and reads the thanks, or that enough have answered.
func (c *crowd) one(ctx context.Context, i int) (end string, err error) {
	at := "/s/secret-" + strconv.Itoa(i) + "?lang=en"
	status, page, _, err := c.call(ctx, http.MethodGet, at, nil)
	if err != nil || status != http.StatusOK {
		return "failed", errors.Join(err, fmt.Errorf("opening: %d", status))
	}
	typed := url.Values{}
	for _, found := range hiddenFields.FindAllStringSubmatch(page, -1) {
		typed.Set(found[1], found[2])
	}
	for q := range answeredItems {
		typed.Set("q.q"+strconv.Itoa(q), strconv.Itoa(1+(i+q)%5))
	}
	status, page, location, err := c.call(ctx, http.MethodPost, at, typed)
	switch {
	case err == nil && status == http.StatusGone:
		return "full", nil
	case err != nil || status != http.StatusSeeOther:
		return "failed", errors.Join(err, fmt.Errorf("sending: %d %.300s", status, page))
	}
	status, _, _, err = c.call(ctx, http.MethodGet, location, nil)
	if err != nil || status != http.StatusOK {
		return "failed", errors.Join(err, fmt.Errorf("thanks: %d", status))
	}
	return "taken", nil
}

func (c *crowd) call(ctx context.Context, method, path string, typed url.Values) (status int, page, location string, err error) {
	request, err := http.NewRequestWithContext(ctx, method, c.base+path, strings.NewReader(typed.Encode()))
	if err != nil {
		return 0, "", "", err
	}
	if typed != nil {
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	began := time.Now()
	response, err := c.client.Do(request)
	if err != nil {
		return 0, "", "", err
	}
	text, err := io.ReadAll(response.Body)
	took := milliseconds(time.Since(began))
	c.mu.Lock()
	defer c.mu.Unlock()
	if method == http.MethodPost {
		c.sends = append(c.sends, took)
	} else {
		c.views = append(c.views, took)
	}
	return response.StatusCode, string(text), response.Header.Get("Location"), errors.Join(err, response.Body.Close())
}
