package quality

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/guanxi-crm/guanxi/services/profile/internal/requirement"
)

// expression is a field of customers c in SQL: whether it is filled for a caller of level $2, and its value as a text that changes with it.
type expression struct{ filled, value string }

func textColumn(name string) expression {
	return expression{"c." + name + " <> ''", "c." + name}
}

func listColumn(name, empty string) expression {
	return expression{"c." + name + " <> " + empty, "cast(c." + name + " as text)"}
}

// ofPeople is a field that each of the people has, as far as the caller may know of them.
func ofPeople(aggregate string) expression {
	return expression{filled: "(select " + aggregate + " from people p where p.customer_id = c.customer_id and (not p.senior or $2 >= 2))"}
}

var expressions = map[string]expression{
	"display_name": textColumn("display_name"), "legal_name": textColumn("legal_name"), "registration_number": textColumn("registration_number"),
	"industry": textColumn("industry"), "territory": textColumn("territory"), "owner": textColumn("owner"), "source": textColumn("source"),
	"language":  textColumn("language"),
	"relations": listColumn("relations", "'{}'"), "alternative_names": listColumn("alternative_names", "'{}'"), "tags": listColumn("tags", "'{}'"),
	"addresses": listColumn("addresses", "'[]'"), "external_ids": listColumn("external_ids", "'[]'"),
	"employee_count": {"c.employee_count > 0", "cast(c.employee_count as text)"},
	"channels": {
		"exists (select from jsonb_array_elements(c.channels) e where cast(e ->> 'level' as integer) <= $2)", "cast(c.channels as text)",
	},
	"people":            ofPeople("count(*) > 0"),
	"people.position":   ofPeople("coalesce(bool_and(p.position <> ''), false)"),
	"people.department": ofPeople("coalesce(bool_and(p.department <> ''), false)"),
	"people.language":   ofPeople("coalesce(bool_and(p.language <> ''), false)"),
}

// statement collects parameters while SQL over fields is written. The first three are the caller's territories and level, and now.
type statement struct{ args []any }

func (s *statement) bind(cast string, value any) string {
	s.args = append(s.args, value)
	return fmt.Sprintf("cast($%d as %s)", len(s.args), cast)
}

// of is the expression of a field. An attribute's id is a parameter: it is what people have written.
func (s *statement) of(field string) expression {
	id, ok := requirement.Attribute(field)
	if !ok {
		return expressions[field]
	}
	key := s.bind("text", id)
	return expression{
		"coalesce(cast(c.attributes -> " + key + " ->> 'level' as integer) <= $2, false)", "coalesce(c.attributes -> " + key + " ->> 'value', '')",
	}
}

// values reads fields of one customer.
func (s *statement) values(fields []string, where string) string {
	filled, hashes := make([]string, len(fields)), make([]string, len(fields))
	for i, field := range fields {
		e := s.of(field)
		filled[i], hashes[i] = e.filled, "''"
		if e.value != "" {
			hashes[i] = "md5(" + e.value + ")"
		}
	}
	return `select c.kind, c.revision, array[` + strings.Join(filled, ", ") + `] as filled, array[` + strings.Join(hashes, ", ") + `] as hashes
	from customers c where ` + where + ` and guanxi_covers(c.territory, $1)`
}

// sums are the weights of one customer c by the rules of its kind: required, filled, filled and verifiable, verified.
func (s *statement) sums(rules requirement.Rules) (required, filled, checkable, verified string) {
	var r, f, k, v [2]string
	for i, of := range [2][]requirement.Rule{rules.Organization, rules.Person} {
		var all int64
		var filledTerms, checkableTerms, verifiedTerms []string
		for _, rule := range of {
			all += int64(rule.Weight)
			e, weight := s.of(rule.Field), strconv.Itoa(int(rule.Weight))
			term := "case when " + e.filled + " then " + weight + " else 0 end"
			filledTerms = append(filledTerms, term)
			if !requirement.Verifiable(rule.Field) {
				continue
			}
			checkableTerms = append(checkableTerms, term)
			verifiedTerms = append(verifiedTerms, "when "+s.bind("text", rule.Field)+" then case when "+e.filled+" and v.value_hash = md5("+e.value+")"+
				s.fresh(rule)+" then "+weight+" else 0 end")
		}
		r[i], f[i], k[i], v[i] = strconv.FormatInt(all, 10), plus(filledTerms), plus(checkableTerms), "0"
		if len(verifiedTerms) > 0 {
			v[i] = "coalesce((select sum(case v.field " + strings.Join(verifiedTerms, " ") + " else 0 end) from field_verifications v where v.customer_id = c.customer_id), 0)"
		}
	}
	byKind := func(of [2]string) string { return "case c.kind when 1 then " + of[0] + " else " + of[1] + " end" }
	return byKind(r), byKind(f), byKind(k), byKind(v)
}

func (s *statement) fresh(rule requirement.Rule) string {
	if rule.ValidDays == 0 {
		return ""
	}
	return fmt.Sprintf(" and v.verify_time > cast($3 as timestamptz) - interval '%d hours'", 24*int64(rule.ValidDays))
}

func plus(terms []string) string {
	if len(terms) == 0 {
		return "0"
	}
	return strings.Join(terms, " + ")
}

// fieldsOf are the fields that rules ask for, each once.
func fieldsOf(rules requirement.Rules, more []string) []string {
	var out []string
	for _, of := range [2][]requirement.Rule{rules.Organization, rules.Person} {
		for _, rule := range of {
			out = append(out, rule.Field)
		}
	}
	out = append(out, more...)
	slices.Sort(out)
	return slices.Compact(out)
}
