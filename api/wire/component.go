package wire

import (
	"bytes"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
)

// noComponents is the list of components of a message that has none.
var noComponents = json.RawMessage("[]")

// showComponents gives components as readers see them: what they show has addresses, those of the message's files too.
func showComponents(kept []byte, attachments []Attachment) json.RawMessage {
	if !bytes.Contains(kept, []byte(`"media"`)) && !bytes.Contains(kept, []byte(`"file"`)) {
		return kept
	}
	var components []any
	decoder := json.NewDecoder(bytes.NewReader(kept))
	decoder.UseNumber()
	if decoder.Decode(&components) != nil {
		return noComponents // cannot be: they were written by us
	}
	for _, one := range components {
		showMedia(one, attachments)
	}
	shown, err := json.Marshal(components)
	if err != nil {
		return noComponents
	}
	return shown
}

// showMedia completes what a component and those in it show.
func showMedia(value any, attachments []Attachment) {
	switch value := value.(type) {
	case []any:
		for _, inner := range value {
			showMedia(inner, attachments)
		}
	case map[string]any:
		for key, inner := range value {
			media, is := inner.(map[string]any)
			if is && (key == "media" || key == "file") {
				completeMedia(value, media, attachments)
				continue
			}
			showMedia(inner, attachments)
		}
	}
}

func completeMedia(component, media map[string]any, attachments []Attachment) {
	address, _ := media["url"].(string)
	media["id"], media["proxy_url"] = "0", address
	_, isFile := component["file"]
	if isFile {
		component["name"], component["size"] = nil, nil
	}
	name, own := strings.CutPrefix(address, ownFile)
	if !own {
		return
	}
	at := slices.IndexFunc(attachments, func(one Attachment) bool { return one.Filename == name })
	if at < 0 {
		media["url"], media["proxy_url"] = "", "" // the file is gone since
		return
	}
	file := attachments[at]
	media["id"], media["attachment_id"], media["url"], media["proxy_url"] = file.ID, file.ID, file.URL, file.ProxyURL
	media["content_type"], media["width"], media["height"] = file.ContentType, file.Width, file.Height
	if isFile {
		component["name"], component["size"] = file.Filename, json.Number(strconv.FormatInt(file.Size, 10))
	}
}
