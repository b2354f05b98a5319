package sheet

import (
	"cmp"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// row reads the next row that is not left out; io.EOF when there is none, also when asked again.
func (r *xlsxRows) row() error {
	for !r.ended {
		element, ok, err := r.markup.child()
		if err != nil {
			return err
		}
		if !ok { // the end of the rows; the checksum stands at that of the part
			r.ended = true
			return cmp.Or(r.markup.drain(), io.EOF)
		}
		if element.Name.Local == "row" {
			return r.fill(element)
		}
		if err := r.markup.skip(); err != nil {
			return err
		}
	}
	return io.EOF
}

// fill reads the cells of a row.
func (r *xlsxRows) fill(row xml.StartElement) error {
	number := r.at + 1
	if text := attribute(row, "r"); text != "" {
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil || n < number {
			return fmt.Errorf("a row calls itself %.20q, which is no number or not behind %d", text, r.at)
		}
		number = n
	}
	if number > maxLines {
		return fmt.Errorf("there are more than %d rows", maxLines)
	}
	r.cells, r.room = nil, maxRow // the cells of the last row are the caller's
	for column := 0; ; {
		element, ok, err := r.markup.child()
		if err != nil {
			return err
		}
		if !ok {
			r.at = number
			return nil
		}
		if element.Name.Local != "c" {
			err = r.markup.skip()
		} else if column, err = position(attribute(element, "r"), column); err == nil {
			err = r.put(column, attribute(element, "t"))
		}
		if err != nil {
			return err
		}
	}
}

// put reads a cell into its column.
func (r *xlsxRows) put(column int, kind string) error {
	text, err := r.cell(kind)
	if err != nil || text == "" {
		return err
	}
	if r.room -= len(text); r.room < 0 {
		return fmt.Errorf("the row is longer than %d KiB", maxRow>>10)
	}
	if more := column - len(r.cells); more > 0 {
		r.cells = append(r.cells, make([]string, more)...)
	}
	r.cells[column-1] = text
	return nil
}

// cell reads a cell: the stored value, which of a formula is its result, or of a text (s) the text's number, or a text of its own.
func (r *xlsxRows) cell(kind string) (string, error) {
	r.value = r.value[:0]
	for {
		element, ok, err := r.markup.child()
		if err != nil {
			return "", err
		}
		if !ok {
			break
		}
		switch name := element.Name.Local; {
		case name == "v":
			r.value, err = r.markup.text(r.value[:0])
		case name == "is" && kind == "inlineStr":
			r.value, err = r.markup.rich(r.value[:0])
		default:
			err = r.markup.skip()
		}
		if err != nil {
			return "", err
		}
	}
	switch text := string(r.value); {
	case kind == "s" && text != "":
		return r.texts.get(text)
	case kind == "str" || kind == "inlineStr":
		return unescape(text), nil
	default:
		return text, nil
	}
}

// position is the column, from 1, of a cell that calls itself by a name like AB12; without one it stands behind the cell before.
func position(name string, before int) (int, error) {
	column := 0
	for _, letter := range strings.TrimRight(name, "0123456789") {
		if letter |= 0x20; letter < 'a' || letter > 'z' {
			return 0, errors.New("a cell has a name that is none")
		}
		if column = column*26 + int(letter-'a') + 1; column > maxColumns {
			break
		}
	}
	if name == "" {
		column = before + 1
	}
	if column < 1 || column > maxColumns {
		return 0, fmt.Errorf("a cell lies beyond the %d columns", maxColumns)
	}
	return column, nil
}
