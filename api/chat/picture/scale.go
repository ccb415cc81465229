package picture

import (
	"fmt"
	"image"
	"image/draw"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"

	scaling "golang.org/x/image/draw"
	"golang.org/x/image/webp"
)

// MaxDecodedBytes bounds the memory that decoding one picture takes: enough for photographs of 48 megapixels as cameras write them.
const MaxDecodedBytes = 96 << 20

// Scaling says how a picture gets into a frame.
type Scaling int

const (
	// Fit makes it as large as it can be without being cut, and never larger than it is.
	Fit Scaling = iota
	// Fill makes it cover the frame, and cuts off evenly what stands out.
	Fill
)

// Scale decodes the picture, of animations the first frame, and gives it turned as it is shown and scaled for a frame of width × height pixels. One that would take
// too much memory is ErrTooLarge, one that does not hold what its structure promises ErrBroken. It reads from the source.
func (p *Picture) Scale(width, height int, how Scaling) (*image.RGBA, error) {
	decoded, err := p.decode()
	if err != nil {
		return nil, err
	}
	if p.Orientation > 4 {
		width, height = height, width
	}
	bounds := decoded.Bounds()
	if how == Fill {
		bounds = covering(bounds, width, height)
	} else {
		width, height = fitting(bounds, width, height)
	}
	return turn(resample(decoded, bounds, width, height), p.Orientation), nil
}

// decode gives the picture's pixels as they are stored.
func (p *Picture) decode() (decoded image.Image, err error) {
	if p.decodedBytes > MaxDecodedBytes {
		return nil, fmt.Errorf("%w: decoding takes %d bytes", ErrTooLarge, p.decodedBytes)
	}
	if _, err := p.source.Seek(0, io.SeekStart); err != nil {
		return nil, err
	}
	switch p.Format {
	case PNG:
		decoded, err = png.Decode(p.source)
	case JPEG:
		decoded, err = jpeg.Decode(p.source)
	case GIF:
		decoded, err = gif.Decode(p.source)
	default:
		decoded, err = webp.Decode(p.source)
	}
	if err != nil {
		return nil, broken("%v", err)
	}
	if decoded.Bounds().Empty() {
		return nil, broken("it has no pixels")
	}
	if screen := image.Rect(0, 0, p.Width, p.Height); p.Format == GIF && decoded.Bounds() != screen {
		// The first frame need not fill the screen.
		whole := image.NewRGBA(screen)
		draw.Draw(whole, decoded.Bounds(), decoded, decoded.Bounds().Min, draw.Src)
		return whole, nil
	}
	return decoded, nil
}

// fitting gives the largest size of the picture's shape within a frame, at most its own and at least one pixel.
func fitting(bounds image.Rectangle, width, height int) (int, int) {
	across, down := bounds.Dx(), bounds.Dy()
	if across <= width && down <= height {
		return across, down
	}
	if across*height > down*width {
		return width, max(1, (down*width+across/2)/across)
	}
	return max(1, (across*height+down/2)/down), height
}

// covering gives the part in the middle of the picture that has the shape of a frame.
func covering(bounds image.Rectangle, width, height int) image.Rectangle {
	across, down := bounds.Dx(), bounds.Dy()
	if wanted := max(1, down*width/height); wanted < across {
		bounds.Min.X += (across - wanted) / 2
		bounds.Max.X = bounds.Min.X + wanted
	} else if wanted := max(1, across*height/width); wanted < down {
		bounds.Min.Y += (down - wanted) / 2
		bounds.Max.Y = bounds.Min.Y + wanted
	}
	return bounds
}

// resample scales a part of a picture. It is first made smaller by a whole number, with the mean of the pixels that fall together, and then by what is left, which is
// less than half, with the pixels interpolated. So every pixel counts, and no more than a few rows of the large one are in memory besides itself.
func resample(decoded image.Image, part image.Rectangle, width, height int) *image.RGBA {
	across, down := max(1, part.Dx()/width), max(1, part.Dy()/height)
	reduced := reduce(decoded, part, across, down)
	if reduced.Rect.Dx() == width && reduced.Rect.Dy() == height {
		return reduced
	}
	scaled := image.NewRGBA(image.Rect(0, 0, width, height))
	scaling.ApproxBiLinear.Scale(scaled, scaled.Rect, reduced, reduced.Rect, draw.Src, nil)
	return scaled
}

// reduce makes one pixel of each across × down; what is left over at the edges goes in with the last.
func reduce(decoded image.Image, part image.Rectangle, across, down int) *image.RGBA {
	width, height := part.Dx()/across, part.Dy()/down
	reduced := image.NewRGBA(image.Rect(0, 0, width, height))
	if across == 1 && down == 1 {
		draw.Draw(reduced, reduced.Rect, decoded, part.Min, draw.Src)
		return reduced
	}
	row := image.NewRGBA(image.Rect(0, 0, part.Dx(), 1))
	sums := make([]uint64, width*4)
	for y := range height {
		clear(sums)
		from, to := y*down, (y+1)*down
		if y == height-1 {
			to = part.Dy()
		}
		for line := from; line < to; line++ {
			draw.Draw(row, row.Rect, decoded, image.Pt(part.Min.X, part.Min.Y+line), draw.Src)
			for x := range part.Dx() {
				into := sums[min(x/across, width-1)*4:]
				from := row.Pix[x*4 : x*4+4]
				into[0] += uint64(from[0])
				into[1] += uint64(from[1])
				into[2] += uint64(from[2])
				into[3] += uint64(from[3])
			}
		}
		for x := range width {
			count := uint64(across)
			if x == width-1 {
				count = uint64(part.Dx() - x*across)
			}
			count *= uint64(to - from)
			for channel := range 4 {
				reduced.Pix[y*reduced.Stride+x*4+channel] = byte((sums[x*4+channel] + count/2) / count)
			}
		}
	}
	return reduced
}

// turn gives a picture as its orientation says that it is shown.
func turn(stored *image.RGBA, orientation int) *image.RGBA {
	if orientation <= 1 || orientation > 8 {
		return stored
	}
	width, height := stored.Rect.Dx(), stored.Rect.Dy()
	shown := image.NewRGBA(image.Rect(0, 0, width, height))
	if orientation > 4 {
		shown = image.NewRGBA(image.Rect(0, 0, height, width))
	}
	for y := range height {
		for x := range width {
			toX, toY := x, y
			switch orientation {
			case 2:
				toX = width - 1 - x
			case 3:
				toX, toY = width-1-x, height-1-y
			case 4:
				toY = height - 1 - y
			case 5:
				toX, toY = y, x
			case 6:
				toX, toY = height-1-y, x
			case 7:
				toX, toY = height-1-y, width-1-x
			case 8:
				toX, toY = y, width-1-x
			}
			copy(shown.Pix[shown.PixOffset(toX, toY):][:4], stored.Pix[stored.PixOffset(x, y):][:4])
		}
	}
	return shown
}

// jpegQuality is where differences stop being seen at the size of a thumbnail.
const jpegQuality = 85

// Encode writes a picture: as JPEG, or as PNG when something shines through it.
func Encode(w io.Writer, made *image.RGBA) (Format, error) {
	if made.Opaque() {
		return JPEG, jpeg.Encode(w, made, &jpeg.Options{Quality: jpegQuality})
	}
	return PNG, png.Encode(w, made)
}
