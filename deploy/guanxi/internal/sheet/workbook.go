package sheet

import (
	"encoding/xml"
	"fmt"
	"path"
	"strings"
)

// workbook learns which sheets there are, and where.
func (b *book) workbook() error {
	at := "xl/workbook.xml"
	links, err := b.links("")
	if err != nil {
		return err
	}
	for _, link := range links {
		if link.kind == "officeDocument" {
			at = link.target
		}
	}
	if links, err = b.links(at); err != nil {
		return err
	}
	b.texts = path.Join(path.Dir(at), "sharedStrings.xml")
	for _, link := range links {
		if link.kind == "sharedStrings" {
			b.texts = link.target
		}
	}
	return b.each(at, func(element xml.StartElement) error {
		switch element.Name.Local {
		case "workbookPr":
			value := attribute(element, "date1904")
			b.from1904 = value == "1" || value == "true"
		case "sheet":
			return b.add(element, links)
		}
		return nil
	})
}

// add keeps a sheet, unless it is none of cells.
func (b *book) add(sheet xml.StartElement, links map[string]link) error {
	for _, a := range sheet.Attr {
		if link := links[a.Value]; a.Name.Local == "id" && a.Name.Space != "" && link.kind == "worksheet" {
			b.sheets = append(b.sheets, part{name: attribute(sheet, "name"), at: link.target})
		}
	}
	if len(b.sheets) > maxLinks {
		return fmt.Errorf("there are more than %d sheets", maxLinks)
	}
	return nil
}

// link is how a part refers to another.
type link struct{ kind, target string }

// links returns what the part refers to within the file, by the ids that it uses for it; the part "" is the file as a whole.
func (b *book) links(from string) (map[string]link, error) {
	dir, base := path.Split(from)
	at := path.Join(dir, "_rels", base+".rels")
	links := make(map[string]link)
	if b.parts[key(at)] == nil {
		return links, nil
	}
	return links, b.each(at, func(element xml.StartElement) error {
		if element.Name.Local == "Relationship" && attribute(element, "TargetMode") != "External" {
			target := attribute(element, "Target")
			if !strings.HasPrefix(target, "/") {
				target = path.Join("/", dir, target)
			}
			links[attribute(element, "Id")] = link{kind: path.Base(attribute(element, "Type")), target: target[1:]}
		}
		if len(links) > maxLinks {
			return fmt.Errorf("it refers to more than %d parts", maxLinks)
		}
		return nil
	})
}
