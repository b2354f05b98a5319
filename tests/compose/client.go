package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"sync"
	"sync/atomic"
	"time"
)

// client calls the API as a program of the company does.
type client struct {
	token string
	// failures is how many calls of write have failed.
	failures atomic.Int64
}

// callers write at once.
const callers = 4

// call makes a call and decodes the answer.
func (c *client) call(ctx context.Context, method, path string, body, answer any) error {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	var content io.Reader = http.NoBody
	if body != nil {
		text, err := json.Marshal(body)
		if err != nil {
			return err
		}
		content = bytes.NewReader(text)
	}
	request, err := http.NewRequestWithContext(ctx, method, "http://"+api+path, content)
	if err != nil {
		return err
	}
	request.Header.Set("Authorization", "Bearer "+c.token)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		return err
	}
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("%s %s: %s: %s", method, path, response.Status, text)
	}
	if answer == nil {
		return nil
	}
	return json.Unmarshal(text, answer)
}

type named struct {
	Name string `json:"name"`
}

// source marks the customers of this test.
const source = "compose-test"

func (c *client) create(ctx context.Context, id string) (name string, err error) {
	var made named
	err = c.call(ctx, http.MethodPost, "/v1/customers?requestId="+id, map[string]any{
		"displayName": "客户 " + id, "kind": "ORGANIZATION", "territory": "cn/south", "source": source, "owner": "checker",
	}, &made)
	return made.Name, err
}

// endToEnd has one fact go through the services: an order makes a grade, a complaint a case, and each service answers.
func (c *client) endToEnd(ctx context.Context) error {
	customer, err := c.create(ctx, "end-to-end")
	if err != nil {
		return err
	}
	err = c.call(ctx, http.MethodPost, "/v1/"+customer+"/orders", map[string]any{
		"orderNumber": "1", "orderTime": time.Now().UTC().Format(time.RFC3339),
		"lines": []any{map[string]any{"productLine": "fibre", "quantity": "1", "amount": map[string]any{"currencyCode": "CNY", "units": "500000"}}},
	}, nil)
	if err != nil {
		return err
	}
	for _, path := range []string{
		"/v1/" + customer + "/lifecycle", "/v1/" + customer + "/tier", // segmentation has heard of it
		"/v1/cases?filter=" + url.QueryEscape(`customer = "`+customer+`"`), "/v1/surveys", "/v1/contacts?pageSize=1", "/v1/segments",
	} {
		if err := c.eventually(ctx, path); err != nil {
			return err
		}
	}
	fmt.Println("one order went through all services")
	return nil
}

// eventually asks until there is a good answer: what is heard of by events is there a moment later.
func (c *client) eventually(ctx context.Context, path string) error {
	var err error
	for until := time.Now().Add(readyWithin); time.Now().Before(until); time.Sleep(100 * time.Millisecond) {
		if err = c.call(ctx, http.MethodGet, path, nil, nil); err == nil {
			return nil
		}
	}
	return err
}

// record is what was written: the names that were acknowledged by request id.
type record struct {
	acknowledged map[string]string
	open         []string // asked for, and never answered
}

// write creates customers until ctx ends; a call that fails is made again with its id, as a careful caller does.
func (c *client) write(ctx context.Context) record {
	r := record{acknowledged: map[string]string{}}
	var mu sync.Mutex
	var all sync.WaitGroup
	for caller := range callers {
		all.Go(func() {
			for n := 0; ctx.Err() == nil; n++ {
				id := fmt.Sprintf("%d-%d", caller, n)
				name := c.insist(ctx, id)
				mu.Lock()
				if name != "" {
					r.acknowledged[id] = name
				} else {
					r.open = append(r.open, id)
				}
				mu.Unlock()
				time.Sleep(20 * time.Millisecond)
			}
		})
	}
	all.Wait()
	return r
}

func (c *client) insist(ctx context.Context, id string) (name string) {
	for {
		name, err := c.create(context.WithoutCancel(ctx), id)
		if err == nil {
			return name
		}
		c.failures.Add(1)
		if ctx.Err() != nil {
			return ""
		}
		time.Sleep(200 * time.Millisecond)
	}
}
