// Command provider runs the OpenID provider of the tests for the browser tests: it says where it listens, and does what it is told over HTTP at /test.
package main

import (
	"encoding/json"
	"fmt"
	"log"
	"net"
	"net/http"
	"time"

	"guildhall/api/outside/openid/openidtest"
)

func main() {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	provider := openidtest.New(time.Now,
		openidtest.Person{Subject: "1001", Name: "Eve Adams", Username: "eve", Email: "eve@example.org", EmailVerified: true},
		openidtest.Person{Subject: "1003", Name: "Nora Newcomer", Username: "nora", Email: "nora@example.org", EmailVerified: true},
		openidtest.Person{Subject: "1002", Name: "Alice Elsewhere", Username: "alice", Email: "alice@example.org", EmailVerified: true},
	)
	provider.Issuer = "http://" + listener.Addr().String()
	mux := http.NewServeMux()
	mux.Handle("/", provider)
	mux.HandleFunc("POST /test", func(w http.ResponseWriter, r *http.Request) {
		var told struct{ Down, Forge, Rotate bool }
		if err := json.NewDecoder(r.Body).Decode(&told); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		provider.Misbehave(openidtest.Fault{Down: told.Down, Forge: told.Forge})
		if told.Rotate {
			provider.Rotate(false)
		}
		w.WriteHeader(http.StatusNoContent)
	})
	fmt.Println(provider.Issuer)
	server := &http.Server{Handler: mux, ReadHeaderTimeout: 10 * time.Second}
	log.Fatal(server.Serve(listener))
}
