package main

import (
	"errors"
	"os"
	"strings"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/guanxi-crm/guanxi/deploy/guanxi/internal/intake"
)

// sentence is what a person is told of an error, in his language where the service has one for it.
func sentence(err error) string {
	var carrier interface{ GRPCStatus() *status.Status }
	if !errors.As(err, &carrier) {
		return err.Error()
	}
	answer := carrier.GRPCStatus()
	if language() == intake.Chinese {
		for _, detail := range answer.Details() {
			if text, ok := detail.(*errdetails.LocalizedMessage); ok {
				return text.GetMessage()
			}
		}
	}
	if answer.Code() == codes.Unavailable {
		return "the service cannot be reached; is it running? (" + answer.Message() + ")"
	}
	return answer.Message()
}

// language is that of the environment.
func language() intake.Language {
	for _, name := range []string{"LC_ALL", "LC_MESSAGES", "LANG"} {
		if value := os.Getenv(name); value != "" {
			return intake.Language(strings.HasPrefix(value, "zh"))
		}
	}
	return intake.English
}
