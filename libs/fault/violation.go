package fault

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"google.golang.org/grpc/codes"
)

// Violation is one wrong field of a request. Field is its proto path, such as "customer.channels[2].value"; Rule names
// what is broken in UPPER_SNAKE.
type Violation struct {
	Field, Rule string
	Text        Text
}

// Field makes a Violation.
func Field(field, rule string, text Text) Violation {
	return Violation{Field: field, Rule: rule, Text: text}
}

// maxViolations is how many violations an answer names. They travel in the HTTP/2 trailer, of which clients in other
// languages accept 8 KiB: an answer over that would be lost as a whole. The number of all stands in the metadata.
const maxViolations = 20

// Invalid is INVALID_ARGUMENT with every field and rule in the message and, for programs, in the details.
func Invalid(v ...Violation) *Error {
	return &Error{
		code:       codes.InvalidArgument,
		reason:     "INVALID_FIELDS",
		text:       Text{En: "invalid fields", Zh: "字段无效"},
		violations: v,
	}
}

// Prefix puts field in front of the path of every violation in err: what a rule calls "nanos" the request calls
// "order.amount.nanos". A path that starts with an index ("[2].value") is joined without a dot. An err without violations
// comes back as it is, nil included.
func Prefix(err error, field string) error {
	var e *Error
	if !errors.As(err, &e) || len(e.violations) == 0 {
		return err
	}
	c := *e
	c.violations = make([]Violation, len(e.violations))
	for i, v := range e.violations {
		v.Field = join(field, v.Field)
		c.violations[i] = v
	}
	return &c
}

func join(prefix, field string) string {
	switch {
	case prefix == "" || field == "":
		return prefix + field
	case strings.HasPrefix(field, "["):
		return prefix + field
	default:
		return prefix + "." + field
	}
}

// named are the violations an answer names.
func (e *Error) named() []Violation { return e.violations[:min(len(e.violations), maxViolations)] }

// message is the English text with field, rule and description of the violations.
func (e *Error) message() string {
	if len(e.violations) == 0 {
		return e.text.En
	}
	parts := make([]string, 0, maxViolations+1)
	for _, v := range e.named() {
		parts = append(parts, fmt.Sprintf("%s [%s] %s", v.Field, v.Rule, v.Text.En))
	}
	if rest := len(e.violations) - len(parts); rest > 0 {
		parts = append(parts, "and "+strconv.Itoa(rest)+" more")
	}
	return e.text.En + ": " + strings.Join(parts, "; ")
}

// localized is the same in Chinese.
func (e *Error) localized() string {
	if len(e.violations) == 0 {
		return e.text.Zh
	}
	parts := make([]string, 0, maxViolations+1)
	for _, v := range e.named() {
		parts = append(parts, fmt.Sprintf("%s [%s] %s", v.Field, v.Rule, v.Text.Zh))
	}
	if rest := len(e.violations) - len(parts); rest > 0 {
		parts = append(parts, "另有 "+strconv.Itoa(rest)+" 处")
	}
	return e.text.Zh + "：" + strings.Join(parts, "；")
}
