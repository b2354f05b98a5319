package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/guanxi-crm/guanxi/libs/failpoint"
)

// retailEnd is the day after the last invoice: what a customer's silence means depends on when it is asked about.
var retailEnd = time.Date(2011, 12, 10, 4, 0, 0, 0, time.UTC)

// clockAt has processes believe that it is then.
func clockAt(then time.Time) string {
	return fmt.Sprintf("%s=%s=skew:%s", failpoint.Variable, failpoint.Clock, time.Until(then).Round(time.Second))
}

// standing is what the API says of a customer.
type standing struct {
	Customer      string `json:"customer"`
	DisplayName   string `json:"displayName"`
	Class         string `json:"class"`
	Abc           string `json:"abc"`
	Tier          string `json:"tier"`
	Stage         string `json:"stage"`
	Role          string `json:"role"`
	Engagement    string `json:"engagement"`
	Grade         string `json:"grade"`
	AtRisk        bool   `json:"atRisk"`
	Value         money  `json:"value"`
	LastOrderDate struct{ Year, Month, Day int }
}

// retailJudged is standings of the whole file.
func (p *place) retailJudged(ctx context.Context) (figures, error) {
	file, err := p.unpack(ctx, filepath.Join(p.data, "online_retail", "online_retail.csv.xz"))
	if err != nil {
		return nil, err
	}
	return p.standings(ctx, file, os.Stdout)
}

// standings imports the retail data into an instance whose clock stands at the day after its end, and tells how its customers stand.
func (p *place) standings(ctx context.Context, file string, out io.Writer) (f figures, err error) {
	p.environment = append(os.Environ(), clockAt(retailEnd))
	defer func() { p.environment = nil }()
	i, err := p.up(ctx, "standings")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, i.stop()) }()
	if _, err := i.importWhole(ctx, file); err != nil {
		return nil, err
	}
	began := time.Now()
	list, err := i.judged(ctx)
	if err != nil {
		return nil, err
	}
	fmt.Printf("%d customers judged %.0f s after the import\n", len(list), time.Since(began).Seconds())
	if err := i.assess(ctx); err != nil {
		return nil, err
	}
	if list, err = i.list(ctx); err != nil {
		return nil, err
	}
	f.add("customers with class, tier and stage", documentedCustomers, countOf(list, func(s standing) bool { return s.Class != "" && s.Tier != "" && s.Stage != "" }))
	core := (documentedCustomers + 99) / 100
	f.add("core customers", core, countOf(list, func(s standing) bool { return s.Class == "CORE" }))
	f.print("Online Retail, judged as of 2011-12-10", "figure")
	return f, i.tell(ctx, out, list)
}

// judged waits until every customer is.
func (i *instance) judged(ctx context.Context) ([]standing, error) {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Minute)
	defer cancel()
	for {
		list, err := i.list(ctx)
		if err != nil {
			return nil, err
		}
		if countOf(list, func(s standing) bool { return s.Tier != "" }) == documentedCustomers {
			return list, nil
		}
		if err := pause(ctx, time.Second); err != nil {
			return nil, err
		}
	}
}

func (i *instance) list(ctx context.Context) (list []standing, err error) {
	for token := ""; ; {
		var page struct {
			Standings     []standing
			NextPageToken string
		}
		if err := i.get(ctx, "/v1/standings?pageSize=1000&pageToken="+url.QueryEscape(token), &page); err != nil {
			return nil, err
		}
		list = append(list, page.Standings...)
		if token = page.NextPageToken; token == "" {
			return list, nil
		}
	}
}

// assess runs the daily assessment and waits for it.
func (i *instance) assess(ctx context.Context) error {
	token := exec.CommandContext(ctx, i.guanxi, "token", "--data", i.dir, "--subject", "root", "--level", "executive", "--administrator")
	token.Env = i.environment
	printed, err := token.Output()
	if err != nil {
		return err
	}
	before := i.token
	i.token = strings.TrimSpace(string(printed))
	defer func() { i.token = before }()
	var run struct {
		Name      string
		Operation struct{ State string }
	}
	if err := i.post(ctx, "/v1/assessments:run", struct{}{}, &run); err != nil {
		return err
	}
	for run.Operation.State == "PENDING" || run.Operation.State == "RUNNING" {
		if err := i.get(ctx, "/v1/"+run.Name, &run); err != nil {
			return err
		}
		if err := pause(ctx, 100*time.Millisecond); err != nil {
			return err
		}
	}
	if run.Operation.State != "SUCCEEDED" {
		return fmt.Errorf("the assessment ended as %s", run.Operation.State)
	}
	return nil
}

func pause(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}

func countOf(list []standing, is func(standing) bool) (n int) {
	for _, s := range list {
		if is(s) {
			n++
		}
	}
	return n
}

// tell writes the summary that docs/segmentation.md holds.
func (i *instance) tell(ctx context.Context, out io.Writer, list []standing) error {
	table := tabwriter.NewWriter(out, 0, 0, 1, ' ', 0)
	for _, by := range []struct {
		name string
		of   func(standing) string
	}{
		{"class", func(s standing) string { return s.Class }},
		{"ABC", func(s standing) string { return s.Abc }},
		{"tier", func(s standing) string { return s.Tier }},
		{"stage, role, engagement", func(s standing) string { return s.Stage + ", " + s.Role + ", " + s.Engagement }},
		{"grade", func(s standing) string { return s.Grade }},
		{"churn warning", func(s standing) string { return strconv.FormatBool(s.AtRisk) }},
	} {
		counts := map[string]int{}
		for _, s := range list {
			counts[by.of(s)]++
		}
		fmt.Fprintf(table, "\n| %s\t| customers\t|\n|---\t|---\t|\n", by.name)
		for _, value := range slices.SortedFunc(maps.Keys(counts), func(a, b string) int { return cmp.Compare(counts[b], counts[a]) }) {
			fmt.Fprintf(table, "| %s\t| %d\t|\n", value, counts[value])
		}
	}
	var curve struct {
		Points []struct{ Percent, Share float64 }
		Gini   float64
	}
	if err := i.get(ctx, "/v1/concentration", &curve); err != nil {
		return err
	}
	fmt.Fprintf(table, "\n| top customers\t| share of the value (Gini %.2f)\t|\n|---\t|---\t|\n", curve.Gini)
	for _, p := range curve.Points {
		fmt.Fprintf(table, "| %g %%\t| %.1f %%\t|\n", p.Percent, 100*p.Share)
	}
	fmt.Fprintf(table, "\n| most valuable at risk\t| last order\t| value of 12 months\t| tier\t| stage\t|\n|---\t|---\t|---\t|---\t|---\t|\n")
	shown := 0
	for _, s := range slices.SortedFunc(slices.Values(list), func(a, b standing) int { return b.Value.decimal().Cmp(a.Value.decimal()) }) {
		if s.AtRisk && shown < 15 {
			shown++
			d := s.LastOrderDate
			fmt.Fprintf(table, "| %s\t| %04d-%02d-%02d\t| %s\t| %s\t| %s\t|\n", s.DisplayName, d.Year, d.Month, d.Day, s.Value, s.Tier, s.Stage)
		}
	}
	return table.Flush()
}
