package gateway

import (
	"strconv"
	"time"
)

const (
	// timeoutHeader is gRPC's: a number of at most eight digits and a unit, such as 500m or 10S.
	timeoutHeader = "Grpc-Timeout"
	// usualTimeout is for requests that do not ask for another one.
	usualTimeout = 30 * time.Second
	// longestTimeout is what longer ones are cut to.
	longestTimeout = 60 * time.Second
)

var timeoutUnits = map[byte]time.Duration{
	'H': time.Hour, 'M': time.Minute, 'S': time.Second, 'm': time.Millisecond, 'u': time.Microsecond, 'n': time.Nanosecond,
}

// timeout is the time that a request is given.
func timeout(header string) (time.Duration, *refusal) {
	if header == "" {
		return usualTimeout, nil
	}
	unit, ok := timeoutUnits[header[len(header)-1]]
	digits := header[:len(header)-1]
	count, err := strconv.ParseUint(digits, 10, 32)
	if !ok || err != nil || len(digits) > 8 {
		return 0, badTimeout
	}
	if count > uint64(longestTimeout/unit) {
		return longestTimeout, nil
	}
	return time.Duration(count) * unit, nil
}
