package attacks

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/guanxi-crm/guanxi/libs/service"
)

// The frames of HTTP/2 and the flags of theirs that are sent here.
const (
	frameData         = 0x0
	frameHeaders      = 0x1
	frameReset        = 0x3
	frameSettings     = 0x4
	framePing         = 0x6
	frameAway         = 0x7
	frameContinuation = 0x9

	endHeaders = 0x4

	settingStreams = 0x3
	refusedStream  = 0x7
)

// http2 is a connection to the gRPC port that sends what no client would.
type http2 struct {
	net.Conn
	in *bufio.Reader
}

func (s *scene) http2(t *testing.T) *http2 {
	t.Helper()
	conn, err := new(net.Dialer).DialContext(t.Context(), "tcp", s.Stage.Address)
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close() })
	require.NoError(t, conn.SetDeadline(time.Now().Add(20*time.Second)))
	_, err = io.WriteString(conn, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
	require.NoError(t, err)
	h := &http2{conn, bufio.NewReader(conn)}
	require.NoError(t, h.send(frameSettings, 0, 0, nil))
	return h
}

func (h *http2) send(kind, flags byte, stream uint32, payload []byte) error {
	frame := binary.BigEndian.AppendUint32(nil, uint32(len(payload))<<8|uint32(kind))
	frame = append(frame, flags)
	frame = binary.BigEndian.AppendUint32(frame, stream)
	_, err := h.Write(append(frame, payload...))
	return err
}

func (h *http2) receive() (kind byte, stream uint32, payload []byte, err error) {
	var head [9]byte
	if _, err = io.ReadFull(h.in, head[:]); err != nil {
		return 0, 0, nil, err
	}
	payload = make([]byte, binary.BigEndian.Uint32(head[:])>>8)
	_, err = io.ReadFull(h.in, payload)
	return head[3], binary.BigEndian.Uint32(head[5:]), payload, err
}

// header is a field of HPACK that is not to be indexed, of at most 126 bytes a part.
func header(name, value string) []byte {
	b := append([]byte{0, byte(len(name))}, name...)
	return append(append(b, byte(len(value))), value...)
}

// open are the headers of a call of the import, a stream, which waits for messages.
func (s *scene) open() []byte {
	var b []byte
	for _, h := range [][2]string{
		{":method", "POST"}, {":scheme", "http"}, {":path", "/" + s.streaming()}, {":authority", "x"}, {"content-type", "application/grpc"}, {"te", "trailers"},
	} {
		b = append(b, header(h[0], h[1])...)
	}
	return b
}

// streaming is the last RPC of the scene that takes messages.
func (s *scene) streaming() string {
	name := s.Calls[0].RPC
	for _, c := range s.Calls {
		if c.Messages != nil {
			name = c.RPC
		}
	}
	return s.Package + "." + name
}

// await reads frames until one is found or the connection is closed.
func (h *http2) await(found func(kind byte, stream uint32, payload []byte) bool) error {
	for {
		kind, stream, payload, err := h.receive()
		if err != nil {
			return err
		}
		if found(kind, stream, payload) {
			return nil
		}
	}
}

// A connection carries so many calls at once as the server has said, whoever asks for more.
func (s *scene) tooManyStreams(t *testing.T) {
	t.Helper()
	s.bounded(t, func() {
		h := s.http2(t)
		announced := uint32(0)
		require.NoError(t, h.await(func(kind byte, _ uint32, payload []byte) bool {
			for ; kind == frameSettings && len(payload) >= 6; payload = payload[6:] {
				if binary.BigEndian.Uint16(payload) == settingStreams {
					announced = binary.BigEndian.Uint32(payload[2:])
				}
			}
			return kind == frameSettings
		}))
		require.EqualValues(t, service.MaxStreams, announced)
		const asked = 4 * service.MaxStreams
		go func() {
			for i := range uint32(asked) {
				if h.send(frameHeaders, endHeaders, 2*i+1, s.open()) != nil {
					return
				}
			}
		}()
		refused := 0
		err := h.await(func(kind byte, stream uint32, payload []byte) bool {
			if kind == frameReset && binary.BigEndian.Uint32(payload) == refusedStream {
				refused++
			}
			return kind == frameAway || stream == 2*asked-1
		})
		require.True(t, err == nil || errors.Is(err, io.EOF), "%v", err)
		require.Positive(t, refused, "streams above the most were taken")
	})
}

// Frames that cost nothing to send must not cost much to receive.
func (s *scene) floodsOfFrames(t *testing.T) {
	t.Helper()
	const many = 50_000
	for name, flood := range map[string]func(h *http2) error{
		"empty DATA": func(h *http2) error {
			return errors.Join(h.send(frameHeaders, endHeaders, 1, s.open()), repeat(many, func(int) error { return h.send(frameData, 0, 1, nil) }))
		},
		"DATA beyond the window": func(h *http2) error {
			message := make([]byte, 16<<10)
			copy(message, "\x00\xff\xff\xff\xff") // a message of 4 GiB begins
			return errors.Join(h.send(frameHeaders, endHeaders, 1, s.open()), repeat(1024, func(int) error { return h.send(frameData, 0, 1, message) }))
		},
		"DATA for nobody": func(h *http2) error {
			return repeat(many, func(i int) error { return h.send(frameData, 0, uint32(2*i+1), nil) })
		},
		"PING": func(h *http2) error {
			return repeat(many, func(int) error { return h.send(framePing, 0, 0, make([]byte, 8)) })
		},
		"SETTINGS": func(h *http2) error { return repeat(many, func(int) error { return h.send(frameSettings, 0, 0, nil) }) },
		"open and reset": func(h *http2) error {
			return repeat(5000, func(i int) error {
				stream := uint32(2*i + 1)
				return errors.Join(h.send(frameHeaders, endHeaders, stream, s.open()), h.send(frameReset, 0, stream, []byte{0, 0, 0, 8}))
			})
		},
		"headers without end": func(h *http2) error {
			more := make([]byte, 0, 16<<10)
			for i := 0; len(more) < 15<<10; i++ {
				more = append(more, header(fmt.Sprintf("x-%d", i), "y")...)
			}
			return errors.Join(h.send(frameHeaders, 0, 1, s.open()), repeat(1024, func(int) error { return h.send(frameContinuation, 0, 1, more) }))
		},
		"a frame of 16 MiB": func(h *http2) error { return h.send(frameData, 0, 1, make([]byte, 1<<24-1)) },
	} {
		t.Run(name, func(t *testing.T) {
			s.bounded(t, func() {
				h := s.http2(t)
				sent := make(chan error, 1)
				go func() { sent <- flood(h) }()
				go func() { _ = h.await(func(byte, uint32, []byte) bool { return false }) }()
				select {
				case <-sent: // all of it, or until the server hung up
				case <-time.After(10 * time.Second): // stopped by flow control
					require.NoError(t, h.Close())
					<-sent
				}
			})
		})
	}
}

func repeat(n int, do func(i int) error) error {
	for i := range n {
		if err := do(i); err != nil {
			return err
		}
	}
	return nil
}
