package settings_test

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"

	"github.com/guanxi-crm/guanxi/libs/page"
	"github.com/guanxi-crm/guanxi/libs/settings"
	profilev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/profile/v1"
)

func TestVersions(t *testing.T) {
	t.Parallel()
	_, _, s := setup(t)
	pages, err := page.NewSealer(bytes.Repeat([]byte{7}, page.KeySize))
	require.NoError(t, err)
	list, err := settings.NewList(&profilev1.Settings{}, pages)
	require.NoError(t, err)
	read := func(token string) ([]int32, string) {
		request := &profilev1.ListSettingsVersionsRequest{PageSize: 2, PageToken: token}
		versions, next, err := s.Versions(alice(t), list, "method", request)
		require.NoError(t, err)
		var numbers []int32
		for _, v := range versions {
			numbers = append(numbers, v.GetVersion())
		}
		return numbers, next
	}
	numbers, next := read("")
	require.Equal(t, []int32{1}, numbers, "the shipped one, asked for for the first time")
	require.Empty(t, next)
	for n := range int32(2) {
		_, err := s.Update(alice(t), days(n+1), nil)
		require.NoError(t, err)
	}
	numbers, next = read("")
	require.Equal(t, []int32{3, 2}, numbers)
	numbers, next = read(next)
	require.Equal(t, []int32{1}, numbers)
	require.Empty(t, next)
	_, _, err = s.Versions(alice(t), list, "method", &profilev1.ListSettingsVersionsRequest{PageToken: "x"})
	requireReason(t, err, codes.InvalidArgument, "INVALID_FIELDS")
}
