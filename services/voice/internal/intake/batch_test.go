package intake

import (
	"context"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/types/known/timestamppb"

	voicev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/voice/v1"
)

func TestRowsAreJudgedByThemselves(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ctx, customer, north := in(t, "cn/south"), b.customer(t, "cn/south"), b.customer(t, "cn/north")
	bad := complains(customer, "2")
	bad.Text = ""
	late := complains(customer, "3")
	late.ReceivedTime = timestamppb.New(b.clock.Now().Add(time.Hour))
	rows := []*voicev1.Voice{complains(customer, "1"), bad, late, complains(north, "4"), complains(customer, ""), complains(customer, "5")}
	r := &voicev1.BatchCreateVoicesRequest{}
	for _, v := range rows {
		r.Requests = append(r.Requests, &voicev1.CreateVoiceRequest{Voice: v})
	}
	for range 2 {
		// As when the call has a request_id: then all of it is one transaction.
		var out *voicev1.BatchCreateVoicesResponse
		require.NoError(t, b.db.InTx(ctx, func(ctx context.Context) (err error) {
			out, err = b.BatchCreateVoices(ctx, r)
			return err
		}))
		require.EqualValues(t, 2, out.GetCreated())
		require.EqualValues(t, 4, out.GetFailed())
		var codes, fields []string
		for _, one := range out.GetResults() {
			codes = append(codes, one.GetError().GetCode())
			for _, v := range one.GetError().GetViolations() {
				fields = append(fields, v.GetField()+" "+v.GetRule())
			}
		}
		require.Equal(t, []string{"", "INVALID_ARGUMENT", "INVALID_ARGUMENT", "PERMISSION_DENIED", "INVALID_ARGUMENT", ""}, codes)
		require.Equal(t, []string{"voice.text STRING_MIN_LEN", "voice.received_time RANGE", "voice.source_id REQUIRED"}, fields)
	}
	require.Len(t, b.subjects(t), 4)
	r.Requests = nil
	for i := range most + 1 {
		r.Requests = append(r.Requests, &voicev1.CreateVoiceRequest{Voice: complains(customer, strconv.Itoa(i))})
	}
	_, err := b.BatchCreateVoices(ctx, r)
	refused(t, err, codes.InvalidArgument, "INVALID_FIELDS")
}

func TestAPurgedCustomerTakesHisVoicesAlong(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.create(in(t, "cn"), t, complains(b.customer(t, "cn/south"), "1"))
	_, err := b.db.Exec(t.Context(), `delete from customers`)
	require.NoError(t, err)
	var left int
	require.NoError(t, b.db.Get(t.Context(), &left, `select (select count(*) from voices) + (select count(*) from cases)`))
	require.Zero(t, left)
}
