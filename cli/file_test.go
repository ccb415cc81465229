package cli_test

import (
	"bytes"
	"fmt"
	"io"
	"io/fs"
	"mime/multipart"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"guildhall/cli/clitest"
)

// fileMessage is as much of a message with files as these tests look at.
type fileMessage struct {
	ID          string
	Attachments []struct{ URL, Filename string }
}

// send makes a request and gives the answer's status and body.
func send(t *testing.T, method, address string, header map[string]string, body string) (int, string, error) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, address, strings.NewReader(body))
	if err != nil {
		return 0, "", err
	}
	for name, value := range header {
		request.Header.Set(name, value)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return 0, "", err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	return response.StatusCode, string(text), err
}

// blobsIn counts the files that a hall keeps for people.
func blobsIn(t *testing.T, data string) (count int) {
	t.Helper()
	err := filepath.WalkDir(filepath.Join(data, "files"), func(_ string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() {
			count++
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return count
}

func TestAHalfSentFileOutlivesKillMinus9AndGoesWithItsMessage(t *testing.T) {
	hall := clitest.Start(t)
	community := hall.NewCommunity()
	alice := hall.Login("alice", clitest.OwnerPassword)
	channel := "/channels/" + community.TextChannelID
	var slots struct {
		Attachments []struct {
			UploadURL      string `json:"upload_url"`
			UploadFilename string `json:"upload_filename"`
		}
	}
	if status, err := hall.Call(http.MethodPost, channel+"/attachments", alice, map[string]any{"files": []map[string]any{{"filename": "film.webm", "file_size": 10}}}, &slots); status != http.StatusOK {
		t.Fatalf("the slot is answered %d, %v", status, err)
	}
	slot := slots.Attachments[0]
	if status, text, err := send(t, http.MethodPut, slot.UploadURL, map[string]string{"Content-Range": "bytes 0-3/10"}, "0123"); status != http.StatusPermanentRedirect {
		t.Fatalf("the first piece is answered %d %s, %v", status, text, err)
	}
	hall.Kill()
	hall.Run()
	if status, text, err := send(t, http.MethodPut, slot.UploadURL, map[string]string{"Content-Range": "bytes 4-9/10"}, "456789"); status != http.StatusOK {
		t.Fatalf("the second piece is answered %d %s, %v", status, text, err)
	}
	hall.Kill()
	hall.Run()
	var posted fileMessage
	body := map[string]any{"attachments": []map[string]any{{"id": "0", "filename": "film.webm", "uploaded_filename": slot.UploadFilename}}}
	if status, err := hall.Call(http.MethodPost, channel+"/messages", alice, body, &posted); status != http.StatusOK {
		t.Fatalf("posting is answered %d, %v", status, err)
	}
	hall.Kill()
	hall.Run()
	if status, text, err := send(t, http.MethodGet, posted.Attachments[0].URL, nil, ""); status != http.StatusOK || text != "0123456789" {
		t.Errorf("the file is answered %d %q, %v", status, text, err)
	}
	if status, err := hall.Call(http.MethodDelete, channel+"/messages/"+posted.ID, alice, nil, nil); status != http.StatusNoContent {
		t.Fatalf("the deletion is answered %d, %v", status, err)
	}
	for deadline := time.Now().Add(20 * time.Second); blobsIn(t, hall.Data) > 0; <-time.After(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%d files are left", blobsIn(t, hall.Data))
		}
	}
}

func TestEveryAnsweredFileIsThereAfterKillMinus9(t *testing.T) {
	hall := clitest.Start(t, "--rate-limits", "off")
	community := hall.NewCommunity()
	bot := "Bot " + community.BotToken
	path := hall.URL + "/api/v10/channels/" + community.TextChannelID + "/messages"
	content := func(client, i int) string { return strings.Repeat(fmt.Sprintf("file %d of %d, ", i/2, client%3), 2000) } // many are equal
	var mu sync.Mutex
	answered := make(map[string]string) // contents by the messages' ids
	enough := make(chan struct{})
	var posting sync.WaitGroup
	for client := range 8 {
		posting.Go(func() {
			for i := 0; ; i++ {
				var body bytes.Buffer
				form := multipart.NewWriter(&body)
				part, err := form.CreateFormFile("files[0]", "a.txt")
				if err == nil {
					_, err = io.WriteString(part, content(client, i))
				}
				if err != nil || form.Close() != nil {
					t.Error(err)
					return
				}
				status, text, err := send(t, http.MethodPost, path, map[string]string{"Authorization": bot, "Content-Type": form.FormDataContentType()}, body.String())
				if err != nil {
					return // the hall was killed under this request
				}
				messageID, _, _ := strings.Cut(strings.TrimPrefix(text, `{"id":"`), `"`)
				if status != http.StatusOK {
					t.Errorf("posting is answered %d %s", status, text)
					return
				}
				if i%4 == 3 { // some go again at once
					if status, _, err := send(t, http.MethodDelete, path+"/"+messageID, map[string]string{"Authorization": bot}, ""); err != nil {
						return
					} else if status != http.StatusNoContent {
						t.Errorf("deleting is answered %d", status)
					}
					continue
				}
				mu.Lock()
				answered[messageID] = content(client, i)
				if len(answered) == 100 {
					close(enough)
				}
				mu.Unlock()
			}
		})
	}
	<-enough
	hall.Kill()
	posting.Wait()
	hall.Run()
	for messageID, want := range answered {
		var found fileMessage
		if status, err := hall.Call(http.MethodGet, "/channels/"+community.TextChannelID+"/messages/"+messageID, bot, nil, &found); status != http.StatusOK || len(found.Attachments) != 1 {
			t.Fatalf("the message is answered %d with %+v, %v", status, found, err)
		}
		if status, text, err := send(t, http.MethodGet, found.Attachments[0].URL, nil, ""); status != http.StatusOK || text != want {
			t.Fatalf("the file is answered %d with %d bytes, want %d, %v", status, len(text), len(want), err)
		}
	}
}
