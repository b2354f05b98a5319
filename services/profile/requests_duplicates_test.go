package profile_test

import (
	"testing"

	"google.golang.org/protobuf/proto"

	profilev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/profile/v1"
)

// duplicatesPart has a twin of the customer, with a secret telephone number in common.
var duplicatesPart = part{
	prepare: func(t *testing.T, s *scene) {
		t.Helper()
		private := &profilev1.Channel{Medium: profilev1.Channel_MOBILE, Value: "secret-mobile", Level: manager}
		s.twin = s.bundle.customer(t, company("open-customer", "cn/south/shenzhen", private)).GetName()
		s.twinSearch = s.search(t).GetName()
	},
	requests: func(s *scene) map[string]proto.Message {
		return map[string]proto.Message{
			"DuplicateService/FindDuplicates":        &profilev1.FindDuplicatesRequest{},
			"DuplicateService/GetDuplicateSearch":    &profilev1.GetDuplicateSearchRequest{Name: s.twinSearch},
			"DuplicateService/ListDuplicateSearches": &profilev1.ListDuplicateSearchesRequest{},
			"DuplicateService/CancelDuplicateSearch": &profilev1.CancelDuplicateSearchRequest{Name: s.twinSearch},
			"DuplicateService/ListDuplicates":        &profilev1.ListDuplicatesRequest{Customer: s.customer, ShowDismissed: true},
			"DuplicateService/CheckDuplicates":       &profilev1.CheckDuplicatesRequest{Name: s.customer},
			"DuplicateService/DismissDuplicate":      &profilev1.DismissDuplicateRequest{Customer: s.customer, Other: s.twin, Reason: "open-reason"},
		}
	},
	anywhere: []string{"DuplicateService/ListDuplicateSearches"},
}
