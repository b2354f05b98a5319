package profile_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"

	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/servicetest"
	profilev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/profile/v1"
	"github.com/guanxi-crm/guanxi/services/profile"
)

// A page of a thousand people, each of whom is opened with his own key.
func BenchmarkListPeople(b *testing.B) {
	s := servicetest.Start(b, profile.Definition())
	ctx := s.AsPrincipal(b, auth.Principal{Subject: "root", Level: executive, Territories: []string{auth.Anywhere}})
	stream, err := profilev1.NewImportServiceClient(s.Conn).ImportRows(ctx)
	require.NoError(b, err)
	rows := []*profilev1.ImportRow{line(1, shop("1", "x"))}
	for n := range 1000 {
		p := &profilev1.Person{
			DisplayName: fmt.Sprintf("person %d", n), Position: "buyer", Family: "two children", Hobbies: []string{"chess", "go"},
			Channels:    []*profilev1.Channel{{Medium: profilev1.Channel_MOBILE, Value: fmt.Sprint(13800000000 + n), Level: manager}},
			ExternalIds: []*profilev1.ExternalId{{System: "crm", Id: fmt.Sprint(n)}},
		}
		rows = append(rows, line(int64(n+2), &profilev1.ImportRow{
			CustomerRef: &profilev1.ImportCustomer{System: "shop", Id: "1"}, Fact: &profilev1.ImportRow_Person{Person: p},
		}))
		if len(rows) == 250 || n == 999 {
			require.NoError(b, stream.Send(&profilev1.ImportRowsRequest{ImportId: "i", Digest: "d", Rows: rows}))
			_, err := stream.Recv()
			require.NoError(b, err)
			rows = nil
		}
	}
	people := profilev1.NewPersonServiceClient(s.Conn)
	for b.Loop() {
		list, err := people.ListPeople(ctx, &profilev1.ListPeopleRequest{Parent: "customers/-", PageSize: 1000}, grpc.MaxCallRecvMsgSize(16<<20))
		require.NoError(b, err)
		require.Len(b, list.GetPeople(), 1000)
	}
}
