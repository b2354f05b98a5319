package answer

import (
	"google.golang.org/genproto/googleapis/api/httpbody"
	"google.golang.org/protobuf/types/known/anypb"

	"github.com/guanxi-crm/guanxi/libs/document"
	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
)

// body is the page of a section.
func (p *sectionPage) body(how *typev1.FormPage) (*httpbody.HttpBody, error) {
	if p.section == nil { // nothing is asked of anybody: such a questionnaire is not released
		return nil, errNoLink
	}
	token, err := p.seals.token(p.link, p.now())
	if err != nil {
		return nil, err
	}
	if sent := p.typed.one(fieldToken); sent != "" {
		if _, ok := p.seals.open(p.link, sent); ok {
			token = sent // the time runs since the page was first opened
		}
	}
	data, err := p.render(token)
	return body(data, how, err)
}

// notice is a page that asks nothing.
func (v *visit) notice(what string, how *typev1.FormPage) (*httpbody.HttpBody, error) {
	data, err := notice(v.lang, what)
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
