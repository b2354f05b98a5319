package attacks

import (
	"flag"
	"os"
	"runtime"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/guanxi-crm/guanxi/tests/internal/stage"
)

// attack is something that is tried in a scene.
type attack struct {
	name string
	try  func(*scene, *testing.T)
	at   place
}

// place is where an attack is made.
type place int

const (
	// everywhere is on the stage of each service.
	everywhere place = iota
	// front is what the gateway answers before it comes to a service, or on the profile service's paths: on the last stage, where it stands before all services.
	front
	// ends is what the gRPC server answers before it comes to the service, and all services have one server: on the first stage, whose service takes a stream, and
	// on the last.
	ends
)

// still are the attacks that must leave everything as it was. They are made at once.
var still = []attack{
	{"slow requests", (*scene).slowRequests, front}, // waits longest
	{"strangers learn nothing", (*scene).strangersLearnNothing, everywhere},
	{"what is above the level cannot be told apart", (*scene).whatIsAboveTheLevelCannotBeToldApart, everywhere},
	{"without token nothing is said", (*scene).withoutTokenNothingIsSaid, everywhere},
	{"page tokens", (*scene).pageTokens, everywhere},
	{"filters to choke on", (*scene).filtersToChokeOn, everywhere},
	{"forged tokens", (*scene).forgedTokens, everywhere},
	{"metadata of others", (*scene).metadataOfOthers, everywhere},
	{"smuggled requests", (*scene).smuggledRequests, front},
	{"tokens in other places", (*scene).tokensInOtherPlaces, front},
	{"paths in disguise", (*scene).pathsInDisguise, front},
}

// floods are held to the memory that they may take, and so are made one after the other. They, too, must leave everything as it was.
var floods = []attack{
	{"large bodies", (*scene).largeBodies, front},
	{"large messages over gRPC", (*scene).largeMessagesOverGRPC, everywhere},
	{"too many streams", (*scene).tooManyStreams, everywhere},
	{"floods of frames", (*scene).floodsOfFrames, ends},
}

// changing are those that leave traces. The last one moves the clock.
var changing = []attack{
	{"the owner finds what strangers do not, and request ids are nobody else's", (*scene).requestIDsOfOthers, everywhere},
	{"the smuggled request is a good one", (*scene).theSmuggledRequestIsGood, front},
	{"tokens out of place and time", (*scene).tokensOutOfPlaceAndTime, everywhere},
}

func TestMain(m *testing.M) {
	// Much is waiting: for events, and for servers that lose their patience.
	if err := flag.Set("test.parallel", strconv.Itoa(max(8, runtime.GOMAXPROCS(0)))); err != nil {
		panic(err)
	}
	os.Exit(m.Run())
}

// Every scene on one stage: first what must leave it as it was.
func TestScenes(t *testing.T) {
	t.Parallel()
	all := stage.Services()
	for i, def := range all {
		first, last := i == 0, i == len(all)-1
		meant := func(a attack) bool { return a.at == everywhere || last || first && a.at == ends }
		t.Run(def.Name, func(t *testing.T) {
			t.Parallel()
			s := begin(t, def)
			before := s.stored(t)
			t.Run("still", func(t *testing.T) {
				for _, a := range still {
					if meant(a) {
						t.Run(a.name, func(t *testing.T) {
							t.Parallel()
							a.try(s, t)
						})
					}
				}
			})
			s.inTurn(t, floods, meant)
			require.Equal(t, before, s.stored(t), "something was written")
			s.inTurn(t, changing, meant)
		})
	}
}

// inTurn makes attacks that need the stage for themselves, one after the other.
func (s *scene) inTurn(t *testing.T, attacks []attack, meant func(attack) bool) {
	t.Helper()
	for _, a := range attacks {
		if meant(a) {
			t.Run(a.name, func(t *testing.T) { a.try(s, t) })
		}
	}
}
