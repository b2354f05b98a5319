package up

import (
	"sync"
	"time"

	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/peer"
	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
)

// A service's own token is replaced long before it ends.
const (
	serviceTTL   = time.Hour
	serviceRenew = serviceTTL / 2
)

// serviceToken is what a service shows to others: it sees everything, everywhere, and administers nothing.
func serviceToken(signer *auth.Signer, name string) peer.Token {
	var mu sync.Mutex
	var token string
	var renew time.Time
	return func() (string, error) {
		mu.Lock()
		defer mu.Unlock()
		if now := time.Now(); now.After(renew) {
			fresh, err := signer.Sign(auth.Principal{Subject: name, Level: typev1.Level_EXECUTIVE, Territories: []string{auth.Anywhere}}, serviceTTL)
			if err != nil {
				return "", err
			}
			token, renew = fresh, now.Add(serviceRenew)
		}
		return token, nil
	}
}
