package sheet

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// Whatever a file holds, reading it takes little memory, and comes to an end.
func TestHostileXLSX(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		parts map[string]document
		says  string
	}{
		"nothing wrong":         {sheetOf(plain(header + `<row><c><v>1</v></c></row>` + footer)), "1 rows"},
		"a text":                {sheetOf(times(header+`<row><c t="str"><v>`, "xxxxxxxx", bomb, `</v></c></row>`+footer)), "a tag or a text in it is longer than 1024 KiB"},
		"a text in pieces":      {sheetOf(times(header+`<row><c t="str"><v>`, "xxxxxxxx<b/>", bomb, `</v></c></row>`+footer)), "a value in it is longer than 1024 KiB"},
		"a comment":             {sheetOf(times(header+`<!--`, "xxxxxxxx", bomb, `-->`+footer)), "a tag or a text in it is longer"},
		"attributes":            {sheetOf(times(header+`<row`, ` a=""`, bomb, `/>`+footer)), "a tag or a text in it is longer"},
		"depth":                 {sheetOf(times(header, `<a>`, bomb, footer)), "nested more than 64 deep"},
		"depth in a cell":       {sheetOf(times(header+`<row><c t="inlineStr"><is>`, `<r>`, bomb, footer)), "nested more than 64 deep"},
		"cells":                 {sheetOf(times(header+`<row>`, `<c><v>1</v></c>`, 1<<20, `</row>`+footer)), "beyond the 16384 columns"},
		"cells of one name":     {sheetOf(times(header+`<row>`, `<c r="A2"><v>1</v></c>`, 64<<20, `</row>`+footer)), "the row is longer than 1024 KiB"},
		"cells far out":         {sheetOf(times(header, `<row><c r="XFD1"><v>1</v></c></row>`, 2000*35, footer)), "2000 rows"},
		"a cell too far out":    {sheetOf(plain(header + `<row><c r="XFE1048576"><v>1</v></c></row>` + footer)), "beyond the 16384 columns"},
		"a cell without letter": {sheetOf(plain(header + `<row><c r="12"><v>1</v></c></row>` + footer)), "beyond the 16384 columns"},
		"a cell of no name":     {sheetOf(plain(header + `<row><c r="A-1"><v>1</v></c></row>` + footer)), "a cell has a name that is none"},
		"the last row":          {sheetOf(plain(header + `<row r="1048576"><c><v>1</v></c></row>` + footer)), "1 rows"},
		"a row behind it":       {sheetOf(plain(header + `<row r="1048577"><c><v>1</v></c></row>` + footer)), "more than 1048576 rows"},
		"a row beyond numbers":  {sheetOf(plain(header + `<row r="99999999999999999999"/>` + footer)), "which is no number or not behind 1"},
		"a row twice":           {sheetOf(plain(header + `<row r="5"/><row r="5"/>` + footer)), "not behind 5"},
		"empty rows":            {sheetOf(times(header, `<row/>`, 6<<20, footer)), "more than 1048576 rows"},
		"size that is claimed": {
			sheetOf(plain(`<worksheet><dimension ref="A1:XFD99999999999"/><sheetData><row><c><v>1</v></c></row>` + footer)), "0 rows",
		},
		"entities": {
			sheetOf(plain(`<!DOCTYPE a [<!ENTITY b "xxxx"><!ENTITY c "&b;&b;">]>` + header + `<row><c t="str"><v>&c;</v></c></row>` + footer)),
			"invalid character entity &c;",
		},
		"encoding":         {sheetOf(plain(`<?xml version="1.0" encoding="klingon"?>` + header + footer)), `the encoding "klingon" is not known`},
		"cut off":          {sheetOf(plain(header + `<row><c><v>1</v></c></row>`)), "unexpected EOF"},
		"merged cells":     {sheetOf(times(header+`</sheetData><mergeCells>`, `<mergeCell ref="A1:XFD1048576"/>`, bomb, `</mergeCells></worksheet>`)), "0 rows"},
		"texts":            {textsOf(times(`<sst count="9" uniqueCount="9">`, `<si/>`, 5*600_000, `</sst>`), plain(header+`<row><c t="s"><v>599999</v></c><c><v>1</v></c></row>`+footer)), "1 rows"},
		"a text too long":  {textsOf(times(`<sst><si><t>`, `xxxxxxxx`, bomb, `</t></si></sst>`), plain(header+footer)), "a tag or a text in it is longer"},
		"a text of runs":   {textsOf(times(`<sst><si>`, `<r><t>xxxxxxxx</t></r>`, bomb, `</si></sst>`), plain(header+footer)), "a value in it is longer than 1024 KiB"},
		"a text too often": {textsOf(times(`<sst><si><t>`, `xxxxxxxx`, 1000<<10, `</t></si></sst>`), times(header+`<row>`, `<c t="s"><v>0</v></c>`, 100<<10, `</row>`+footer)), "the row is longer than 1024 KiB"},
		"a text escaped":   {textsOf(times(`<sst><si><t>`, `_x0041_`, 1000<<10, `</t></si></sst>`), times(header, `<row><c t="s"><v>0</v></c></row>`, 32*50, footer)), "50 rows"},
		"a text not there": {textsOf(plain(`<sst><si><t>x</t></si></sst>`), plain(header+`<row><c t="s"><v>1</v></c></row>`+footer)), `behind line 1: there is no text "1" among the 1`},
		"styles":           {map[string]document{"xl/styles.xml": times("<styleSheet>", `<xf numFmtId="1"/>`, bomb, "</styleSheet>")}, "0 rows"},
		"workbook":         {map[string]document{"xl/workbook.xml": times(`<workbook>`, `<definedName name="a"/>`, bomb, `</workbook>`)}, `"xl/workbook.xml" unpacks to more than 8 MiB`},
		"sheets":           {map[string]document{"xl/workbook.xml": times(`<workbook xmlns:r="x">`, `<sheet name="s" r:id="a"/>`, 7<<20, `</workbook>`)}, "more than 10000 sheets"},
		"links":            {map[string]document{"xl/_rels/workbook.xml.rels": times(`<Relationships>`, `<Relationship/>`, bomb, `</Relationships>`)}, "unpacks to more than 8 MiB"},
		"no sheets":        {map[string]document{"xl/workbook.xml": plain(`<workbook/>`)}, "it has no sheets"},
		"a sheet elsewhere": {
			map[string]document{"xl/_rels/workbook.xml.rels": plain(strings.ReplaceAll(workbookLinks, `"sheet.xml"`, `"https://example.com/sheet.xml" TargetMode="External"`))},
			"it has no sheets",
		},
		"a sheet outside": {map[string]document{"xl/_rels/workbook.xml.rels": plain(strings.ReplaceAll(workbookLinks, `sheet.xml`, `../../../etc/passwd`))}, `"etc/passwd" is missing in it`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			read(t, hostile(t, test.parts), test.says)
		})
	}
}

// What the list of parts says of a part's size is not believed: memory was once made for it, 2 GB for a byte that was changed.
func TestClaimedSizes(t *testing.T) {
	t.Parallel()
	const claimed = 0x77000000
	path := hostile(t, map[string]document{"xl/sheet.xml": plain(header + footer), "xl/other.xml": plain("<other/>")})
	content, err := os.ReadFile(path)
	require.NoError(t, err)
	changed := 0
	for entry := []byte("PK\x01\x02"); ; changed++ {
		at := bytes.LastIndex(content, entry)
		if at < 0 {
			break
		}
		content[at] = 'X' // done
		content[at+27] |= claimed >> 24
	}
	require.Equal(t, 4, changed)
	require.NoError(t, os.WriteFile(path, bytes.ReplaceAll(content, []byte("XK\x01\x02"), []byte("PK\x01\x02")), 0o600))
	read(t, path, "it cannot be read as XLSX")
}

// A list of parts that is very long is not read to its end, nor are very many references held.
func TestManyParts(t *testing.T) {
	t.Parallel()
	var links strings.Builder
	for i := range 2 * maxLinks {
		fmt.Fprintf(&links, `<Relationship Id="%d" Type="x" Target="y"/>`, i)
	}
	read(t, hostile(t, map[string]document{"xl/_rels/workbook.xml.rels": plain("<a>" + links.String() + "</a>")}), "it refers to more than 10000 parts")

	for count, says := range map[int]string{30_000: "0 rows", 60_000: "its list of parts is longer than 2 MiB"} { // of some 50 bytes
		path := filepath.Join(t.TempDir(), "a.xlsx")
		file, err := os.Create(path)
		require.NoError(t, err)
		archive := zip.NewWriter(file)
		for name, text := range map[string]string{"xl/_rels/workbook.xml.rels": workbookLinks, "xl/workbook.xml": oneSheet, "xl/sheet.xml": header + footer} {
			part, err := archive.Create(name)
			require.NoError(t, err)
			_, err = io.WriteString(part, text)
			require.NoError(t, err)
		}
		for i := range count {
			_, err := archive.CreateHeader(&zip.FileHeader{Name: fmt.Sprint(i)})
			require.NoError(t, err)
		}
		require.NoError(t, errors.Join(archive.Close(), file.Close()))
		read(t, path, says)
	}
}

func TestSealedXLSX(t *testing.T) {
	t.Parallel()
	_, err := Open(write(t, "a.xlsx", "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 and so on"), Format{})
	require.ErrorContains(t, err, "it has a password, or is an XLS")
}

// Of a part that unpacks to more than may be, no more than that is read; a wrong checksum is told at its end.
func TestUnpackedIsBounded(t *testing.T) {
	t.Parallel()
	path := hostile(t, sheetOf(plain(strings.Repeat("x", 1000))))
	b, err := openBook(path)
	require.NoError(t, err)
	defer b.Close()
	content, err := b.open("xl/sheet.xml", 600)
	require.NoError(t, err)
	got, err := io.ReadAll(content)
	require.ErrorContains(t, err, `"xl/sheet.xml" unpacks to more than 0 MiB`)
	require.Less(t, len(got), 1000+1)
	require.NoError(t, content.Close())

	b.parts["xl/sheet.xml"].CRC32++
	content, err = b.open("xl/sheet.xml", 2000)
	require.NoError(t, err)
	defer content.Close()
	require.ErrorIs(t, newMarkup(content).drain(), zip.ErrChecksum)
}
