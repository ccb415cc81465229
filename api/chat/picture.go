package chat

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"image/png"
	"strconv"
	"strings"

	"guildhall/api/chat/picture"
	"guildhall/store"
	"guildhall/store/id"
)

// pictureBounds are what a picture of some use may have.
type pictureBounds struct {
	// bytes is the most that may be sent.
	bytes int64
	// side is how wide and how high it is kept, in pixels: larger ones are made smaller. Moving ones are kept as they are, and may not be larger than four times as much.
	side int
}

// The pictures that people and guilds show, and their bounds.
var (
	facePicture  = pictureBounds{MaxPicture, 1024}
	widePicture  = pictureBounds{MaxPicture, 2048}
	crestPicture = pictureBounds{256 << 10, 256}
	emojiPicture = pictureBounds{MaxEmojiPicture, 128}
)

// maxMoving is by how much moving pictures may be larger than others: they cannot be made smaller.
const maxMoving = 4

// MaxPicture is the most bytes that a picture may have which somebody shows of themselves or of a guild.
const MaxPicture = 8 << 20

// MaxEmojiPicture is the most bytes that the picture of an emoji may have (wire contract, limits).
const MaxEmojiPicture = 256 << 10

// PictureChange is another picture, as a data URI (RFC 2397) in base64; empty for none. A nil one changes nothing.
type PictureChange = *string

// pictures are those of one change, on the way from the data URIs to the record that will show them.
type pictures struct {
	files *Files
	// brought are the blobs that came, which go again when the change fails.
	brought []string
	shown   map[string]*store.Picture
}

// take examines the pictures of a change and stores their bytes; bounds are by the field that they came in. What cannot be shown is an error that names its field. Whoever
// takes pictures calls settle when the record is written, or could not be.
func (f *Files) takePictures(ctx context.Context, changes map[string]PictureChange, bounds map[string]pictureBounds) (*pictures, error) {
	taken := &pictures{files: f, shown: make(map[string]*store.Picture)}
	for field, change := range changes {
		if change == nil {
			continue
		}
		var shown *store.Picture
		if *change != "" {
			var err error
			if shown, err = f.takePicture(ctx, field, *change, bounds[field]); err != nil {
				taken.settle(ctx, err)
				return nil, err
			}
			taken.brought = append(taken.brought, shown.Blob)
		}
		taken.shown[field] = shown
	}
	return taken, nil
}

// set gives a record the picture of a field, if the change has one.
func (p *pictures) set(field string, picture **store.Picture) {
	if shown, given := p.shown[field]; given {
		*picture = shown
	}
}

// settle ends a change: what nobody shows any more is on its way out, and if the change failed, what it brought goes again, unless it came to be shown before something else failed.
func (p *pictures) settle(ctx context.Context, err error) {
	if err == nil {
		if len(p.shown) > 0 {
			p.files.wake()
		}
		return
	}
	ctx = context.WithoutCancel(ctx)
	unknown, err := p.files.unknownAmong(ctx, p.brought)
	if err != nil {
		p.files.Log.WarnContext(ctx, "a picture that is perhaps not needed was not deleted yet", "error", err)
		return
	}
	p.files.drop(ctx, unknown...)
}

// takePicture examines one picture and stores it, without anything but what is to be seen.
func (f *Files) takePicture(ctx context.Context, field, uri string, bounds pictureBounds) (*store.Picture, error) {
	content, err := decodeDataURI(field, uri, bounds.bytes)
	if err != nil {
		return nil, err
	}
	select {
	case f.decoding <- struct{}{}:
	case <-ctx.Done():
		return nil, internal("waiting to examine a picture", ctx.Err())
	}
	kept, animated, err := remake(content, bounds.side)
	<-f.decoding
	if err != nil {
		return nil, unfitPicture(field, err)
	}
	shown := &store.Picture{Animated: animated, File: store.File{Hash: sha256.Sum256(kept.bytes), Blob: newBlob(fileBlobs), Size: int64(len(kept.bytes)),
		ContentType: kept.format.ContentType(), Width: kept.width, Height: kept.height}}
	if _, err := f.Blobs.Put(ctx, shown.Blob, bytes.NewReader(kept.bytes)); err != nil {
		return nil, internal("storing a picture", err)
	}
	return shown, nil
}

// decodeDataURI gives the bytes of a data URI in base64, at most so many. What it says that they are is not asked: the bytes tell.
func decodeDataURI(field, uri string, most int64) ([]byte, error) {
	head, data, found := strings.Cut(uri, ",")
	if !found || !strings.HasPrefix(head, "data:") || !strings.HasSuffix(head, ";base64") {
		return nil, invalid(field, "IMAGE_INVALID", "Must be a picture as a data URI in base64, or null.")
	}
	data = strings.TrimRight(data, "=") // some leave the padding out
	if int64(base64.RawStdEncoding.DecodedLen(len(data))) > most {
		return nil, invalid(field, "BINARY_TYPE_MAX_LENGTH", "File cannot be larger than %s.", sizeInWords(most))
	}
	content, err := base64.RawStdEncoding.DecodeString(data)
	if err != nil {
		return nil, invalid(field, "IMAGE_INVALID", "The data URI is no base64.")
	}
	return content, nil
}

func sizeInWords(bytes int64) string {
	if bytes >= 1<<20 {
		return strconv.FormatInt(bytes>>20, 10) + " MiB"
	}
	return strconv.FormatInt(bytes>>10, 10) + " KiB"
}

// unfitPicture says why a picture cannot be shown.
func unfitPicture(field string, err error) error {
	switch {
	case errors.Is(err, picture.ErrTooLarge):
		return invalid(field, "IMAGE_DIMENSIONS_INVALID", "The picture has too many pixels.")
	case errors.Is(err, picture.ErrBroken):
		return invalid(field, "IMAGE_INVALID", "This is no PNG, JPEG, GIF or WebP picture, or not a whole one.")
	}
	return internal("examining a picture", err)
}

// remade is a picture as it is kept.
type remade struct {
	bytes         []byte
	format        picture.Format
	width, height int
}

// remake decodes a picture and writes it anew, at most side pixels wide and high: losslessly if it came so. A moving one keeps its frames, without metadata.
func remake(content []byte, side int) (kept remade, animated bool, err error) {
	examined, err := picture.Examine(bytes.NewReader(content))
	if err != nil {
		return kept, false, err
	}
	if examined.Animated && max(examined.Width, examined.Height) > side*maxMoving {
		return kept, false, picture.ErrTooLarge
	}
	scaled, err := examined.Scale(side, side, picture.Fit)
	if err != nil {
		return kept, false, err
	}
	var encoded bytes.Buffer
	if examined.Animated {
		_, err := encoded.ReadFrom(examined.Cleaned())
		return remade{encoded.Bytes(), examined.Format, examined.Width, examined.Height}, true, err
	}
	kept.format, kept.width, kept.height = picture.PNG, scaled.Rect.Dx(), scaled.Rect.Dy()
	if examined.Format == picture.JPEG || examined.Format == picture.WebP {
		kept.format, err = picture.Encode(&encoded, scaled)
	} else {
		err = png.Encode(&encoded, scaled)
	}
	kept.bytes = encoded.Bytes()
	return kept, false, err
}

// OpenPicture opens a picture that a record shows, if it shows the one of this name; size is as for Open, and still asks for a moving picture's first frame. It is not asked who wants to see it:
// whoever knows the name of a picture knows the picture.
func (f *Files) OpenPicture(ctx context.Context, shown *store.Picture, name string, size int, still bool) (*OpenFile, error) {
	if shown == nil || shown.Name() != name {
		return nil, fail(UnknownFile)
	}
	moving := shown.Animated && !still
	if shown.Animated && still && size == 0 {
		size = SmallSize(max(shown.Width, shown.Height))
	}
	if !moving && size > 0 && (shown.Animated || max(shown.Width, shown.Height) > size) {
		small, err := f.small(ctx, &shown.File, size)
		if err != nil {
			return nil, err
		}
		if small != nil {
			return f.show(small, &store.Attachment{File: shown.File, Filename: name}, "-"+strconv.Itoa(size))
		}
	}
	opened, err := f.open(ctx, shown.Blob)
	if err != nil {
		return nil, err
	}
	return &OpenFile{ReadSeekCloser: opened, Filename: name, ContentType: shown.ContentType, Inline: true, Tag: hex.EncodeToString(shown.Hash[:])}, nil
}

// PicturePlace is where a picture is shown.
type PicturePlace int

// The places.
const (
	Avatar PicturePlace = iota
	Banner
	GuildIcon
	GuildBanner
	GuildSplash
	GuildDiscoverySplash
	RoleIcon
	GroupIcon
	MemberAvatar
	MemberBanner
	EmojiPicture
	ApplicationCover
)

// ShownPicture gives the picture that somebody or something shows; ownerID is the account's, guild's, role's, group's, emoji's or (for avatars) webhook's, and guildID that of a member's guild. nil is for none,
// and for what is not there.
func (f *Files) ShownPicture(ctx context.Context, place PicturePlace, ownerID, guildID id.ID) (shown *store.Picture, err error) {
	switch place {
	case Avatar, Banner:
		var user store.User
		user, err = f.users.lookup(ctx, ownerID)
		shown = user.Avatar
		if place == Banner {
			shown = user.Banner
		} else if errors.Is(err, store.ErrNotFound) {
			var webhook store.Webhook
			webhook, err = f.Store.Webhook(ctx, ownerID)
			shown = webhook.Avatar
		}
	case MemberAvatar, MemberBanner:
		var member store.Member
		member, err = f.Store.Member(ctx, guildID, ownerID)
		shown = member.Avatar
		if place == MemberBanner {
			shown = member.Banner
		}
	case RoleIcon:
		var role store.Role
		role, err = f.Store.PicturedRole(ctx, ownerID)
		shown = role.Icon
	case EmojiPicture:
		var emoji store.GuildEmoji
		emoji, err = f.Store.Emoji(ctx, ownerID)
		shown = emoji.Picture
		if errors.Is(err, store.ErrNotFound) {
			var own store.ApplicationEmoji
			own, err = f.Store.ApplicationEmoji(ctx, ownerID)
			shown = own.Picture
		}
	case ApplicationCover:
		var bot store.Bot
		bot, err = f.Store.Bot(ctx, ownerID)
		shown = bot.Cover
	case GroupIcon:
		var group store.Channel
		group, err = f.Store.Channel(ctx, ownerID)
		shown = group.Icon
	default:
		var guild store.Guild
		guild, err = f.Store.Guild(ctx, ownerID)
		shown = map[PicturePlace]*store.Picture{GuildIcon: guild.Icon, GuildBanner: guild.Banner, GuildSplash: guild.Splash, GuildDiscoverySplash: guild.DiscoverySplash}[place]
	}
	if errors.Is(err, store.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, internal("looking for a picture", err)
	}
	return shown, nil
}
