package load

import (
	"context"
	"math/rand/v2"
	"sync"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	voicev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/voice/v1"
)

// Voice is the customer voice service, without customers: those would come from another one. Its writes are voices of which nobody knows yet whose they are, whose mark is the
// article that they are about, and desks, whose mark is who is told of escalations. Neither keeps a history; what was written of them their events tell.
var Voice = Target{
	Name: "voice", Writer: newVoice,
	State: `
select 'voices/' || voice_id as resource, voice_id as aggregate_id, sequence as version, product_code as mark from voices
union all select 'desks/' || desk_id, desk_id, sequence, leads[1] from desks`,
	Changes: `
select aggregate_id, version, resource, '' as data,
	cast(jsonb_build_array(jsonb_build_object('to', coalesce(cast(data as jsonb) ->> 'productCode', cast(data as jsonb) -> 'leads' ->> 0))) as text) as fields
from outbox order by aggregate_id, version`,
}

type voice struct {
	voices voicev1.VoiceServiceClient
	desks  voicev1.DeskServiceClient

	mu    sync.Mutex
	known []string
}

func newVoice(conn grpc.ClientConnInterface) Writer {
	return &voice{voices: voicev1.NewVoiceServiceClient(conn), desks: voicev1.NewDeskServiceClient(conn)}
}

// Next implements Writer.
func (v *voice) Next(r *rand.Rand, mark string) Write {
	v.mu.Lock()
	defer v.mu.Unlock()
	switch count := len(v.known); {
	case r.IntN(2) == 0:
		return v.say(mark)
	case count >= few || count > 0 && r.IntN(count) >= 3:
		return v.update(v.known[r.IntN(count)], mark)
	}
	return v.open(mark)
}

// Poison implements Writer.
func (v *voice) Poison(_ *rand.Rand, mark string) Write { return v.say(mark) }

func (v *voice) learn(name string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.known = append(v.known, name)
}

func (v *voice) say(mark string) Write {
	return Write{"CreateVoice", func(ctx context.Context) (Answer, error) {
		return v.voices.CreateVoice(ctx, &voicev1.CreateVoiceRequest{RequestId: mark, Voice: &voicev1.Voice{
			Source: voicev1.VoiceSource_HOTLINE, Kind: voicev1.VoiceKind_COMPLAINT, Text: "水泵漏水", ProductLine: "pumps", ProductCode: mark, SourceSystem: "hotline", SourceId: mark,
		}})
	}}
}

func (v *voice) open(mark string) Write {
	return Write{"CreateDesk", func(ctx context.Context) (Answer, error) {
		d, err := v.desks.CreateDesk(ctx, &voicev1.CreateDeskRequest{RequestId: mark, Desk: &voicev1.Desk{
			Territory: "cn/south", LabelEn: "South", LabelZh: "华南", Leads: []string{mark}, Inactive: true, // of several of a territory one may be active
		}})
		if err == nil {
			v.learn(d.GetName())
		}
		return d, err
	}}
}

func (v *voice) update(name, mark string) Write {
	return Write{"UpdateDesk", func(ctx context.Context) (Answer, error) {
		return v.desks.UpdateDesk(ctx, &voicev1.UpdateDeskRequest{
			RequestId: mark, Desk: &voicev1.Desk{Name: name, Leads: []string{mark}}, UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"leads"}},
		})
	}}
}
