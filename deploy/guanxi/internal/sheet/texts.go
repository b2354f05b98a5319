package sheet

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// maxTexts bounds the index of the texts, 8 bytes for each.
const maxTexts = 1 << 26

// texts are what the cells of a workbook say, each text once; a cell names the number of its.
type texts struct {
	content spill
	ends    spill // where each text ends in content, as 8 bytes
	count   int64
	buffer  []byte
}

// load goes through the document; texts that are not closed keep what was loaded.
func (t *texts) load(document io.Reader) error {
	m := newMarkup(document)
	if _, err := m.find("sst"); err != nil {
		return truncated(err)
	}
	for {
		element, ok, err := m.child()
		if err != nil {
			return err
		}
		if !ok {
			return errors.Join(t.content.done(), t.ends.done(), m.drain())
		}
		if element.Name.Local != "si" {
			err = m.skip()
		} else if t.buffer, err = m.rich(t.buffer[:0]); err == nil {
			err = t.add(t.buffer)
		}
		if err != nil {
			return err
		}
	}
}

func (t *texts) add(text []byte) error {
	if t.count++; t.count > maxTexts {
		return fmt.Errorf("it has more than %d texts", maxTexts)
	}
	if err := t.content.append(text); err != nil {
		return err
	}
	return t.ends.append(binary.LittleEndian.AppendUint64(nil, uint64(t.content.size)))
}

// get returns the text that a cell names.
func (t *texts) get(number string) (string, error) {
	n, err := strconv.ParseInt(strings.TrimSpace(number), 10, 64)
	if err != nil || n < 0 || n >= t.count {
		return "", fmt.Errorf("there is no text %.20q among the %d of the file", number, t.count)
	}
	start, end, err := t.bounds(n)
	if err != nil {
		return "", err
	}
	text := make([]byte, end-start)
	if err := t.content.read(text, start); err != nil {
		return "", err
	}
	return unescape(string(text)), nil
}

func (t *texts) bounds(n int64) (start, end int64, err error) {
	var ends [16]byte // of the text before, which is 0 for the first, and of this one
	if n == 0 {
		err = t.ends.read(ends[8:], 0)
	} else {
		err = t.ends.read(ends[:], 8*(n-1))
	}
	return int64(binary.LittleEndian.Uint64(ends[:])), int64(binary.LittleEndian.Uint64(ends[8:])), err
}

// Close removes what was loaded.
func (t *texts) Close() error { return errors.Join(t.content.Close(), t.ends.Close()) }

// unescape resolves _x000D_, by which the format writes characters that XML does not have; _x005F_ is the underscore itself.
func unescape(text string) string {
	at := strings.Index(text, "_x")
	if at < 0 {
		return text
	}
	var b strings.Builder
	for ; at >= 0; at = strings.Index(text, "_x") {
		b.WriteString(text[:at])
		text = text[at:]
		const length = len("_x0000_")
		if len(text) >= length && text[length-1] == '_' {
			if code, err := strconv.ParseUint(text[2:length-1], 16, 16); err == nil {
				b.WriteRune(rune(code))
				text = text[length:]
				continue
			}
		}
		b.WriteString(text[:2])
		text = text[2:]
	}
	b.WriteString(text)
	return b.String()
}
