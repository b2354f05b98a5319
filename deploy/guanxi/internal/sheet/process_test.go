package sheet

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"context"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

const (
	// mostMemory is what a process that reads any file may ask of the system, in MiB, for the Go runtime and what is left to be collected too.
	mostMemory = 160
	bomb       = 256 << 20 // bytes that a bomb unpacks to at least, so that it cannot be held within mostMemory
	toRead     = "GUANXI_TEST_SHEET"
)

// TestMain lets the tests read a file in a process of its own, whose memory can be told: it prints that, and how many rows there were, or
// the error. What the system says of a process that ended is no use: it counts its parent's memory in.
func TestMain(m *testing.M) {
	path := os.Getenv(toRead)
	if path == "" {
		os.Exit(m.Run())
	}
	rows, err := count(path)
	var memory runtime.MemStats
	runtime.ReadMemStats(&memory)
	fmt.Println(memory.Sys>>20, "MiB")
	if err != nil {
		fmt.Println(err)
	} else {
		fmt.Println(rows, "rows")
	}
}

func count(path string) (rows int, err error) {
	table, err := Open(path, Format{})
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, table.Close()) }()
	for ; ; rows++ {
		if _, err := table.Next(); errors.Is(err, io.EOF) {
			return rows, nil
		} else if err != nil {
			return rows, err
		}
	}
}

const (
	workbookLinks = `<Relationships><Relationship Id="a" Type="http://x/worksheet" Target="sheet.xml"/></Relationships>`
	oneSheet      = `<workbook xmlns:r="x"><sheets><sheet name="s" r:id="a"/></sheets></workbook>`
	header        = `<worksheet><sheetData><row><c t="str"><v>id</v></c></row>`
	footer        = `</sheetData></worksheet>`
)

// document is a part of a file: before, then again as often as is said, then after.
type document struct {
	before, again string
	times         int
	after         string
}

func plain(text string) document { return document{before: text} }

func times(before, again string, size int, after string) document {
	return document{before, again, size / len(again), after}
}

// deflated returns the document as a zip holds it. A block of the repeated text is compressed once and stands there many times, which makes
// a bomb cheap to write; what is read is as if it had been compressed as a whole.
func (d document) deflated(t *testing.T) (content []byte, checksum uint32, size uint64) {
	t.Helper()
	var out bytes.Buffer
	hash := crc32.NewIEEE()
	put := func(text string, copies int, last bool) {
		var block bytes.Buffer
		w, err := flate.NewWriter(&block, flate.BestSpeed)
		require.NoError(t, err)
		_, err = io.WriteString(w, text)
		require.NoError(t, err)
		if last {
			require.NoError(t, w.Close())
		} else {
			require.NoError(t, w.Flush())
		}
		for range copies {
			out.Write(block.Bytes())
			_, err := io.WriteString(hash, text)
			require.NoError(t, err)
			size += uint64(len(text))
		}
	}
	const many = 1 << 16
	put(d.before, 1, false)
	if d.times >= many {
		put(strings.Repeat(d.again, many), d.times/many, false)
	}
	put(strings.Repeat(d.again, d.times%many), 1, false)
	put(d.after, 1, true)
	return out.Bytes(), hash.Sum32(), size
}

// hostile writes a file of the parts; those that every file needs are added.
func hostile(t *testing.T, parts map[string]document) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "a.xlsx")
	file, err := os.Create(path)
	require.NoError(t, err)
	archive := zip.NewWriter(file)
	for name, part := range map[string]document{"xl/_rels/workbook.xml.rels": plain(workbookLinks), "xl/workbook.xml": plain(oneSheet), "xl/sheet.xml": plain(header + footer)} {
		if _, ok := parts[name]; !ok {
			parts[name] = part
		}
	}
	for name, part := range parts {
		content, checksum, size := part.deflated(t)
		w, err := archive.CreateRaw(&zip.FileHeader{
			Name: name, Method: zip.Deflate, CRC32: checksum, CompressedSize64: uint64(len(content)), UncompressedSize64: size,
		})
		require.NoError(t, err)
		_, err = w.Write(content)
		require.NoError(t, err)
	}
	require.NoError(t, errors.Join(archive.Close(), file.Close()))
	return path
}

func sheetOf(d document) map[string]document { return map[string]document{"xl/sheet.xml": d} }

func textsOf(d document, rows document) map[string]document {
	return map[string]document{"xl/sharedStrings.xml": d, "xl/sheet.xml": rows}
}

// read reads the file in a process of its own.
func read(t *testing.T, path, says string) {
	t.Helper()
	self, err := os.Executable()
	require.NoError(t, err)
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute) // against an endless loop; seconds are enough
	defer cancel()
	command := exec.CommandContext(ctx, self)
	command.Env = append(os.Environ(), toRead+"="+path)
	said, err := command.CombinedOutput()
	require.NoError(t, err, "%s", said)
	require.Contains(t, string(said), says)
	var memory int
	_, err = fmt.Sscanf(string(said), "%d MiB", &memory)
	require.NoError(t, err)
	t.Logf("%v: %.100s", command.ProcessState.UserTime().Round(time.Millisecond), said)
	require.Less(t, memory, mostMemory, "MiB")
}
