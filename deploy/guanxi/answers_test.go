package main

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// survey makes an open survey of the company's only buyer, with a question for a grade and one for words.
func survey(t *testing.T, token, url string) (name, customer string) {
	t.Helper()
	customer = call(t, token, http.MethodPost, url+"/v1/customers", `{"displayName": "瑞恒", "kind": "ORGANIZATION", "territory": "cn/south", "relations": ["BUYER"]}`)["name"].(string)
	asked := call(t, token, http.MethodPost, url+"/v1/questionnaires", `{"labelEn": "x", "labelZh": "x", "introductionEn": "We ask you.", "introductionZh": "请您填写。", "sections": [
		{"code": "s", "labelEn": "Service", "labelZh": "服务", "questions": [
			{"code": "polite", "kind": "SCALE", "scale": "FIVE_GRADES", "textEn": "Polite", "textZh": "礼貌", "required": true},
			{"code": "why", "kind": "OPEN", "textEn": "Why", "textZh": "为何"}]}]}`)["name"].(string)
	call(t, token, http.MethodPost, url+"/v1/"+asked+":release", `{"overruleReason": "known"}`)
	name = call(t, token, http.MethodPost, url+"/v1/surveys",
		`{"labelEn": "x", "labelZh": "调查", "questionnaire": "`+asked+`", "territory": "cn/south", "seed": "x", "population": {"relations": ["BUYER"]}}`)["name"].(string)
	eventually(t, func() bool {
		return call(t, token, http.MethodGet, url+"/v1/"+name+":preview", "")["populationSize"] == "1"
	})
	call(t, token, http.MethodPost, url+"/v1/"+name+":open", `{}`)
	eventually(t, func() bool { return call(t, token, http.MethodGet, url+"/v1/"+name, "")["state"] == "OPEN" })
	return name, customer
}

func eventually(t *testing.T, so func() bool) {
	t.Helper()
	for end := time.Now().Add(time.Minute); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		if so() {
			return
		}
	}
	require.Fail(t, "it has not come about within a minute")
}

// What interviewers put down comes in by a file, each answer once.
func TestImportOfAnswers(t *testing.T) {
	t.Parallel()
	dir, address := dataDir(t), freeAddress(t)
	start(t, dir, address)
	url := "http://" + address
	token := strings.TrimSpace(must(t, "token", "--data", dir, "--subject", "alice", "--level", "manager", "--territory", "*"))
	name, customer := survey(t, token, url)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "m.yaml"), []byte(`
kind: answers
source_system: interviews
fields:
  source_id: {column: 编号, required: true}
  customer: {column: 客户}
  channel: {column: 方式, values: {电话: TELEPHONE, 面访: INTERVIEW}}
  seconds: {column: 用时}
  interviewer: {column: 访问员}
  answers.polite.value: {column: 礼貌}
  answers.why.text: {column: 为何}
`), 0o600))
	file := filepath.Join(dir, "interviews.csv")
	require.NoError(t, os.WriteFile(file, []byte("编号,客户,方式,用时,访问员,礼貌,为何\n"+
		"1,"+customer+",电话,60,wang,2,没人理我\n"+ // accepted
		"2,"+customer+",面访,60,wang,3,\n"+ // void: he has answered before
		"3,"+customer+",面访,60,wang,9,\n"+ // off the scale
		"4,customers/01940000-0000-7000-8000-000000000000,面访,60,wang,3,\n"), 0o600)) // nobody
	args := []string{
		"import", "--data", dir, "--survey", name, "--mapping", filepath.Join(dir, "m.yaml"), "--rejected", filepath.Join(dir, "rejected.csv"), file,
	}
	require.Contains(t, must(t, append(args, "--dry-run")...), "none was sent")
	out := must(t, args...)
	require.Contains(t, out, "  lines                4\n  accepted             1\n  void                 1\n  unchanged            0\n  rejected             2\n")
	require.Contains(t, out, "DUPLICATE")
	require.Contains(t, must(t, args...), "  accepted             0\n  void                 0\n  unchanged            2\n  rejected             2\n")
	rejected, err := os.ReadFile(filepath.Join(dir, "rejected.csv"))
	require.NoError(t, err)
	require.Contains(t, string(rejected), "answers[polite]")
	kept := call(t, token, http.MethodGet, url+"/v1/"+name+"/responses?filter=state%20%3D%20ACCEPTED", "")["responses"].([]any)
	require.Len(t, kept, 1)
	require.Equal(t, "wang", kept[0].(map[string]any)["interviewer"])

	args[3], args[4] = "--id", "x" // no survey
	require.Contains(t, refused(t, args...), "--survey must say which survey they answer")
}
