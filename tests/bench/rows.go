package main

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/lib/pq"

	"github.com/guanxi-crm/guanxi/libs/search"
	profilev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/profile/v1"
)

// stored is how many customers there are before anything is measured.
const stored = 20_000

// idOf is the id of the n-th of them, in both databases.
func idOf(n int) uuid.UUID {
	return uuid.NewSHA1(uuid.NameSpaceURL, fmt.Appendf(nil, "customer/%d", n))
}

// customer is an ordinary one: an address, a channel, an id in another system. The key tells it from all others.
func customer(key string) *profilev1.Customer {
	return &profilev1.Customer{
		DisplayName: "深圳市瑞恒精密电子有限公司 " + key, Kind: profilev1.Customer_ORGANIZATION, Territory: "cn/south/shenzhen", Owner: "alice",
		Relations: []profilev1.Customer_Relation{profilev1.Customer_BUYER}, Industry: "电子制造", EmployeeCount: 120, Tags: []string{"gold", "2026"},
		Addresses:   []*profilev1.Address{{Label: "office", RegionCode: "CN", Locality: "深圳", Lines: []string{"南山区科技园 1 号"}}},
		Channels:    []*profilev1.Channel{{Medium: profilev1.Channel_PHONE, Value: "0755-86013388"}},
		ExternalIds: []*profilev1.ExternalId{{System: "erp", Id: key}},
		TimeZone:    "Asia/Shanghai", Language: "zh-CN",
	}
}

// columns are those of a customer, as the service has them, in the order of values.
var columns = []string{
	"customer_id", "sequence", "revision", "display_name", "kind", "relations", "legal_name", "alternative_names", "registration_number",
	"industry", "employee_count", "territory", "owner", "source", "tags", "attributes", "addresses", "channels", "external_ids", "time_zone",
	"language", "words", "create_time", "update_time",
}

// values are what a new customer is in the table.
func values(id uuid.UUID, c *profilev1.Customer, at time.Time) ([]any, error) {
	documents := make([]string, 0, 3)
	for _, list := range []any{c.GetAddresses(), c.GetChannels(), c.GetExternalIds()} {
		document, err := json.Marshal(list)
		if err != nil {
			return nil, err
		}
		documents = append(documents, string(document))
	}
	relations := make(pq.Int32Array, len(c.GetRelations()))
	for i, r := range c.GetRelations() {
		relations[i] = int32(r)
	}
	address := c.GetAddresses()[0]
	words := search.Vector(c.GetDisplayName() + "\n" + c.GetIndustry() + "\n" + address.GetLocality() + "\n" + address.GetLines()[0])
	return []any{
		id, int64(1), int64(1), c.GetDisplayName(), int32(c.GetKind()), relations, c.GetLegalName(),
		pq.StringArray{},
		c.GetRegistrationNumber(),
		c.GetIndustry(), c.GetEmployeeCount(), c.GetTerritory(), c.GetOwner(), c.GetSource(), pq.StringArray(c.GetTags()), "{}",
		documents[0], documents[1], documents[2], c.GetTimeZone(), c.GetLanguage(), words, at, at,
	}, nil
}
