// Package playbook is what is aimed at with which departments of a customer in each stage of a project [普遍客户关系], and how a customer stands by it.
package playbook

import "strings"

// Name is the resource name of the one playbook there is.
const Name = "extensivePlaybook"

// neutral is the level that counts where nobody has judged; the numbers are those of the API.
const neutral = 2

// Play is a department that matters in a stage.
type Play struct {
	Stage  int16
	En, Zh string
	Target int16
}

// Standing is what is known of one department of a customer.
type Standing struct {
	Actual               int16 // the level of the last evaluation; 0: none
	Working, Middle, Top int32 // liaisons
}

// key makes one of two ways to write a department.
func key(department string) string { return strings.ToLower(strings.TrimSpace(department)) }

// Find is what is known of the department of a play, under either of its names.
func Find(known map[string]Standing, p Play) Standing {
	en, zh := known[key(p.En)], known[key(p.Zh)]
	if key(p.En) == key(p.Zh) {
		return en
	}
	both := Standing{Actual: max(en.Actual, zh.Actual), Working: en.Working + zh.Working, Middle: en.Middle + zh.Middle, Top: en.Top + zh.Top}
	return both
}

// Gap is how many levels a department lacks to its target.
func Gap(p Play, s Standing) int32 {
	actual := s.Actual
	if actual == 0 {
		actual = neutral
	}
	return int32(p.Target - actual)
}
