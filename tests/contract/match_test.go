package contract

import (
	"encoding/json"
	"fmt"
	"regexp"
)

var (
	ids = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`)
	// The clock of a service under test shows whole seconds: a time with a fraction is the database's, from when the tables were made.
	times  = regexp.MustCompile(`"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z"`)
	tokens = regexp.MustCompile(`"nextPageToken":"[^"]+"`)
	// 256 bits of chance, as a link has them, at whose ends a hyphen may stand.
	secrets = regexp.MustCompile(`(["/])[A-Za-z0-9_-]{43}([".])`)
	// What libs/page has sealed, as it stands in pages of forms; and the references that senders are told.
	sealed     = regexp.MustCompile(`A[Q-Za-f][A-Za-z0-9_-]{60,}`)
	references = regexp.MustCompile(`[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}`)
)

// levelChance takes out what depends on how far background work has come when it is asked: the progress of operations, of how many customers the last ranking was, and
// whether a case was put into a group yet. What a case wants of these is asked of either answer by itself.
func levelChance(v any) {
	switch v := v.(type) {
	case []any:
		for _, one := range v {
			levelChance(one)
		}
	case map[string]any:
		if o, ok := v["operation"].(map[string]any); ok {
			for _, progress := range []string{"state", "startTime", "finishTime", "totalCount", "doneCount"} {
				delete(o, progress)
			}
		}
		delete(v, "rankedCount")
		delete(v, "issueGroup")
		for _, one := range v {
			levelChance(one)
		}
	}
}

// leveler makes answers comparable that were got in two databases: ids become numbers, in the order in which they turn up.
type leveler map[string]string

func (l leveler) level(v any) (string, error) {
	levelChance(v)
	text, err := json.Marshal(v)
	if err != nil {
		return "", err
	}
	text = ids.ReplaceAllFunc(text, func(id []byte) []byte {
		if l[string(id)] == "" {
			l[string(id)] = fmt.Sprintf("id-%d", len(l)+1)
		}
		return []byte(l[string(id)])
	})
	text = times.ReplaceAll(text, []byte(`"the beginning"`))
	text = references.ReplaceAll(sealed.ReplaceAll(text, []byte("sealed")), []byte("reference"))
	text = secrets.ReplaceAll(text, []byte("${1}secret${2}"))
	return string(tokens.ReplaceAll(text, []byte(`"nextPageToken":"..."`))), nil
}
