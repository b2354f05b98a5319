package report

import (
	"encoding/json"
	"fmt"

	"google.golang.org/protobuf/encoding/protojson"

	satisfactionv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/satisfaction/v1"
)

// JSON is the report with the analysis that it is of.
func (r *Report) JSON(a *satisfactionv1.Analysis) ([]byte, error) {
	analysis, err := protojson.Marshal(a)
	if err != nil {
		return nil, fmt.Errorf("report: %w", err)
	}
	return json.Marshal(struct {
		*Report
		Analysis json.RawMessage `json:"analysis"`
	}{r, analysis})
}
