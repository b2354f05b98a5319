package secrets

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"

	"github.com/guanxi-crm/guanxi/libs/seal"
)

// Step is one of the three in which something that proves or seals is exchanged while everything runs. Whoever has made a step understands who has not made it yet, and who has
// made the next one; so between two steps the processes take up the files one after another.
type Step string

// The steps. After Prepare everybody knows the new one and nobody uses it; after Use everybody uses it and still knows the old one; after Retire the old one is good for nothing.
const (
	Prepare Step = "prepare"
	Use     Step = "use"
	Retire  Step = "retire"
)

// Steps are all, in their order.
var Steps = []Step{Prepare, Use, Retire}

// What can be exchanged.
const (
	PageKeys   = "page-keys"
	PersonKeys = "person-keys"
	TokenKey   = "token-key"
	Authority  = "authority"
)

// Rotate makes a step. A step is refused out of turn; one that was broken off is made again.
func (d Dir) Rotate(what string, step Step, say func(string)) error {
	state := "rotation-" + what
	last, err := os.ReadFile(d.file(authority, state))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if wanted := next(Step(last)); step != wanted && step != Step(last) {
		return fmt.Errorf("the next step of %s is %s, not %s", what, wanted, step)
	}
	if err := d.rotate(what, step, say); err != nil {
		return fmt.Errorf("secrets: %w", err)
	}
	if step == Retire {
		return os.Remove(d.file(authority, state))
	}
	return d.write(authority, state, []byte(step))
}

// next is the step after another one, or the first.
func next(last Step) Step { return Steps[(slices.Index(Steps, last)+1)%len(Steps)] }

func (d Dir) rotate(what string, step Step, say func(string)) error {
	switch what {
	case PageKeys:
		for _, s := range Services {
			if err := d.rotateLines(s.Name, "page.key", sealKey, step, say); err != nil {
				return err
			}
		}
		return nil
	case PersonKeys:
		return d.rotateLines("profile", "person.key", func() []byte { return []byte(seal.NewFile()) }, step, say)
	case TokenKey:
		return d.rotateToken(step, say)
	case Authority:
		return d.rotateAuthority(step, say)
	default:
		return fmt.Errorf("there is no %s to be exchanged", what)
	}
}

// rotateLines exchanges the key in a file that has one on each line, of which the first is used and all are known. A line of two words stays: it is no key of that kind.
func (d Dir) rotateLines(folder, name string, fresh func() []byte, step Step, say func(string)) error {
	waiting := folder + "-" + name + ".next"
	if step == Prepare { // a later step never makes a key: nobody would know it
		if err := d.once(authority, waiting, func(string) {}, func() ([]byte, error) { return fresh(), nil }); err != nil {
			return err
		}
	}
	made, err := os.ReadFile(d.file(authority, waiting))
	if step == Retire && errors.Is(err, fs.ErrNotExist) { // it was done before the step was broken off
		return nil
	}
	if err != nil {
		return err
	}
	content, err := os.ReadFile(d.file(folder, name))
	if err != nil {
		return err
	}
	fresher, _ := lines(made)
	keys, others := lines(content)
	keys = slices.DeleteFunc(keys, func(key string) bool { return key == fresher[0] })
	switch step {
	case Prepare:
		keys = append(keys, fresher[0])
	case Use:
		keys = append(fresher[:1:1], keys...)
	case Retire: // what an old backup holds may still need them
		if err := d.keep(folder+"-"+name+".retired", keys); err != nil {
			return err
		}
		keys = fresher[:1]
	}
	say(d.file(folder, name))
	if err := d.write(folder, name, []byte(strings.Join(append(keys, others...), "\n")+"\n")); err != nil || step != Retire {
		return err
	}
	return os.Remove(d.file(authority, waiting))
}

// lines parts keys from the lines that are none.
func lines(content []byte) (keys, others []string) {
	for line := range strings.Lines(string(content)) {
		switch line = strings.TrimSpace(line); len(strings.Fields(line)) {
		case 0:
		case 1:
			keys = append(keys, line)
		default:
			others = append(others, line)
		}
	}
	return keys, others
}

// keep adds lines to a file of what was retired.
func (d Dir) keep(name string, keys []string) error {
	old, err := os.ReadFile(d.file(authority, name))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	kept, _ := lines(old)
	for _, key := range keys {
		if !slices.Contains(kept, key) {
			kept = append(kept, key)
		}
	}
	return d.write(authority, name, []byte(strings.Join(kept, "\n")+"\n"))
}

// Beside a file of the authority's folder lie, while it is exchanged, the one that follows it and the one that it followed.
const (
	followed = ".next"
	former   = ".old"
)

// exchange makes a step with a file of the authority's folder, of which Prepare has made the one that follows.
func (d Dir) exchange(name string, step Step) error {
	path := d.file(authority, name)
	switch step {
	case Prepare:
		return nil
	case Use:
		absent, err := missing(path + followed)
		if err != nil || absent { // it was done before the step was broken off
			return err
		}
		old, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		if err := d.write(authority, name+former, old); err != nil {
			return err
		}
		return os.Rename(path+followed, path)
	default:
		if err := os.Remove(path + former); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		return nil
	}
}

// rotateToken exchanges the key that tokens are signed with. Tokens that people hold are good until the old one is retired; those of our services are made anew when the new one
// is used.
func (d Dir) rotateToken(step Step, say func(string)) error {
	if step == Prepare {
		if _, err := d.signer(tokenKey + followed); err != nil {
			return err
		}
	}
	if err := d.exchange(tokenKey, step); err != nil {
		return err
	}
	return d.tokens(say)
}

// rotateAuthority exchanges who signs certificates. Those of our processes are made anew when the new one is used.
func (d Dir) rotateAuthority(step Step, say func(string)) error {
	if step == Prepare {
		absent, err := missing(d.file(authority, authorityCertificate+followed))
		if err == nil && absent {
			err = d.newAuthority(followed)
		}
		if err != nil {
			return err
		}
	}
	for _, name := range []string{authorityKey, authorityCertificate} {
		if err := d.exchange(name, step); err != nil {
			return err
		}
	}
	if err := d.certificates(say); err != nil {
		return err
	}
	return d.tellSubscribers(say)
}
