package form

import (
	"bytes"
	"cmp"
	"context"
	"net/http"
	"time"

	"google.golang.org/genproto/googleapis/api/httpbody"
	"google.golang.org/protobuf/types/known/anypb"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/guanxi-crm/guanxi/libs/document"
	"github.com/guanxi-crm/guanxi/libs/page"
	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
	voicev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/voice/v1"
)

// PageServer serves VoiceFormPageService.
type PageServer struct {
	voicev1.UnimplementedVoiceFormPageServiceServer
	store *Store
	now   func() time.Time
	seals seals
}

// NewPageServer makes the server.
func NewPageServer(store *Store, pages *page.Sealer) *PageServer {
	return &PageServer{store: store, now: store.now, seals: seals{pages}}
}

// GetVoiceFormPage implements VoiceFormPageService.
func (s *PageServer) GetVoiceFormPage(ctx context.Context, r *voicev1.GetVoiceFormPageRequest) (*httpbody.HttpBody, error) {
	f, err := s.store.Open(ctx, r.GetForm())
	if err != nil {
		return nil, err
	}
	lang := cmp.Or(r.GetLang(), zh)
	if receipt, ok := s.seals.openReceipt(f.ID, r.GetReceipt()); ok {
		data, err := f.Thanks(lang, receipt)
		return body(data, &typev1.FormPage{}, err)
	}
	token, err := s.seals.token(f.ID, s.now())
	if err != nil {
		return nil, err
	}
	data, err := f.Page(lang, token, Typed{}, nil)
	return body(data, &typev1.FormPage{}, err)
}

// SubmitVoiceForm implements VoiceFormPageService.
func (s *PageServer) SubmitVoiceForm(ctx context.Context, r *voicev1.SubmitVoiceFormRequest) (*httpbody.HttpBody, error) {
	f, err := s.store.Open(ctx, r.GetForm())
	if err != nil {
		return nil, err
	}
	var names []string
	var values [][]string
	for _, field := range r.GetFields() {
		names, values = append(names, field.GetName()), append(values, field.GetValues())
	}
	typed, wrong := Read(names, values)
	a := attempt{PageServer: s, form: f, lang: cmp.Or(r.GetLang(), zh), typed: typed}
	if len(wrong) > 0 {
		return a.refuse(http.StatusBadRequest, wrong...)
	}
	content, wrong := f.Take(typed)
	if len(wrong) > 0 {
		return a.refuse(http.StatusBadRequest, wrong...)
	}
	return a.send(ctx, content)
}

// attempt is somebody sending a page.
type attempt struct {
	*PageServer
	form  *Form
	lang  string
	typed Typed
}

// send takes in what was said, if the page that it came by is good for it.
func (a attempt) send(ctx context.Context, c Content) (*httpbody.HttpBody, error) {
	from, ok := a.seals.open(a.form.ID, a.typed[fieldToken])
	if !ok {
		return a.renew(http.StatusBadRequest, Problem{Code: TooOld})
	}
	digest := c.Digest()
	before, err := a.store.Sent(ctx, a.form.ID, from.Nonce)
	switch {
	case err != nil:
		return nil, err
	case before != nil:
		return a.done(before, bytes.Equal(before.Digest, digest), false)
	}
	if code, ok := a.form.Guard().Judge(from.Opened, a.now()); !ok {
		if code == TooFast { // the page ripens
			return a.refuse(http.StatusBadRequest, Problem{Code: code})
		}
		return a.renew(http.StatusBadRequest, Problem{Code: code})
	}
	wait, err := a.store.Admit(ctx, a.form)
	if err != nil {
		return nil, err
	}
	if wait > 0 {
		return a.answer(a.typed[fieldToken], &typev1.FormPage{Status: http.StatusTooManyRequests, RetryAfter: durationpb.New(wait)}, Problem{Code: Busy})
	}
	sub := &Submission{
		Form: a.form.ID, Territory: a.form.Territory, Nonce: from.Nonce, Digest: digest, State: TakenIn, Suspicions: c.Suspicions(a.typed, a.form.Guard()), Language: a.lang, Content: c,
	}
	if len(sub.Suspicions) > 0 {
		sub.State = Suspect
	}
	kept, fresh, err := a.store.Submit(ctx, sub)
	if err != nil {
		return nil, err
	}
	return a.done(kept, bytes.Equal(kept.Digest, digest), !fresh && !bytes.Equal(kept.Nonce, from.Nonce))
}

// done has the sender told what is kept; same is false when it is something else than what he has just sent.
func (a attempt) done(kept *Submission, same, repeated bool) (*httpbody.HttpBody, error) {
	if !same {
		return a.renew(http.StatusConflict, Problem{Code: Spent})
	}
	r := Receipt{Reference: kept.Reference, Suspect: len(kept.Suspicions) > 0 && kept.State != TakenIn, Repeated: repeated}
	receipt, err := a.seals.receipt(a.form.ID, r)
	if err != nil {
		return nil, err
	}
	data, err := a.form.Thanks(a.lang, r)
	return body(data, &typev1.FormPage{Receipt: receipt}, err)
}

// refuse shows the page again with what was typed and what is wrong; it is still good, if it ever was.
func (a attempt) refuse(status int32, wrong ...Problem) (*httpbody.HttpBody, error) {
	if _, ok := a.seals.open(a.form.ID, a.typed[fieldToken]); !ok {
		return a.renew(status, wrong...)
	}
	return a.answer(a.typed[fieldToken], &typev1.FormPage{Status: status}, wrong...)
}

// renew shows another page with what was typed.
func (a attempt) renew(status int32, wrong ...Problem) (*httpbody.HttpBody, error) {
	token, err := a.seals.token(a.form.ID, a.now())
	if err != nil {
		return nil, err
	}
	return a.answer(token, &typev1.FormPage{Status: status}, wrong...)
}

func (a attempt) answer(token string, how *typev1.FormPage, wrong ...Problem) (*httpbody.HttpBody, error) {
	data, err := a.form.Page(a.lang, token, a.typed, wrong)
	return body(data, how, err)
}

// body is a page on its way to people.
func body(data []byte, how *typev1.FormPage, err error) (*httpbody.HttpBody, error) {
	if err != nil {
		return nil, err
	}
	out, err := document.File{Type: document.HTML, Inline: true, Data: data}.Body()
	if err != nil {
		return nil, err
	}
	packed, err := anypb.New(how)
	if err != nil {
		return nil, err
	}
	out.Extensions = append(out.Extensions, packed)
	return out, nil
}
