package form

import (
	"bytes"
	_ "embed"
	"fmt"
	"html/template"
	"strconv"
)

var (
	//go:embed page.html
	pageText string
	//go:embed thanks.html
	thanksText string

	pageTemplate   = template.Must(template.New("page").Parse(pageText))
	thanksTemplate = template.Must(template.New("thanks").Parse(thanksText))
)

// choice is one of several.
type choice struct {
	Value, Label string
	Chosen       bool
}

// input is a field to type a line into.
type input struct {
	ID, Label, Hint, Value, Wrong, Complete string
	Most                                    int
	Optional                                string // what says that it may be left empty
	Described                               string // the ids of what describes it
}

// view is what a page shows.
type view struct {
	T                        map[string]string
	Title, Intro             string
	Problems                 []problemView
	Wrong                    map[string]string // by field
	Kinds, Products          []choice
	Text, Token              string
	TextDescribed            string
	Answer                   bool
	Order, Name, Company, At input
}

type problemView struct{ Field, Text string }

// Page is the form as a page, with what was typed and what is wrong with it. Everything that people have written is escaped, and it runs nothing.
func (f *Form) Page(lang, token string, typed Typed, problems []Problem) ([]byte, error) {
	t := words[lang]
	v := view{T: t, Title: f.TitleEn, Intro: f.IntroEn, Wrong: map[string]string{}, Text: typed[fieldText], Token: token, Answer: typed[fieldAnswer] == yes}
	if lang == zh {
		v.Title, v.Intro = f.TitleZh, f.IntroZh
	}
	for _, p := range problems {
		text := p.text(lang)
		v.Problems = append(v.Problems, problemView{p.Field, text})
		if _, before := v.Wrong[p.Field]; p.Field != "" && !before {
			v.Wrong[p.Field] = text
		}
	}
	for _, k := range f.Kinds {
		chosen := typed[fieldKind] == kindNames[k] || len(f.Kinds) == 1
		v.Kinds = append(v.Kinds, choice{kindNames[k], t[strconv.Itoa(int(k))], chosen})
	}
	for _, p := range f.ProductLines {
		v.Products = append(v.Products, choice{p, p, typed[fieldProduct] == p})
	}
	v.TextDescribed = described(fieldText, v.Wrong[fieldText], true)
	v.Order = v.input(fieldOrder, "off", typed)
	v.Name = v.input(fieldName, "name", typed)
	v.Company = v.input(fieldCompany, "organization", typed)
	v.At = v.input(fieldContact, "email", typed)
	v.At.Hint = t["contactHint"]
	v.At.Described = described(fieldContact, v.Wrong[fieldContact], true)
	return render(pageTemplate, v)
}

func (v *view) input(field, complete string, typed Typed) input {
	return input{
		ID: field, Label: v.T[field], Value: typed[field], Wrong: v.Wrong[field], Complete: complete, Most: fields[field], Optional: v.T["optional"],
		Described: described(field, v.Wrong[field], false),
	}
}

// described are the ids of what a reader of screens says of a field: what is wrong first, then the hint.
func described(field, wrong string, hint bool) string {
	switch {
	case wrong != "" && hint:
		return field + "-error " + field + "-hint"
	case wrong != "":
		return field + "-error"
	case hint:
		return field + "-hint"
	}
	return ""
}

// Thanks is the page that tells what became of what was sent.
func (f *Form) Thanks(lang string, r Receipt) ([]byte, error) {
	t := words[lang]
	v := struct {
		T                 map[string]string
		Lang, Head, Title string
		Lines             []string
		Reference         string
	}{T: t, Lang: lang, Head: t["doneTitle"], Title: f.TitleEn, Lines: []string{t["doneText"]}, Reference: r.Reference}
	if lang == zh {
		v.Title = f.TitleZh
	}
	if r.Suspect {
		v.Head, v.Lines = t["suspectTitle"], []string{t["suspectText"]}
	}
	if r.Repeated {
		v.Lines = append(v.Lines, t["repeatedText"])
	}
	return render(thanksTemplate, v)
}

func render(t *template.Template, view any) ([]byte, error) {
	var out bytes.Buffer
	if err := t.Execute(&out, view); err != nil {
		return nil, fmt.Errorf("form: the page: %w", err)
	}
	return out.Bytes(), nil
}
