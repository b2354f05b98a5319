package main

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// ecsiBlocks are the latent variables of the European customer satisfaction index, by what the names of their items begin with, and the raw alphas that are published of them.
var ecsiBlocks = []struct{ name, prefix, alpha string }{
	{"Image", "IMAG", "0.7144"},
	{"Expectation", "CUEX", "0.4326"},
	{"Quality", "PERQ", "0.8724"},
	{"Value", "PERV", "0.8167"},
	{"Satisfaction", "CUSA", "0.7701"},
	{"Loyalty", "CUSL", "0.4417"},
}

// ecsi has the reliability of the index's latent variables and the net promoter score computed of a survey of 250 respondents.
func (p *place) ecsi(ctx context.Context) (f figures, err error) {
	head, rows, err := readScores(filepath.Join(p.data, "ecsi", "sempls_mobi.csv"))
	if err != nil {
		return nil, err
	}
	i, err := p.up(ctx, "ecsi")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, i.stop()) }()
	f.add("respondents", 250, len(rows))
	for _, block := range ecsiBlocks {
		var answer struct {
			Alpha float64 `json:"alpha"`
		}
		responses := columnsOf(head, rows, func(name string) bool { return strings.HasPrefix(name, block.prefix) })
		if err := i.post(ctx, "/v1/reliability:compute", map[string]any{"responses": responses}, &answer); err != nil {
			return nil, err
		}
		f.add("alpha of "+block.name, block.alpha, fmt.Sprintf("%.4f", answer.Alpha))
	}
	var scores []float64
	for _, row := range columnsOf(head, rows, func(name string) bool { return name == "CUSL3" }) {
		scores = append(scores, row...)
	}
	var nps struct {
		Promoters  int     `json:"promoters"`
		Passives   int     `json:"passives"`
		Detractors int     `json:"detractors"`
		NPS        float64 `json:"nps"`
	}
	if err := i.post(ctx, "/v1/recommendation:compute", map[string]any{"scores": scores}, &nps); err != nil {
		return nil, err
	}
	f.add("promoters, passives, detractors", "95/95/60", fmt.Sprintf("%d/%d/%d", nps.Promoters, nps.Passives, nps.Detractors))
	f.add("net promoter score", "14.0", fmt.Sprintf("%.1f", nps.NPS))
	f.print("ECSI", "got")
	return f, nil
}

// readScores reads a file whose first line names columns of numbers.
func readScores(file string) (head []string, rows [][]float64, err error) {
	in, err := os.Open(file)
	if err != nil {
		return nil, nil, err
	}
	defer func() { err = errors.Join(err, in.Close()) }()
	lines, err := csv.NewReader(in).ReadAll()
	if err != nil {
		return nil, nil, err
	}
	for _, line := range lines[1:] {
		row := make([]float64, len(line))
		for c, text := range line {
			if row[c], err = strconv.ParseFloat(text, 64); err != nil {
				return nil, nil, fmt.Errorf("%s: %w", file, err)
			}
		}
		rows = append(rows, row)
	}
	return lines[0], rows, nil
}

// columnsOf leaves the columns whose names are wanted.
func columnsOf(head []string, rows [][]float64, wanted func(name string) bool) [][]float64 {
	out := make([][]float64, len(rows))
	for i, row := range rows {
		for c, name := range head {
			if wanted(name) {
				out[i] = append(out[i], row[c])
			}
		}
	}
	return out
}
