package route

import (
	"errors"
	"io"
	"net/http"
	"time"
)

// slowest is how many bytes a second a large body must bring on average, once the patience for a small one is over: a tenth of a megabit.
const slowest = 12_500

// answerPatience is how long the answer to a large body may take to be written and taken.
const answerPatience = 2 * time.Minute

// boundBody bounds how large the body may be and how long it may take. net/http takes deadlines away before the next request of the connection. Where there is no connection, as in
// tests, nothing needs any.
func (router *Router) boundBody(w *answer, entry *entry, r *Request) error {
	r.maxText = max(entry.Text, maxBody)
	most := max(entry.Body, r.maxText)
	if r.ContentLength > most {
		return unreadable(&http.MaxBytesError{Limit: most}, "")
	}
	r.Body = http.MaxBytesReader(w.ResponseWriter, r.Body, most)
	control := http.NewResponseController(w.ResponseWriter)
	if entry.Body > 0 || entry.Text > 0 {
		r.Body = &pacedBody{ReadCloser: r.Body, control: control, started: time.Now(), patience: router.options.BodyTimeout}
		return nil
	}
	return supported(control.SetReadDeadline(time.Now().Add(router.options.BodyTimeout)))
}

func supported(err error) error {
	if errors.Is(err, http.ErrNotSupported) {
		return nil
	}
	return err
}

// pacedBody reads a body that may be large: the more has come, the more time it gets. Who sends a byte now and then is cut off.
type pacedBody struct {
	io.ReadCloser
	control  *http.ResponseController
	started  time.Time
	patience time.Duration
	came     int64
	// until is the deadline that is set.
	until time.Time
}

func (b *pacedBody) Read(into []byte) (int, error) {
	until := b.started.Add(b.patience + time.Duration(b.came)*time.Second/slowest)
	if until.Sub(b.until) >= time.Second {
		if err := errors.Join(supported(b.control.SetReadDeadline(until)), supported(b.control.SetWriteDeadline(until.Add(answerPatience)))); err != nil {
			return 0, err
		}
		b.until = until
	}
	n, err := b.ReadCloser.Read(into)
	b.came += int64(n)
	return n, err
}

// writePatience is how long a client may take for each piece of a large answer: about 32 KiB.
const writePatience = 30 * time.Second

// Patient gives a slow reader of a large answer time for as long as it goes on reading.
func Patient(w http.ResponseWriter) http.ResponseWriter {
	return &patientWriter{ResponseWriter: w, control: http.NewResponseController(w)}
}

type patientWriter struct {
	http.ResponseWriter
	control *http.ResponseController
	// until is the deadline that is set.
	until time.Time
}

func (w *patientWriter) Write(data []byte) (int, error) {
	if until := time.Now().Add(writePatience); until.Sub(w.until) >= time.Second {
		if err := supported(w.control.SetWriteDeadline(until)); err != nil {
			return 0, err
		}
		w.until = until
	}
	return w.ResponseWriter.Write(data)
}
