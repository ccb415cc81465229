package signal

import (
	"encoding/json"
	"fmt"
	"strconv"

	"guildhall/rtc/sfu"
	"guildhall/store/id"
)

const (
	// maxStreams is how many layers a client may say that its video has.
	maxStreams = sfu.MaxLayers
	// maxRID is the longest name of a layer that is taken (RFC 8851 section 10 sets no bound; browsers' names are of one letter).
	maxRID = 32
	// maxSinkWants is how many others a client can say something about at once.
	maxSinkWants = 2 * sfu.MaxSlots
	// bestQuality is the most that can be wanted.
	bestQuality = sfu.EverythingWanted
)

// video takes what a client says of its video: whether it sends any, and in which layers. Who may not send any is told that nothing of it is sent, in the form in which
// others would be told that it is.
func (c *connection) video(data []byte) error {
	var request Video
	if err := decode(data, &request); err != nil {
		return err
	}
	active, layers, err := declared(request)
	if err != nil {
		return err
	}
	c.session.peer.Show(active, layers)
	if active && !c.session.peer.State().Video {
		c.send(serverFrame{Op: OpVideo, Data: Video{UserID: c.session.grant.UserID, AudioSSRC: request.AudioSSRC, Streams: []Stream{}}})
	}
	return nil
}

// declared reads what a client says of its video. Layers that are not active now are there all the same: what is sent of them is seen by what comes.
func declared(request Video) (active bool, layers []sfu.Layer, err error) {
	if len(request.Streams) > maxStreams {
		return false, nil, &closing{CloseDecode, fmt.Sprintf("video has %d streams at most", maxStreams)}
	}
	active = request.VideoSSRC != 0 && len(request.Streams) == 0
	for _, stream := range request.Streams {
		if len(stream.RID) > maxRID {
			return false, nil, &closing{CloseDecode, fmt.Sprintf("a rid has %d letters at most", maxRID)}
		}
		active = active || stream.Active
		if stream.RID != "" && stream.Quality > 0 {
			layers = append(layers, sfu.Layer{RID: stream.RID, Quality: min(stream.Quality, bestQuality)})
		}
	}
	return active, layers, nil
}

// mediaSinkWants takes which video a client wants to see, and how well.
func (c *connection) mediaSinkWants(data []byte) error {
	wants, err := sinkWants(data)
	if err != nil {
		return err
	}
	c.session.peer.Want(wants)
	return nil
}

// sinkWants reads the payload of op 15: qualities from 0 to 100 by SSRC, and by "any" for all others, and numbers of pixels by SSRC.
func sinkWants(data []byte) (sfu.Wants, error) {
	wants := sfu.Wants{Any: bestQuality, Quality: make(map[uint32]int), Pixels: make(map[uint32]int)}
	var fields map[string]json.RawMessage
	if err := decode(data, &fields); err != nil {
		return wants, err
	}
	if len(fields) > maxSinkWants {
		return wants, &closing{CloseDecode, fmt.Sprintf("no more than %d streams can be wanted", maxSinkWants)}
	}
	for name, value := range fields {
		if name == "pixelCounts" {
			if err := pixelCounts(value, wants.Pixels); err != nil {
				return wants, err
			}
			continue
		}
		ssrc, err := strconv.ParseUint(name, 10, 32)
		if err != nil && name != "any" {
			continue // Something that this version does not know.
		}
		var quality float64
		if err := decode(value, &quality); err != nil {
			return wants, err
		}
		if quality < 0 || quality > bestQuality {
			return wants, &closing{CloseDecode, "qualities are from 0 to 100"}
		}
		if name == "any" {
			wants.Any = int(quality)
		} else {
			wants.Quality[uint32(ssrc)] = int(quality)
		}
	}
	return wants, nil
}

// mostPixels is more than any screen has.
const mostPixels = 1 << 28

func pixelCounts(data []byte, into map[uint32]int) error {
	var counts map[string]float64
	if err := decode(data, &counts); err != nil {
		return err
	}
	if len(counts) > maxSinkWants {
		return &closing{CloseDecode, fmt.Sprintf("no more than %d streams can be wanted", maxSinkWants)}
	}
	for name, count := range counts {
		if ssrc, err := strconv.ParseUint(name, 10, 32); err == nil {
			into[uint32(ssrc)] = int(min(max(count, 0), mostPixels))
		}
	}
	return nil
}

// Subscribed implements sfu.Events.
func (s *session) Subscribed(userID id.ID, subscription sfu.Subscription) {
	told := Video{UserID: userID, Audio: subscription.Audio, AudioSSRC: subscription.AudioSSRC, VideoSSRC: subscription.VideoSSRC, RTXSSRC: subscription.RTXSSRC, Streams: []Stream{}}
	if subscription.Video {
		for _, layer := range subscription.Layers {
			told.Streams = append(told.Streams, Stream{Type: "video", RID: layer.RID, SSRC: subscription.VideoSSRC, RTXSSRC: subscription.RTXSSRC, Active: true, Quality: layer.Quality})
		}
	}
	s.tell(OpVideo, told)
	if s.overUDP.Load() && subscription.AudioSSRC != 0 && s.heardUnder[userID] != subscription.AudioSSRC {
		s.heardUnder[userID] = subscription.AudioSSRC
		// Bots learn from SPEAKING alone whose an SSRC is, and pass over packets until they know.
		s.tell(OpSpeaking, Speaking{UserID: userID, SSRC: subscription.AudioSSRC})
	}
}

// Codec implements sfu.Events.
func (s *session) Codec(codec sfu.Codec) {
	s.tell(OpSessionUpdate, SessionUpdate{AudioCodec: "opus", VideoCodec: string(codec), MediaSessionID: s.mediaID})
}

// Wanted implements sfu.Events.
func (s *session) Wanted(wanted sfu.Wanted) {
	told := MediaSinkWants{Any: wanted.Quality, Streams: []Stream{}}
	for _, layer := range wanted.Layers {
		told.Streams = append(told.Streams, Stream{Type: "video", RID: layer.RID, SSRC: layer.SSRC, Active: layer.Wanted, Quality: layer.Quality})
	}
	s.tell(OpMediaSinkWants, told)
}
