package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"google.golang.org/grpc"

	"github.com/guanxi-crm/guanxi/deploy/guanxi/internal/instance"
	"github.com/guanxi-crm/guanxi/deploy/guanxi/internal/intake"
	"github.com/guanxi-crm/guanxi/libs/auth"
	profilev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/profile/v1"
	satisfactionv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/satisfaction/v1"
	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
)

// importTimeout bounds an import, so that one that hangs ends; a file of many millions of rows takes its time.
const importTimeout = 24 * time.Hour

type importCommand struct {
	dataFlag
	Mapping  string `help:"The mapping file: which column becomes which field." required:"" placeholder:"FILE"`
	Survey   string `help:"Of a file of answers: the survey that they answer, surveys/ID." placeholder:"NAME"`
	File     string `arg:"" help:"The file: .csv, .txt or .tsv, also with .gz behind it, or .xlsx."`
	GRPC     string `help:"Address of the profile service, of answers that of the satisfaction service; that of the local instance when left out." name:"grpc" env:"GUANXI_GRPC" placeholder:"HOST:PORT"`
	Token    string `help:"Token to import with; with --grpc." env:"GUANXI_TOKEN"`
	DryRun   bool   `help:"Check every row and store nothing."`
	ID       string `help:"Id of the import; made of the file's name and content when left out." name:"id"`
	Rejected string `help:"File for the rejected rows; FILE.rejected.csv in the current directory when left out." placeholder:"FILE"`
}

// Run imports the file. Rejected rows are reported and are no failure; an import that was cut off goes on where it stopped.
func (c importCommand) Run(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, importTimeout)
	defer cancel()
	conn, err := c.connect()
	if err != nil {
		return err
	}
	defer conn.Close()
	if err = c.send(ctx, conn); err != nil && ctx.Err() != nil {
		return errors.New("interrupted; the same command goes on where it stopped")
	}
	return err
}

func (c importCommand) send(ctx context.Context, conn *grpc.ClientConn) error {
	if c.Survey != "" {
		return intake.Answers{
			Path: c.File, Mapping: c.Mapping, Survey: c.Survey, DryRun: c.DryRun, Rejected: c.rejected(),
			Client: satisfactionv1.NewResponseServiceClient(conn), Language: language(), Out: os.Stdout, Progress: newProgress(os.Stderr),
		}.Run(ctx)
	}
	return intake.File{
		Path: c.File, Mapping: c.Mapping, ID: c.ID, DryRun: c.DryRun, Rejected: c.rejected(),
		Client: profilev1.NewImportServiceClient(conn), Language: language(), Out: os.Stdout, Progress: newProgress(os.Stderr),
	}.Run(ctx)
}

// service is whose the facts of the file are.
func (c importCommand) service() string {
	if c.Survey != "" {
		return "satisfaction"
	}
	return "profile"
}

func (c importCommand) rejected() string {
	if c.Rejected != "" {
		return c.Rejected
	}
	return filepath.Base(c.File) + ".rejected.csv"
}

// connect prepares to call the given service, else that of the local instance with a token made for this.
func (c importCommand) connect() (*grpc.ClientConn, error) {
	address, token := c.GRPC, c.Token
	if address == "" {
		var err error
		if address, token, err = c.local(); err != nil {
			return nil, err
		}
	}
	if token == "" {
		return nil, errors.New("--token is missing: --grpc needs a token of level manager or above")
	}
	conn, err := instance.Dial(address, token)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", address, err)
	}
	return conn, nil
}

func (c importCommand) local() (address, token string, err error) {
	dir, err := c.dir()
	if err != nil {
		return "", "", err
	}
	endpoints, err := dir.Endpoints()
	if err != nil {
		return "", "", err
	}
	if c.Token != "" {
		return endpoints.GRPC[c.service()], c.Token, nil
	}
	signer, err := dir.ExistingSigner()
	if err != nil {
		return "", "", err
	}
	token, err = signer.Sign(auth.Principal{
		Subject: "import", Level: typev1.Level_EXECUTIVE, Territories: []string{auth.Anywhere},
	}, importTimeout)
	return endpoints.GRPC[c.service()], token, err
}
