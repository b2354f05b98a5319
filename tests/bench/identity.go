package main

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"time"

	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/seal"
	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
)

// identity makes the token of the caller, and what the service needs to believe it.
func (g *ground) identity() ([]string, error) {
	signer, err := auth.NewSigner(filepath.Join(g.dir, "signer.pem"), "https://issuer.bench", "guanxi", time.Now)
	if err != nil {
		return nil, err
	}
	caller := auth.Principal{Subject: "bench", Level: typev1.Level_MANAGER, Territories: []string{auth.Anywhere}, Administrator: true}
	if g.token, err = signer.Sign(caller, time.Hour); err != nil {
		return nil, err
	}
	keys, err := json.Marshal(signer.Keys())
	if err != nil {
		return nil, err
	}
	peer, err := signer.Sign(auth.Principal{Subject: "service", Level: typev1.Level_EXECUTIVE, Territories: []string{auth.Anywhere}}, 24*time.Hour)
	if err != nil {
		return nil, err
	}
	keysFile, pageKey, peerToken := filepath.Join(g.dir, "keys.json"), filepath.Join(g.dir, "page.key"), filepath.Join(g.dir, "peer.token")
	personKeys := filepath.Join(g.dir, "person.keys")
	const key = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n" // nothing is paged here
	err = errors.Join(
		os.WriteFile(personKeys, []byte(seal.NewFile()), 0o600),
		os.WriteFile(keysFile, keys, 0o600), os.WriteFile(pageKey, []byte(key), 0o600), os.WriteFile(peerToken, []byte(peer), 0o600),
	)
	if err != nil {
		return nil, err
	}
	return []string{
		"GUANXI_AUTH_ISSUER=https://issuer.bench", "GUANXI_AUTH_AUDIENCE=guanxi", "GUANXI_AUTH_ALGORITHMS=EdDSA",
		"GUANXI_AUTH_KEYS_FILE=" + keysFile, "GUANXI_PAGE_KEYS_FILE=" + pageKey, "GUANXI_PEER_TOKEN_FILE=" + peerToken,
		"GUANXI_PERSON_KEYS_FILE=" + personKeys,
	}, nil
}
