package up

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"net"
	"net/url"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/guanxi-crm/guanxi/deploy/guanxi/internal/instance"
	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/telemetry"
	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
)

const (
	logFile = "guanxi.log"
	// maxLog is from which size on the log is put aside at a start, in bytes. One older log is kept.
	maxLog = 10 << 20
	// tokenTTL is for how long the printed token is good.
	tokenTTL = 12 * time.Hour
)

// openLog begins or continues the log, which is JSON for machines; people are told on Out.
func (u *stack) openLog() error {
	path := u.Dir.Path(logFile)
	if info, err := os.Stat(path); err == nil && info.Size() > maxLog {
		if err := os.Rename(path, path+".1"); err != nil {
			return err
		}
	}
	file, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	u.stops = append(u.stops, file.Close)
	u.log = telemetry.Logger(file, u.Level)
	slog.SetDefault(u.log) // libraries that log by themselves do not write between what people read
	return nil
}

const greeting = `Guanxi is up at %[1]s (explore it at %[1]s/docs), %.1[2]f s after it was started.

  data   %[3]s
  gRPC   %[4]s
  token  sees and may do everything, good for %.0[5]f hours; guanxi token makes others

export TOKEN=%[6]s

Three commands to try, in another terminal:

  curl -sS -H "Authorization: Bearer $TOKEN" %[1]s/v1/customers -d '{"displayName": "瑞恒自动化", "kind": "ORGANIZATION", "territory": "cn/south/shenzhen"}'
  curl -sS -H "Authorization: Bearer $TOKEN" '%[1]s/v1/customers?pageSize=3'
  %[7]s

Ctrl-C stops it.
`

// greet loads the demo, if it is wanted, and tells people where everything is.
func (u *stack) greet(ctx context.Context) error {
	token, err := u.signer.Sign(auth.Principal{
		Subject: "local", Level: typev1.Level_EXECUTIVE, Territories: []string{auth.Anywhere}, Administrator: true,
	}, tokenTTL)
	if err != nil {
		return err
	}
	took := time.Since(u.began).Seconds()
	if u.Demo {
		if err := u.demo(ctx, token); err != nil {
			return fmt.Errorf("the demo data cannot be loaded: %w", err)
		}
	}
	var services []string
	for _, name := range slices.Sorted(maps.Keys(u.endpoints.GRPC)) {
		services = append(services, name+" "+u.endpoints.GRPC[name])
	}
	_, err = fmt.Fprintf(u.Out, greeting, u.endpoints.HTTP, took, u.Dir, strings.Join(services, ", "), tokenTTL.Hours(), token, u.tail())
	return err
}

// tail is the command that shows events, as this very program would be called.
func (u *stack) tail() string {
	program := os.Args[0]
	if strings.Contains(program, "go-build") {
		program = "go run ./deploy/guanxi"
	}
	command := program + " events tail --from start"
	if dir, err := instance.Default(); err != nil || dir != u.Dir {
		command += " --data " + string(u.Dir)
	}
	return command
}

// reachable is an address that can be called, for one that may stand for all interfaces.
func reachable(address string) string {
	host, port, err := net.SplitHostPort(address)
	if ip := net.ParseIP(host); err == nil && ip != nil && ip.IsUnspecified() {
		return net.JoinHostPort("127.0.0.1", port)
	}
	return address
}

func withUser(address, user, password string) (string, error) {
	parsed, err := url.Parse(address)
	if err != nil {
		return "", err
	}
	parsed.User = url.UserPassword(user, password)
	return parsed.String(), nil
}
