// Command discordgo is a music bot on discordgo, as its examples teach to write one: it plays a file over and over, and listens to everybody. It tells on standard
// output whom it heard, and what, one JSON object a line.
package main

import (
	"encoding/base64"
	"errors"
	"io"
	"os"
	"os/signal"
	"strings"
	"sync"
	"syscall"

	"github.com/bwmarrin/discordgo"
	"github.com/pion/webrtc/v4/pkg/media/oggreader"

	. "guildhall/cli/compat/tour" //nolint:staticcheck // the tour's own words
)

func main() {
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGTERM)
	PointDiscordgoAt(strings.TrimSuffix(API, "/api"))
	session := Must(discordgo.New("Bot " + Token))
	session.Identify.Intents = discordgo.IntentsGuilds | discordgo.IntentsGuildVoiceStates
	OK(session.Open())
	voice := Must(session.ChannelVoiceJoin(Guild, Channel, false, false))
	names := &names{users: make(map[uint32]string)}
	voice.AddHandler(names.take)
	go listen(voice, names)
	frames := read(os.Getenv("TONE"))
	OK(voice.Speaking(true))
	Tell("joined", map[string]any{"mode": "xsalsa20_poly1305"})
	for {
		for _, frame := range frames {
			select {
			case voice.OpusSend <- frame:
			case <-signals:
				OK(voice.Disconnect())
				OK(session.Close())
				Tell("closed", nil)
				return
			}
		}
	}
}

// read gives the frames of an Ogg file, one to a page.
func read(path string) (frames [][]byte) {
	file := Must(os.Open(path))
	defer file.Close()
	reader, _, err := oggreader.NewWith(file)
	OK(err)
	for {
		page, _, err := reader.ParseNextPage()
		if errors.Is(err, io.EOF) {
			return frames
		}
		OK(err)
		if !strings.HasPrefix(string(page), "OpusTags") {
			frames = append(frames, page)
		}
	}
}

// names are those to whom SSRCs belong, as SPEAKING tells.
type names struct {
	mu    sync.Mutex
	users map[uint32]string
}

func (n *names) take(_ *discordgo.VoiceConnection, update *discordgo.VoiceSpeakingUpdate) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.users[uint32(update.SSRC)] = update.UserID
}

func (n *names) of(ssrc uint32) string {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.users[ssrc]
}

// listen tells what is heard, in pieces of a second.
func listen(voice *discordgo.VoiceConnection, names *names) {
	heard := make(map[uint32][]string)
	for packet := range voice.OpusRecv {
		heard[packet.SSRC] = append(heard[packet.SSRC], base64.StdEncoding.EncodeToString(packet.Opus))
		if len(heard[packet.SSRC]) == 50 {
			Tell("heard", map[string]any{"user": names.of(packet.SSRC), "frames": heard[packet.SSRC]})
			heard[packet.SSRC] = nil
		}
	}
}
