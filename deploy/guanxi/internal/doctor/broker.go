package doctor

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/guanxi-crm/guanxi/libs/events"
	"github.com/guanxi-crm/guanxi/libs/fault"
)

const (
	behindOdd, behindBad = time.Minute, 15 * time.Minute
	fullOdd, fullBad     = 0.8, 0.95
)

// Broker looks at the stream, and at how far the consumers of a service are.
func Broker(ctx context.Context, service string, js jetstream.JetStream, consumers []string) []Finding {
	b := broker{js}
	looks := []look{
		{fault.Text{En: "broker has the stream", Zh: "事件流存在"}, fault.Text{
			En: "Start NATS with JetStream; check GUANXI_NATS_URL, credentials and certificate. The first service that starts makes the stream.", Zh: "启动带 JetStream 的 NATS；检查 GUANXI_NATS_URL、凭据与证书。首个启动的服务会创建事件流。",
		}, b.stream},
		{fault.Text{En: "the stream has room", Zh: "事件流空间充足"}, fault.Text{
			En: "Raise GUANXI_STREAM_MAX_BYTES, or give the broker more disk; until then events wait in the outbox.", Zh: "提高 GUANXI_STREAM_MAX_BYTES 或扩容磁盘；在此之前事件在发件箱等待。",
		}, b.room},
	}
	for _, name := range consumers {
		looks = append(looks, look{fault.Text{En: "consumer " + name + " keeps up", Zh: "消费者 " + name + " 及时"}, fault.Text{
			En: "Is the service running? Look for its errors, and at the load of its database; more replicas do not help one customer's events.", Zh: "服务是否运行？查看其错误与数据库负载。",
		}, func(ctx context.Context) (State, string, error) { return b.behind(ctx, name) }})
	}
	return run(ctx, service, looks)
}

type broker struct{ js jetstream.JetStream }

func (b broker) info(ctx context.Context) (*jetstream.StreamInfo, error) {
	stream, err := b.js.Stream(ctx, events.StreamName)
	if err != nil {
		return nil, err
	}
	return stream.CachedInfo(), nil
}

func (b broker) stream(ctx context.Context) (State, string, error) {
	info, err := b.info(ctx)
	if err != nil {
		return Bad, "", err
	}
	found := fmt.Sprintf("%d events, %d replicas", info.State.Msgs, info.Config.Replicas)
	if c := info.Config; c.Storage != jetstream.FileStorage || c.Discard != jetstream.DiscardNew {
		return Bad, found + ", not on disk or throwing away", nil
	}
	return Good, found, nil
}

func (b broker) room(ctx context.Context) (State, string, error) {
	info, err := b.info(ctx)
	if err != nil {
		return Bad, "", err
	}
	if info.Config.MaxBytes <= 0 {
		return Good, fmt.Sprintf("%d MiB, no limit but the disk's", info.State.Bytes>>20), nil
	}
	share := float64(info.State.Bytes) / float64(info.Config.MaxBytes)
	return graded(share, fullOdd, fullBad), fmt.Sprintf("%.0f %% of %d MiB", share*percent, info.Config.MaxBytes>>20), nil
}

func (b broker) behind(ctx context.Context, consumer string) (State, string, error) {
	w, err := events.Behind(ctx, b.js, consumer)
	if errors.Is(err, jetstream.ErrConsumerNotFound) {
		return Odd, "it has never run", nil
	}
	if err != nil || w.Unanswered.IsZero() {
		return Good, "none waiting", err
	}
	age := time.Since(w.Unanswered)
	return graded(age, behindOdd, behindBad), "the oldest event waits " + seconds(age), nil
}
