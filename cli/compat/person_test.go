package compat

import (
	"encoding/json"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"guildhall/cli/clitest"
)

// person is somebody at a client of their own: what they do goes over HTTP, what they see comes over the gateway.
type person struct {
	*recorder
	t             *testing.T
	hall          *clitest.Hall
	authorization string
	id, sessionID string
	gateway       *gatewayClient
}

// enter logs somebody in and connects their client. It leaves when the test ends, or the hall does.
func enter(t *testing.T, hall *clitest.Hall, username, password string) *person {
	t.Helper()
	p := &person{recorder: newRecorder(), t: t, hall: hall, authorization: hall.Login(username, password)}
	socket, response, err := websocket.DefaultDialer.Dial(strings.Replace(hall.URL, "http", "ws", 1)+"/?v=10&encoding=json", nil)
	if err != nil {
		t.Fatal(err)
	}
	_ = response.Body.Close() // it is the socket's now, and holds nothing
	client := &gatewayClient{socket: socket, person: p}
	p.gateway = client
	var reading sync.WaitGroup
	reading.Go(client.read)
	t.Cleanup(func() {
		_ = socket.Close()
		reading.Wait()
	})
	client.send(2, map[string]any{"token": strings.TrimPrefix(p.authorization, "Bearer "), "properties": map[string]any{}})
	ready := p.wait(t, "READY")
	p.sessionID = ready["session_id"].(string)
	p.id = ready["user"].(map[string]any)["id"].(string)
	return p
}

// gatewayClient is the connection of a person.
type gatewayClient struct {
	socket *websocket.Conn
	person *person
	writes sync.Mutex
}

func (c *gatewayClient) send(op int, d any) {
	c.writes.Lock()
	defer c.writes.Unlock()
	_ = c.socket.WriteJSON(map[string]any{"op": op, "d": d}) // a connection that is gone shows in what does not come
}

// read tells of all that comes, until the connection ends.
func (c *gatewayClient) read() {
	done := make(chan struct{})
	defer close(c.person.over)
	defer close(done)
	for {
		var frame struct {
			Op int
			T  string
			D  json.RawMessage
		}
		if c.socket.ReadJSON(&frame) != nil {
			return
		}
		switch frame.Op {
		case 0:
			var details map[string]any
			if json.Unmarshal(frame.D, &details) != nil {
				details = map[string]any{"list": frame.D}
			}
			c.person.tell(frame.T, details)
		case 10:
			go c.beat(done)
		}
	}
}

func (c *gatewayClient) beat(done <-chan struct{}) {
	for beats := time.NewTicker(20 * time.Second); ; {
		select {
		case <-done:
			beats.Stop()
			return
		case <-beats.C:
			c.send(1, nil)
		}
	}
}

// sees waits for an event that is as it should be.
func (p *person) sees(event string, accepts func(map[string]any) bool) map[string]any {
	p.t.Helper()
	for {
		if details := p.wait(p.t, event); accepts(details) {
			return details
		}
	}
}

// seesOffline waits until somebody is shown as gone.
func (p *person) seesOffline(userID string) {
	p.t.Helper()
	p.sees("PRESENCE_UPDATE", func(d map[string]any) bool {
		user, _ := d["user"].(map[string]any)
		return user["id"] == userID && d["status"] == "offline"
	})
}
