package events

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
	"github.com/nats-io/nats.go"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/trace"
	"google.golang.org/genproto/googleapis/type/money"
	"pgregory.net/rapid"

	"github.com/guanxi-crm/guanxi/libs/auth"
	profilev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/profile/v1"
)

var at = time.Date(2026, 3, 4, 5, 6, 7, 89_000_000, time.UTC)

func TestNew(t *testing.T) {
	t.Parallel()
	ctx := WithCause(auth.With(t.Context(), auth.Principal{Subject: "li.wei"}), "import")
	ctx = trace.ContextWithSpanContext(ctx, trace.NewSpanContext(trace.SpanContextConfig{TraceID: [16]byte{1}, SpanID: [8]byte{2}}))
	order := &profilev1.Order{Name: "orders/1", Lines: []*profilev1.OrderLine{{ProductLine: "fibre"}}}
	a := uuid.New()
	e, err := New(ctx, at, a, &profilev1.OrderRecorded{Order: "orders/1", After: order})
	require.NoError(t, err)
	require.NotZero(t, e.ID)
	e.ID = uuid.Nil
	require.Empty(t, cmp.Diff(Event{
		Aggregate: a, Subject: "guanxi.profile.order.recorded.v1", Resource: "orders/1",
		Data:  []byte(`{"order":"orders/1","after":{"name":"orders/1","lines":[{"productLine":"fibre"}]}}`),
		Actor: "li.wei", Cause: "import", TraceParent: "00-01000000000000000000000000000000-0200000000000000-00", Time: at,
	}, e))
	var back profilev1.OrderRecorded
	require.NoError(t, e.Decode(&back))
	require.Equal(t, "fibre", back.GetAfter().GetLines()[0].GetProductLine())
}

func TestNewLeavesOutWhatIsAboveBasicAndTheOriginalAsItIs(t *testing.T) {
	t.Parallel()
	data := &profilev1.OrderRecorded{Order: "orders/1", After: &profilev1.Order{GrossProfit: &money.Money{Units: 7}}}
	e, err := New(t.Context(), at, uuid.New(), data)
	require.NoError(t, err)
	require.NotContains(t, strings.ToLower(string(e.Data)), "profit")
	require.NotNil(t, data.GetAfter().GetGrossProfit())
	require.Equal(t, "guanxi", e.Actor)
	require.Equal(t, "command", e.Cause)
}

func TestNewRefuses(t *testing.T) {
	t.Parallel()
	_, err := New(t.Context(), at, uuid.New(), &profilev1.Customer{Name: "customers/1"})
	require.ErrorContains(t, err, "does not declare itself an event")
	_, err = New(t.Context(), at, uuid.New(), &profilev1.CustomerDeleted{})
	require.ErrorContains(t, err, "must name its resource")
	_, err = New(t.Context(), at, uuid.New(), &profilev1.CustomerDeleted{Customer: strings.Repeat("x", MaxData)})
	require.ErrorContains(t, err, "at most")
}

func TestDecodePassesOverFieldsOfNewerPublishers(t *testing.T) {
	t.Parallel()
	e := Event{Data: []byte(`{"customer":"customers/1","notYetKnown":{"a":[1]}}`)}
	var m profilev1.CustomerDeleted
	require.NoError(t, e.Decode(&m))
	require.Equal(t, "customers/1", m.GetCustomer())
	require.Error(t, Event{Data: []byte(`{`)}.Decode(&m))
}

func TestMessageIsACloudEvent(t *testing.T) {
	t.Parallel()
	e := Event{
		ID: uuid.MustParse("018f0000-0000-7000-8000-000000000001"), Aggregate: uuid.MustParse("018f0000-0000-7000-8000-000000000002"),
		Version: 42, Subject: "guanxi.profile.customer.deleted.v1", Resource: "customers/018f", Data: []byte(`{}`),
		Actor: `李伟 "x"`, Cause: "command", TraceParent: "00-01-02-00", Time: at,
	}
	m := e.message()
	require.Equal(t, e.Subject, m.Subject)
	require.Empty(t, cmp.Diff(nats.Header{
		"Nats-Msg-Id":          {"018f0000-0000-7000-8000-000000000001"},
		"Nats-Expected-Stream": {"GUANXI"},
		"ce-specversion":       {"1.0"},
		"ce-id":                {"018f0000-0000-7000-8000-000000000001"},
		"ce-source":            {"//guanxi/profile/018f0000-0000-7000-8000-000000000002"},
		"ce-type":              {"guanxi.profile.customer.deleted.v1"},
		"ce-subject":           {"customers/018f"},
		"ce-time":              {"2026-03-04T05:06:07.089Z"},
		"ce-datacontenttype":   {"application/json"},
		"ce-dataschema":        {"proto:guanxi.profile.v1.CustomerDeleted"},
		"ce-partitionkey":      {"018f0000-0000-7000-8000-000000000002"},
		"ce-sequence":          {"00000000000000000042"},
		"ce-actor":             {"%E6%9D%8E%E4%BC%9F%20%22x%22"},
		"ce-cause":             {"command"},
		"traceparent":          {"00-01-02-00"},
	}, m.Header))
	back, err := parse(m.Subject, m.Header, m.Data)
	require.NoError(t, err)
	require.Empty(t, cmp.Diff(e, back))
}

func TestParseRefusesWhatIsNoEvent(t *testing.T) {
	t.Parallel()
	for _, header := range []string{headerSpecVersion, headerID, headerPartition, headerSequence, headerTime} {
		m := Event{ID: uuid.New(), Aggregate: uuid.New(), Version: 1, Subject: "guanxi.x.y", Time: at}.message()
		m.Header.Set(header, "?")
		_, err := parse(m.Subject, m.Header, m.Data)
		require.ErrorContains(t, err, header)
		m.Header.Del(header)
		_, err = parse(m.Subject, m.Header, m.Data)
		require.ErrorContains(t, err, header)
	}
}

func TestEscapeIsUndone(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		value := rapid.String().Draw(t, "value")
		escaped := escape(value)
		require.Equal(t, value, unescape(escaped))
		require.Equal(t, -1, strings.IndexFunc(escaped, func(c rune) bool { return c <= ' ' || c >= 0x7f }))
	})
	require.Equal(t, "100%", unescape("100%"))
	require.Equal(t, "%zz", unescape("%zz"))
}

func TestEnsureStreamIsRepeatableAndFollowsTheConfiguration(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.publish(t, uuid.New(), 1)
	stream, err := EnsureStream(t.Context(), b.js, StreamConfig{MaxBytes: 1 << 20})
	require.NoError(t, err)
	_, err = EnsureStream(t.Context(), b.js, StreamConfig{MaxBytes: 1 << 20})
	require.NoError(t, err)
	info, err := stream.Info(t.Context())
	require.NoError(t, err)
	require.EqualValues(t, 1<<20, info.Config.MaxBytes)
	require.EqualValues(t, 1, info.State.Msgs)
	require.Error(t, stream.Purge(t.Context()))
	require.Error(t, stream.DeleteMsg(t.Context(), 1))
}

func TestTailShowsTheStoredAndTheNew(t *testing.T) {
	t.Parallel()
	b := setup(t)
	a := uuid.New()
	b.publish(t, a, 1)
	ctx, cancel := context.WithCancel(t.Context())
	var seen []int64
	err := Tail(ctx, b.js, "guanxi.profile.>", time.Now().Add(-time.Hour), func(m Message) error {
		require.NoError(t, m.Err)
		if seen = append(seen, m.Version); m.Version == 1 {
			b.publish(t, a, 2)
		} else {
			cancel()
		}
		return nil
	})
	require.NoError(t, err)
	require.Equal(t, []int64{1, 2}, seen)
}
