package form

import (
	"crypto/rand"
	"encoding/hex"
	"strconv"
	"time"

	"github.com/google/uuid"

	"github.com/guanxi-crm/guanxi/libs/page"
)

// seals makes and opens what pages carry: nobody else can make one.
type seals struct{ pages *page.Sealer }

// nonceBytes is how much chance is in a page's token.
const nonceBytes = 16

// stamp is what the token of a page says: when it was opened, and which one it is.
type stamp struct {
	Opened time.Time
	Nonce  []byte
}

// token is of a page that is opened now.
func (s seals) token(form uuid.UUID, now time.Time) (string, error) {
	nonce := make([]byte, nonceBytes)
	_, _ = rand.Read(nonce) // never fails
	return s.pages.Seal(page.Binding("voice form", form.String()), []string{strconv.FormatInt(now.UnixMilli(), 10), hex.EncodeToString(nonce)})
}

// open reads a token; ok is false if it is not one that was made for the form.
func (s seals) open(form uuid.UUID, token string) (_ stamp, ok bool) {
	parts, err := s.pages.Open(page.Binding("voice form", form.String()), token)
	if err != nil || len(parts) != 2 {
		return stamp{}, false
	}
	at, errAt := strconv.ParseInt(parts[0], 10, 64)
	nonce, errNonce := hex.DecodeString(parts[1])
	return stamp{Opened: time.UnixMilli(at), Nonce: nonce}, errAt == nil && errNonce == nil
}

// Judge says whether a page that was opened at a time can be sent now.
func (g Guard) Judge(opened, now time.Time) (Code, bool) {
	switch age := now.Sub(opened); {
	case age > g.Valid:
		return TooOld, false
	case age < g.Minimum:
		return TooFast, false
	}
	return 0, true
}

// Receipt is what the sender is told after all was taken in.
type Receipt struct {
	Reference string
	Suspect   bool
	Repeated  bool // it had come before
}

// receipt seals one into what the browser asks for next.
func (s seals) receipt(form uuid.UUID, r Receipt) (string, error) {
	return s.pages.Seal(page.Binding("voice receipt", form.String()), []string{r.Reference, strconv.FormatBool(r.Suspect), strconv.FormatBool(r.Repeated)})
}

// openReceipt reads one; ok is false if it is not one of the form's.
func (s seals) openReceipt(form uuid.UUID, sealed string) (_ Receipt, ok bool) {
	parts, err := s.pages.Open(page.Binding("voice receipt", form.String()), sealed)
	if err != nil || len(parts) != 3 {
		return Receipt{}, false
	}
	return Receipt{Reference: parts[0], Suspect: parts[1] == "true", Repeated: parts[2] == "true"}, true
}

// alphabet has no character that is taken for another one when it is read out: Crockford's.
const alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

// newReference draws what a sender is told, of 60 bits: enough that nobody finds another one's.
func newReference() string {
	var chance [12]byte
	_, _ = rand.Read(chance[:]) // never fails
	out := make([]byte, 0, len(chance)+2)
	for i, b := range chance {
		if i > 0 && i%4 == 0 {
			out = append(out, '-')
		}
		out = append(out, alphabet[int(b)%len(alphabet)])
	}
	return string(out)
}

// slugLength is that of a slug that is for those alone who are given the link: 130 bits of chance.
const slugLength = 26

// newSlug draws the slug of a form that names none.
func newSlug() string {
	chance := make([]byte, slugLength)
	_, _ = rand.Read(chance) // never fails
	for i, b := range chance {
		chance[i] = "abcdefghijklmnopqrstuvwxyz234567"[int(b)%len(alphabet)]
	}
	return string(chance)
}
