package answer

import (
	"maps"

	"github.com/guanxi-crm/guanxi/services/satisfaction/internal/questionnaire"
)

// course is the way through a questionnaire for certain answers: the sections that have something to ask.
type course struct {
	sections []*questionnaire.Section
	shown    []*questionnaire.Question
}

func courseOf(q *questionnaire.Questionnaire, answers questionnaire.Answers) *course {
	c := &course{shown: q.Visible(answers)}
	for i := range q.Body.Sections {
		section := &q.Body.Sections[i]
		if len(c.of(section)) > 0 {
			c.sections = append(c.sections, section)
		}
	}
	return c
}

// of are the questions of a section that are shown.
func (c *course) of(section *questionnaire.Section) []*questionnaire.Question {
	var out []*questionnaire.Question
	for _, x := range c.shown {
		if in(section, x) {
			out = append(out, x)
		}
	}
	return out
}

// at is the place of a section on the way, -1 if the way does not lead there.
func (c *course) at(code string) int {
	for i, s := range c.sections {
		if s.Code == code {
			return i
		}
	}
	return -1
}

// after is the first section on the way that stands behind another one of the questionnaire, nil behind the last.
func (c *course) after(q *questionnaire.Questionnaire, code string) *questionnaire.Section {
	passed := false
	for i := range q.Body.Sections {
		section := &q.Body.Sections[i]
		if passed && c.at(section.Code) >= 0 {
			return section
		}
		passed = passed || section.Code == code
	}
	return nil
}

// before is the one in front of it; the first has none, and stays.
func (c *course) before(q *questionnaire.Questionnaire, code string) *questionnaire.Section {
	var last *questionnaire.Section
	for i := range q.Body.Sections {
		section := &q.Body.Sections[i]
		if section.Code == code {
			if last == nil {
				last = section
			}
			break
		}
		if c.at(section.Code) >= 0 {
			last = section
		}
	}
	return last
}

// section is the one of a code, nil when there is none.
func section(q *questionnaire.Questionnaire, code string) *questionnaire.Section {
	for i := range q.Body.Sections {
		if q.Body.Sections[i].Code == code {
			return &q.Body.Sections[i]
		}
	}
	return nil
}

// merge puts what was filled in on the page of a section to what was answered before, and leaves out what is no longer asked.
func merge(q *questionnaire.Questionnaire, kept, filled questionnaire.Answers, of *questionnaire.Section) questionnaire.Answers {
	out := questionnaire.Answers{}
	maps.Copy(out, kept)
	for i := range of.Questions {
		code := of.Questions[i].Code
		delete(out, code)
		if a, there := filled[code]; there {
			out[code] = a
		}
	}
	return q.Prune(out)
}

// opened says whether the answers of a page have opened questions on it that were not there when it was filled in.
func opened(q *questionnaire.Questionnaire, of *questionnaire.Section, before, after questionnaire.Answers) string {
	had := map[string]bool{}
	for _, x := range courseOf(q, before).of(of) {
		had[x.Code] = true
	}
	for _, x := range courseOf(q, after).of(of) {
		_, answered := after[x.Code]
		if !had[x.Code] && !answered {
			return x.Code
		}
	}
	return ""
}
