package plan

import (
	"context"
	"fmt"

	"google.golang.org/genproto/googleapis/api/httpbody"

	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/document"
	"github.com/guanxi-crm/guanxi/libs/level"
	planningv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/planning/v1"
)

// PrintPlan implements PlanService. Nobody redacts what is printed after it is: that is done here, before.
func (s *Server) PrintPlan(ctx context.Context, r *planningv1.PrintPlanRequest) (*httpbody.HttpBody, error) {
	id, err := parse("name", r.GetName())
	if err != nil {
		return nil, err
	}
	p, err := s.store.Whole(ctx, id)
	if err != nil {
		return nil, err
	}
	facts, err := s.store.bookFacts(ctx, p)
	if err != nil {
		return nil, err
	}
	n, err := s.numbers.Current(ctx)
	if err != nil {
		return nil, err
	}
	shown, caller := p.toProto(), auth.From(ctx).Level
	level.Redact(shown, caller)
	tongue := Chinese
	if r.GetLanguage() == planningv1.PrintPlanRequest_EN {
		tongue = English
	}
	book := bind(shown, facts, tongue, caller, s.now(), n.Zone)
	file := document.File{Name: fmt.Sprintf("%s-%d-v%d", tongue.say(fileTitle), p.FiscalYear, p.Version), Type: document.HTML, Inline: true}
	if r.GetFormat() == planningv1.PrintPlanRequest_XLSX {
		file.Name, file.Type, file.Inline = file.Name+".xlsx", document.XLSX, false
		file.Data, err = book.Workbook()
	} else {
		file.Name += ".html"
		file.Data, err = book.Page()
	}
	if err != nil {
		return nil, err
	}
	return file.Body()
}
