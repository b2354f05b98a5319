package answer

import (
	"encoding/hex"
	"strconv"
	"time"

	"github.com/guanxi-crm/guanxi/libs/page"
)

// seals makes and opens what pages carry: nobody else can make one. They are good for one link.
type seals struct{ pages *page.Sealer }

// token says when a page was opened.
func (s seals) token(link []byte, opened time.Time) (string, error) {
	return s.pages.Seal(page.Binding("answer page", hex.EncodeToString(link)), []string{strconv.FormatInt(opened.UnixMilli(), 10)})
}

// open reads a token; ok is false if it is not one that was made for the link.
func (s seals) open(link []byte, token string) (opened time.Time, ok bool) {
	parts, err := s.pages.Open(page.Binding("answer page", hex.EncodeToString(link)), token)
	if err != nil || len(parts) != 1 {
		return opened, false
	}
	at, err := strconv.ParseInt(parts[0], 10, 64)
	return time.UnixMilli(at), err == nil
}

// receipt is where to go after something was sent: to the thanks when it has no section.
type receipt struct {
	section string
	more    string // the question that the answers have led to
}

func (s seals) receipt(link []byte, r receipt) (string, error) {
	return s.pages.Seal(page.Binding("answer receipt", hex.EncodeToString(link)), []string{r.section, r.more})
}

// openReceipt reads one; ok is false if it is not one of the link's.
func (s seals) openReceipt(link []byte, sealed string) (_ receipt, ok bool) {
	parts, err := s.pages.Open(page.Binding("answer receipt", hex.EncodeToString(link)), sealed)
	if err != nil || len(parts) != 2 {
		return receipt{}, false
	}
	return receipt{section: parts[0], more: parts[1]}, true
}
