package intake

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"path/filepath"
	"regexp"
	"sync"

	"github.com/guanxi-crm/guanxi/deploy/guanxi/internal/mapping"
	"github.com/guanxi-crm/guanxi/deploy/guanxi/internal/sheet"
	profilev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/profile/v1"
)

// File is a file to import.
type File struct {
	Path    string
	Mapping string
	// ID is made of the file's name and content when it is empty, which makes a repeated import harmless.
	ID     string
	DryRun bool
	// Rejected is where the rejected rows go, when there are any.
	Rejected string

	Client   profilev1.ImportServiceClient
	Language Language
	Out      io.Writer
	// Progress is told how far the file is read, and how many lines are done.
	Progress func(done, total, lines int64)
}

// Run imports the file from where it stopped the last time and reports.
func (f File) Run(ctx context.Context) error {
	dir := filepath.Dir(f.Path)
	how, err := mapping.Load(f.Mapping, dir)
	if err != nil {
		return err
	}
	if how.Kind == mapping.Answers {
		return fmt.Errorf("%s is for answers: --survey must say which survey they answer", f.Mapping)
	}
	digest, err := f.digest(how.Inputs(dir))
	if err != nil {
		return err
	}
	run := &running{File: f, how: how, job: Import{Client: f.Client, ID: f.id(digest), Digest: digest, DryRun: f.DryRun}}
	if f.DryRun {
		if run.spool, err = NewSpool(); err != nil {
			return err
		}
		defer run.spool.Close()
	}
	if err := run.send(ctx); err != nil {
		return err
	}
	return run.report(ctx)
}

// digest is that of all that decides what is stored.
func (f File) digest(inputs []io.Reader) (string, error) {
	file, err := os.Open(f.Path)
	if err != nil {
		return "", err
	}
	defer file.Close()
	sum := sha256.New()
	for _, input := range append(inputs, file) {
		part := sha256.New()
		if _, err := io.Copy(part, input); err != nil {
			return "", err
		}
		sum.Write(part.Sum(nil))
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}

var outsideID = regexp.MustCompile(`[^A-Za-z0-9._-]+`)

func (f File) id(digest string) string {
	if f.ID != "" {
		return f.ID
	}
	const most, digits = 80, 16
	name := outsideID.ReplaceAllString(filepath.Base(f.Path), "-")
	return name[:min(len(name), most)] + "-" + digest[:digits]
}

// running is an import under way.
type running struct {
	File
	how   *mapping.Mapping
	job   Import
	spool *Spool            // of a dry run
	done  *profilev1.Import // how far it has come
	idle  bool              // all was done before
}

func (r *running) send(ctx context.Context) (err error) {
	table, err := sheet.Open(r.Path, r.how.File)
	if err != nil {
		return err
	}
	defer table.Close()
	reader, err := r.how.Bind(table)
	if err != nil {
		return fmt.Errorf("%s does not fit %s: %w", r.Mapping, r.Path, err)
	}
	if r.done, err = r.job.Done(ctx); err != nil {
		return err
	}
	before := r.done.GetLastLine()
	tellResumed := sync.OnceFunc(func() {
		if before > 0 {
			r.printf(resumed, before)
		}
	})
	var kept error
	end, err := r.job.Send(ctx, r.rows(reader, before), func(answer *profilev1.ImportRowsResponse) {
		tellResumed()
		done, total := table.Progress()
		r.Progress(done, total, answer.GetProgress().GetTotalCount())
		if r.spool != nil && kept == nil {
			kept = r.spool.Add(answer.GetRejections())
		}
	})
	if end != nil {
		r.done = end
	}
	r.idle = end == nil && before > 0
	return errors.Join(err, kept)
}

// rows names the file in what is wrong with it.
func (r *running) rows(reader *mapping.Reader, after int64) iter.Seq2[*profilev1.ImportRow, error] {
	return func(yield func(*profilev1.ImportRow, error) bool) {
		for row, err := range reader.Rows(after) {
			if err != nil {
				err = fmt.Errorf("%s: %w", r.Path, err)
			}
			if !yield(row, err) {
				return
			}
		}
	}
}

// rejections are all of this import, those before it was cut off included.
func (r *running) rejections(ctx context.Context) iter.Seq2[*profilev1.ImportRejection, error] {
	if r.spool != nil {
		return r.spool.All()
	}
	return r.job.Rejections(ctx)
}
