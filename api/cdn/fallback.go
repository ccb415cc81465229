package cdn

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"math"
	"net/http"
	"strconv"
	"sync"
	"time"
)

// fallbacks is how many pictures there are for those who show none (wire contract, CDN: the number is the id's 23rd bit and those above it, modulo 6).
const fallbacks = 6

// fallbackSide is how wide and high they are, in pixels.
const fallbackSide = 256

// grounds are the colours behind the figure: those that the web client gives to initials have the same order.
var grounds = [fallbacks]color.NRGBA{{0x4F, 0x6D, 0xD8, 255}, {0x6B, 0x72, 0x80, 255}, {0x2F, 0x9E, 0x6E, 255}, {0xD0, 0x86, 0x1F, 255}, {0xC9, 0x4A, 0x5C, 255}, {0x8E, 0x5B, 0xC9, 255}}

// drawFallbacks gives the pictures, drawn once when the first of them is asked for.
var drawFallbacks = sync.OnceValues(func() (drawn [fallbacks][]byte, err error) {
	for number := range drawn {
		var encoded bytes.Buffer
		if err := png.Encode(&encoded, drawFigure(grounds[number])); err != nil {
			return drawn, err
		}
		drawn[number] = encoded.Bytes()
	}
	return drawn, nil
})

// drawFigure draws head and shoulders on a coloured ground.
func drawFigure(ground color.NRGBA) *image.NRGBA {
	drawn := image.NewNRGBA(image.Rect(0, 0, fallbackSide, fallbackSide))
	for y := range fallbackSide {
		for x := range fallbackSide {
			fx, fy := float64(x)+0.5, float64(y)+0.5
			head := 48 - math.Hypot(fx-128, fy-100)
			shoulders := 84 - math.Hypot(fx-128, (fy-250)*0.92)
			// Half a pixel inside and outside, the edge is mixed.
			inside := min(max(max(head, shoulders)+0.5, 0), 1) * 0.92
			mix := func(from uint8) uint8 { return uint8(math.Round(float64(from)*(1-inside) + 255*inside)) }
			drawn.SetNRGBA(x, y, color.NRGBA{mix(ground.R), mix(ground.G), mix(ground.B), 255})
		}
	}
	return drawn
}

func serveFallback(w http.ResponseWriter, r *http.Request, number int) error {
	drawn, err := drawFallbacks()
	if err != nil {
		return err
	}
	header := w.Header()
	header.Set("Content-Type", "image/png")
	header.Set("ETag", `"fallback-`+strconv.Itoa(number)+`"`)
	header.Set("Cache-Control", forGood)
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(drawn[number]))
	return nil
}
