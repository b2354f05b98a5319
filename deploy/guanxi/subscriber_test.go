package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"

	"github.com/guanxi-crm/guanxi/libs/events"
)

// broker runs a NATS server as an installation has it, with the configuration and the certificates that init made.
func broker(t *testing.T, secrets string) (url string) {
	t.Helper()
	options, err := server.ProcessConfigFile(brokerFile(t, secrets, "127.0.0.1:-1"))
	require.NoError(t, err)
	options.NoLog, options.NoSigs = true, true
	s, err := server.NewServer(options)
	require.NoError(t, err)
	go s.Start()
	require.True(t, s.ReadyForConnections(20*time.Second))
	t.Cleanup(func() {
		s.Shutdown()
		s.WaitForShutdown()
	})
	return strings.Replace(s.ClientURL(), "nats://", "tls://", 1)
}

// brokerFile is the configuration that init made, with places and the address of this test.
func brokerFile(t *testing.T, secrets, listen string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(secrets, "nats", "nats.conf"))
	require.NoError(t, err)
	own := strings.NewReplacer(
		"/run/secrets/", filepath.Join(secrets, "nats")+"/", "/data/", t.TempDir()+"/", "0.0.0.0:4222", listen, `http: "0.0.0.0:8222"`, "", "$NATS_NAME", "nats",
	).Replace(string(text))
	file := filepath.Join(t.TempDir(), "nats.conf")
	require.NoError(t, os.WriteFile(file, []byte(own), 0o600))
	return file
}

// party is a connection, and what it was refused.
type party struct {
	*nats.Conn
	numbers int
	mu      sync.Mutex
	refused []string
}

func connectAs(t *testing.T, url, folder string, more ...nats.Option) *party {
	t.Helper()
	p, err := dialAs(url, folder, more...)
	require.NoError(t, err)
	t.Cleanup(p.Close)
	return p
}

func dialAs(url, folder string, more ...nats.Option) (p *party, err error) {
	p = &party{}
	options := append([]nats.Option{
		nats.UserCredentials(filepath.Join(folder, "nats.creds")), nats.RootCAs(filepath.Join(folder, "ca.crt")),
		nats.ErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) {
			p.mu.Lock()
			defer p.mu.Unlock()
			p.refused = append(p.refused, err.Error())
		}),
	}, more...)
	p.Conn, err = nats.Connect(url, options...)
	return p, err
}

// wasRefused says whether the broker has refused the subject.
func (p *party) wasRefused(subject string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, r := range p.refused {
		if strings.Contains(r, "ermissions") && strings.Contains(r, `"`+subject+`"`) {
			return true
		}
	}
	return false
}

func (p *party) requireRefused(t *testing.T, subject string) {
	t.Helper()
	require.Eventually(t, func() bool { return p.wasRefused(subject) }, 5*time.Second, time.Millisecond, subject)
}

func publish(t *testing.T, service *party, subject string) {
	t.Helper()
	js, err := jetstream.New(service.Conn)
	require.NoError(t, err)
	_, err = js.Publish(t.Context(), subject, []byte("{}"))
	require.NoError(t, err, subject)
}

// publishNumbered publishes an event of one aggregate, the next number each time.
func publishNumbered(t *testing.T, service *party, subject string) {
	t.Helper()
	js, err := jetstream.New(service.Conn)
	require.NoError(t, err)
	service.numbers++
	m := nats.NewMsg(subject)
	m.Data = []byte("{}")
	m.Header = nats.Header{
		"ce-type": {subject}, "ce-subject": {"customers/1"}, "ce-partitionkey": {"1"}, "ce-sequence": {fmt.Sprintf("%020d", service.numbers)},
	}
	_, err = js.PublishMsg(t.Context(), m)
	require.NoError(t, err)
}

// installation has its secrets and its broker, with the stream that the first service makes.
func installation(t *testing.T) (secrets, url string, profile *party) {
	t.Helper()
	secrets = filepath.Join(t.TempDir(), "secrets")
	must(t, "init", "--secrets", secrets)
	url = broker(t, secrets)
	profile = connectAs(t, url, filepath.Join(secrets, "profile"))
	js, err := jetstream.New(profile.Conn)
	require.NoError(t, err)
	_, err = events.EnsureStream(t.Context(), js, events.StreamConfig{})
	require.NoError(t, err)
	return secrets, url, profile
}

func TestServiceMayPublishItsOwnOnly(t *testing.T) {
	t.Parallel()
	secrets, url, profile := installation(t)
	publish(t, profile, "guanxi.profile.customer.created.v1")
	require.NoError(t, profile.Publish("guanxi.voice.case.opened.v1", nil))
	profile.requireRefused(t, "guanxi.voice.case.opened.v1")
	require.NoError(t, profile.Publish("$JS.API.STREAM.DELETE.GUANXI", nil))
	profile.requireRefused(t, "$JS.API.STREAM.DELETE.GUANXI")

	voice := connectAs(t, url, filepath.Join(secrets, "voice"))
	js, err := jetstream.New(voice.Conn)
	require.NoError(t, err)
	_, err = events.EnsureStream(t.Context(), js, events.StreamConfig{})
	require.NoError(t, err)
	consumer, err := js.CreateOrUpdateConsumer(t.Context(), events.StreamName, jetstream.ConsumerConfig{
		Durable: "voice-facts", FilterSubjects: []string{"guanxi.profile.>"}, AckPolicy: jetstream.AckExplicitPolicy,
	})
	require.NoError(t, err)
	message, err := consumer.Next(jetstream.FetchMaxWait(5 * time.Second))
	require.NoError(t, err)
	require.NoError(t, message.DoubleAck(t.Context()))
	require.Empty(t, voice.refused)
}

// A company system gets what it was granted, and is refused everything else that the broker has: every other subject, and every call of its API.
func TestSubscriberIsConfined(t *testing.T) {
	t.Parallel()
	secrets, url, profile := installation(t)
	require.Contains(t, refused(t, "subscriber", "add", "billing", "--secrets", secrets, "--nats", url, "--subjects", "other.>"), "no subject of ours")
	require.Contains(t, refused(t, "subscriber", "add", "../x", "--secrets", secrets, "--nats", url), "the name must be")
	must(t, "subscriber", "add", "billing", "--secrets", secrets, "--nats", url, "--subjects", "guanxi.profile.order.>", "--subjects", "guanxi.profile.payment.recorded.v1")
	must(t, "subscriber", "add", "mailing", "--secrets", secrets, "--nats", url, "--subjects", "guanxi.planning.>")
	for _, subject := range []string{"guanxi.profile.customer.created.v1", "guanxi.profile.order.recorded.v1", "guanxi.profile.payment.recorded.v1"} {
		publish(t, profile, subject)
	}

	folder := filepath.Join(secrets, "subscribers", "billing")
	billing := connectAs(t, url, folder, nats.CustomInboxPrefix("_INBOX_billing"))
	for _, want := range []string{"guanxi.profile.order.recorded.v1", "guanxi.profile.payment.recorded.v1"} {
		got, err := billing.Request("$JS.API.CONSUMER.MSG.NEXT.GUANXI.subscriber-billing", []byte(`{"batch":1,"expires":5000000000}`), 6*time.Second)
		require.NoError(t, err)
		require.Equal(t, want, got.Subject)
		_, err = billing.Request(got.Reply, []byte("+ACK"), 5*time.Second)
		require.NoError(t, err)
	}
	_, err := billing.Request("$JS.API.CONSUMER.INFO.GUANXI.subscriber-billing", nil, 5*time.Second)
	require.NoError(t, err)
	require.Empty(t, billing.refused)

	for _, subject := range append(forbiddenCalls(), "guanxi.profile.customer.created.v1", "guanxi.billing.x.v1", "_INBOX.abc.1", "_INBOX_mailing.abc", "$SYS.REQ.SERVER.PING", "$SYS.REQ.CLAIMS.UPDATE") {
		require.NoError(t, billing.Publish(subject, []byte("{}")))
		billing.requireRefused(t, subject)
	}
	for _, subject := range []string{"guanxi.>", "guanxi.profile.order.>", "_INBOX.>", "_INBOX_mailing.>", "$JS.EVENT.ADVISORY.>", "$JS.API.>", "$JS.ACK.>", "$SYS.>", ">"} {
		_, err := billing.SubscribeSync(subject)
		require.NoError(t, err)
		billing.requireRefused(t, subject)
	}

	require.Contains(t, must(t, "subscriber", "list", "--secrets", secrets, "--nats", url), "subscriber-billing")
	stolen := t.TempDir()
	require.NoError(t, os.CopyFS(stolen, os.DirFS(folder)))
	must(t, "subscriber", "remove", "billing", "--secrets", secrets, "--nats", url)
	require.Eventually(t, func() bool { return billing.IsReconnecting() || billing.IsClosed() }, 5*time.Second, 10*time.Millisecond, "who is connected is cut off")
	_, err = nats.Connect(url, nats.UserCredentials(filepath.Join(stolen, "nats.creds")), nats.RootCAs(filepath.Join(stolen, "ca.crt")))
	require.ErrorContains(t, err, "uthorization")
	connectAs(t, url, filepath.Join(secrets, "subscribers", "mailing"), nats.CustomInboxPrefix("_INBOX_mailing"))
}

// forbiddenCalls are all calls of the broker's stream API, but for the two that a subscriber has of its own consumer.
func forbiddenCalls() []string {
	calls := []string{"$JS.API.CONSUMER.CREATE.GUANXI.other.guanxi.>", "$JS.ACK.GUANXI.subscriber-mailing.1.1.1.1.1"}
	for _, pattern := range []string{
		server.JSApiAccountInfo, server.JSApiStreamCreate, server.JSApiStreamUpdate, server.JSApiStreams, server.JSApiStreamList, server.JSApiStreamInfo,
		server.JSApiStreamDelete, server.JSApiStreamPurge, server.JSApiStreamSnapshot, server.JSApiStreamRestore, server.JSApiMsgDelete, server.JSApiMsgGet,
		server.JSDirectMsgGet, server.JSDirectGetLastBySubject, server.JSApiConsumerCreate, server.JSApiConsumerCreateEx, server.JSApiDurableCreate,
		server.JSApiConsumers, server.JSApiConsumerList, server.JSApiConsumerDelete, server.JSApiConsumerPause, server.JSApiConsumerUnpin,
		server.JSApiStreamRemovePeer, server.JSApiStreamEvacuatePeer, server.JSApiStreamCancelMove, server.JSApiStreamLeaderStepDown,
		server.JSApiConsumerLeaderStepDown, server.JSApiConsumerRemovePeer, server.JSApiConsumerEvacuatePeer, server.JSApiLeaderStepDown, server.JSApiRemoveServer,
		server.JSApiEvacuateServer, server.JSApiMetaRescue, server.JSApiAccountPurge, server.JSApiServerStreamMove, server.JSApiServerStreamCancelMove,
	} {
		own := strings.Replace(strings.Replace(pattern, "*", "GUANXI", 1), "*", "subscriber-billing", 1)
		calls = append(calls, strings.Replace(own, ">", "guanxi.x", 1))
	}
	for _, other := range []string{"subscriber-mailing", "voice-facts"} {
		calls = append(calls, "$JS.API.CONSUMER.MSG.NEXT.GUANXI."+other, "$JS.API.CONSUMER.INFO.GUANXI."+other, "$JS.API.CONSUMER.RESET.GUANXI."+other)
	}
	return append(calls, "$JS.API.CONSUMER.RESET.GUANXI.subscriber-billing")
}
