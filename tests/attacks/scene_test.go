// Package attacks does to the running product, over its real ports, what somebody would who wants what is not his. What single parts refuse is proven where
// they are (libs/auth, libs/level, libs/page, gateway, services/profile); here is what must hold when they work together.
package attacks

import (
	"bytes"
	"embed"
	"encoding/json"
	"path"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	"github.com/guanxi-crm/guanxi/libs/service"
	"github.com/guanxi-crm/guanxi/tests/internal/calls"
	"github.com/guanxi-crm/guanxi/tests/internal/stage"
)

//go:embed scenes
var scenes embed.FS

// scene is what there is to attack in a service, and how.
type scene struct {
	Package string
	// Given are made by the owner - EXECUTIVE, everywhere, administrator - or by the subject that "as" names, for what takes two. One, with the id "customer",
	// creates a customer of the profile service, which runs beside every other one: guanxi.profile.v1.CustomerService/CreateCustomer. What depends on events is
	// awaited by a call with "until"; see calls.Call.
	Given []calls.Call
	// Calls are one of every RPC.
	Calls []calls.Call
	// Company are the RPCs whose call aims at what is of the whole company and of no customer: who is of the level can tell it from nothing.
	Company []string
	// Rows are the RPCs that go well even when all that they are asked for is refused, which their answer says.
	Rows []string
	// Pages are lists that have more than one row. The first one may be called by any owner at any time.
	Pages []list
	// Alike are calls that a caller must not be able to tell apart.
	Alike []alike

	*calls.Performer `yaml:"-"`
}

// list is a call of a list with page tokens.
type list struct {
	calls.Call `yaml:",inline"`
	// Filter and OrderBy are such as it takes, for one that takes any; create_time when left out.
	Filter  string
	OrderBy string `yaml:"orderBy"`
}

type alike struct {
	Name string
	As   calls.Caller
	// Names are what the callers themselves call the two, where a refusal repeats it.
	Names []string
	Calls []calls.Call
}

// home is where all that is in a scene lies, as the callers' references say it.
const home = "cn"

var owner = calls.Caller{Subject: "owner", Level: "EXECUTIVE", Territories: []string{"*"}, Administrator: true}

// transports are both ways in.
var transports = map[string]calls.Play{"gRPC": calls.OverGRPC, "HTTP": calls.OverHTTP}

// read reads the scene of a service.
func read(t *testing.T, service string) *scene {
	t.Helper()
	text, err := scenes.ReadFile(path.Join("scenes", service+".yaml"))
	require.NoError(t, err, "every service has a scene")
	s := &scene{}
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	decoder.KnownFields(true)
	require.NoError(t, decoder.Decode(s))
	return s
}

// begin sets up the scene of a service on a stage of its own, and has all that works by itself come to rest.
func begin(t *testing.T, def service.Definition) *scene {
	t.Helper()
	s := read(t, def.Name)
	s.Performer = &calls.Performer{
		Scope: calls.Scope{Here: home, Answers: map[string]any{}}, Package: s.Package, Stage: stage.Start(t, def), Play: calls.OverGRPC,
	}
	for range 2 { // so that lists of customers have pages; first, as the scene waits for what comes of the last
		c := calls.Call{RPC: "guanxi.profile.v1.CustomerService/CreateCustomer", Request: map[string]any{"customer": map[string]any{
			"displayName": "page", "kind": "PERSON", "territory": home,
		}}}
		require.Zero(t, s.by(t, owner, calls.OverGRPC, c).Status.GetCode())
	}
	for _, c := range s.Given {
		if c.As.Subject == "" {
			c.As = owner
		}
		o := s.Do(t, c)
		require.Zero(t, o.Status.GetCode(), "%s: %v", c.RPC, o.Status)
	}
	s.Stage.Settle(t)
	return s
}

// methods are the names, Service/Method, of the RPCs of the scene's package.
func (s *scene) methods() []string {
	var names []string
	protoregistry.GlobalFiles.RangeFilesByPackage(protoreflect.FullName(s.Package), func(file protoreflect.FileDescriptor) bool {
		for i := range file.Services().Len() {
			service := file.Services().Get(i)
			for j := range service.Methods().Len() {
				names = append(names, string(service.Name())+"/"+string(service.Methods().Get(j).Name()))
			}
		}
		return true
	})
	return names
}

// by makes a call as somebody over one of the ways.
func (s *scene) by(t *testing.T, who calls.Caller, play calls.Play, c calls.Call) calls.Outcome {
	t.Helper()
	c.As = who
	p := *s.Performer
	p.Play = play
	return p.Do(t, c)
}

// anonymous makes a call with a token that may be anything.
func (s *scene) anonymous(t *testing.T, token string, play calls.Play, c calls.Call) calls.Outcome {
	t.Helper()
	p := *s.Performer
	p.Play = play
	return p.DoWith(t, token, c)
}

// sealed is what pages of forms carry, another one each time.
var sealed = regexp.MustCompile(`A[Q-Za-f][A-Za-z0-9_-]{60,}`)

var uuids = regexp.MustCompile(`([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4})-[0-9a-f]{12}`)

// elsewhere is the call with all ids in it exchanged for those of nothing.
func (s *scene) elsewhere(t *testing.T, c calls.Call) calls.Call {
	t.Helper()
	c.Request = exchange(t, s, c.Request)
	messages := c.Messages
	c.Messages = nil
	for _, m := range messages {
		c.Messages = append(c.Messages, exchange(t, s, m))
	}
	return c
}

func exchange(t *testing.T, s *scene, request map[string]any) map[string]any {
	t.Helper()
	expanded, err := s.Expand(request)
	require.NoError(t, err)
	text, err := json.Marshal(expanded)
	require.NoError(t, err)
	var out map[string]any
	require.NoError(t, json.Unmarshal(uuids.ReplaceAll(text, []byte("$1-ffffffffffff")), &out))
	return out
}

// said is all that an outcome tells, but for the ids and what is sealed.
func said(t *testing.T, o calls.Outcome) string {
	t.Helper()
	all, err := o.JSON()
	require.NoError(t, err)
	text, err := json.Marshal(all)
	require.NoError(t, err)
	if o.Last() != nil && strings.Contains(string(text), `\"/form.css\"`) { // or page tokens could not be told apart
		text = sealed.ReplaceAll(text, []byte("<sealed>"))
	}
	return uuids.ReplaceAllString(string(text), "<id>")
}

// stored counts all that was ever written, as soon as nothing is on its way any more.
func (s *scene) stored(t *testing.T) int {
	t.Helper()
	s.Stage.Settle(t)
	return s.Stage.Stored(t)
}

// requireNothing finds nothing of the scene in a text. What is private there is called so.
func requireNothing(t *testing.T, text, where string) {
	t.Helper()
	for _, sign := range []string{"private-", "424242", "535353"} {
		require.NotContains(t, text, sign, where)
	}
}
