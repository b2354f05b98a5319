package mask_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/mask"
	profilev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/profile/v1"
	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
)

// FuzzApply looks for a mask that panics, that fails otherwise than as the caller's fault, or by which a caller changes what is above
// his level. Paths are separated by commas.
func FuzzApply(f *testing.F) {
	f.Add("display_name,attributes.open", `{"displayName":"new","attributes":{"open":{"text":"x"}}}`)
	f.Add("*", `{"channels":[{"value":"a"}],"tags":[]}`)
	f.Add("attributes.secret,createTime.seconds,addresses..lines", `{}`)
	f.Fuzz(func(t *testing.T, paths, body string) {
		change := &profilev1.Customer{}
		if protojson.Unmarshal([]byte(body), change) != nil {
			return
		}
		c := stored()
		before := proto.CloneOf(c)
		err := mask.Apply("customer", c, change, &fieldmaskpb.FieldMask{Paths: strings.Split(paths, ",")}, typev1.Level_BASIC)
		if err != nil {
			require.Contains(t, []codes.Code{codes.InvalidArgument, codes.PermissionDenied}, fault.From(err).Code(), "%v", err)
			return
		}
		require.Equal(t, before.GetName(), c.GetName())
		require.Equal(t, before.GetKind(), c.GetKind())
		require.True(t, proto.Equal(before.GetAttributes()["secret"], c.GetAttributes()["secret"]), "%v", c)
		require.True(t, proto.Equal(before.GetChannels()[1], private(c)), "%v", c)
	})
}

// private is the channel that the caller does not see.
func private(c *profilev1.Customer) *profilev1.Channel {
	for _, channel := range c.GetChannels() {
		if channel.GetValue() == "private" {
			return channel
		}
	}
	return nil
}
