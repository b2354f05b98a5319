package profile_test

import (
	"google.golang.org/protobuf/proto"

	profilev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/profile/v1"
)

// mergesPart asks for a merge by a stale etag, so that the scene stays as it is.
var mergesPart = part{
	requests: func(s *scene) map[string]proto.Message {
		return map[string]proto.Message{
			"CustomerIdentityService/MergeCustomers":  &profilev1.MergeCustomersRequest{Survivor: s.customer, Duplicates: []string{s.twin}, Etag: "stale"},
			"CustomerIdentityService/UnmergeCustomer": &profilev1.UnmergeCustomerRequest{Name: s.customer},
			"CustomerIdentityService/ListMerges":      &profilev1.ListMergesRequest{Parent: s.customer},
		}
	},
}
