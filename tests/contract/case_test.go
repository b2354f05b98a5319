// Package contract plays cases, which are data, over gRPC and over HTTP, and holds what both answer against what is written and against each other.
//
// The cases of a service lie in cases/<service>. They run one after the other on one service, but for the files that say "alone: true", each of which has a service of its
// own. A case has a territory of its own, ${here}, in which its callers are unless it says otherwise, so that it does not see the customers of others.
//
// The services before it in stage.Services run beside a service, behind the same gateway: cases call them by the full names of their RPCs, in "given" to make what
// the service will hear of by events. For an answer that depends on events that have to arrive first, a given call has "until", a part of that answer, and the case
// itself "eventually: true": read-only calls that are repeated until it is there, for at most ten seconds.
//
//	given:
//	  - {id: made, rpc: guanxi.profile.v1.CustomerService/CreateCustomer, request: {customer: {displayName: x, kind: ORGANIZATION, territory: "${here}"}}}
//	  - {rpc: StandingService/GetTier, request: {name: "${made.name}/tier"}, until: {}}
//	rpc: StandingService/GetTier
//	eventually: true
//	request: {name: "${made.name}/tier"}
//	want:
//	  answer: {name: "*"}
package contract

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"

	"go.yaml.in/yaml/v3"

	"github.com/guanxi-crm/guanxi/libs/idempotency"
	"github.com/guanxi-crm/guanxi/tests/internal/calls"
)

//go:embed cases
var written embed.FS

// cases are those of one file.
type cases struct {
	// Package is that of the RPCs, such as guanxi.profile.v1.
	Package string
	// Alone has the cases played on a service of their own: they change what all customers have in common, such as settings, or count over all of them.
	Alone bool
	Cases []testCase
}

// testCase is a call, what is called before it, and what must come of it.
type testCase struct {
	Name string
	// Given are calls before, which must go well.
	Given      []calls.Call
	calls.Call `yaml:",inline"`
	// Eventually makes the call, which must be read-only, again until it has come to what is wanted, for at most ten seconds.
	Eventually bool
	// Varies says that what the calls before answer depends on what goes on in the background, such as how much of the work an earlier search has done: gRPC and HTTP are both
	// held to what is wanted, and not to each other.
	Varies bool
	Want   want
}

// want is what must come of a call.
type want struct {
	// Code is gRPC's, such as NOT_FOUND; OK when left out. The HTTP status is the one that belongs to it.
	Code string
	// HTTP is the status over HTTP where it is another one: when the gateway already refuses what the service would. Then the answers are not compared.
	HTTP int
	// Reason is what a program branches on.
	Reason string
	// Violations are all wrong fields.
	Violations []violation
	// Answer is what the answer must hold, the proto's JSON. It need not name all fields; null stands for one that is not there, "*" for any that is. A list
	// must be as long as the answer's. Of a stream it is the last answer.
	Answer map[string]any
	// Answers are those of a stream.
	Answers []map[string]any
}

type violation struct{ Field, Rule string }

func (w want) good() bool { return w.Code == "" || w.Code == "OK" }

// load reads the cases of a service, by file.
func load(service string) (map[string]cases, error) {
	names, err := fs.Glob(written, "cases/"+service+"/*.yaml")
	if err != nil {
		return nil, err
	}
	all := map[string]cases{}
	for _, name := range names {
		text, err := written.ReadFile(name)
		if err != nil {
			return nil, err
		}
		read, err := parse(text)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		all[path.Base(name)] = read
	}
	return all, nil
}

// parse reads a file strictly: a misspelt expectation would be none.
func parse(text []byte) (cases, error) {
	var read cases
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	decoder.KnownFields(true)
	if err := decoder.Decode(&read); err != nil {
		return cases{}, err
	}
	if err := decoder.Decode(new(any)); !errors.Is(err, io.EOF) {
		return cases{}, errors.New("there is more than one document")
	}
	seen := map[string]bool{}
	for _, c := range read.Cases {
		switch method, err := c.Method(read.Package); {
		case err != nil:
			return cases{}, fmt.Errorf("%q: %w", c.Name, err)
		case c.Eventually && !idempotency.ReadOnly(method):
			return cases{}, fmt.Errorf("%q: %s changes something and is not for repeating", c.Name, c.RPC)
		case c.Until != nil:
			return cases{}, fmt.Errorf("%q: until is for given calls; a case says eventually and what it wants", c.Name)
		case c.Name == "" || seen[c.Name]:
			return cases{}, fmt.Errorf("the name %q is not the case's own", c.Name)
		case c.Want.good() && c.Want.Answer == nil && c.Want.Answers == nil:
			return cases{}, fmt.Errorf("%q expects no answer: a good case says what comes back", c.Name)
		}
		seen[c.Name] = true
	}
	return read, nil
}
