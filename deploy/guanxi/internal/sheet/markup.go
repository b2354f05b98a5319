package sheet

import (
	"bufio"
	"encoding/xml"
	"errors"
	"fmt"
	"io"

	"golang.org/x/text/encoding/htmlindex"
	"golang.org/x/text/transform"
)

const (
	// maxToken bounds what the XML decoder must hold at once: one tag with its attributes, one comment, one stretch of text. A value
	// may take a whole row, as in a CSV.
	maxToken = maxRow
	// maxDepth bounds the stack of open elements. What is read here is at most seven deep (a text of a run of a cell).
	maxDepth = 64
)

var (
	errToken = fmt.Errorf("a tag or a text in it is longer than %d KiB", maxToken>>10)
	errValue = fmt.Errorf("a value in it is longer than %d KiB", maxRow>>10)
	errDepth = fmt.Errorf("its elements are nested more than %d deep", maxDepth)
)

// markup reads XML that comes from outside: it holds one token at a time and never more than maxToken of it. It knows no entities but
// those of XML itself and fetches nothing.
type markup struct {
	decoder *xml.Decoder
	source  *tokens
	depth   int
}

func newMarkup(r io.Reader) *markup {
	source := &tokens{reader: bufio.NewReaderSize(r, 1<<16)}
	m := &markup{decoder: xml.NewDecoder(source), source: source}
	m.decoder.CharsetReader = func(label string, input io.Reader) (io.Reader, error) {
		encoding, err := htmlindex.Get(label)
		if err != nil {
			return nil, fmt.Errorf("the encoding %q is not known", label)
		}
		return transform.NewReader(input, encoding.NewDecoder()), nil
	}
	return m
}

// next returns the next token, which is valid until the one behind it, and io.EOF when the document is complete.
func (m *markup) next() (xml.Token, error) {
	m.source.left = maxToken
	token, err := m.decoder.Token()
	if err != nil {
		return nil, err
	}
	switch token.(type) {
	case xml.StartElement:
		m.depth++
	case xml.EndElement:
		m.depth--
	}
	if m.depth > maxDepth {
		return nil, errDepth
	}
	return token, nil
}

// find goes on to the next element that has the name, wherever it stands; io.EOF when there is none.
func (m *markup) find(name string) (xml.StartElement, error) {
	for {
		token, err := m.next()
		if err != nil {
			return xml.StartElement{}, err
		}
		if start, ok := token.(xml.StartElement); ok && start.Name.Local == name {
			return start, nil
		}
	}
}

// child goes on to the next element within the one that is open, and says whether there is one; if not, the open one ended.
// What is in a child must be gone through before the next is asked for.
func (m *markup) child() (xml.StartElement, bool, error) {
	for {
		token, err := m.next()
		if err != nil {
			return xml.StartElement{}, false, truncated(err)
		}
		switch token := token.(type) {
		case xml.StartElement:
			return token, true, nil
		case xml.EndElement:
			return xml.StartElement{}, false, nil
		}
	}
}

// skip goes through the open element.
func (m *markup) skip() error {
	for within := m.depth; m.depth >= within; {
		if _, err := m.next(); err != nil {
			return truncated(err)
		}
	}
	return nil
}

// text goes through the open element and appends its own text to what is there, which must not become longer than a row.
func (m *markup) text(to []byte) ([]byte, error) {
	for {
		token, err := m.next()
		if err != nil {
			return nil, truncated(err)
		}
		switch token := token.(type) {
		case xml.CharData:
			if len(to)+len(token) > maxRow {
				return nil, errValue
			}
			to = append(to, token...)
		case xml.StartElement:
			if err := m.skip(); err != nil {
				return nil, err
			}
		case xml.EndElement:
			return to, nil
		}
	}
}

// rich goes through the open element, a text that may consist of runs (r) with formats of their own, which are one level deep, and
// appends what they say together. How East Asian text is pronounced (rPh) is no part of it.
func (m *markup) rich(to []byte) ([]byte, error) { return m.runs(to, true) }

func (m *markup) runs(to []byte, outer bool) ([]byte, error) {
	for {
		element, ok, err := m.child()
		if err != nil || !ok {
			return to, err
		}
		switch name := element.Name.Local; {
		case name == "t":
			to, err = m.text(to)
		case name == "r" && outer:
			to, err = m.runs(to, false)
		default:
			err = m.skip()
		}
		if err != nil {
			return nil, err
		}
	}
}

// drain reads to the end of the document, where its checksum stands; what it says there is not looked at.
func (m *markup) drain() error {
	_, err := io.Copy(io.Discard, m.source.reader)
	return err
}

// truncated makes an end of the document amid an element the error that it is.
func truncated(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// attribute returns the value of the attribute that has no namespace, empty when it is not there.
func attribute(element xml.StartElement, name string) string {
	for _, a := range element.Attr {
		if a.Name.Local == name && a.Name.Space == "" {
			return a.Value
		}
	}
	return ""
}

// tokens gives out bytes as long as some are left for the token. The decoder takes them one by one, so that the count is exact, unless
// the document is in another encoding: then by some KiB.
type tokens struct {
	reader *bufio.Reader
	left   int
}

func (t *tokens) ReadByte() (byte, error) {
	if t.left <= 0 {
		return 0, errToken
	}
	t.left--
	return t.reader.ReadByte()
}

func (t *tokens) Read(p []byte) (int, error) {
	if t.left <= 0 {
		return 0, errToken
	}
	n, err := t.reader.Read(p)
	t.left -= n
	return n, err
}
