package contract

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	"github.com/guanxi-crm/guanxi/tests/internal/stage"
)

// At least this many cases that go well and that do not, for every RPC.
const (
	leastGood = 1
	leastBad  = 2
)

// tally counts the cases of an RPC.
type tally struct{ good, bad int }

// A new RPC comes with its cases.
func TestEveryRPCHasItsCases(t *testing.T) {
	t.Parallel()
	for _, def := range stage.Services() {
		files, err := load(def.Name)
		require.NoError(t, err)
		counts, err := count(files)
		require.NoError(t, err)
		rpcs := methods("guanxi." + def.Name + ".")
		require.NotEmpty(t, rpcs)
		require.Empty(t, lacking(rpcs, counts), "write cases for these into tests/contract/cases/%s", def.Name)
		for _, name := range slices.Sorted(maps.Keys(counts)) {
			t.Logf("%s: %d good, %d bad", name, counts[name].good, counts[name].bad)
		}
	}
}

// methods are the full names of the linked RPCs of packages that begin so.
func methods(prefix string) []protoreflect.FullName {
	var names []protoreflect.FullName
	protoregistry.GlobalFiles.RangeFiles(func(file protoreflect.FileDescriptor) bool {
		for i := range file.Services().Len() {
			all := file.Services().Get(i).Methods()
			for j := range all.Len() {
				if strings.HasPrefix(string(file.Package()), prefix) {
					names = append(names, all.Get(j).FullName())
				}
			}
		}
		return true
	})
	return names
}

func count(files map[string]cases) (map[protoreflect.FullName]tally, error) {
	counts := map[protoreflect.FullName]tally{}
	for _, file := range files {
		for _, c := range file.Cases {
			method, err := c.Method(file.Package)
			if err != nil {
				return nil, err
			}
			n := counts[method.FullName()]
			if c.Want.good() {
				n.good++
			} else {
				n.bad++
			}
			counts[method.FullName()] = n
		}
	}
	return counts, nil
}

// lacking names the RPCs that have too few cases.
func lacking(rpcs []protoreflect.FullName, counts map[protoreflect.FullName]tally) []string {
	var names []string
	for _, rpc := range rpcs {
		if n := counts[rpc]; n.good < leastGood || n.bad < leastBad {
			names = append(names, fmt.Sprintf("%s has %d good and %d bad cases, want %d and %d", rpc, n.good, n.bad, leastGood, leastBad))
		}
	}
	return names
}
