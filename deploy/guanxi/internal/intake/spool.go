package intake

import (
	"bufio"
	"errors"
	"io"
	"iter"
	"os"

	"google.golang.org/protobuf/encoding/protodelim"

	profilev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/profile/v1"
)

// Spool keeps the rejections of a dry run, which the server does not remember, in a temporary file.
type Spool struct {
	file *os.File
	to   *bufio.Writer
}

// NewSpool makes an empty one.
func NewSpool() (*Spool, error) {
	file, err := os.CreateTemp("", "guanxi-rejections-*")
	if err != nil {
		return nil, err
	}
	return &Spool{file: file, to: bufio.NewWriter(file)}, nil
}

// Add keeps rejections, in the order of the file.
func (s *Spool) Add(rejections []*profilev1.ImportRejection) error {
	for _, rejection := range rejections {
		if _, err := protodelim.MarshalTo(s.to, rejection); err != nil {
			return err
		}
	}
	return nil
}

// All yields what was added, from the start.
func (s *Spool) All() iter.Seq2[*profilev1.ImportRejection, error] {
	return func(yield func(*profilev1.ImportRejection, error) bool) {
		err := s.to.Flush()
		if err == nil {
			_, err = s.file.Seek(0, io.SeekStart)
		}
		if err != nil {
			yield(nil, err)
			return
		}
		from := bufio.NewReader(s.file)
		for {
			rejection := &profilev1.ImportRejection{}
			err := protodelim.UnmarshalFrom(from, rejection)
			if errors.Is(err, io.EOF) {
				return
			}
			if !yield(rejection, err) || err != nil {
				return
			}
		}
	}
}

// Close removes it.
func (s *Spool) Close() error { return errors.Join(s.file.Close(), os.Remove(s.file.Name())) }
