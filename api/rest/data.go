package rest

import (
	"archive/zip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"guildhall/api/chat"
	"guildhall/api/route"
	"guildhall/api/wire"
	"guildhall/store"
	"guildhall/store/id"
)

// dataRoutes give people what the hall keeps of them. Upstream has no equivalent that answers at once.
func (a *api) dataRoutes() []route.Route {
	return []route.Route{
		{Method: "POST", Pattern: "/users/@me/data", Access: route.PeopleOnly, Limit: a.limits.SignIn, Handle: a.getData},
	}
}

// getData writes a ZIP archive as it is made: nobody keeps the whole of it.
func (a *api) getData(w http.ResponseWriter, r *route.Request) error {
	body, err := route.Decode[wire.Confirmation](r)
	if err != nil {
		return err
	}
	data, err := a.Data(r.Context(), r.Caller, body.Password)
	if err != nil {
		return err
	}
	defer data.Close()
	w.Header().Set("Content-Type", "application/zip")
	w.Header().Set("Content-Disposition", fmt.Sprintf(`attachment; filename="guildhall-%s.zip"`, data.User.ID))
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(http.StatusOK) // whatever fails from here on cuts the answer off
	archive := dataArchive{Writer: zip.NewWriter(route.Patient(w)), at: time.Now().UTC()}
	if err := archive.fill(r, data); err != nil {
		return fmt.Errorf("writing the data of an account: %w", err)
	}
	return nil
}

// dataArchive is an archive that is being written.
type dataArchive struct {
	*zip.Writer
	at time.Time
}

func (z dataArchive) fill(r *route.Request, data *chat.Data) error {
	conversations := make([]wire.PrivateChannel, len(data.Directs))
	for i, one := range data.Directs {
		conversations[i] = wire.NewPrivateChannel(one.Channel, one.LastMessageID, one.People)
	}
	relationships := make([]wire.Relationship, len(data.Relationships))
	for i, one := range data.Relationships {
		relationships[i] = wire.NewRelationship(one.Relationship, one.Other)
	}
	sessions := make([]wire.AuthSession, len(data.Sessions))
	for i, one := range data.Sessions {
		sessions[i] = wire.NewAuthSession(one, r.Caller.LoginSessionID)
	}
	for _, file := range []struct {
		name    string
		content any
	}{
		{"account.json", wire.NewDataAccount(data, r.Caller.HallOwner)}, {"settings.json", wire.NewDataSettings(data)}, {"sessions.json", sessions},
		{"security.json", wire.NewDataSecurity(data)},
		{"relationships.json", relationships}, {"notes.json", data.Notes}, {"servers.json", wire.NewDataServers(data)}, {"conversations.json", conversations},
		{"bots.json", wire.NewDataBots(data)},
	} {
		writer, err := z.file(file.name)
		if err != nil {
			return err
		}
		lines := json.NewEncoder(writer)
		lines.SetIndent("", "  ")
		if err := lines.Encode(file.content); err != nil {
			return err
		}
	}
	return errors.Join(z.pictures(r, data), z.messages(r, data), z.files(r, data), z.Close())
}

func (z dataArchive) file(name string) (io.Writer, error) {
	return z.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Deflate, Modified: z.at})
}

// pictures writes the pictures that the account and its bots show.
func (z dataArchive) pictures(r *route.Request, data *chat.Data) error {
	return data.EachPicture(r.Context(), func(name, contentType string, content io.Reader) error {
		writer, err := z.file("pictures/" + name + "." + strings.TrimPrefix(contentType, "image/"))
		if err == nil {
			_, err = io.Copy(writer, content)
		}
		return err
	})
}

// messages writes a file for each channel, with a message on each line.
func (z dataArchive) messages(r *route.Request, data *chat.Data) error {
	var channelID id.ID
	var lines *json.Encoder
	return data.EachMessage(r.Context(), func(message store.Message) error {
		if lines == nil || message.ChannelID != channelID {
			channelID = message.ChannelID
			writer, err := z.file(fmt.Sprintf("messages/%s.jsonl", channelID))
			if err != nil {
				return err
			}
			lines = json.NewEncoder(writer)
		}
		return lines.Encode(wire.NewDataMessage(message))
	})
}

// files writes the list of all files that hang on messages. The messages are read once more for it: their files may be more than there is memory for.
func (z dataArchive) files(r *route.Request, data *chat.Data) error {
	writer, err := z.file("files.jsonl")
	if err != nil {
		return err
	}
	lines := json.NewEncoder(writer)
	return data.EachMessage(r.Context(), func(message store.Message) error {
		for _, file := range wire.NewDataFiles(message) {
			if err := lines.Encode(file); err != nil {
				return err
			}
		}
		return nil
	})
}
