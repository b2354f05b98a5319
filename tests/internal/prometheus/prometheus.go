// Package prometheus asks a Prometheus what the pages of an operator ask it.
package prometheus

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
)

// Panels are the queries of a dashboard, a file of Grafana's, by the title of their panel.
func Panels(file string) (map[string][]string, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	var board struct {
		Panels []struct {
			Title   string `json:"title"`
			Targets []struct {
				Expr string `json:"expr"`
			} `json:"targets"`
		} `json:"panels"`
	}
	if err := json.Unmarshal(text, &board); err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	all := map[string][]string{}
	for _, panel := range board.Panels {
		for _, target := range panel.Targets {
			all[panel.Title] = append(all[panel.Title], target.Expr)
		}
	}
	if len(all) == 0 {
		return nil, errors.New(file + ": there is no panel")
	}
	return all, nil
}

// Server is a running Prometheus by its host and port.
type Server string

// Find is how many series a query finds now. One that is only starting is not ready, which is an error.
func (s Server) Find(ctx context.Context, query string) (int, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+string(s)+"/api/v1/query?query="+url.QueryEscape(query), http.NoBody)
	if err != nil {
		return 0, err
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return 0, err
	}
	defer answer.Body.Close()
	var found struct {
		Status string `json:"status"`
		Error  string `json:"error"`
		Data   struct {
			Result []json.RawMessage `json:"result"`
		} `json:"data"`
	}
	if err := json.NewDecoder(answer.Body).Decode(&found); err != nil {
		return 0, fmt.Errorf("%s: %w", answer.Status, err)
	}
	if found.Status != "success" {
		return 0, fmt.Errorf("%s: %s", query, found.Error)
	}
	return len(found.Data.Result), nil
}
