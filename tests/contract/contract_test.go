package contract

import (
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"os"
	goruntime "runtime"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/grpc-ecosystem/grpc-gateway/v2/runtime"
	"github.com/stretchr/testify/require"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"

	"github.com/guanxi-crm/guanxi/libs/service"
	"github.com/guanxi-crm/guanxi/tests/internal/calls"
	"github.com/guanxi-crm/guanxi/tests/internal/stage"
)

func TestMain(m *testing.M) {
	// Much of it is waiting for events.
	if err := flag.Set("test.parallel", strconv.Itoa(max(4, goruntime.GOMAXPROCS(0)))); err != nil {
		panic(err)
	}
	os.Exit(m.Run())
}

// Every case over both transports, with what is wanted of each, and one answer from both.
func TestCases(t *testing.T) {
	t.Parallel()
	for _, def := range stage.Services() {
		files, err := load(def.Name)
		require.NoError(t, err)
		together := map[string]cases{}
		for name, file := range files {
			if !file.Alone {
				together[name] = file
				continue
			}
			t.Run(def.Name+"/"+name, func(t *testing.T) {
				t.Parallel()
				play(t, def, map[string]cases{name: file})
			})
		}
		t.Run(def.Name, func(t *testing.T) {
			t.Parallel()
			play(t, def, together)
		})
	}
}

// play plays the cases of files, one after the other, on one service for each transport.
func play(t *testing.T, def service.Definition, files map[string]cases) {
	t.Helper()
	overgrpc, overhttp := stage.Start(t, def), stage.Start(t, def)
	n := 0
	for _, name := range slices.Sorted(maps.Keys(files)) {
		for _, c := range files[name].Cases {
			n++
			t.Run(strings.TrimSuffix(name, ".yaml")+"/"+c.Name, func(t *testing.T) {
				perform := func(s *stage.Stage, play calls.Play) *calls.Performer {
					here := calls.Scope{Here: fmt.Sprintf("case-%d", n), Answers: map[string]any{}}
					return &calls.Performer{Scope: here, Package: files[name].Package, Stage: s, Play: play}
				}
				one := run(t, perform(overgrpc, calls.OverGRPC), c)
				other := run(t, perform(overhttp, calls.OverHTTP), c)
				if !c.Varies {
					require.Equal(t, one, other, "gRPC and HTTP differ")
				}
			})
		}
	}
}

// run plays a case and returns all that was answered, comparable.
func run(t *testing.T, p *calls.Performer, c testCase) []string {
	t.Helper()
	var said []string
	same := leveler{}
	keep := func(o calls.Outcome) {
		all, err := o.JSON()
		require.NoError(t, err)
		text, err := same.level(all)
		require.NoError(t, err)
		said = append(said, text)
	}
	for i, given := range c.Given {
		o := p.Do(t, given)
		require.Zero(t, o.Status.GetCode(), "given[%d] %s: %v", i, given.RPC, o.Status)
		keep(o)
	}
	if c.Eventually {
		p.Repeat(t, c.Call, func(o calls.Outcome) []string { return complaints(func(t require.TestingT) { check(t, p, c.Want, o) }) })
		c.After = 0
	}
	o := p.Do(t, c.Call)
	check(t, p, c.Want, o)
	if c.Want.HTTP == 0 {
		keep(o)
	}
	return said
}

// check holds an outcome against what is wanted.
func check(t require.TestingT, p *calls.Performer, w want, o calls.Outcome) {
	code, http, err := statusOf(w.Code)
	require.NoError(t, err)
	if o.HTTP != 0 && w.HTTP != 0 {
		require.Equal(t, w.HTTP, o.HTTP, "%v", o.Status)
		return
	}
	require.Equal(t, code, codes.Code(o.Status.GetCode()), "%v", o.Status)
	if o.HTTP != 0 {
		require.Equal(t, http, o.HTTP, "%v", o.Status)
	}
	reason, violations := details(t, o)
	if w.Reason != "" {
		require.Equal(t, w.Reason, reason, "%v", o.Status)
	}
	if w.Violations != nil {
		require.ElementsMatch(t, w.Violations, violations)
	}
	matches(t, p, w.Answer, o.Last())
	if w.Answers != nil {
		require.Len(t, o.Answers, len(w.Answers))
		for i := range w.Answers {
			matches(t, p, w.Answers[i], o.Answers[i])
		}
	}
}

func matches(t require.TestingT, p *calls.Performer, want map[string]any, got any) {
	if want == nil {
		return
	}
	expanded, err := p.Expand(want)
	require.NoError(t, err)
	require.Empty(t, calls.Differ(expanded, got, "answer"), "%v", got)
}

// details are the reason and the violations of an error, which must speak both languages.
func details(t require.TestingT, o calls.Outcome) (reason string, violations []violation) {
	if o.Status.GetCode() == 0 {
		return "", nil
	}
	chinese := false
	for _, packed := range o.Status.GetDetails() {
		detail, err := packed.UnmarshalNew()
		require.NoError(t, err)
		switch d := detail.(type) {
		case *errdetails.ErrorInfo:
			reason = d.GetReason()
		case *errdetails.LocalizedMessage:
			chinese = strings.HasPrefix(d.GetLocale(), "zh") && d.GetMessage() != ""
		case *errdetails.BadRequest:
			for _, v := range d.GetFieldViolations() {
				violations = append(violations, violation{v.GetField(), v.GetReason()})
			}
		}
	}
	require.NotEmpty(t, reason, "an error without a reason: %v", o.Status)
	require.NotEmpty(t, o.Status.GetMessage())
	require.True(t, chinese, "an error without Chinese: %v", o.Status)
	return reason, violations
}

// statusOf is the HTTP status of a code by its name.
func statusOf(name string) (codes.Code, int, error) {
	if name == "" {
		name = codes.OK.String()
	}
	var code codes.Code
	err := json.Unmarshal([]byte(`"`+name+`"`), &code)
	return code, runtime.HTTPStatusFromCode(code), err
}
