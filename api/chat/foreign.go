package chat

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"strings"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"

	"guildhall/api/chat/picture"
	"guildhall/store/id"
)

const (
	// maxForeignBytes is the most that a picture of another site may have, foreignSide how wide and high it is shown.
	maxForeignBytes = 8 << 20
	foreignSide     = 1024
	// maxKnownForeign is how many of them are kept in memory, each of maxKnownForeignBytes at most.
	maxKnownForeign      = 64
	maxKnownForeignBytes = 512 << 10
)

// foreignPicture is a picture of another site as it is shown here; nil bytes say that there is none.
type foreignPicture struct {
	encoded     []byte
	contentType string
	until       time.Time
}

// foreign are the pictures of other sites, which people see through the hall: so that no site learns who looks at what, and nothing but a picture comes from there.
type foreign struct {
	reader LinkReader
	known  *lru.Cache[string, foreignPicture]
}

func newForeign(reader LinkReader) (*foreign, error) {
	if reader == nil {
		return nil, nil
	}
	known, err := lru.New[string, foreignPicture](maxKnownForeign)
	return &foreign{reader, known}, err
}

// foreignBase begins the paths of pictures of other sites.
const foreignBase = "/external/"

// ForeignLink gives the path under which a picture of another site is to be seen here: /external/{signature}/{address in base64}. Empty when the hall does not ask other sites. The signature keeps it from
// fetching whatever anybody wants.
func (f *Files) ForeignLink(address string) string {
	if f.foreign == nil || !strings.HasPrefix(address, "http://") && !strings.HasPrefix(address, "https://") {
		return ""
	}
	return foreignBase + f.signForeign(address) + "/" + base64.RawURLEncoding.EncodeToString([]byte(address))
}

func (f *Files) signForeign(address string) string {
	mac := hmac.New(sha256.New, f.key)
	mac.Write([]byte("foreign\n" + address))
	return hex.EncodeToString(mac.Sum(nil))
}

// ForeignPath takes a path of ForeignLink apart; false for what is none.
func ForeignPath(path string) (signature, address string, ok bool) {
	rest, is := strings.CutPrefix(path, foreignBase)
	signature, encoded, found := strings.Cut(rest, "/")
	decoded, err := base64.RawURLEncoding.DecodeString(encoded)
	return signature, string(decoded), is && found && err == nil && len(decoded) > 0
}

// Links gives addresses of files, and of pictures of other sites, for those who reach the hall at one site.
type Links struct {
	files *Files
	site  string
}

// LinksAt gives addresses that begin with a site, such as "https://hall.lan:6464".
func (f *Files) LinksAt(site string) Links { return Links{f, site} }

// File gives the address of a file on a message (see Files.Link).
func (l Links) File(channelID, attachmentID id.ID, filename string) string {
	return l.site + l.files.Link(channelID, attachmentID, filename)
}

// Foreign gives the address under which a picture of another site is to be seen here; empty for nowhere (see Files.ForeignLink).
func (l Links) Foreign(address string) string {
	if path := l.files.ForeignLink(address); path != "" {
		return l.site + path
	}
	return ""
}

// OpenForeign gives a picture of another site, made anew and at most 1024 pixels wide and high, of moving ones the first frame. What is no picture, and what cannot be had, is UnknownFile.
func (f *Files) OpenForeign(ctx context.Context, signature, address string) (*OpenFile, error) {
	if f.foreign == nil || !hmac.Equal([]byte(signature), []byte(f.signForeign(address))) {
		return nil, fail(UnknownFile)
	}
	shown, there := f.foreign.known.Get(address)
	if now := f.Now(); !there || !now.Before(shown.until) {
		var err error
		if shown, err = f.fetchForeign(ctx, address); err != nil {
			return nil, err
		}
		shown.until = now.Add(knownLinkFor)
		if shown.encoded == nil {
			shown.until = now.Add(emptyLinkFor)
		}
		if len(shown.encoded) <= maxKnownForeignBytes {
			f.foreign.known.Add(address, shown)
		}
	}
	if shown.encoded == nil {
		return nil, fail(UnknownFile)
	}
	sum := sha256.Sum256(shown.encoded)
	return &OpenFile{ReadSeekCloser: openBytes{bytes.NewReader(shown.encoded)}, ContentType: shown.contentType, Inline: true, Tag: hex.EncodeToString(sum[:16])}, nil
}

// openBytes are bytes in memory as a file.
type openBytes struct{ *bytes.Reader }

func (openBytes) Close() error { return nil }

// fetchForeign asks for a picture and makes it anew. One that is none has no bytes.
func (f *Files) fetchForeign(ctx context.Context, address string) (foreignPicture, error) {
	content, err := f.foreign.reader.Picture(ctx, address, maxForeignBytes)
	if ctx.Err() != nil {
		return foreignPicture{}, internal("asking for a picture", ctx.Err())
	}
	if err != nil {
		f.Log.DebugContext(ctx, "a picture of another site could not be had", "error", err)
		return foreignPicture{}, nil
	}
	select {
	case f.decoding <- struct{}{}:
	case <-ctx.Done():
		return foreignPicture{}, internal("waiting to examine a picture", ctx.Err())
	}
	defer func() { <-f.decoding }()
	examined, err := picture.Examine(bytes.NewReader(content))
	if err != nil {
		return foreignPicture{}, nil
	}
	scaled, err := examined.Scale(foreignSide, foreignSide, picture.Fit)
	if errors.Is(err, picture.ErrBroken) || errors.Is(err, picture.ErrTooLarge) {
		return foreignPicture{}, nil
	}
	if err != nil {
		return foreignPicture{}, internal("examining a picture", err)
	}
	var encoded bytes.Buffer
	format, err := picture.Encode(&encoded, scaled)
	if err != nil {
		return foreignPicture{}, internal("writing a picture", err)
	}
	return foreignPicture{encoded: encoded.Bytes(), contentType: format.ContentType()}, nil
}
