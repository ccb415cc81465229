package signal

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"io"
	"mime"
	"net/http"
	"net/netip"
	"strings"
	"sync"

	"github.com/pion/sdp/v3"
	"golang.org/x/time/rate"

	"guildhall/rtc/sfu"
	"guildhall/store/id"
)

// Streams decides who may show and watch streams over HTTP, with nothing but a key: WHIP (RFC 9725) and WHEP (draft-ietf-wish-whep). What it refuses with a
// Refusal is told in its words; everything else is an error of the hall.
type Streams interface {
	// Ingest gives what the holder of a key joins the room of their own stream with, which it begins if there is none.
	Ingest(ctx context.Context, key string) (Claim, error)
	// Playback gives what the holder of a key joins the room of somebody else's stream with.
	Playback(ctx context.Context, key string, ownerID id.ID) (Claim, error)
}

// Refusal says why something is not given over HTTP.
type Refusal struct {
	// Status is that of HTTP.
	Status  int
	Message string
}

func (r *Refusal) Error() string { return r.Message }

const (
	// streamRequestsPerSecond and streamRequestsBurst bound what is begun and changed over HTTP, of all together: more is not looked at.
	streamRequestsPerSecond = 50
	streamRequestsBurst     = 200
	// maxKey is the longest key that is looked at, in bytes.
	maxKey = 256

	typeSDP      = "application/sdp"
	typeFragment = "application/trickle-ice-sdpfrag"
)

// streamResource is a session whose client speaks HTTP alone.
type streamResource struct {
	session *session
	path    string
	key     [sha256.Size]byte
	reached []netip.AddrPort

	// mu lets one change be made at a time.
	mu sync.Mutex
	// offer is the client's, as it is now; tag names its ICE session.
	offer, tag string
}

// Streaming is the handler of /whip and /whep.
func (s *Server) Streaming(streams Streams) http.Handler {
	h := &streamHandler{server: s, streams: streams, requests: rate.NewLimiter(streamRequestsPerSecond, streamRequestsBurst)}
	routes := http.NewServeMux()
	routes.HandleFunc("POST /whip", h.publish)
	routes.HandleFunc("POST /whep/{owner}", h.play)
	for _, path := range []string{"/whip/{resource}", "/whep/{owner}/{resource}"} {
		routes.HandleFunc("PATCH "+path, h.change)
		routes.HandleFunc("DELETE "+path, h.end)
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		// Keys are in a header that pages must name themselves: an origin carries no authority here.
		w.Header().Set("Access-Control-Allow-Origin", "*")
		w.Header().Set("Access-Control-Expose-Headers", "Location, ETag")
		if r.Method == http.MethodOptions {
			w.Header().Set("Access-Control-Allow-Methods", "POST, PATCH, DELETE")
			w.Header().Set("Access-Control-Allow-Headers", "Authorization, Content-Type, If-Match")
			w.Header().Set("Accept-Post", typeSDP)
			w.WriteHeader(http.StatusNoContent)
			return
		}
		if !h.requests.Allow() {
			w.Header().Set("Retry-After", "1")
			http.Error(w, "There are too many requests for streams.", http.StatusTooManyRequests)
			return
		}
		routes.ServeHTTP(w, r)
	})
}

type streamHandler struct {
	server   *Server
	streams  Streams
	requests *rate.Limiter
}

// publish begins to show a stream.
func (h *streamHandler) publish(w http.ResponseWriter, r *http.Request) {
	h.begin(w, r, func(key string) (Claim, error) { return h.streams.Ingest(r.Context(), key) })
}

// play begins to watch one.
func (h *streamHandler) play(w http.ResponseWriter, r *http.Request) {
	h.begin(w, r, func(key string) (Claim, error) {
		ownerID, err := id.Parse(r.PathValue("owner"))
		if err != nil {
			return Claim{}, &Refusal{http.StatusNotFound, "Nobody with this id shows a stream."}
		}
		return h.streams.Playback(r.Context(), key, ownerID)
	})
}

// begin makes a resource of an offer.
func (h *streamHandler) begin(w http.ResponseWriter, r *http.Request, claim func(key string) (Claim, error)) {
	key, err := bearer(r)
	var offer string
	if err == nil {
		offer, err = readBody(w, r, typeSDP)
	}
	if err != nil {
		h.refuse(w, err)
		return
	}
	claimed, err := claim(key)
	if err != nil {
		h.refuse(w, err)
		return
	}
	resource := &streamResource{path: r.URL.Path + "/" + rand.Text(), key: sha256.Sum256([]byte(key)), reached: h.server.options.Reached(r), offer: offer}
	err = h.server.admit(claimed, func(grant Grant) (err error) {
		resource.session, err = h.server.join(nil, grant)
		if err == nil {
			resource.session.release(nil)
			resource.session.resource = resource
			h.server.resources[resource.path] = resource
		}
		return err
	})
	if err != nil {
		h.refuse(w, err)
		return
	}
	answer, err := resource.answer()
	if err != nil {
		h.server.depart(resource.session, CloseCrashed, "")
		h.refuse(w, err)
		return
	}
	w.Header().Set("Location", resource.path)
	w.Header().Set("Content-Type", typeSDP)
	w.Header().Set("ETag", resource.tag)
	w.WriteHeader(http.StatusCreated)
	_, _ = io.WriteString(w, answer) // Who is gone by now is noticed by their media.
}

// answer answers the resource's offer. What cannot be carried is refused in words.
func (r *streamResource) answer() (string, error) {
	answer, err := r.session.peer.Answer(r.offer, r.reached...)
	if errors.Is(err, sfu.ErrOffer) {
		return "", &Refusal{http.StatusUnprocessableEntity, err.Error() + ". Sound is carried as Opus, video as H.264, VP8, VP9 or AV1."}
	}
	if err != nil {
		return "", err
	}
	var parsed sdp.SessionDescription
	if err := parsed.UnmarshalString(answer); err != nil {
		return "", err
	}
	for _, media := range parsed.MediaDescriptions {
		if media.MediaName.Port.Value != 0 {
			continue
		}
		carried := "as H.264, VP8, VP9 or AV1"
		if media.MediaName.Media == "audio" {
			carried = "as Opus"
		}
		return "", &Refusal{http.StatusUnprocessableEntity, "This " + media.MediaName.Media + " cannot be carried: send it " + carried + "."}
	}
	r.tag = `"` + rand.Text() + `"`
	return answer, nil
}

// resourceOf finds the resource that a request is about. Who does not have its key is told what they would be if it were not there.
func (h *streamHandler) resourceOf(r *http.Request) (*streamResource, error) {
	key, err := bearer(r)
	if err != nil {
		return nil, err
	}
	h.server.mu.Lock()
	resource := h.server.resources[r.URL.Path]
	h.server.mu.Unlock()
	sum := sha256.Sum256([]byte(key))
	if resource == nil || subtle.ConstantTimeCompare(sum[:], resource.key[:]) != 1 {
		return nil, &Refusal{http.StatusNotFound, "There is no such stream, or it is over."}
	}
	return resource, nil
}

// change takes candidates of the client, which are not needed, or restarts ICE.
func (h *streamHandler) change(w http.ResponseWriter, r *http.Request) {
	resource, err := h.resourceOf(r)
	var fragment string
	if err == nil {
		fragment, err = readBody(w, r, typeFragment)
	}
	if err != nil {
		h.refuse(w, err)
		return
	}
	resource.mu.Lock()
	defer resource.mu.Unlock()
	switch tag := r.Header.Get("If-Match"); tag {
	case "":
		h.refuse(w, &Refusal{http.StatusPreconditionRequired, "Say with If-Match which ICE session this is about."})
		return
	case "*", resource.tag:
	default:
		h.refuse(w, &Refusal{http.StatusPreconditionFailed, "ICE has been restarted since."})
		return
	}
	user, password := iceOf(fragment)
	if before, _ := iceOf(resource.offer); user == "" || user == before {
		w.WriteHeader(http.StatusNoContent) // The hall answers wherever it is asked from.
		return
	}
	before := resource.offer
	resource.offer = withICE(before, user, password)
	answer, err := resource.answer()
	if err != nil {
		resource.offer = before
		h.refuse(w, err)
		return
	}
	w.Header().Set("Content-Type", typeFragment)
	w.Header().Set("ETag", resource.tag)
	_, _ = io.WriteString(w, fragmentOf(answer))
}

// end ends a resource.
func (h *streamHandler) end(w http.ResponseWriter, r *http.Request) {
	resource, err := h.resourceOf(r)
	if err != nil {
		h.refuse(w, err)
		return
	}
	h.server.depart(resource.session, CloseSession, "")
	w.WriteHeader(http.StatusOK)
}

// refuse answers with an error.
func (h *streamHandler) refuse(w http.ResponseWriter, err error) {
	refusal, ok := errors.AsType[*Refusal](err)
	if !ok {
		refusal = &Refusal{http.StatusInternalServerError, "The hall could not begin this stream."}
		if closed, known := errors.AsType[*closing](err); known && closed.code != CloseServer {
			refusal = &Refusal{http.StatusConflict, "This stream has just ended."}
		} else {
			h.server.options.Log.Error("a stream over HTTP failed", "error", err)
		}
	}
	if refusal.Status == http.StatusUnauthorized {
		w.Header().Set("WWW-Authenticate", "Bearer")
	}
	http.Error(w, refusal.Message, refusal.Status)
}

// bearer reads the key of a request.
func bearer(r *http.Request) (string, error) {
	scheme, key, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if !strings.EqualFold(scheme, "Bearer") || key == "" || len(key) > maxKey {
		return "", &Refusal{http.StatusUnauthorized, "Give your stream key as a bearer token."}
	}
	return key, nil
}

// readBody reads a request's body of a type.
func readBody(w http.ResponseWriter, r *http.Request, want string) (string, error) {
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || kind != want {
		return "", &Refusal{http.StatusUnsupportedMediaType, "Send " + want + "."}
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, sfu.MaxOffer))
	if _, large := errors.AsType[*http.MaxBytesError](err); large {
		return "", &Refusal{http.StatusRequestEntityTooLarge, "This session description is too large."}
	}
	if err != nil {
		return "", &Refusal{http.StatusBadRequest, "The body could not be read."}
	}
	return string(body), nil
}

// The attributes with which ICE is agreed on (RFC 8839 section 5.4).
const (
	iceUser     = "a=ice-ufrag:"
	icePassword = "a=ice-pwd:"
)

// iceOf reads the first ICE credentials of a session description, or of a fragment of one.
func iceOf(text string) (user, password string) {
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\r\n")
		if value, ok := strings.CutPrefix(line, iceUser); ok && user == "" {
			user = value
		}
		if value, ok := strings.CutPrefix(line, icePassword); ok && password == "" {
			password = value
		}
	}
	return user, password
}

// withICE gives an offer with other ICE credentials.
func withICE(offer, user, password string) string {
	var changed strings.Builder
	for line := range strings.Lines(offer) {
		switch {
		case strings.HasPrefix(line, iceUser):
			line = iceUser + user + "\r\n"
		case strings.HasPrefix(line, icePassword):
			line = icePassword + password + "\r\n"
		}
		changed.WriteString(line)
	}
	return changed.String()
}

// fragmentOf gives what of an answer a client needs to restart ICE (RFC 9725 section 4.3.3).
func fragmentOf(answer string) string {
	user, password := iceOf(answer)
	fragment := []string{"a=ice-lite", iceUser + user, icePassword + password}
	inside := false
	for line := range strings.Lines(answer) {
		line = strings.TrimRight(line, "\r\n")
		if strings.HasPrefix(line, "m=") {
			if inside {
				break // Candidates of the first section are those of all.
			}
			inside = true
			fragment = append(fragment, line)
		}
		if inside && (strings.HasPrefix(line, "a=mid:") || strings.HasPrefix(line, "a=candidate:") || line == "a=end-of-candidates") {
			fragment = append(fragment, line)
		}
	}
	return strings.Join(fragment, "\r\n") + "\r\n"
}
