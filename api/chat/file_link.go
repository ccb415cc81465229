package chat

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"

	"guildhall/api/perm"
	"guildhall/store"
	"guildhall/store/id"
)

// A link to a file is good for a day, and then until the next full quarter of a day: so it is the same for everybody who asks within six hours, and caches hit.
const (
	linkLifetime = 24 * time.Hour
	linkRounding = 6 * time.Hour
)

// linkKey derives the key that signs links from the hall's secret.
func linkKey(secret []byte) []byte {
	mac := hmac.New(sha256.New, secret)
	mac.Write([]byte("links to files"))
	return mac.Sum(nil)
}

// Link names a file in an address, with what makes it good.
type Link struct {
	ChannelID, AttachmentID id.ID
	Filename                string
	// Expires and Issued are in Unix seconds, in hexadecimal digits; Signature is over all the rest, in hexadecimal digits too.
	Expires, Issued, Signature string
}

// Link gives the path of a file's address, with its signature: /attachments/{channel}/{attachment}/{filename}?ex=…&is=…&hm=…. It is given only to those who may see the file.
func (f *Files) Link(channelID, attachmentID id.ID, filename string) string {
	now := f.Now()
	issued := now.Truncate(linkRounding)
	link := Link{ChannelID: channelID, AttachmentID: attachmentID, Filename: filename, Issued: strconv.FormatInt(issued.Unix(), 16),
		Expires: strconv.FormatInt(issued.Add(linkLifetime+linkRounding).Unix(), 16)}
	return fmt.Sprintf("/attachments/%d/%d/%s?ex=%s&is=%s&hm=%s", channelID, attachmentID, url.PathEscape(filename), link.Expires, link.Issued, f.sign(&link))
}

func (f *Files) sign(link *Link) string {
	mac := hmac.New(sha256.New, f.key)
	// Nothing of it has a line end in it.
	fmt.Fprintf(mac, "attachment\n%d\n%d\n%s\n%s\n%s", link.ChannelID, link.AttachmentID, link.Filename, link.Expires, link.Issued)
	return hex.EncodeToString(mac.Sum(nil))
}

// good tells whether a link was made here and has not expired.
func (f *Files) good(link *Link) bool {
	if !hmac.Equal([]byte(link.Signature), []byte(f.sign(link))) {
		return false
	}
	expires, err := strconv.ParseInt(link.Expires, 16, 64)
	return err == nil && f.Now().Unix() < expires
}

// attachment finds a file where a link says that it is. It is looked up every time: with the message the file ends at once.
func (f *Files) attachment(ctx context.Context, channelID, attachmentID id.ID, filename string) (store.Attachment, error) {
	message, err := f.Store.AttachmentMessage(ctx, channelID, attachmentID)
	if errors.Is(err, store.ErrNotFound) {
		return store.Attachment{}, fail(UnknownFile)
	}
	if err != nil {
		return store.Attachment{}, internal("looking a file up", err)
	}
	for _, one := range message.AllAttachments() {
		if one.ID == attachmentID && one.Filename == filename {
			return one, nil
		}
	}
	return store.Attachment{}, fail(UnknownFile)
}

// maxRefreshed is how many addresses can be renewed at once.
const maxRefreshed = 50

// RefreshedLink is an address of a file, and the path of its new one; empty when the caller may not see the file, or there is none.
type RefreshedLink struct {
	Address, Path string
}

// Refresh gives new links for addresses of files, expired ones too. The caller needs to be able to read the message: VIEW_CHANNEL and READ_MESSAGE_HISTORY.
func (f *Files) Refresh(ctx context.Context, caller Caller, addresses []string) ([]RefreshedLink, error) {
	if len(addresses) == 0 || len(addresses) > maxRefreshed {
		return nil, invalid("attachment_urls", "BASE_TYPE_BAD_LENGTH", "Must be between 1 and %d in length.", maxRefreshed)
	}
	refreshed := make([]RefreshedLink, len(addresses))
	for i, address := range addresses {
		path, err := f.refresh(ctx, caller, address)
		switch KindOf(err) {
		case UnknownChannel, MissingAccess, MissingPermission, UnknownFile:
			err = nil
		}
		if err != nil {
			return nil, err
		}
		refreshed[i] = RefreshedLink{Address: address, Path: path}
	}
	return refreshed, nil
}

// refresh gives one new link. Whose address it is does not matter: a hall may be reached by several.
func (f *Files) refresh(ctx context.Context, caller Caller, address string) (string, error) {
	parsed, err := url.Parse(address)
	if err != nil {
		return "", fail(UnknownFile)
	}
	link, ok := ParseLink(strings.TrimPrefix(parsed.Path, "/cdn"))
	if !ok {
		return "", fail(UnknownFile)
	}
	_, _, held, err := f.views.channelAccess(ctx, caller, link.ChannelID)
	if err != nil {
		return "", err
	}
	if err := need(held, perm.ViewChannel|perm.ReadMessageHistory); err != nil {
		return "", err
	}
	if _, err := f.attachment(ctx, link.ChannelID, link.AttachmentID, link.Filename); err != nil {
		return "", err
	}
	return f.Link(link.ChannelID, link.AttachmentID, link.Filename), nil
}

// ParseLink reads the (decoded) path of a file's address.
func ParseLink(path string) (link Link, ok bool) {
	rest, ok := strings.CutPrefix(path, "/attachments/")
	if !ok {
		return Link{}, false
	}
	parts := strings.Split(rest, "/")
	if len(parts) != 3 || parts[2] == "" {
		return Link{}, false
	}
	var err error
	if link.ChannelID, err = id.Parse(parts[0]); err != nil {
		return Link{}, false
	}
	if link.AttachmentID, err = id.Parse(parts[1]); err != nil {
		return Link{}, false
	}
	link.Filename = parts[2]
	return link, true
}
