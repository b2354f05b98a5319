package gateway

import (
	"bytes"
	_ "embed"
	"html/template"
	"math"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"google.golang.org/genproto/googleapis/api/httpbody"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	spb "google.golang.org/genproto/googleapis/rpc/status"

	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
)

// pageType is the content type of a page.
const pageType = "text/html; charset=utf-8"

// formPolicy lets a page be filled in and sent to where it came from, and look as our stylesheet says. It runs no script, loads nothing of others, and stands in no frame.
const formPolicy = "default-src 'none'; style-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"

var (
	//go:embed form.css
	formStyle []byte
	//go:embed notice.html
	noticeText string

	noticeTemplate = template.Must(template.New("notice").Parse(noticeText))
)

// stylesheet is how the pages of forms look.
func stylesheet(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/css; charset=utf-8")
	w.Header().Set("Cache-Control", "public, max-age=3600")
	w.Header().Set("ETag", tagOf(formStyle))
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(formStyle))
}

// pageStatuses are those that a page may have.
var pageStatuses = []int{
	http.StatusBadRequest, http.StatusConflict, http.StatusGone, http.StatusRequestEntityTooLarge, http.StatusTooManyRequests,
}

// asPage is what asDocument does where a form was asked for by its address. A page that has taken in what was sent is answered by the way to the next one.
func asPage(call *formCall, w http.ResponseWriter, file *httpbody.HttpBody) {
	header := w.Header()
	header.Set("Content-Security-Policy", formPolicy)
	header.Add("Vary", "Accept-Language")
	page := pageOf(file)
	if page.GetReceipt() != "" {
		query := url.Values{"receipt": {page.GetReceipt()}}
		if call.chosen {
			query.Set("lang", call.lang)
		}
		header.Set("Location", call.at+"?"+query.Encode())
		w.WriteHeader(http.StatusSeeOther)
		return
	}
	if after := page.GetRetryAfter().AsDuration(); after > 0 {
		header.Set("Retry-After", strconv.Itoa(int(math.Ceil(after.Seconds()))))
	}
	if status := int(page.GetStatus()); slices.Contains(pageStatuses, status) {
		w.WriteHeader(status)
	}
}

func pageOf(file *httpbody.HttpBody) *typev1.FormPage {
	for _, packed := range file.GetExtensions() {
		var page typev1.FormPage
		if packed.MessageIs(&page) && packed.UnmarshalTo(&page) == nil {
			return &page
		}
	}
	return nil
}

// notice is what people are told instead of a page.
type notice struct {
	Lang, Title string
	Lines       []string
}

// writeNotice answers an error to who asked for a form: as a page, and in words that are meant for people.
func writeNotice(w http.ResponseWriter, r *http.Request, call *formCall, answer *spb.Status, status int) {
	n := notice{Lang: call.lang, Title: titleOf(status, call.lang), Lines: linesOf(answer, status, call.lang)}
	var out bytes.Buffer
	if err := noticeTemplate.Execute(&out, n); err != nil { // it is tried out with every kind of notice
		out.Reset()
	}
	header := w.Header()
	header.Set("Content-Type", pageType)
	header.Set("Content-Length", strconv.Itoa(out.Len()))
	header.Set("Content-Security-Policy", formPolicy)
	header.Add("Vary", "Accept-Language")
	w.WriteHeader(status)
	if r.Method != http.MethodHead {
		_, _ = w.Write(out.Bytes())
	}
}

// pick is the text in the language of a page.
func pick(lang, en, zh string) string {
	if lang == "zh" {
		return zh
	}
	return en
}

func titleOf(status int, lang string) string {
	switch {
	case status == http.StatusNotFound:
		return pick(lang, "This page does not exist", "页面不存在")
	case status == http.StatusTooManyRequests:
		return pick(lang, "One moment, please", "请稍候")
	case status >= http.StatusInternalServerError:
		return pick(lang, "That did not work", "暂时无法处理")
	default:
		return pick(lang, "This could not be read", "无法识别所提交的内容")
	}
}

// linesOf are what is wrong and what to do. Of our own faults nothing is told but that they are.
func linesOf(answer *spb.Status, status int, lang string) []string {
	if status >= http.StatusInternalServerError {
		return []string{pick(lang,
			"Something went wrong on our side, and nothing was sent. Please go back and try again in a minute: what you have typed is still there.",
			"我们的系统出现问题，您的内容尚未提交。请返回上一页，稍后重试；您填写的内容仍会保留。")}
	}
	lines := []string{answer.GetMessage()}
	for _, packed := range answer.GetDetails() {
		var wrong errdetails.BadRequest
		if !packed.MessageIs(&wrong) || packed.UnmarshalTo(&wrong) != nil {
			continue
		}
		lines = lines[:0]
		for _, violation := range wrong.GetFieldViolations() {
			lines = append(lines, violation.GetField()+": "+violation.GetDescription())
		}
	}
	if after := retryDelay(answer); after > 0 {
		seconds := strconv.Itoa(int(math.Ceil(after.Seconds())))
		lines = append(lines, pick(lang,
			"Please go back and try again in "+seconds+" seconds: what you have typed is still there.",
			"请返回上一页，"+seconds+" 秒后重试；您填写的内容仍会保留。"))
	}
	return lines
}
