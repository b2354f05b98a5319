package profile_test

import (
	"google.golang.org/protobuf/proto"

	profilev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/profile/v1"
)

// consentsPart are the requests to the consent ledger.
var consentsPart = part{
	requests: func(s *scene) map[string]proto.Message {
		return map[string]proto.Message{
			"ConsentService/RecordConsent": &profilev1.RecordConsentRequest{Parent: s.person, Consent: &profilev1.ConsentEntry{Medium: email, State: granted, Source: "open-person"}},
			"ConsentService/ListConsents":  &profilev1.ListConsentsRequest{Parent: s.person},
		}
	},
}
