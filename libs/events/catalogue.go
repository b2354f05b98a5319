package events

import (
	"cmp"
	"slices"
	"strings"
	"sync"

	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
)

// Entry is one event of the catalogue.
type Entry struct {
	Subject string
	Message protoreflect.MessageDescriptor
}

// Catalogue lists the events among the linked messages whose proto package is or lies below the prefix, ordered by subject.
func Catalogue(prefix string) []Entry {
	var entries []Entry
	protoregistry.GlobalFiles.RangeFiles(func(file protoreflect.FileDescriptor) bool {
		if name := string(file.Package()); name != prefix && !strings.HasPrefix(name, prefix+".") {
			return true
		}
		for i := range file.Messages().Len() {
			message := file.Messages().Get(i)
			if subject := subjectOf(message); subject != "" {
				entries = append(entries, Entry{Subject: subject, Message: message})
			}
		}
		return true
	})
	slices.SortFunc(entries, func(a, b Entry) int { return cmp.Compare(a.Subject, b.Subject) })
	return entries
}

var schemas = sync.OnceValue(func() map[string]string {
	known := map[string]string{}
	for _, entry := range Catalogue("guanxi") {
		known[entry.Subject] = "proto:" + string(entry.Message.FullName())
	}
	return known
})

// schemaOf names the message of a subject as a URI, empty for a subject that this program does not know.
func schemaOf(subject string) string { return schemas()[subject] }
