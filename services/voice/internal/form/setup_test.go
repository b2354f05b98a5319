package form_test

import (
	"context"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"

	"github.com/guanxi-crm/guanxi/gateway"
	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/schedule"
	"github.com/guanxi-crm/guanxi/libs/service"
	"github.com/guanxi-crm/guanxi/libs/servicetest"
	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
	voicev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/voice/v1"
	"github.com/guanxi-crm/guanxi/services/voice/internal/form"
	"github.com/guanxi-crm/guanxi/services/voice/internal/intake"
)

// inbox is where voices go.
type inbox struct {
	mu     sync.Mutex
	voices []intake.Voice
	fail   error
}

// Receive implements form.Receiver.
func (b *inbox) Receive(_ context.Context, v *intake.Voice) (*intake.Voice, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.fail != nil {
		return nil, b.fail
	}
	v.ID = uuid.Must(uuid.NewV7())
	b.voices = append(b.voices, *v)
	return v, nil
}

func (b *inbox) all() []intake.Voice {
	b.mu.Lock()
	defer b.mu.Unlock()
	return append([]intake.Voice(nil), b.voices...)
}

// bundle is forms alone, with a gateway before them.
type bundle struct {
	*servicetest.Service
	*inbox
	forms voicev1.VoiceFormServiceClient
	pages voicev1.VoiceFormPageServiceClient
	http  string
}

// migrations are those of forms.
func migrations() fs.FS {
	const name = "00007_forms.sql"
	text, err := os.ReadFile("../../migrations/" + name)
	if err != nil {
		panic(err)
	}
	return fstest.MapFS{name: &fstest.MapFile{Data: text}}
}

func setup(t *testing.T, configure ...func(*gateway.Config)) *bundle {
	t.Helper()
	b := &bundle{inbox: &inbox{}}
	b.Service = servicetest.Start(t, service.Definition{
		Name: "voice", Migrations: migrations(),
		Register: func(to grpc.ServiceRegistrar, p *service.Platform) error {
			store := form.NewStore(p.DB, p.Now, b.inbox)
			forms, err := form.NewServer(store, p.Pages)
			voicev1.RegisterVoiceFormServiceServer(to, forms)
			voicev1.RegisterVoiceFormPageServiceServer(to, form.NewPageServer(store, p.Pages))
			return err
		},
		Jobs: func(p *service.Platform) []schedule.Job { return form.Jobs(form.NewStore(p.DB, p.Now, b.inbox)) },
	}, func(_ *service.Config, deps *service.Deps) {
		deps.Log = slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelWarn}))
	})
	b.forms, b.pages = voicev1.NewVoiceFormServiceClient(b.Conn), voicev1.NewVoiceFormPageServiceClient(b.Conn)
	cfg, err := gateway.LoadConfig(nil)
	require.NoError(t, err)
	cfg.Listen, cfg.Services, cfg.FormSends, cfg.FormViews = "127.0.0.1:0", map[string]string{"voice": b.Address}, 0, 0
	for _, c := range configure {
		c(&cfg)
	}
	running, err := gateway.Start(context.Background(), cfg, gateway.Deps{Log: slog.New(slog.DiscardHandler)})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, running.Stop()) })
	b.http = "http://" + running.Address()
	return b
}

// admin may do everything.
func (b *bundle) admin(t *testing.T) context.Context {
	t.Helper()
	return b.AsPrincipal(t, auth.Principal{Subject: "admin", Level: typev1.Level_BASIC, Territories: []string{auth.Anywhere}, Administrator: true})
}

// complaints is a form as a company would have it.
func complaints() *voicev1.VoiceForm {
	return &voicev1.VoiceForm{
		Slug: "complaints", TitleZh: "投诉与建议", TitleEn: "Complaints and suggestions",
		IntroZh: "您的意见对我们很重要。投诉将在一个工作日内得到答复。\n紧急情况请拨打 400 热线。", IntroEn: "What you tell us matters to us. A complaint is answered within a working day.\nIf it is urgent, call our hotline.",
		Kinds:        []voicev1.VoiceKind{voicev1.VoiceKind_COMPLAINT, voicev1.VoiceKind_OPINION, voicev1.VoiceKind_REQUIREMENT, voicev1.VoiceKind_PRAISE},
		ProductLines: []string{"宽带接入 Broadband", "传输 Transmission"}, Territory: "cn/south",
	}
}

// open declares a form and opens it.
func (b *bundle) open(t *testing.T, f *voicev1.VoiceForm) *voicev1.VoiceForm {
	t.Helper()
	made, err := b.forms.CreateVoiceForm(b.admin(t), &voicev1.CreateVoiceFormRequest{VoiceForm: f})
	require.NoError(t, err)
	made, err = b.forms.ActivateVoiceForm(b.admin(t), &voicev1.ActivateVoiceFormRequest{Name: made.GetName()})
	require.NoError(t, err)
	return made
}

// answer is what came back over HTTP.
type answer struct {
	*http.Response
	text string
}

// do sends a request and follows nothing.
func (b *bundle) do(t *testing.T, method, path string, typed url.Values, headers ...string) answer {
	t.Helper()
	var content io.Reader
	if typed != nil {
		content = strings.NewReader(typed.Encode())
	}
	r, err := http.NewRequestWithContext(t.Context(), method, b.http+path, content)
	require.NoError(t, err)
	r.Header.Set("Accept-Language", "en")
	if typed != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	response, err := http.DefaultTransport.RoundTrip(r)
	require.NoError(t, err)
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	return answer{Response: response, text: string(text)}
}

var tokens = regexp.MustCompile(`name="token" value="([^"]+)"`)

// token is that of a page.
func (a answer) token(t *testing.T) string {
	t.Helper()
	found := tokens.FindStringSubmatch(a.text)
	require.NotNil(t, found, a.text)
	return found[1]
}

// page opens a page, as if a minute ago.
func (b *bundle) page(t *testing.T, path string) string {
	t.Helper()
	token := b.do(t, http.MethodGet, path, nil).token(t)
	b.Clock.Advance(time.Minute)
	return token
}

// filled is a page that is filled in.
func filled(token string, more ...string) url.Values {
	typed := url.Values{"token": {token}, "kind": {"COMPLAINT"}, "text": {"The box was empty."}, "website": {""}}
	for i := 0; i < len(more); i += 2 {
		typed.Set(more[i], more[i+1])
	}
	return typed
}

var references = regexp.MustCompile(`[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}`)

// done follows the way to the page that thanks, and returns the reference that it tells.
func (b *bundle) done(t *testing.T, sent answer) (reference, text string) {
	t.Helper()
	require.Equal(t, http.StatusSeeOther, sent.StatusCode, sent.text)
	thanks := b.do(t, http.MethodGet, sent.Header.Get("Location"), nil)
	require.Equal(t, http.StatusOK, thanks.StatusCode)
	reference = references.FindString(thanks.text)
	require.NotEmpty(t, reference, thanks.text)
	return reference, thanks.text
}
