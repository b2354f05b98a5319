package sheet

import (
	"bufio"
	"errors"
	"os"
)

// maxHeld is how many bytes a spill holds in memory. While it grows there, some times as much is garbage.
const maxHeld = 4 << 20

// spill takes bytes at its end and gives them back from anywhere. They are in memory as long as they are few, else in a temporary file.
type spill struct {
	held []byte
	file *os.File
	to   *bufio.Writer
	size int64
}

func (s *spill) append(p []byte) error {
	s.size += int64(len(p))
	if s.file == nil && s.size <= maxHeld {
		s.held = append(s.held, p...)
		return nil
	}
	if s.file == nil {
		if err := s.open(); err != nil {
			return err
		}
	}
	_, err := s.to.Write(p)
	return err
}

// open moves what is held to a file, which nobody else can open.
func (s *spill) open() (err error) {
	if s.file, err = os.CreateTemp("", "guanxi-sheet-*"); err != nil {
		return err
	}
	s.to = bufio.NewWriterSize(s.file, 1<<16)
	_, err = s.to.Write(s.held)
	s.held = nil
	return err
}

// done must stand between the last append and the first read.
func (s *spill) done() error {
	if s.file == nil {
		return nil
	}
	return s.to.Flush()
}

// read fills p with what stands at the offset.
func (s *spill) read(p []byte, at int64) error {
	if s.file == nil {
		copy(p, s.held[at:])
		return nil
	}
	_, err := s.file.ReadAt(p, at)
	return err
}

// Close removes the file.
func (s *spill) Close() error {
	if s.file == nil {
		return nil
	}
	return errors.Join(s.file.Close(), os.Remove(s.file.Name()))
}
