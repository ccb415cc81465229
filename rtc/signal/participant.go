package signal

import (
	"sync"
	"time"

	"guildhall/rtc/sfu"
	"guildhall/store/id"
)

// resendable is how many frames are kept for a client that resumes.
const resendable = 64

// participant is somebody in a room. They outlive their WebSocket for a while.
type participant struct {
	server *Server
	place  place
	grant  Grant
	token  string
	peer   *sfu.Peer

	mu         sync.Mutex
	connection *connection
	gone       bool
	// leaving ends the stay when nobody comes back.
	leaving *time.Timer
	// sequence numbers what can be resumed; sent keeps the latest of it.
	sequence int
	sent     []sentFrame
}

type sentFrame struct {
	sequence int
	frame    serverFrame
}

// send numbers a frame, keeps it and sends it.
func (p *participant) send(op Opcode, data any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.sequence++
	number := p.sequence
	frame := serverFrame{Op: op, Data: data, Seq: &number}
	if len(p.sent) == resendable {
		p.sent = append(p.sent[:0], p.sent[1:]...)
	}
	p.sent = append(p.sent, sentFrame{number, frame})
	if p.connection != nil {
		p.connection.send(frame)
	}
}

// resume moves the participant to a connection and sends what was missed. It fails when too much was.
func (p *participant) resume(c *connection, acknowledged int) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.gone || len(p.sent) > 0 && acknowledged < p.sent[0].sequence-1 || acknowledged > p.sequence {
		return false
	}
	if p.connection != nil && p.connection != c {
		p.connection.close(CloseSession, "this voice session goes on elsewhere")
	}
	p.stayLocked()
	p.connection = c
	for _, one := range p.sent {
		if one.sequence > acknowledged {
			c.send(one.frame)
		}
	}
	return true
}

// stayLocked cancels the end of the stay.
func (p *participant) stayLocked() {
	if p.leaving != nil && p.leaving.Stop() {
		p.server.work.Done()
	}
	p.leaving = nil
}

// lost notes that the WebSocket is gone. The media goes on, and the stay ends when nobody comes back in time.
func (p *participant) lost(c *connection) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.connection != c || p.gone {
		return
	}
	p.connection = nil
	p.waitLocked()
}

func (p *participant) waitLocked() {
	p.stayLocked()
	p.server.work.Add(1)
	p.leaving = time.AfterFunc(p.server.Grace, func() {
		defer p.server.work.Done()
		p.mu.Lock()
		over := p.leaving != nil && p.connection == nil
		p.leaving = nil
		p.mu.Unlock()
		if over {
			p.server.leave(p)
		}
	})
}

// Joined implements sfu.Events.
func (p *participant) Joined(userID id.ID) { p.send(OpClientsConnect, ClientsConnect{[]id.ID{userID}}) }

// Left implements sfu.Events.
func (p *participant) Left(userID id.ID) { p.send(OpClientDisconnect, ClientDisconnect{userID}) }

// Speaking implements sfu.Events.
func (p *participant) Speaking(userID id.ID, ssrc uint32, speaking bool) {
	bits := 0
	if speaking {
		bits = 1
	}
	p.send(OpSpeaking, Speaking{UserID: userID, SSRC: ssrc, Speaking: bits})
}

// Lost implements sfu.Events: the client renegotiates while its WebSocket is there; without one nothing can be heard of it any more but its return.
func (p *participant) Lost() {}
