package mapping

import (
	"errors"
	"fmt"

	"google.golang.org/protobuf/proto"

	"github.com/guanxi-crm/guanxi/deploy/guanxi/internal/sheet"
	"github.com/guanxi-crm/guanxi/libs/fault"
	profilev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/profile/v1"
	satisfactionv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/satisfaction/v1"
)

// facts are, by kind, an empty message of the fact and how it is put into a row.
var facts = map[Kind]struct {
	empty func() proto.Message
	into  func(row *profilev1.ImportRow, fact proto.Message)
	// system is where the source system goes unless the mapping fills it; "" when the fact has no place for it.
	system string
}{
	Customers: {
		empty: func() proto.Message { return &profilev1.Customer{} },
		into: func(row *profilev1.ImportRow, fact proto.Message) {
			row.Fact = &profilev1.ImportRow_Customer{Customer: fact.(*profilev1.Customer)}
		},
		system: "external_ids[0].system",
	},
	People: {
		empty: func() proto.Message { return &profilev1.Person{} },
		into: func(row *profilev1.ImportRow, fact proto.Message) {
			row.Fact = &profilev1.ImportRow_Person{Person: fact.(*profilev1.Person)}
		},
		system: "external_ids[0].system",
	},
	Orders: {
		empty: func() proto.Message { return &profilev1.Order{} },
		into: func(row *profilev1.ImportRow, fact proto.Message) {
			row.Fact = &profilev1.ImportRow_Order{Order: fact.(*profilev1.Order)}
		},
		system: "source_system",
	},
	OrderLines: {
		empty: func() proto.Message { return &profilev1.ImportOrderLines{} },
		into: func(row *profilev1.ImportRow, fact proto.Message) {
			row.Fact = &profilev1.ImportRow_OrderLines{OrderLines: fact.(*profilev1.ImportOrderLines)}
		},
		system: "source_system",
	},
	Payments: {
		empty: func() proto.Message { return &profilev1.Payment{} },
		into: func(row *profilev1.ImportRow, fact proto.Message) {
			row.Fact = &profilev1.ImportRow_Payment{Payment: fact.(*profilev1.Payment)}
		},
		system: "source_system",
	},
	Answers: {
		empty:  func() proto.Message { return &satisfactionv1.Response{} },
		into:   func(*profilev1.ImportRow, proto.Message) {}, // they go to another service; see Reader.Answers
		system: "source_system",
	},
	SupplyPositions: {
		empty: func() proto.Message { return &profilev1.SupplyPosition{} },
		into: func(row *profilev1.ImportRow, fact proto.Message) {
			row.Fact = &profilev1.ImportRow_SupplyPosition{SupplyPosition: fact.(*profilev1.SupplyPosition)}
		},
	},
	Dossiers: {
		empty: func() proto.Message { return &profilev1.ImportDossierSection{} },
		into: func(row *profilev1.ImportRow, fact proto.Message) {
			row.Fact = &profilev1.ImportRow_DossierSection{DossierSection: fact.(*profilev1.ImportDossierSection)}
		},
	},
}

// Reader turns the rows of one table into the rows of an import.
type Reader struct {
	table   *sheet.Table
	mapping *Mapping
	reader  reader
	group   int // the column of group_by, -1 when each row is a fact of its own

	fact, line, missing plan
	customer            binding // the customer's id
}

// Bind prepares to read table. A mapping that does not fit it is refused before the first row.
func (m *Mapping) Bind(table *sheet.Table) (*Reader, error) {
	at, err := positions(table.Header())
	if err != nil {
		return nil, err
	}
	r := &Reader{table: table, mapping: m, group: -1}
	r.reader = reader{reading: m.reading(table.Date), tables: m.tables}
	if m.GroupBy != "" {
		column, ok := at[m.GroupBy]
		if !ok {
			return nil, fmt.Errorf("group_by: the file has no column %q (or two of that name)", m.GroupBy)
		}
		r.group = column
	}
	if m.Currency != nil {
		if r.reader.currency, err = m.bind(*m.Currency, at); err != nil {
			return nil, err
		}
	}
	return r, r.plan(at)
}

// positions finds the columns. One whose name stands there twice cannot be referred to.
func positions(header []string) (columns, error) {
	at := make(columns, len(header))
	twice := make(map[string]bool)
	for i, name := range header {
		_, known := at[name]
		twice[name] = twice[name] || known
		at[name] = i
	}
	for name := range twice {
		if twice[name] {
			delete(at, name)
		}
	}
	delete(at, "")
	if len(at) == 0 {
		return nil, errors.New("the header names no column")
	}
	return at, nil
}

func (r *Reader) plan(at columns) (err error) {
	m := r.mapping
	kind := facts[m.Kind]
	root := kind.empty().ProtoReflect().Descriptor()
	if r.fact, err = m.plan(m.withSystem(kind.system), root, at); err != nil {
		return fmt.Errorf("fields: %w", err)
	}
	line := (&profilev1.OrderLine{}).ProtoReflect().Descriptor()
	if r.line, err = m.plan(m.Lines, line, at); err != nil {
		return fmt.Errorf("lines: %w", err)
	}
	if m.CustomerRef == nil {
		return nil
	}
	ref := (&profilev1.ImportCustomer{}).ProtoReflect().Descriptor()
	id := Fields{{Path: "id", Value: m.CustomerRef.ID}}
	id[0].Value.Required = true
	refPlan, err := m.plan(id, ref, at)
	if err != nil {
		return fmt.Errorf("customer_ref: %w", err)
	}
	r.customer = refPlan.bindings[0]
	r.customer.path.text = "customer_ref.id"
	if r.missing, err = m.plan(m.CustomerRef.IfMissing, (&profilev1.Customer{}).ProtoReflect().Descriptor(), at); err != nil {
		return fmt.Errorf("customer_ref: if_missing: %w", err)
	}
	return nil
}

// withSystem adds the source system where the kind of fact has its place, unless the mapping fills that itself.
func (m *Mapping) withSystem(at string) Fields {
	if at == "" {
		return m.Fields
	}
	for _, field := range m.Fields {
		if field.Path == at {
			return m.Fields
		}
	}
	system := Field{Path: at, Value: Value{parts: []part{{literal: m.SourceSystem}}}}
	return append(Fields{system}, m.Fields...)
}

// ref names the customer that the fact in cells belongs to.
func (r *Reader) ref(cells []string) (*profilev1.ImportCustomer, *fault.Violation) {
	if r.mapping.CustomerRef == nil {
		return nil, nil
	}
	ids, problem := r.customer.convert(r.reader, cells)
	if problem != nil {
		return nil, problem
	}
	ref := &profilev1.ImportCustomer{System: r.mapping.CustomerRef.System, Id: ids[0].String()}
	if len(r.missing.bindings) == 0 {
		return ref, nil
	}
	ref.IfMissing = &profilev1.Customer{}
	if problem := r.missing.fill(r.reader, cells, ref.IfMissing.ProtoReflect()); problem != nil {
		problem.Field = "customer_ref.if_missing." + problem.Field
		return nil, problem
	}
	return ref, nil
}
