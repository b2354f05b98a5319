package sheet

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
)

const (
	// maxFile bounds the file itself, in bytes: its list of parts claims a length, for which archive/zip makes room.
	maxFile = 1 << 30
	// maxUnpacked bounds what a sheet, or the texts of a workbook, may unpack to, in bytes. Neither is held; what it bounds is time.
	maxUnpacked = 4 << 30
	// maxPart bounds the parts that say where what is, in bytes.
	maxPart = 8 << 20
	// maxDirectory bounds what the list of a file's parts takes in it, in bytes: some 20,000 parts.
	maxDirectory = 2 << 20
	// maxLinks bounds how many sheets a workbook may have, and how many other parts a part may refer to.
	maxLinks = 10_000
)

// book is an XLSX: a zip of XML documents, the parts, which refer to each other. Nothing that a part says of its size is believed,
// and nothing outside the file is looked at, whatever it refers to.
type book struct {
	file     *os.File
	parts    map[string]*zip.File // by their names in lower case
	sheets   []part
	from1904 bool // days are counted from 1904 on instead of 1900
	texts    string
}

// part is a sheet and the name of the part that holds it.
type part struct{ name, at string }

// openBook opens the file. It is to be closed, unless there is an error.
func openBook(name string) (b *book, err error) {
	b = &book{parts: make(map[string]*zip.File)}
	if b.file, err = os.Open(name); err != nil {
		return nil, cause(err)
	}
	if err := b.read(); err != nil {
		return nil, errors.Join(fmt.Errorf("it cannot be read as XLSX: %w", err), b.Close())
	}
	return b, nil
}

func (b *book) read() error {
	info, err := b.file.Stat()
	if err != nil {
		return cause(err)
	}
	if info.Size() > maxFile {
		return fmt.Errorf("it is larger than %d MiB", maxFile>>20)
	}
	if err := b.refuseSealed(); err != nil {
		return err
	}
	directory := &window{reader: b.file, left: maxDirectory}
	archive, err := zip.NewReader(directory, info.Size())
	if err != nil {
		return err
	}
	directory.open = true
	for _, file := range archive.File {
		b.parts[key(file.Name)] = file
	}
	return b.workbook()
}

// refuseSealed tells files that Excel encrypted, and those of before 2007, from what is not a spreadsheet at all.
func (b *book) refuseSealed() error {
	var start [8]byte
	if _, err := b.file.ReadAt(start[:], 0); err == nil && bytes.Equal(start[:], []byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")) {
		return errors.New("it has a password, or is an XLS; save it as XLSX without a password")
	}
	return nil
}

// each shows all elements of a small part.
func (b *book) each(at string, show func(xml.StartElement) error) error {
	content, err := b.open(at, maxPart)
	if err != nil {
		return err
	}
	defer content.Close()
	m := newMarkup(content)
	for {
		token, err := m.next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("%s: %w", at, err)
		}
		if element, ok := token.(xml.StartElement); ok {
			if err := show(element); err != nil {
				return fmt.Errorf("%s: %w", at, err)
			}
		}
	}
}

// open opens a part; reading more than most bytes of it fails.
func (b *book) open(at string, most int) (io.ReadCloser, error) {
	file := b.parts[key(at)]
	if file == nil {
		return nil, fmt.Errorf("%q is missing in it", at)
	}
	content, err := file.Open()
	if err != nil {
		return nil, err
	}
	return struct {
		io.Reader
		io.Closer
	}{&limiter{reader: content, left: most, over: fmt.Errorf("%q unpacks to more than %d MiB", at, most>>20)}, content}, nil
}

// Close closes the file.
func (b *book) Close() error { return b.file.Close() }

// key makes names of parts alike that programs write in different ways.
func key(name string) string {
	return strings.ToLower(strings.TrimPrefix(strings.ReplaceAll(name, `\`, "/"), "/"))
}

// window bounds how much of the file is read before it is open: all that is read then is held.
type window struct {
	reader io.ReaderAt
	left   int
	open   bool
}

func (w *window) ReadAt(p []byte, at int64) (int, error) {
	if !w.open {
		if w.left -= len(p); w.left < 0 {
			return 0, fmt.Errorf("its list of parts is longer than %d MiB", maxDirectory>>20)
		}
	}
	return w.reader.ReadAt(p, at)
}
