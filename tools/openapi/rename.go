package main

import (
	"encoding/json"
	"strings"
)

// irregular are the plurals that singular cannot work out.
var irregular = map[string]string{"people": "person"}

// singular is the name of one member of a collection.
func singular(collection string) string {
	if one, ok := irregular[collection]; ok {
		return one
	}
	if stem, ok := strings.CutSuffix(collection, "ies"); ok {
		return stem + "y"
	}
	return strings.TrimSuffix(collection, "s")
}

// rename names the parameters of a path template by the collections they stand behind, and returns the new name of each
// old one. A parameter may be followed by a custom method, as in {name}:undelete.
func rename(template string) (renamed string, names map[string]string) {
	names = map[string]string{}
	segments := strings.Split(template, "/")
	for i, segment := range segments {
		inner, rest, found := strings.Cut(strings.TrimPrefix(segment, "{"), "}")
		if !found || i == 0 {
			continue
		}
		names[inner] = singular(segments[i-1])
		segments[i] = "{" + names[inner] + "}" + rest
	}
	return strings.Join(segments, "/"), names
}

// rename gives the path parameters their new names, and a description of the id instead of the whole resource name's.
func (o operation) rename(names map[string]string) error {
	if o["parameters"] == nil {
		return nil
	}
	var parameters []map[string]any
	if err := json.Unmarshal(o["parameters"], &parameters); err != nil {
		return err
	}
	for _, parameter := range parameters {
		old, _ := parameter["name"].(string)
		if name, ok := names[old]; ok && parameter["in"] == "path" {
			parameter["name"] = name
			parameter["description"] = "The id of the " + name + ", the last part of its resource name."
		}
	}
	encoded, err := json.Marshal(parameters)
	o["parameters"] = encoded
	return err
}
