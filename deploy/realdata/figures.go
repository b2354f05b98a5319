package main

import (
	"fmt"
	"os"
	"text/tabwriter"
)

// figure is one number, as it must be and as it came out, once for each run.
type figure struct {
	name, want string
	got        []string
}

type figures []figure

// add adds a figure; values are compared as they are shown.
func (f *figures) add(name string, want any, got ...any) {
	line := figure{name: name, want: fmt.Sprint(want)}
	for _, value := range got {
		line.got = append(line.got, fmt.Sprint(value))
	}
	*f = append(*f, line)
}

// print shows them as a table under the names of the runs.
func (f *figures) print(title string, runs ...string) {
	table := tabwriter.NewWriter(os.Stdout, 0, 0, 3, ' ', tabwriter.AlignRight)
	fmt.Fprintf(table, "\n%s\texpected\t", title)
	for _, run := range runs {
		fmt.Fprintf(table, "%s\t", run)
	}
	fmt.Fprintln(table, "\t")
	for _, figure := range *f {
		fmt.Fprintf(table, "%s\t%s\t", figure.name, figure.want)
		for _, got := range figure.got {
			fmt.Fprintf(table, "%s\t", got)
		}
		fmt.Fprintf(table, "%s\t\n", map[bool]string{true: "DIFFERS"}[figure.differs()])
	}
	_ = table.Flush() // to the standard output
}

func (f figure) differs() bool {
	for _, got := range f.got {
		if got != f.want {
			return true
		}
	}
	return false
}

func (f *figures) differ() (count int) {
	for _, figure := range *f {
		if figure.differs() {
			count++
		}
	}
	return count
}
