package profile_test

import (
	"google.golang.org/protobuf/proto"

	profilev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/profile/v1"
)

// privacyPart are the requests about what is held on people.
var privacyPart = part{
	requests: func(s *scene) map[string]proto.Message {
		return map[string]proto.Message{
			"PersonPrivacyService/ErasePerson":  &profilev1.ErasePersonRequest{Name: s.person, Basis: profilev1.Erasure_REQUEST, Etag: "stale"},
			"PersonPrivacyService/ExportPerson": &profilev1.ExportPersonRequest{Name: s.person},
			"PersonPrivacyService/ListErasures": &profilev1.ListErasuresRequest{},
		}
	},
	anywhere: []string{"PersonPrivacyService/ListErasures"},
}
