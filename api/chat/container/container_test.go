package container_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"

	"guildhall/api/chat/container"
)

// secret stands for what metadata tell.
const secret = "+47.3769+008.5417/"

// sample reads one of the files that real programs made: heif-enc and ffmpeg, with metadata by exiftool.
func sample(t testing.TB, name string) []byte {
	t.Helper()
	file, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return file
}

// box is a box with content.
func box(name string, content ...[]byte) []byte {
	inside := bytes.Join(content, nil)
	return append(append(binary.BigEndian.AppendUint32(nil, uint32(8+len(inside))), name...), inside...)
}

// words are numbers of four bytes.
func words(numbers ...uint32) []byte {
	var made []byte
	for _, number := range numbers {
		made = binary.BigEndian.AppendUint32(made, number)
	}
	return made
}

func text(s string) []byte { return []byte(s) }

// clean cleans a file, and demands that nothing was moved and nothing is left to do.
func clean(t testing.TB, file []byte) []byte {
	t.Helper()
	examined, err := container.Examine(bytes.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	cleaned, err := io.ReadAll(iotest.OneByteReader(examined.Cleaned()))
	if err != nil {
		t.Fatal(err)
	}
	if len(cleaned) != len(file) || examined.Size() != int64(len(file)) {
		t.Fatalf("it has %d bytes, and had %d", len(cleaned), len(file))
	}
	if whole, err := io.ReadAll(examined.Cleaned()); err != nil || !bytes.Equal(whole, cleaned) {
		t.Fatalf("read in larger parts it differs, %v", err)
	}
	for i := range file {
		if cleaned[i] != file[i] && cleaned[i] != 0 && !strings.ContainsRune("free", rune(cleaned[i])) {
			t.Fatalf("the byte at %d became %q", i, cleaned[i])
		}
	}
	again, err := container.Examine(bytes.NewReader(cleaned))
	if err != nil || !again.Clean() {
		t.Fatalf("it is not clean: %v", err)
	}
	return cleaned
}

func TestMetadataOfRealFilesGo(t *testing.T) {
	for name, telling := range map[string][]string{
		"photograph.heic": {"SecretMake", "SecretModel", "SecretCity", "SecretCreator", "Exif", "xmpmeta"},
		"photograph.avif": {"SecretMake", "SecretModel", "SecretCity", "SecretCreator", "Exif", "xmpmeta"},
		"film.mp4":        {"+47.3769+008.5417", "SecretTitle", "SecretCity", "\xa9xyz", "udta"},
		"film.mov":        {secret, "SecretMake", "SecretArtist", "com.apple.quicktime"},
	} {
		t.Run(name, func(t *testing.T) {
			file := sample(t, name)
			if !container.Detect(file) {
				t.Error("it is not known for what it is")
			}
			examined, err := container.Examine(bytes.NewReader(file))
			if err != nil || examined.Clean() {
				t.Fatalf("it is taken for clean, %v", err)
			}
			cleaned := clean(t, file)
			for _, one := range telling {
				if !bytes.Contains(file, []byte(one)) {
					t.Errorf("the sample does not have %q", one)
				}
				if bytes.Contains(cleaned, []byte(one)) {
					t.Errorf("it still says %q", one)
				}
			}
		})
	}
}

func TestWhatAFilmShowsStays(t *testing.T) {
	for _, name := range []string{"film.mp4", "film.mov"} {
		file := sample(t, name)
		cleaned := clean(t, file)
		at := bytes.Index(file, []byte("mdat"))
		length := int(binary.BigEndian.Uint32(file[at-4:]))
		if !bytes.Equal(file[at-4:at-4+length], cleaned[at-4:at-4+length]) {
			t.Errorf("%s: the samples changed", name)
		}
		for _, table := range []string{"stsd", "stsz", "stco", "avc1", "tkhd"} {
			if !bytes.Contains(cleaned, []byte(table)) {
				t.Errorf("%s: %s is gone", name, table)
			}
		}
	}
}

// film is a film of a track of pictures and one of places, whose samples lie between each other: pictures in "PPPP", places in secret.
func film(sizes []byte, offsets string) []byte {
	head := box("ftyp", text("isommp42"))
	data := []byte("PPPP" + secret + "PPPP" + secret + "PPPP")
	start := uint32(len(head) + 8)
	first, second := start+4, start+4+uint32(len(secret))+4
	track := func(trackID uint32, handler string, tables ...[]byte) []byte {
		return box("trak", box("tkhd", words(0, 1, 2, trackID)), box("mdia", box("mdhd", words(0, 3, 4)), box("hdlr", words(0, 0), text(handler), words(0, 0, 0)), box("minf", box("stbl", tables...))))
	}
	places := box("stco", words(0, 2, first, second))
	if offsets == "co64" {
		places = box("co64", words(0, 2, 0, first, 0, second))
	}
	movie := box("moov", box("mvhd", words(0, 5, 6)), track(1, "vide", box("stsz", words(0, 4, 3)), box("stsc", words(0, 1, 1, 1, 1)), box("stco", words(0, 3, start, start+4+uint32(len(secret)), start+8+2*uint32(len(secret))))),
		track(2, "meta", sizes, box("stsc", words(0, 1, 1, 3, 1)), places, box("udta", text("more"))))
	return bytes.Join([][]byte{head, box("mdat", data), movie}, nil)
}

func TestATrackOfPlacesGoesWithItsSamples(t *testing.T) {
	sixes := words(6, 6, 6, 6, 6, 6) // three samples in each chunk
	for name, file := range map[string][]byte{
		"with a list of sizes":    film(box("stsz", append(words(0, 0, 6), sixes...)), "stco"),
		"with one size":           film(box("stsz", words(0, 6, 6)), "co64"),
		"with sizes of a byte":    film(box("stz2", append(words(0, 8, 6), 6, 6, 6, 6, 6, 6)), "stco"),
		"with sizes of four bits": film(box("stz2", append(words(0, 4, 6), 0x66, 0x66, 0x66)), "stco"),
		"with sizes of two bytes": film(box("stz2", append(words(0, 16, 6), 0, 6, 0, 6, 0, 6, 0, 6, 0, 6, 0, 6)), "stco"),
	} {
		t.Run(name, func(t *testing.T) {
			cleaned := clean(t, file)
			if bytes.Contains(cleaned, []byte(secret)) || bytes.Contains(cleaned, []byte("+47")) || bytes.Contains(cleaned, []byte("meta")) {
				t.Errorf("it still tells: %q", cleaned)
			}
			if bytes.Count(cleaned, []byte("PPPP")) != 3 || bytes.Count(cleaned, []byte("trak")) != 1 || !bytes.Contains(cleaned, []byte("vide")) {
				t.Errorf("too much is gone: %q", cleaned)
			}
		})
	}
}

func TestATrackOfPlacesGoesFromFragmentsToo(t *testing.T) {
	description := box("moov", box("mvhd", words(0, 0, 0)), box("trak", box("tkhd", words(0, 0, 0, 2)), box("mdia", box("hdlr", words(0, 0), text("meta"), words(0)), box("minf", box("stbl")))))
	const sizesFlag, offsetFlag = 0x200, 0x1
	run := func(offset uint32) []byte {
		return box("traf", box("tfhd", words(0x20000, 2)), box("trun", words(sizesFlag|offsetFlag, 2, offset, uint32(len(secret)), uint32(len(secret)))))
	}
	other := box("traf", box("tfhd", words(0x20000, 1)), box("trun", words(sizesFlag|offsetFlag, 1, 0, 4)))
	length := uint32(len(box("moof", run(0), other)))
	fragment := box("moof", run(length+8+4), other)
	file := bytes.Join([][]byte{box("ftyp", text("iso5")), description, fragment, box("mdat", text("PPPP"+secret+secret+"PPPP"))}, nil)
	cleaned := clean(t, file)
	if bytes.Contains(cleaned, []byte(secret)) || bytes.Count(cleaned, []byte("PPPP")) != 2 || bytes.Count(cleaned, []byte("traf")) != 1 {
		t.Errorf("it became %q", cleaned)
	}
}

func TestWhatNobodyKnowsGoes(t *testing.T) {
	file := bytes.Join([][]byte{
		box("ftyp", text("heic")), box("mpvd", box("moov", box("udta", text(secret)))), box("free", text("freeGPS "+secret)), box("uuid", text("0123456789abcdef"+secret)), box("meta", text(secret)),
		box("moov", box("mvhd", words(0, 1, 1)), box("XMP_", text(secret)), box("uuid", text("0123456789abcdef"+secret)), box("trak", box("uuid", text("\xff\xcc\x82\x63\xf8\x55\x4a\x93\x88\x14\x58\x7a\x02\x52\x1f\xddround")))),
		text("left"),
	}, nil)
	cleaned := clean(t, file)
	if bytes.Contains(cleaned, []byte(secret)) || bytes.Contains(cleaned, []byte("left")) {
		t.Errorf("it still tells: %q", cleaned)
	}
	if !bytes.Contains(cleaned, []byte("round")) {
		t.Error("a film that shows all around does not say so any more")
	}
}

func TestWhatIsNoWholeFileIsBroken(t *testing.T) {
	picture := func(information, locations []byte) []byte {
		return bytes.Join([][]byte{box("ftyp", text("heic")), box("meta", words(0), box("hdlr", words(0, 0), text("pict"), words(0)), information, locations), box("mdat", text(secret))}, nil)
	}
	exif := box("iinf", append(words(0), 0, 1), box("infe", words(2<<24), []byte{0, 1, 0, 0}, text("Exif\x00")))
	where := func(offset, length uint32) []byte {
		return box("iloc", words(0), []byte{0x44, 0x00, 0, 1, 0, 1, 0, 0, 0, 1}, words(offset, length))
	}
	good := uint32(bytes.Index(picture(exif, where(0, 0)), []byte(secret)))
	if cleaned := clean(t, picture(exif, where(good, uint32(len(secret))))); bytes.Contains(cleaned, []byte(secret)) || bytes.Contains(cleaned, []byte("Exif")) {
		t.Errorf("it still tells: %q", cleaned)
	}
	for name, file := range map[string][]byte{
		"nothing": nil, "a box that is too long": words(100, 0), "a box shorter than its head": append(words(4), "ftyp"...), "a length that overflows": append(append(words(1), "mdat"...), 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF),
		"a box without an end within another": append(box("moov", words(0), text("trak")), box("free")...), "a compressed description": box("moov", box("cmov")), "items in the short form": box("mini", text("x")), "cut off": sample(t, "film.mp4")[:4000],
		"metadata that are not in it": picture(exif, where(1<<30, 10)), "metadata among the boxes": picture(exif, where(0, 10)), "metadata beyond the data": picture(exif, where(good, uint32(len(secret))+1)),
		"metadata somewhere unknown": picture(exif, box("iloc", words(1<<24), []byte{0x44, 0x00, 0, 1, 0, 1, 0, 2, 0, 0, 0, 1}, words(0, 1))), "items without kinds": picture(box("iinf", append(words(0), 0, 1), box("infe", words(0, 0))), nil),
		"samples that are not in it": film(box("stsz", words(0, 1<<30, 6)), "stco"), "samples without sizes": film(box("stsz", words(0, 0, 1<<30)), "stco"),
	} {
		if _, err := container.Examine(bytes.NewReader(file)); !errors.Is(err, container.ErrBroken) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestOnlyFilesThatCanBeCleanedAreDetected(t *testing.T) {
	for head, want := range map[string]bool{
		"\x00\x00\x00\x18ftypheic": true, "\x00\x00\x00\x18ftyp3gp5": true, "\x00\x00\x00\x08wide\x00\x00\x00\x00": true, "\x00\x00\x00\x18ftypcrx ": false, "\x89PNG\r\n\x1a\n\x00\x00\x00\x0d": false,
		"\x00\x00\x00\x18ftyp": false, "": false,
	} {
		if container.Detect([]byte(head)) != want {
			t.Errorf("%q", head)
		}
	}
}

func TestWhatCannotBeReadSaysSo(t *testing.T) {
	failure := errors.New("the disk is gone")
	if _, err := container.Examine(failing{bytes.NewReader(sample(t, "film.mp4")), failure}); !errors.Is(err, failure) {
		t.Errorf("got %v", err)
	}
}

// failing is a file that cannot be read.
type failing struct {
	io.Seeker
	err error
}

func (f failing) Read([]byte) (int, error) { return 0, f.err }

func FuzzCleanedFilesAreCleanAndOfTheSameLength(f *testing.F) {
	for _, name := range []string{"photograph.heic", "photograph.avif", "film.mp4", "film.mov"} {
		f.Add(sample(f, name))
	}
	f.Add(film(box("stsz", words(0, 6, 6)), "co64"))
	f.Fuzz(func(t *testing.T, file []byte) {
		if _, err := container.Examine(bytes.NewReader(file)); err != nil {
			if !errors.Is(err, container.ErrBroken) {
				t.Fatal(err)
			}
			return
		}
		clean(t, file)
	})
}
