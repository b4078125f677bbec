"""Decoded pictures in one form: 8-bit sRGB, upright, nothing transparent."""

import io
import struct

import numpy as np
from PIL import Image, ImageCms

_UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_SPACES = {"L": "GRAY", "RGB": "RGB", "CMYK": "CMYK"}


def upright_srgb(image: Image.Image, most: int) -> Image.Image:
    """A picture that Pillow has decoded, of any mode, as RGB: turned as its EXIF says, in the
    colours of sRGB, on white, its longer side `most` pixels or less."""
    turn, profile = _UPRIGHT.get(orientation(image)), image.info.get("icc_profile")
    image = _plain(image)
    image.thumbnail((most, most), Image.Resampling.BICUBIC)
    image = _on_white(image, profile)
    return image if turn is None else image.transpose(turn)


def orientation(image: Image.Image) -> int:
    """EXIF tag 0x0112, read by itself: whatever else is in the metadata may be damaged."""
    exif = image.info.get("exif") or b""
    exif = exif.removeprefix(b"Exif\0\0")
    order = {b"II*\0": "<", b"MM\0*": ">"}.get(exif[:4])
    try:
        if order:
            (start,) = struct.unpack_from(order + "I", exif, 4)
            (entries,) = struct.unpack_from(order + "H", exif, start)
            for entry in range(start + 2, start + 2 + 12 * entries, 12):
                tag, kind = struct.unpack_from(order + "HH", exif, entry)
                if tag == 0x0112:
                    form = {1: "B", 4: "I"}.get(kind, "H")
                    return int(struct.unpack_from(order + form, exif, entry + 8)[0])
    except struct.error:
        pass
    try:  # what PNG and XMP have in its place
        return int(image.getexif().get(0x0112, 1))
    except Exception:
        return 1


def _plain(image: Image.Image) -> Image.Image:
    """In one of the modes L, RGB, CMYK, LA, RGBA."""
    if image.mode in ("I", "F") or image.mode.startswith("I;16"):
        return _eight_bits(image)
    if image.has_transparency_data:
        return image.convert("LA" if image.mode in ("1", "L", "LA", "La") else "RGBA")
    if image.mode in _SPACES:
        return image
    return image.convert("L" if image.mode == "1" else "RGB")


def _eight_bits(image: Image.Image) -> Image.Image:
    """Grey of 16 bits (65535 is white), or of floats, whose scale is guessed from the brightest."""
    grey = np.nan_to_num(np.asarray(image), nan=0.0, posinf=0.0, neginf=0.0)
    white = 65535
    if image.mode == "F":
        white = next((scale for scale in (1, 255) if grey.max() <= scale), 65535)
    grey = (grey.clip(0, white) * np.float32(255 / white)).round().astype(np.uint8)
    return Image.fromarray(grey)


def _on_white(image: Image.Image, profile: bytes | None) -> Image.Image:
    """In sRGB, what is transparent laid on white."""
    if image.mode not in ("LA", "RGBA"):
        return _to_srgb(image, profile)
    page = Image.new("RGB", image.size, "white")
    colours = image.convert("L" if image.mode == "LA" else "RGB")
    page.paste(_to_srgb(colours, profile), mask=image.getchannel("A"))
    return page


def _to_srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    """A picture of mode L, RGB or CMYK in sRGB; a profile that does not fit it is ignored."""
    try:
        if isinstance(profile, bytes):  # a damaged file may say anything
            source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            space = source.profile.xcolor_space.strip()
            if (image.mode, space) == ("L", "RGB"):
                image = image.convert("RGB")
            if _SPACES[image.mode] == space:
                srgb = ImageCms.createProfile("sRGB")
                return ImageCms.buildTransform(source, srgb, image.mode, "RGB").apply(image)
    except (OSError, ValueError, ImageCms.PyCMSError):
        pass
    return image.convert("RGB")
