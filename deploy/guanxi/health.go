package main

import (
	"context"
	"fmt"
	"net/http"
	"time"
)

// healthWithin bounds the question.
const healthWithin = 3 * time.Second

type healthCommand struct {
	URL string `arg:"" help:"What to ask, such as http://127.0.0.1:9100/readyz."`
}

// Run fails unless the process says that it is ready.
func (c healthCommand) Run(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, healthWithin)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, c.URL, http.NoBody)
	if err != nil {
		return err
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("%s answers %s", c.URL, answer.Status)
	}
	return nil
}
