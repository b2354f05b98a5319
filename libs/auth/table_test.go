package auth

import (
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/types/descriptorpb"

	profilev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/profile/v1"
	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
)

func TestPermit(t *testing.T) {
	t.Parallel()
	table, err := NewTable(Health...)
	require.NoError(t, err)
	everywhere := []string{Anywhere}
	nobody := Principal{}
	basic := Principal{Level: typev1.Level_BASIC, Territories: everywhere}
	manager := Principal{Level: typev1.Level_MANAGER, Territories: everywhere}
	administrator := Principal{Level: typev1.Level_BASIC, Administrator: true}
	adminOnly := Principal{Administrator: true}
	for _, c := range []struct {
		who    Principal
		method string
		reason string
	}{
		{basic, profilev1.CustomerService_GetCustomer_FullMethodName, ""},
		{nobody, profilev1.CustomerService_GetCustomer_FullMethodName, "METHOD_LEVEL"},
		{adminOnly, profilev1.CustomerService_GetCustomer_FullMethodName, "METHOD_LEVEL"},
		{basic, profilev1.CustomerService_DeleteCustomer_FullMethodName, "METHOD_LEVEL"},
		{manager, profilev1.CustomerService_DeleteCustomer_FullMethodName, ""},
		{manager, profilev1.AttributeService_CreateAttribute_FullMethodName, "ADMINISTRATOR_ONLY"},
		{administrator, profilev1.AttributeService_CreateAttribute_FullMethodName, ""},
		{administrator, "/guanxi.profile.v1.CustomerService/Nothing", "METHOD_UNLISTED"},
		{administrator, "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo", "METHOD_UNLISTED"},
		{administrator, "guanxi.profile.v1.CustomerService/GetCustomer", "METHOD_UNLISTED"},
		{administrator, "", "METHOD_UNLISTED"},
		{nobody, grpc_health_v1.Health_Check_FullMethodName, ""},
	} {
		err := table.Permit(c.who, c.method)
		if c.reason == "" {
			require.NoError(t, err, c)
		} else {
			refused(t, err, codes.PermissionDenied, c.reason)
		}
	}
}

func TestTableRefusesMethodsWithoutAccess(t *testing.T) {
	t.Parallel()
	file, err := protodesc.NewFile(&descriptorpb.FileDescriptorProto{
		Name: new("test.proto"), Package: new("guanxi.test.v1"),
		MessageType: []*descriptorpb.DescriptorProto{{Name: new("M")}},
		Service: []*descriptorpb.ServiceDescriptorProto{{
			Name: new("S"),
			Method: []*descriptorpb.MethodDescriptorProto{
				method("None", nil), method("Empty", &typev1.Access{Administrator: true}),
				method("Strange", &typev1.Access{Level: 9}), method("Good", &typev1.Access{Level: typev1.Level_BASIC}),
				method("Public", &typev1.Access{Level: typev1.Level_BASIC, Public: true}),
				method("PublicAbove", &typev1.Access{Level: typev1.Level_MANAGER, Public: true}),
				method("PublicAdministrator", &typev1.Access{Level: typev1.Level_BASIC, Public: true, Administrator: true}),
			},
		}},
	}, nil)
	require.NoError(t, err)
	table := &Table{access: map[string]*typev1.Access{}}
	undeclared := table.add(file.Services())
	require.Equal(t, []string{
		"/guanxi.test.v1.S/None", "/guanxi.test.v1.S/Empty", "/guanxi.test.v1.S/Strange", "/guanxi.test.v1.S/PublicAbove", "/guanxi.test.v1.S/PublicAdministrator",
	}, undeclared)
	require.EqualError(t, refuse("without access", undeclared),
		"auth: RPCs without access: /guanxi.test.v1.S/Empty, /guanxi.test.v1.S/None, /guanxi.test.v1.S/PublicAbove, "+
			"/guanxi.test.v1.S/PublicAdministrator, /guanxi.test.v1.S/Strange")
	refused(t, table.Permit(li(), "/guanxi.test.v1.S/None"), codes.PermissionDenied, "METHOD_UNLISTED")
	require.NoError(t, table.Permit(li(), "/guanxi.test.v1.S/Good"))
	require.True(t, table.isPublic("/guanxi.test.v1.S/Public"))
	require.NoError(t, table.Permit(public, "/guanxi.test.v1.S/Public"))
	for _, closed := range []string{"Good", "PublicAbove", "PublicAdministrator", "None", "Other"} {
		require.False(t, table.isPublic("/guanxi.test.v1.S/"+closed), closed)
	}
}

func method(name string, access *typev1.Access) *descriptorpb.MethodDescriptorProto {
	options := &descriptorpb.MethodOptions{}
	if access != nil {
		proto.SetExtension(options, typev1.E_Access, access)
	}
	return &descriptorpb.MethodDescriptorProto{
		Name: &name, InputType: new(".guanxi.test.v1.M"), OutputType: new(".guanxi.test.v1.M"), Options: options,
	}
}

func TestCheckFindsServedMethodsOutsideTheTable(t *testing.T) {
	t.Parallel()
	table, err := NewTable(Health...)
	require.NoError(t, err)
	served := map[string]grpc.ServiceInfo{
		"guanxi.profile.v1.CustomerService": {Methods: []grpc.MethodInfo{{Name: "GetCustomer"}}},
		"grpc.health.v1.Health":             {Methods: []grpc.MethodInfo{{Name: "Check"}, {Name: "Watch"}, {Name: "List"}}},
	}
	require.NoError(t, table.Check(served))
	served["grpc.reflection.v1.ServerReflection"] = grpc.ServiceInfo{Methods: []grpc.MethodInfo{{Name: "ServerReflectionInfo"}}}
	require.EqualError(t, table.Check(served),
		"auth: RPCs not in the method table: /grpc.reflection.v1.ServerReflection/ServerReflectionInfo")
}
