package sheet

import (
	"bufio"
	"compress/gzip"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"sync/atomic"
	"unicode/utf8"

	"golang.org/x/text/encoding/htmlindex"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"

	"github.com/guanxi-crm/guanxi/libs/fault"
)

// maxRow bounds a row: a quote that is never closed would else pull the rest of the file into memory.
const maxRow = 1 << 20

type csvRows struct {
	file   io.Closer
	count  *counter
	size   int64
	limit  *limiter
	reader *csv.Reader
	above  int64 // lines above the header
	line   int64 // of the last row
}

func openCSV(path string, format Format) (*Table, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, cause(err)
	}
	table, err := newCSV(file, strings.HasSuffix(strings.ToLower(path), ".gz"), format)
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return table, nil
}

// cause leaves away the path, which the caller puts in front.
func cause(err error) error {
	if path, ok := errors.AsType[*os.PathError](err); ok {
		return path.Err
	}
	return err
}

func newCSV(file *os.File, zipped bool, format Format) (*Table, error) {
	info, err := file.Stat()
	if err != nil {
		return nil, cause(err)
	}
	count := &counter{reader: file}
	var raw io.Reader = count
	if zipped {
		if raw, err = gzip.NewReader(bufio.NewReaderSize(count, 1<<16)); err != nil {
			return nil, fmt.Errorf("it is not compressed by gzip: %w", err)
		}
	}
	r := &csvRows{file: file, count: count, size: info.Size()}
	if err := r.start(raw, format); err != nil {
		return nil, err
	}
	return newTable(r)
}

// start puts decoder, limit and CSV reader on top of each other and moves to the header.
func (r *csvRows) start(raw io.Reader, format Format) error {
	decoded, err := decode(raw, format.Encoding)
	if err != nil {
		return err
	}
	buffered := bufio.NewReaderSize(decoded, 1<<16)
	for r.above = 0; r.above < int64(format.HeaderLine)-1; r.above++ {
		if err := skipLine(buffered); err != nil {
			return err
		}
	}
	r.limit = &limiter{reader: buffered, over: errLong}
	r.reader = csv.NewReader(r.limit)
	r.reader.FieldsPerRecord = -1
	r.reader.Comma, err = delimiter(format.Delimiter)
	return err
}

// decode turns what cannot be decoded into U+FFFD, which makes Table.check refuse the row.
func decode(r io.Reader, name string) (io.Reader, error) {
	if name == "" {
		name = "utf-8"
	}
	encoding, err := htmlindex.Get(name)
	if err != nil {
		return nil, fmt.Errorf("the encoding %q is not known; known are utf-8, gbk, gb18030, big5, utf-16le, windows-1252 and others", name)
	}
	return transform.NewReader(r, unicode.BOMOverride(encoding.NewDecoder())), nil
}

func delimiter(text string) (rune, error) {
	switch text {
	case "":
		return ',', nil
	case "tab":
		return '\t', nil
	}
	comma, size := utf8.DecodeRuneInString(text)
	if size != len(text) || strings.ContainsRune("\"\r\n\uFEFF\uFFFD", comma) {
		return 0, fmt.Errorf("the delimiter %q is not one character or \"tab\"", text)
	}
	return comma, nil
}

func skipLine(r *bufio.Reader) error {
	for {
		switch _, err := r.ReadSlice('\n'); {
		case err == nil:
			return nil
		case errors.Is(err, io.EOF):
			return errors.New("it ends above the header line")
		case !errors.Is(err, bufio.ErrBufferFull):
			return err
		}
	}
}

func (r *csvRows) next() (line int64, cells []string, problem *fault.Violation, err error) {
	r.limit.left = maxRow
	cells, err = r.reader.Read()
	var syntax *csv.ParseError
	switch {
	case errors.As(err, &syntax):
		r.line = r.above + int64(syntax.StartLine)
		return r.line, cells, broken("CSV_QUOTES",
			`a quotation mark stands in the middle of a value or is not closed; write "" for one inside a quoted value`,
			`值中间出现引号或引号未闭合；带引号的值内部请用 "" 表示引号`), nil
	case errors.Is(err, errLong):
		return 0, nil, nil, fmt.Errorf("the row behind line %d is longer than %d KiB; is a quotation mark left open there?", r.line, maxRow>>10)
	case err != nil:
		return 0, nil, nil, err
	}
	start, _ := r.reader.FieldPos(0)
	r.line = r.above + int64(start)
	return r.line, cells, nil, nil
}

func (r *csvRows) progress() (done, total int64) { return r.count.read.Load(), r.size }

func (r *csvRows) Close() error { return r.file.Close() }

// counter counts what has been taken from the file as it is on disk.
// It is asked for by another goroutine than the one that reads.
type counter struct {
	reader io.Reader
	read   atomic.Int64
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.reader.Read(p)
	c.read.Add(int64(n))
	return n, err
}

var errLong = errors.New("row too long")

// limiter ends what takes more than is left.
type limiter struct {
	reader io.Reader
	left   int
	over   error // what it says then
}

func (l *limiter) Read(p []byte) (int, error) {
	if l.left <= 0 {
		return 0, l.over
	}
	n, err := l.reader.Read(p)
	l.left -= n
	return n, err
}
