package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"

	"github.com/shopspring/decimal"
)

// get asks the gateway, as any other program would.
func (i *instance) get(ctx context.Context, path string, into any) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+i.address+path, http.NoBody)
	if err != nil {
		return err
	}
	return i.do(request, into)
}

func (i *instance) post(ctx context.Context, path string, body, into any) error {
	sent, err := json.Marshal(body)
	if err != nil {
		return err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+i.address+path, bytes.NewReader(sent))
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", "application/json")
	return i.do(request, into)
}

func (i *instance) do(request *http.Request, into any) error {
	request.Header.Set("Authorization", "Bearer "+i.token)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("%s %s: %s", request.Method, request.URL.Path, response.Status)
	}
	return json.NewDecoder(response.Body).Decode(into)
}

// progress is how far an import has come, by its counts; zero for one that is not known yet.
type progress struct {
	Total     int64 `json:"totalCount,string"`
	Stored    int64 `json:"storedCount,string"`
	Unchanged int64 `json:"unchangedCount,string"`
	Repeated  int64 `json:"repeatedCount,string"`
	Rejected  int64 `json:"rejectedCount,string"`
}

func (i *instance) progress(ctx context.Context, id string) (p progress, err error) {
	return p, i.get(ctx, "/v1/imports/"+id, &p)
}

// count pages through a list and counts what stands in the field named what.
func (i *instance) count(ctx context.Context, path, what string) (int, error) {
	count := 0
	for token := ""; ; {
		var page map[string]json.RawMessage
		query := url.Values{"pageSize": {"1000"}, "pageToken": {token}}
		if err := i.get(ctx, path+"?"+query.Encode(), &page); err != nil {
			return 0, err
		}
		var items []json.RawMessage
		if err := json.Unmarshal(page[what], &items); err != nil {
			return 0, fmt.Errorf("%s: %w", path, err)
		}
		count += len(items)
		if err := json.Unmarshal(page["nextPageToken"], &token); err != nil {
			return 0, fmt.Errorf("%s: %w", path, err)
		}
		if token == "" {
			return count, nil
		}
	}
}

// money is google.type.Money in JSON.
type money struct {
	Currency string `json:"currencyCode"`
	Units    int64  `json:"units,string"`
	Nanos    int64  `json:"nanos"`
}

func (m money) decimal() decimal.Decimal {
	return decimal.NewFromInt(m.Units).Add(decimal.New(m.Nanos, -9))
}

func (m money) String() string { return m.decimal().StringFixed(2) + " " + m.Currency }

// salesTotals are the totals of the sales curve over all customers.
func (i *instance) salesTotals(ctx context.Context) (totals []struct {
	Amount    money `json:"amount"`
	Orders    int64 `json:"orderCount,string"`
	Customers int64 `json:"customerCount,string"`
}, err error,
) {
	curve := struct{ Totals any }{&totals}
	return totals, i.get(ctx, "/v1/customers/-/salesCurve", &curve)
}
