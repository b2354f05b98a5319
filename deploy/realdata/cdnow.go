package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// cdnow fits the BG/NBD model to the data that its authors fitted it to, and compares with what they published: Fader, Hardie and Lee, "Counting Your
// Customers" the Easy Way, Marketing Science 24(2), 2005, table 2.
func (p *place) cdnow(ctx context.Context) (f figures, err error) {
	histories, err := cdnowHistories(filepath.Join(p.data, "cdnow", "CDNOW_sample.txt"))
	if err != nil {
		return nil, err
	}
	i, err := p.up(ctx, "cdnow")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, i.stop()) }()
	if err := i.cdnowFigures(ctx, histories, &f); err != nil {
		return nil, err
	}
	f.print("CDNOW", "got")
	return f, nil
}

// purchaseHistory is guanxi.segmentation.v1.PurchaseHistory in JSON, in weeks.
type purchaseHistory struct {
	X  int     `json:"x"`
	Tx float64 `json:"tx"`
	T  float64 `json:"t"`
}

// purchaseModel is guanxi.segmentation.v1.PurchaseModel in JSON.
type purchaseModel struct {
	R             float64 `json:"r"`
	Alpha         float64 `json:"alpha"`
	A             float64 `json:"a"`
	B             float64 `json:"b"`
	LogLikelihood float64 `json:"logLikelihood"`
}

func (i *instance) cdnowFigures(ctx context.Context, histories []purchaseHistory, f *figures) error {
	var m purchaseModel
	if err := i.post(ctx, "/v1/purchaseModels:fit", map[string]any{"histories": histories}, &m); err != nil {
		return err
	}
	shown := func(v float64) string { return fmt.Sprintf("%.3f", v) }
	f.add("customers", 2357, len(histories))
	f.add("r", "0.243", shown(m.R))
	f.add("alpha", "4.414", shown(m.Alpha))
	f.add("a", "0.793", shown(m.A))
	f.add("b", "2.426", shown(m.B))
	f.add("log-likelihood", "-9582.429", shown(m.LogLikelihood))
	var prediction struct {
		Purchases float64 `json:"expectedPurchases"`
	}
	// The authors' example of a customer (Implementing the BG/NBD Model for Customer Base Analysis in Excel, 2005).
	example := map[string]any{"model": m, "history": purchaseHistory{X: 2, Tx: 30.43, T: 38.86}, "horizon": 39}
	if err := i.post(ctx, "/v1/purchaseModels:predict", example, &prediction); err != nil {
		return err
	}
	f.add("purchases expected of the example", "1.226", shown(prediction.Purchases))
	return nil
}

// cdnowHistories reads the purchases of the first 39 weeks, until 1997-09-30, those of one day as one. A line is id, customer, date, CDs, dollars; the lines of
// a customer stand in the order of their dates.
func cdnowHistories(file string) (histories []purchaseHistory, err error) {
	in, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, in.Close()) }()
	end := time.Date(1997, time.September, 30, 0, 0, 0, 0, time.UTC)
	customer, first := "", time.Time{}
	for lines := bufio.NewScanner(in); ; {
		if !lines.Scan() {
			return histories, lines.Err()
		}
		fields := strings.Fields(lines.Text())
		if len(fields) != 5 {
			return nil, fmt.Errorf("%s: %q has not 5 fields", file, lines.Text())
		}
		day, err := time.Parse("20060102", fields[2])
		if err != nil {
			return nil, err
		}
		switch {
		case day.After(end):
		case fields[1] != customer:
			customer, first = fields[1], day
			histories = append(histories, purchaseHistory{T: weeks(end.Sub(first))})
		default:
			if last := &histories[len(histories)-1]; weeks(day.Sub(first)) > last.Tx {
				last.X, last.Tx = last.X+1, weeks(day.Sub(first))
			}
		}
	}
}

func weeks(d time.Duration) float64 { return d.Hours() / 24 / 7 }
