package cdn

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"guildhall/api/chat"
	"guildhall/api/route"
	"guildhall/store"
	"guildhall/store/id"
)

// picture is what is asked for of the pictures that people and guilds show.
type picture struct {
	// fallback is the number of one of the pictures for those who have none; -1 for the others, which the rest is about.
	fallback int
	places   []chat.PicturePlace
	// ownerID is the account, guild, role, group or emoji; guildID is that of a member.
	ownerID, guildID id.ID
	// name is empty for emoji, which have one picture each.
	name, extension string
}

// places are the first parts of the addresses of pictures, with what each may show (wire contract, CDN).
var places = map[string][]chat.PicturePlace{
	"avatars": {chat.Avatar}, "app-icons": {chat.Avatar, chat.ApplicationCover}, "banners": {chat.Banner, chat.GuildBanner}, "icons": {chat.GuildIcon}, "splashes": {chat.GuildSplash},
	"discovery-splashes": {chat.GuildDiscoverySplash}, "role-icons": {chat.RoleIcon}, "channel-icons": {chat.GroupIcon},
}

// memberPlaces are those of /guilds/{guild}/users/{user}/….
var memberPlaces = map[string]chat.PicturePlace{"avatars": chat.MemberAvatar, "banners": chat.MemberBanner}

// parsePicture takes an address of a picture apart; false for what is none.
func parsePicture(path string) (picture, bool) {
	parts := strings.Split(strings.TrimPrefix(path, "/"), "/")
	asked := picture{fallback: -1}
	owner, last := "", parts[len(parts)-1]
	switch {
	case len(parts) == 3 && parts[0] == "embed" && parts[1] == "avatars":
		number, found := strings.CutSuffix(last, ".png")
		fallback, err := strconv.Atoi(number)
		asked.fallback = fallback
		return asked, found && err == nil && fallback >= 0 && fallback < fallbacks && strconv.Itoa(fallback) == number
	case len(parts) == 6 && parts[0] == "guilds" && parts[2] == "users":
		place, found := memberPlaces[parts[4]]
		guildID, err := id.Parse(parts[1])
		if !found || err != nil {
			return asked, false
		}
		asked.guildID, asked.places, owner = guildID, []chat.PicturePlace{place}, parts[3]
	case len(parts) == 2 && parts[0] == "emojis":
		number, extension, dotted := strings.Cut(last, ".")
		emojiID, err := id.Parse(number)
		asked.places, asked.ownerID, asked.extension = []chat.PicturePlace{chat.EmojiPicture}, emojiID, extension
		return asked, err == nil && dotted && (extension == "gif" || slices.Contains(stillExtensions, extension))
	case len(parts) == 3 && places[parts[0]] != nil:
		asked.places, owner = places[parts[0]], parts[1]
	default:
		return asked, false
	}
	var err error
	if asked.ownerID, err = id.Parse(owner); err != nil {
		return asked, false
	}
	asked.name, asked.extension, _ = strings.Cut(last, ".")
	switch {
	case asked.extension == "", slices.Contains(stillExtensions, asked.extension):
		return asked, asked.name != ""
	case asked.extension == "gif":
		return asked, strings.HasPrefix(asked.name, "a_")
	}
	return asked, false
}

// stillExtensions are those by which pictures are asked for that do not move.
var stillExtensions = []string{"png", "jpg", "jpeg", "webp"}

// servePicture answers with a picture. One picture is always the same under its address: it is kept for good. Whichever format the address asks for, the answer is of the format that it says.
func (s *Server) servePicture(w http.ResponseWriter, r *http.Request, asked picture) error {
	if asked.fallback >= 0 {
		return serveFallback(w, r, asked.fallback)
	}
	var shown *store.Picture
	for _, place := range asked.places {
		found, err := s.Files.ShownPicture(r.Context(), place, asked.ownerID, asked.guildID)
		if err != nil {
			return err
		}
		if asked.name == "" || found.Name() == asked.name {
			shown = found
		}
	}
	// Browsers ask for moving WebP pictures by a parameter.
	still := asked.extension != "gif" && r.URL.Query().Get("animated") != "true"
	file, err := s.Files.OpenPicture(r.Context(), shown, shown.Name(), sizeOf(r.URL.Query()), still)
	if err != nil {
		return err
	}
	defer func() { _ = file.Close() }()
	header := w.Header()
	header.Set("Content-Type", file.ContentType)
	header.Set("Content-Disposition", "inline")
	header.Set("ETag", `"`+file.Tag+`"`)
	header.Set("Cache-Control", forGood)
	http.ServeContent(route.Patient(w), r, "", time.Time{}, file)
	return nil
}

// forGood lets everybody keep what never changes.
const forGood = "public, max-age=31536000, immutable"

// serveForeign answers with a picture of another site. It may be another one tomorrow.
func (s *Server) serveForeign(w http.ResponseWriter, r *http.Request, signature, address string) error {
	file, err := s.Files.OpenForeign(r.Context(), signature, address)
	if err != nil {
		return err
	}
	defer func() { _ = file.Close() }()
	header := w.Header()
	header.Set("Content-Type", file.ContentType)
	header.Set("Content-Disposition", "inline")
	header.Set("ETag", `"`+file.Tag+`"`)
	header.Set("Cache-Control", "public, max-age=86400")
	http.ServeContent(route.Patient(w), r, "", time.Time{}, file)
	return nil
}
