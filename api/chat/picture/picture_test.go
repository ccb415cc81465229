package picture_test

import (
	"bytes"
	"compress/zlib"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"image"
	"image/color"
	"image/color/palette"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"
	"runtime"
	"strings"
	"testing"

	"golang.org/x/image/webp"

	"guildhall/api/chat/picture"
)

// secret stands for what metadata tell: where a photograph was taken.
const secret = "47.3769 N 8.5417 E"

// drawing is a picture whose corners can be told apart: red, green, blue, white.
func drawing(width, height int) *image.RGBA {
	made := image.NewRGBA(image.Rect(0, 0, width, height))
	for y := range height {
		for x := range width {
			made.Set(x, y, [2][2]color.Color{{color.RGBA{255, 0, 0, 255}, color.RGBA{0, 255, 0, 255}}, {color.RGBA{0, 0, 255, 255}, color.White}}[2*y/height][2*x/width])
		}
	}
	return made
}

// exif is a TIFF structure with a place in it, and an orientation.
func exif(orientation byte) []byte {
	text := append([]byte("II*\x00\x08\x00\x00\x00\x02\x00"),
		0x12, 0x01, 3, 0, 1, 0, 0, 0, orientation, 0, 0, 0,
		0x0E, 0x01, 2, 0, byte(len(secret)), 0, 0, 0, 38, 0, 0, 0, 0, 0, 0, 0)
	return append(text, secret...)
}

func jpegSegment(marker byte, content string) []byte {
	return append(binary.BigEndian.AppendUint16([]byte{0xFF, marker}, uint16(2+len(content))), content...)
}

// jpegWith is a JPEG file with segments at its beginning.
func jpegWith(t testing.TB, made image.Image, segments ...[]byte) []byte {
	t.Helper()
	var file bytes.Buffer
	if err := jpeg.Encode(&file, made, nil); err != nil {
		t.Fatal(err)
	}
	return join(file.Bytes()[:2], join(segments...), file.Bytes()[2:])
}

func pngChunk(name, content string) []byte {
	chunk := append(binary.BigEndian.AppendUint32(nil, uint32(len(content))), name+content...)
	return binary.BigEndian.AppendUint32(chunk, crc32.ChecksumIEEE(chunk[4:]))
}

// pngWith is a PNG file with chunks behind its head.
func pngWith(t testing.TB, made image.Image, chunks ...[]byte) []byte {
	t.Helper()
	var file bytes.Buffer
	if err := png.Encode(&file, made); err != nil {
		t.Fatal(err)
	}
	const head = 8 + 25
	return join(file.Bytes()[:head], join(chunks...), file.Bytes()[head:])
}

func join(parts ...[]byte) []byte { return bytes.Join(parts, nil) }

// webpFrame is the lossy bit stream of one pixel.
func webpFrame(t testing.TB) []byte {
	t.Helper()
	file, err := base64.StdEncoding.DecodeString("UklGRiIAAABXRUJQVlA4IBYAAAAwAQCdASoBAAEADsD+JaQAA3AAAAAA")
	if err != nil {
		t.Fatal(err)
	}
	return file[12:]
}

func webpChunk(name, content string) []byte {
	chunk := append(binary.LittleEndian.AppendUint32([]byte(name), uint32(len(content))), content...)
	if len(content)%2 == 1 {
		chunk = append(chunk, 0)
	}
	return chunk
}

func webpFile(chunks ...[]byte) []byte {
	content := join(chunks...)
	return join([]byte("RIFF"), binary.LittleEndian.AppendUint32(nil, uint32(4+len(content))), []byte("WEBP"), content)
}

// webpHead is the head of an extended file of one pixel.
func webpHead(flags byte) []byte {
	return webpChunk("VP8X", string([]byte{flags, 0, 0, 0, 0, 0, 0, 0, 0, 0}))
}

func examine(t testing.TB, file []byte) *picture.Picture {
	t.Helper()
	examined, err := picture.Examine(bytes.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	return examined
}

func cleaned(t testing.TB, examined *picture.Picture) []byte {
	t.Helper()
	clean, err := io.ReadAll(examined.Cleaned())
	if err != nil {
		t.Fatal(err)
	}
	if int64(len(clean)) != examined.Size() {
		t.Errorf("%d bytes are left, %d were told", len(clean), examined.Size())
	}
	return clean
}

// gifWith is an animation of two frames with an extension before the first.
func gifWith(t testing.TB, extension string) []byte {
	t.Helper()
	frame := image.NewPaletted(image.Rect(0, 0, 4, 2), palette.Plan9)
	var file bytes.Buffer
	if err := gif.EncodeAll(&file, &gif.GIF{Image: []*image.Paletted{frame, frame}, Delay: []int{1, 1}, LoopCount: 3}); err != nil {
		t.Fatal(err)
	}
	table := 13 + 3*256
	if file.Bytes()[10]&0x80 == 0 {
		table = 13
	}
	return join(file.Bytes()[:table], []byte(extension), file.Bytes()[table:])
}

func TestMetadataGoAndThePictureStays(t *testing.T) {
	for name, test := range map[string]struct {
		file   []byte
		format picture.Format
		decode func(io.Reader) (image.Image, error)
	}{
		"JPEG": {join(jpegWith(t, drawing(20, 10), jpegSegment(0xE0, "JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00"), jpegSegment(0xE1, "Exif\x00\x00"+string(exif(1))),
			jpegSegment(0xE1, "http://ns.adobe.com/xap/1.0/\x00"+secret), jpegSegment(0xED, "Photoshop 3.0\x00"+secret), jpegSegment(0xFE, secret), jpegSegment(0xE2, "MPF\x00"+secret)),
			[]byte("\xFF\xD8 another picture, or a film: "+secret)), picture.JPEG, jpeg.Decode},
		"PNG": {join(pngWith(t, drawing(20, 10), pngChunk("tEXt", "Comment\x00"+secret), pngChunk("iTXt", secret), pngChunk("zTXt", secret), pngChunk("tIME", "\x07\xE9\x01\x01\x00\x00\x00"),
			pngChunk("eXIf", string(exif(1))), pngChunk("prVt", secret)), []byte(secret)), picture.PNG, png.Decode},
		"WebP": {join(webpFile(webpHead(0x0C), webpFrame(t), webpChunk("EXIF", string(exif(1))), webpChunk("XMP ", secret), webpChunk("note", secret)), []byte(secret)),
			picture.WebP, webp.Decode},
		"GIF": {join(gifWith(t, "\x21\xFE\x12"+secret+"\x00\x21\xFF\x0BXMP DataXMP\x12"+secret+"\x00"), []byte(secret)), picture.GIF, gif.Decode},
	} {
		t.Run(name, func(t *testing.T) {
			if !bytes.Contains(test.file, []byte(secret)) {
				t.Fatal("the test has no secret")
			}
			examined := examine(t, test.file)
			clean := cleaned(t, examined)
			if examined.Format != test.format || examined.Clean() || bytes.Contains(clean, []byte(secret)) || bytes.Contains(clean, []byte("Exif")) {
				t.Errorf("%+v: of %q is left %q", examined.Info, test.file, clean)
			}
			before, err := test.decode(bytes.NewReader(test.file))
			if err != nil {
				t.Fatal(err)
			}
			after, err := test.decode(bytes.NewReader(clean))
			if err != nil {
				t.Fatal(err)
			}
			if before.Bounds() != after.Bounds() {
				t.Fatalf("%v became %v", before.Bounds(), after.Bounds())
			}
			for y := range before.Bounds().Dy() {
				for x := range before.Bounds().Dx() {
					if before.At(x, y) != after.At(x, y) {
						t.Fatalf("the pixel %d, %d changed", x, y)
					}
				}
			}
			again := examine(t, clean)
			if !bytes.Equal(cleaned(t, again), clean) || test.format != picture.WebP && !again.Clean() {
				t.Error("what was cleaned is not clean")
			}
		})
	}
}

func TestWhatColoursNeedStays(t *testing.T) {
	profile := "ICC_PROFILE\x00\x01\x01" + strings.Repeat("p", 40)
	if clean := cleaned(t, examine(t, jpegWith(t, drawing(8, 8), jpegSegment(0xE2, profile), jpegSegment(0xEE, "Adobe\x00\x64\x00\x00\x00\x00\x01")))); !bytes.Contains(clean, []byte(profile)) ||
		!bytes.Contains(clean, []byte("Adobe")) {
		t.Errorf("left is %q", clean)
	}
	if file := pngWith(t, drawing(8, 8), pngChunk("gAMA", "\x00\x00\xB1\x8F"), pngChunk("sRGB", "\x00")); !examine(t, file).Clean() {
		t.Error("a PNG without metadata is not clean")
	}
	if clean := cleaned(t, examine(t, webpFile(webpHead(0x20), webpChunk("ICCP", "profile"), webpFrame(t)))); !bytes.Contains(clean, []byte("profile")) {
		t.Errorf("left is %q", clean)
	}
	if clean := cleaned(t, examine(t, gifWith(t, ""))); !bytes.Contains(clean, []byte("NETSCAPE2.0")) {
		t.Errorf("left is %q", clean)
	}
}

func TestThePictureIsShownTheRightWayRound(t *testing.T) {
	// Where the red corner of a stored picture is to be seen, and the green one (Exif 2.32, tag 0x0112).
	corners := map[byte][2]image.Point{
		1: {{0, 0}, {1, 0}}, 2: {{1, 0}, {0, 0}}, 3: {{1, 1}, {0, 1}}, 4: {{0, 1}, {1, 1}},
		5: {{0, 0}, {0, 1}}, 6: {{1, 0}, {1, 1}}, 7: {{1, 1}, {1, 0}}, 8: {{0, 1}, {0, 0}},
	}
	for orientation, want := range corners {
		for name, file := range map[string][]byte{
			"JPEG": jpegWith(t, drawing(64, 32), jpegSegment(0xE1, "Exif\x00\x00"+string(exif(orientation)))),
			"PNG":  pngWith(t, drawing(64, 32), pngChunk("eXIf", string(exif(orientation)))),
		} {
			examined := examine(t, file)
			clean := cleaned(t, examined)
			if bytes.Contains(clean, []byte(secret)) {
				t.Errorf("%s %d: left is %q", name, orientation, clean)
			}
			after := examine(t, clean)
			width, height := 64, 32
			if orientation > 4 {
				width, height = height, width
			}
			if after.Info != examined.Info || after.Orientation != int(orientation) || after.Width != width || after.Height != height {
				t.Errorf("%s %d: %+v became %+v", name, orientation, examined.Info, after.Info)
			}
			scaled, err := after.Scale(16, 16, picture.Fit)
			if err != nil {
				t.Fatal(err)
			}
			if scaled.Rect.Dx() != width/4 || scaled.Rect.Dy() != height/4 {
				t.Errorf("%s %d: scaled to %v", name, orientation, scaled.Rect)
			}
			at := func(corner image.Point) color.RGBA {
				return scaled.RGBAAt(corner.X*(scaled.Rect.Dx()-1), corner.Y*(scaled.Rect.Dy()-1))
			}
			if red, green := at(want[0]), at(want[1]); red.R < 200 || red.G > 60 || green.G < 200 || green.R > 60 {
				t.Errorf("%s %d: red is %v, green %v", name, orientation, red, green)
			}
		}
	}
	if examined := examine(t, webpFile(webpHead(0x08), webpFrame(t), webpChunk("EXIF", string(exif(6))))); examined.Orientation != 6 || examine(t, cleaned(t, examined)).Orientation != 6 {
		t.Errorf("the WebP has %+v", examined.Info)
	}
}

func TestScalingTakesEveryPixelIntoAccount(t *testing.T) {
	checked := image.NewRGBA(image.Rect(0, 0, 300, 200))
	for i := range 300 * 200 {
		value := byte(255 * ((i%300 + i/300) % 2))
		copy(checked.Pix[i*4:], []byte{value, value, value, 255})
	}
	scaled, err := examine(t, pngWith(t, checked)).Scale(50, 50, picture.Fit)
	if err != nil {
		t.Fatal(err)
	}
	if scaled.Rect.Dx() != 50 || scaled.Rect.Dy() != 33 {
		t.Errorf("scaled to %v", scaled.Rect)
	}
	for y := range scaled.Rect.Dy() {
		for x := range scaled.Rect.Dx() {
			if grey := scaled.RGBAAt(x, y).R; grey < 110 || grey > 145 {
				t.Fatalf("the mean of black and white at %d, %d is %d", x, y, grey)
			}
		}
	}
}

func TestFillCutsEvenlyAndFitNeverEnlarges(t *testing.T) {
	file := pngWith(t, drawing(60, 20))
	filled, err := examine(t, file).Scale(10, 10, picture.Fill)
	if err != nil || filled.Rect.Dx() != 10 || filled.Rect.Dy() != 10 {
		t.Fatalf("filled %v, %v", filled.Rect, err)
	}
	if left, right := filled.RGBAAt(0, 0), filled.RGBAAt(9, 0); left.R != 255 || right.G != 255 {
		t.Errorf("the middle has %v and %v", left, right)
	}
	larger, err := examine(t, file).Scale(15, 100, picture.Fill)
	if err != nil || larger.Rect.Dx() != 15 || larger.Rect.Dy() != 100 {
		t.Errorf("filled %v, %v", larger.Rect, err)
	}
	same, err := examine(t, file).Scale(4096, 4096, picture.Fit)
	if err != nil || same.Rect.Dx() != 60 || same.Rect.Dy() != 20 {
		t.Errorf("fitted %v, %v", same.Rect, err)
	}
	thin, err := examine(t, pngWith(t, drawing(4000, 2))).Scale(16, 16, picture.Fit)
	if err != nil || thin.Rect.Dx() != 16 || thin.Rect.Dy() != 1 {
		t.Errorf("fitted %v, %v", thin.Rect, err)
	}
}

func TestWhatShinesThroughStaysSo(t *testing.T) {
	glass := image.NewRGBA(image.Rect(0, 0, 40, 40))
	var file bytes.Buffer
	scaled, err := examine(t, pngWith(t, glass)).Scale(16, 16, picture.Fit)
	if err != nil {
		t.Fatal(err)
	}
	if format, err := picture.Encode(&file, scaled); err != nil || format != picture.PNG {
		t.Errorf("written as %s, %v", format, err)
	}
	file.Reset()
	if scaled, err = examine(t, pngWith(t, drawing(40, 40))).Scale(16, 16, picture.Fit); err != nil {
		t.Fatal(err)
	}
	format, err := picture.Encode(&file, scaled)
	if err != nil || format != picture.JPEG || examine(t, file.Bytes()).Width != 16 {
		t.Errorf("written as %s, %v", format, err)
	}
}

// pngHead is the head of a PNG that promises a size and has next to nothing.
func pngHead(width, height uint32) []byte {
	content := binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, width), height)
	return join([]byte("\x89PNG\r\n\x1a\n"), pngChunk("IHDR", string(append(content, 8, 2, 0, 0, 0))), pngChunk("IDAT", "x"), pngChunk("IEND", ""))
}

func TestWhatIsTooLargeIsNotTouched(t *testing.T) {
	for name, file := range map[string][]byte{
		"more pixels than there are": pngHead(1<<31-1, 1<<31-1), "a long line": pngHead(picture.MaxSide+1, 1), "too many pixels": pngHead(picture.MaxSide, picture.MaxSide),
		"a WebP": webpFile(webpChunk("VP8X", "\x02\x00\x00\x00\xFF\xFF\xFF\xFF\xFF\xFF"), webpChunk("ANIM", "")),
	} {
		if _, err := picture.Examine(bytes.NewReader(file)); !errors.Is(err, picture.ErrTooLarge) {
			t.Errorf("%s: %v", name, err)
		}
	}
	// It can be shown, but decoding it would take too much.
	if _, err := examine(t, pngHead(9000, 9000)).Scale(64, 64, picture.Fit); !errors.Is(err, picture.ErrTooLarge) {
		t.Errorf("decoded: %v", err)
	}
	// It promises more than it has.
	if _, err := examine(t, pngHead(100, 100)).Scale(64, 64, picture.Fit); !errors.Is(err, picture.ErrBroken) {
		t.Errorf("decoded: %v", err)
	}
}

func TestAPictureThatInflatesWithoutEndIsNotInflated(t *testing.T) {
	var packed bytes.Buffer
	zeros := zlib.NewWriter(&packed)
	for range 1 << 6 {
		if _, err := zeros.Write(make([]byte, 1<<18)); err != nil { // 16 MB in all
			t.Fatal(err)
		}
	}
	if err := zeros.Close(); err != nil {
		t.Fatal(err)
	}
	head := binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, 32), 32)
	bomb := join([]byte("\x89PNG\r\n\x1a\n"), pngChunk("IHDR", string(append(head, 8, 2, 0, 0, 0))), pngChunk("zTXt", packed.String()), pngChunk("iCCP", "x\x00\x00"+packed.String()), pngChunk("IDAT", packed.String()), pngChunk("IEND", ""))
	examined := examine(t, bomb)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, err := examined.Scale(16, 16, picture.Fit)
	runtime.ReadMemStats(&after)
	if err != nil && !errors.Is(err, picture.ErrBroken) || after.TotalAlloc-before.TotalAlloc > 1<<20 {
		t.Errorf("%d bytes were taken, %v", after.TotalAlloc-before.TotalAlloc, err)
	}
}

func TestWhatIsNoWholePictureIsBroken(t *testing.T) {
	whole := pngWith(t, drawing(8, 8))
	photo := jpegWith(t, drawing(8, 8))
	moving := gifWith(t, "")
	for name, file := range map[string][]byte{
		"nothing": nil, "a page": []byte("<!doctype html><script>alert(1)</script>"), "a drawing in SVG": []byte(`<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>`),
		"a signature": whole[:8], "half a PNG": whole[:len(whole)-5], "a PNG without data": join(whole[:33], pngChunk("IEND", "")), "an unknown critical chunk": pngWith(t, drawing(8, 8), pngChunk("EVIL", "x")),
		"a JPEG without an image": photo[:2], "a JPEG that is over at once": []byte("\xFF\xD8\xFF\xD9"), "a JPEG with a hole": join(photo[:2], []byte("x"), photo[2:]),
		"half a GIF": moving[:len(moving)-4], "a GIF without a frame": join(moving[:13+3*256], []byte(";")), "a WebP without a frame": webpFile(webpHead(0)),
		"a WebP of two sizes": webpFile(webpChunk("VP8X", "\x00\x00\x00\x00\x09\x00\x00\x09\x00\x00"), webpFrame(t)), "half a WebP": webpFile(webpFrame(t))[:30],
		"a PNG of no pixels": pngHead(0, 5),
	} {
		if _, err := picture.Examine(bytes.NewReader(file)); !errors.Is(err, picture.ErrBroken) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if cut, err := picture.Examine(bytes.NewReader(photo[:len(photo)-20])); err != nil || cut.Width != 8 {
		t.Errorf("a photograph of which the last bytes are lost is not shown: %v", err)
	}
}

func TestAnimationsAreToldApart(t *testing.T) {
	if !examine(t, gifWith(t, "")).Animated || examine(t, pngWith(t, drawing(2, 2))).Animated || !examine(t, pngWith(t, drawing(2, 2), pngChunk("acTL", "\x00\x00\x00\x02\x00\x00\x00\x00"))).Animated {
		t.Error("an animation was not seen, or seen where there is none")
	}
}

func FuzzCleanedPicturesAreCleanAndWhole(f *testing.F) {
	f.Add(jpegWith(f, drawing(9, 7), jpegSegment(0xE1, "Exif\x00\x00"+string(exif(6)))))
	f.Add(pngWith(f, drawing(9, 7), pngChunk("eXIf", string(exif(6))), pngChunk("tEXt", secret)))
	f.Add(webpFile(webpHead(0x0C), webpFrame(f), webpChunk("EXIF", string(exif(1)))))
	f.Add(webpFile(webpFrame(f)))
	f.Add(gifWith(f, "\x21\xFE\x02hi\x00"))
	f.Fuzz(func(t *testing.T, file []byte) {
		examined, err := picture.Examine(bytes.NewReader(file))
		if err != nil {
			if !errors.Is(err, picture.ErrBroken) && !errors.Is(err, picture.ErrTooLarge) {
				t.Fatalf("an error of no kind: %v", err)
			}
			return
		}
		clean := cleaned(t, examined)
		again, err := picture.Examine(bytes.NewReader(clean))
		if err != nil {
			t.Fatalf("what was cleaned is broken: %v", err)
		}
		if again.Info != examined.Info {
			t.Fatalf("%+v became %+v", examined.Info, again.Info)
		}
		if twice := cleaned(t, again); !bytes.Equal(twice, clean) {
			t.Fatal("cleaning twice takes more away")
		}
		if examined.Width*examined.Height > 1<<16 {
			return
		}
		scaled, err := examined.Scale(16, 16, picture.Fit)
		if err == nil && (scaled.Rect.Dx() > 16 || scaled.Rect.Dy() > 16 || scaled.Rect.Empty()) {
			t.Fatalf("scaled to %v", scaled.Rect)
		}
	})
}
