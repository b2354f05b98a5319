package secrets

import (
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/guanxi-crm/guanxi/libs/seal"
)

// secret is a fresh password.
func secret(bytes int) []byte {
	b := make([]byte, bytes)
	_, _ = rand.Read(b) // it never fails
	return []byte(base64.RawURLEncoding.EncodeToString(b))
}

// passwords makes those of the database: the superuser's, and for each service those of the role that owns its tables and of the one that works on them. What the database
// is set up by, on its first start, is made of them.
func (d Dir) passwords(say func(string)) error {
	if err := d.once(database, "password", say, func() ([]byte, error) { return secret(24), nil }); err != nil {
		return err
	}
	var sql strings.Builder
	sql.WriteString("-- Run by the database's image on its first start: a database for each service, a role that owns it and one that works on it.\n")
	for _, s := range Services {
		owner, worker := secret(24), secret(24)
		for _, p := range []struct {
			name     string
			password *[]byte
		}{{"owner.password", &owner}, {"database.password", &worker}} {
			made := *p.password
			if err := d.once(s.Name, p.name, say, func() ([]byte, error) { return made, nil }); err != nil {
				return err
			}
			stored, err := os.ReadFile(d.file(s.Name, p.name))
			if err != nil {
				return err
			}
			*p.password = stored
		}
		for name, line := range map[string]string{
			"owner.pgpass": fmt.Sprintf("*:*:*:%s_owner:%s\n", s.Name, owner), "database.pgpass": fmt.Sprintf("*:*:*:%s:%s\n", s.Name, worker),
		} {
			if err := d.write(s.Name, name, []byte(line)); err != nil {
				return err
			}
		}
		fmt.Fprintf(&sql, setup, s.Name, owner, worker)
	}
	// These two are read inside the container by a user that the host does not know; on the host nobody gets past the folder.
	if err := d.write(database, "init.sql", []byte(sql.String())); err != nil {
		return err
	}
	return errors.Join(os.Chmod(d.file(database, "init.sql"), 0o644), os.Chmod(d.file(database, "password"), 0o644)) //nolint:gosec // see above
}

// The role that works has rights on rows and none on tables: what a service could be made to run cannot change the schema.
const setup = `
create role %[1]s_owner login password '%[2]s';
create role %[1]s login password '%[3]s';
create database %[1]s owner %[1]s_owner;
revoke all on database %[1]s from public;
grant connect, temporary on database %[1]s to %[1]s;
\connect %[1]s
alter schema public owner to %[1]s_owner;
grant usage on schema public to %[1]s;
alter default privileges for role %[1]s_owner grant select, insert, update, delete on tables to %[1]s;
alter default privileges for role %[1]s_owner grant usage, select, update on sequences to %[1]s;
alter default privileges for role %[1]s_owner grant usage on schemas to %[1]s;
`

// keys makes those that seal: page tokens for every service, people for the one that keeps them.
func (d Dir) keys(say func(string)) error {
	for _, s := range Services {
		if err := d.once(s.Name, "page.key", say, func() ([]byte, error) { return sealKey(), nil }); err != nil {
			return err
		}
	}
	return d.once("profile", "person.key", say, func() ([]byte, error) { return []byte(seal.NewFile()), nil })
}

func sealKey() []byte {
	b := make([]byte, 32)
	_, _ = rand.Read(b) // it never fails
	return []byte(base64.StdEncoding.EncodeToString(b) + "\n")
}
