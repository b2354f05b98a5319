package etag_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"

	"github.com/guanxi-crm/guanxi/libs/etag"
	"github.com/guanxi-crm/guanxi/libs/fault"
)

func TestCheck(t *testing.T) {
	t.Parallel()
	require.NoError(t, etag.Check("", 7, "customers/x"))
	require.NoError(t, etag.Check(etag.Of(7), 7, "customers/x"))
	for _, wrong := range []string{etag.Of(6), "7", "*", `""`} {
		require.Equal(t, codes.Aborted, fault.From(etag.Check(wrong, 7, "customers/x")).Code(), wrong)
	}
}
