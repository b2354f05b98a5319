package events

import (
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/nats-io/nats.go"
	"github.com/stretchr/testify/require"

	profilev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/profile/v1"
)

// FuzzParse looks for a message on the wire that panics, that is taken for an event which the database would refuse, or that does not
// come back as it went out.
func FuzzParse(f *testing.F) {
	good := Event{
		ID: uuid.MustParse("018f6c1e-0000-7000-8000-000000000001"), Aggregate: uuid.MustParse("018f6c1e-0000-7000-8000-000000000002"), Version: 7,
		Subject: "guanxi.profile.customer.created.v1", Resource: "customers/018f6c1e-0000-7000-8000-000000000002", Data: []byte(`{"customer":"华为"}`),
		Actor: "alice", Cause: "command", Time: time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC),
	}
	h := good.message().Header
	at := func(name string) string { return h[name][0] }
	f.Add(at(headerID), at(headerPartition), at(headerSequence), at(headerTime), at(headerSubject), at(headerActor), at(headerCause), "", good.Data)
	f.Add("{}", "urn:uuid:", "-0", "2026-03-01T24:00:00Z", "%", "%zz%00", "%ff", "00-", []byte(`{"after":{"attributes":{"a":{}}}}`))
	f.Fuzz(func(t *testing.T, id, aggregate, sequence, at, resource, actor, cause, trace string, data []byte) {
		header := nats.Header{headerSpecVersion: {"1.0"}}
		for name, value := range map[string]string{
			headerID: id, headerPartition: aggregate, headerSequence: sequence, headerTime: at, headerSubject: resource,
			headerActor: actor, headerCause: cause, headerTrace: trace,
		} {
			header[name] = []string{value}
		}
		e, err := parse(good.Subject, header, data)
		if err != nil {
			return
		}
		require.Positive(t, e.Version)
		_ = e.Decode(&profilev1.CustomerCreated{}) // whatever its data: an error, not a panic
		sent := e.message()
		again, err := parse(sent.Subject, sent.Header, sent.Data)
		require.NoError(t, err)
		require.True(t, e.Time.Equal(again.Time))
		e.Time, again.Time = time.Time{}, time.Time{}
		require.Equal(t, e, again)
	})
}
