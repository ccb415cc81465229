package sfu

import (
	"bytes"
	"testing"
)

func TestVP8DescriptorsAreReadAndShifted(t *testing.T) {
	key := []byte{0, 0, 0, 0x9D, 0x01, 0x2A, 0x80, 0x02, 0x68, 0x01}
	for name, test := range map[string]struct {
		descriptor []byte
		want       vp8Descriptor
		shifted    []byte
	}{
		"none":               {[]byte{0x10}, vp8Descriptor{begins: true, key: true, width: 640, height: 360}, []byte{0x10}},
		"a later partition":  {[]byte{0x11}, vp8Descriptor{}, []byte{0x11}},
		"a short picture id": {[]byte{0x90, 0x80, 0x7F}, vp8Descriptor{begins: true, key: true, width: 640, height: 360, pictureAt: 2, picture: 127}, []byte{0x90, 0x80, 0x02}},
		"all": {[]byte{0x90, 0xF0, 0xFF, 0xFE, 0xFF, 0x21}, vp8Descriptor{begins: true, key: true, width: 640, height: 360, pictureAt: 2, levelAt: 4, wide: true, picture: 0x7FFE, level: 255},
			[]byte{0x90, 0xF0, 0x80, 0x01, 0x01, 0x21}},
	} {
		payload := append(bytes.Clone(test.descriptor), key...)
		got, ok := readVP8(payload)
		if !ok || got != test.want {
			t.Errorf("%s: got %+v, %t", name, got, ok)
		}
		got.shift(payload, 3, 2)
		if want := append(bytes.Clone(test.shifted), key...); !bytes.Equal(payload, want) {
			t.Errorf("%s: shifted %x instead of %x", name, payload, want)
		}
	}
}

func TestKeyFramesAreKnown(t *testing.T) {
	for name, test := range map[string]struct {
		codec   Codec
		payload []byte
		want    bool
	}{
		"VP8 between":              {VP8, []byte{0x10, 1}, false},
		"VP8 key":                  {VP8, []byte{0x10, 0}, true},
		"VP8 key, later packet":    {VP8, []byte{0x00, 0}, false},
		"H.264 parameters":         {H264, []byte{0x67, 1}, true},
		"H.264 slice":              {H264, []byte{0x61, 1}, false},
		"H.264 in one":             {H264, []byte{0x78, 0, 2, 0x09, 0, 0, 2, 0x67, 0}, true},
		"H.264 in one, none":       {H264, []byte{0x78, 0, 2, 0x09, 0, 0, 2, 0x61, 0}, false},
		"H.264 in one, cut":        {H264, []byte{0x78, 0, 9, 0x09}, false},
		"H.264 fragment":           {H264, []byte{0x7C, 0x85}, true},
		"H.264 fragment, later":    {H264, []byte{0x7C, 0x05}, false},
		"VP9 key":                  {VP9, []byte{0x88, 0x01}, true},
		"VP9 between":              {VP9, []byte{0xC8, 0x01}, false},
		"VP9 key, an upper layer":  {VP9, []byte{0xA8, 0x01, 0x02}, false},
		"VP9 key, the lowest":      {VP9, []byte{0xA8, 0x01, 0x00}, true},
		"AV1 sequence":             {AV1, []byte{0x08, 1}, true},
		"AV1 between":              {AV1, []byte{0x10, 1}, false},
		"nothing":                  {VP8, nil, false},
		"a codec that is not read": {"", []byte{0}, false},
	} {
		if got := readFrame(test.codec, test.payload).key; got != test.want {
			t.Errorf("%s: %t", name, got)
		}
	}
}

func FuzzReadFrame(f *testing.F) {
	f.Add([]byte{0x90, 0xF0, 0xFF, 0xFE, 0xFF, 0x21, 0, 0, 0, 0x9D, 0x01, 0x2A, 0x80, 0x02, 0x68, 0x01}, uint16(3), uint8(2))
	f.Add([]byte{0x78, 0, 2, 0x09, 0, 0, 2, 0x67, 0}, uint16(0), uint8(0))
	f.Add([]byte{0xA8, 0x81, 0x00, 0x02}, uint16(0), uint8(0))
	f.Add([]byte{0x90, 0xFF}, uint16(1), uint8(1))
	f.Fuzz(func(t *testing.T, payload []byte, picture uint16, level uint8) {
		for _, codec := range []Codec{H264, VP9, AV1} {
			readFrame(codec, payload)
		}
		before, ok := readVP8(payload)
		if !ok {
			return
		}
		shifted := bytes.Clone(payload)
		before.shift(shifted, picture, level)
		after, ok := readVP8(shifted)
		if !ok || after.begins != before.begins || after.key != before.key || after.wide != before.wide || after.pictureAt != before.pictureAt || after.levelAt != before.levelAt {
			t.Fatalf("%x became %x", payload, shifted)
		}
		after.shift(shifted, -picture, -level)
		if !bytes.Equal(shifted, payload) {
			t.Errorf("%x came back as %x", payload, shifted)
		}
	})
}

func FuzzExtensionOf(f *testing.F) {
	f.Add([]byte{0x90, 96, 0, 1, 0, 0, 0, 1, 0, 0, 0, 2, 0xBE, 0xDE, 0, 1, 0x51, 7, 8, 0, 1, 2}, uint8(5))
	f.Add([]byte{0x9F, 96, 0, 1, 0, 0, 0, 1, 0, 0, 0, 2, 0xBE, 0xDE, 0xFF, 0xFF}, uint8(5))
	f.Fuzz(func(t *testing.T, packet []byte, extension uint8) {
		if value := extensionOf(packet, extension&0x0F); len(value) > 16 {
			t.Errorf("%x has an extension of %d bytes", packet, len(value))
		}
	})
	if got := extensionOf([]byte{0x90, 96, 0, 1, 0, 0, 0, 1, 0, 0, 0, 2, 0xBE, 0xDE, 0, 1, 0x51, 7, 8, 0, 1, 2}, 5); !bytes.Equal(got, []byte{7, 8}) {
		f.Errorf("got %x", got)
	}
}
