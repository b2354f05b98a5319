package calls

import (
	"testing"

	"github.com/stretchr/testify/require"

	_ "github.com/guanxi-crm/guanxi/proto/go/guanxi/profile/v1" // the RPCs that are bound here
)

// Each field goes where google.api.http says: into the path, the body or the query.
func TestBind(t *testing.T) {
	t.Parallel()
	type fields = map[string]any
	for rpc, test := range map[string]struct {
		request fields
		want    HTTPCall
	}{
		"PersonService/GetPerson": {fields{"name": "customers/a b/people/ü"}, HTTPCall{"GET", "/v1/customers/a%20b/people/%C3%BC", ""}},
		"CustomerService/ListCustomers": {
			fields{"filter": "a = 1", "pageSize": 5, "showDeleted": true},
			HTTPCall{"GET", "/v1/customers?filter=a+%3D+1&pageSize=5&showDeleted=true", ""},
		},
		"CustomerService/CreateCustomer": {
			fields{"customer": fields{"owner": "x"}, "requestId": "r"}, HTTPCall{"POST", "/v1/customers?requestId=r", `{"owner":"x"}`},
		},
		"CustomerService/UpdateCustomer": {
			fields{"customer": fields{"name": "customers/1", "owner": "x"}, "updateMask": "*"},
			HTTPCall{"PATCH", "/v1/customers/1?updateMask=%2A", `{"owner":"x"}`},
		},
		"PersonService/UpdatePerson": {
			fields{"person": fields{"name": "customers/1/people/2"}, "updateMask": "displayName,family"},
			HTTPCall{"PATCH", "/v1/customers/1/people/2?updateMask=displayName%2Cfamily", `{}`},
		},
		"CustomerService/UndeleteCustomer": {
			fields{"name": "customers/1", "etag": "e"}, HTTPCall{"POST", "/v1/customers/1:undelete", `{"etag":"e"}`},
		},
		"SheetService/GetSalesCurve": {
			fields{"name": "customers/-", "productLines": []any{"a", "b"}}, HTTPCall{"GET", "/v1/customers/-/salesCurve?productLines=a&productLines=b", ""},
		},
	} {
		method, err := Call{RPC: rpc}.Method("guanxi.profile.v1")
		require.NoError(t, err)
		message, err := build(method.Input(), test.request)
		require.NoError(t, err)
		got, err := Bind(method, message)
		require.NoError(t, err)
		require.Equal(t, test.want, got, rpc)
	}
}

func TestExpand(t *testing.T) {
	t.Parallel()
	s := Scope{Here: "cn", Answers: map[string]any{"made": map[string]any{"names": []any{"a", "b"}, "n": 3}}}
	for text, want := range map[string]any{
		"plain": "plain", "${here}/x": "cn/x", "${made.names.1}": "b", "${made.n}": 3, "<${made.n}>": "<3>", "${repeat ab 3}": "ababab",
	} {
		got, err := s.Expand(text)
		require.NoError(t, err, text)
		require.Equal(t, want, got)
	}
	for _, text := range []string{"${nobody.name}", "${made.names.2}", "${made.names.x}", "${made.n.x}", "${repeat a b}"} {
		_, err := s.Expand([]any{map[string]any{"x": text}})
		require.Error(t, err, text)
	}
}
