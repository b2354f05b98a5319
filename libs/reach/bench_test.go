package reach_test

import (
	"context"
	"log/slog"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"

	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/reach"
	"github.com/guanxi-crm/guanxi/libs/testkit"
	planningv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/planning/v1"
	profilev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/profile/v1"
)

// BenchmarkAnswer is what the net adds to one answer: of a customer, whose territory stands beside his name, and of a page of fifty contacts, for which the database is asked.
func BenchmarkAnswer(b *testing.B) {
	contacts := make([]*planningv1.Contact, 50)
	for i := range contacts {
		contacts[i] = &planningv1.Contact{Name: "contacts/1", Customer: south}
	}
	net := reach.New(testkit.Database(b, migrate), slog.New(slog.DiscardHandler), reach.NewCounter())
	for what, answer := range map[string]proto.Message{
		"customer":       &profilev1.Customer{Name: south, Territory: "cn/south/shenzhen"},
		"fifty contacts": &planningv1.ListContactsResponse{Contacts: contacts},
	} {
		for whose, territories := range map[string][]string{"everywhere": {auth.Anywhere}, "limited": {"cn/south", "de"}} {
			b.Run(what+"/"+whose, func(b *testing.B) {
				ctx := auth.With(b.Context(), auth.Principal{Subject: "alice", Territories: territories})
				handle := func(context.Context, any) (any, error) { return answer, nil }
				b.ReportAllocs()
				for b.Loop() {
					_, err := net.Unary(ctx, nil, &grpc.UnaryServerInfo{FullMethod: "/m"}, handle)
					require.NoError(b, err)
				}
			})
		}
	}
}
