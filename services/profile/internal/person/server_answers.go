package person

import (
	"context"
	"errors"

	"github.com/google/uuid"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"

	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/libs/seal"
)

// Answers seals remembered answers that tell of a person under his key; it is an idempotency.Guard. Which those are is told by the name in the answer: that of a person, or
// of something below one.
type Answers struct{ box *seal.Box }

// NewAnswers makes it.
func NewAnswers(db *postgres.DB, keys *seal.Keys) *Answers {
	return &Answers{box: seal.NewBox(db, keys)}
}

const (
	// forAnswer is the use that they are sealed for.
	forAnswer = "answer"
	// sealedAnswer begins an answer that is sealed: no message does. Behind it is the id of the person.
	sealedAnswer byte = 0
	headSize          = 1 + len(uuid.UUID{})
)

// Seal implements idempotency.Guard.
func (a *Answers) Seal(ctx context.Context, answer proto.Message, stored []byte) ([]byte, error) {
	named, ok := answer.(interface{ GetName() string })
	if !ok {
		return stored, nil
	}
	id, ok := seal.PersonIn(named.GetName())
	if !ok {
		return stored, nil
	}
	sealed, err := a.box.Seal(ctx, id, forAnswer, stored)
	return append(append([]byte{sealedAnswer}, id[:]...), sealed...), err
}

// Open implements idempotency.Guard.
func (a *Answers) Open(ctx context.Context, stored []byte) ([]byte, error) {
	if len(stored) < headSize || stored[0] != sealedAnswer {
		return stored, nil
	}
	plain, err := a.box.Open(ctx, uuid.UUID(stored[1:headSize]), forAnswer, stored[headSize:])
	if errors.Is(err, seal.ErrNoKey) {
		return nil, fault.New(codes.NotFound, "ERASED", fault.Text{
			En: "the person whom this call was about is not there any more", Zh: "该调用所涉及的人员已不存在",
		})
	}
	return plain, err
}
