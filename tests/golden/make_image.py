#!/usr/bin/python3
"""Makes tests/golden/image/ again: small JPEG, PNG and WebP files of every kind, and expected.txt, the
pixels that they must decode, resize and prepare to.

Needs Debian 12's python3-pil (Pillow 9.4 with libjpeg-turbo 2.1.5, the reference), python3-numpy and
libjpeg-turbo-progs (cjpeg). The pictures come from a seed. Run it anywhere; it writes beside itself.

expected.txt has one check a line, results as 64-bit FNV-1a hashes of the bytes:
  decode FILE ORIENT ALPHA BACKGROUND WIDTH HEIGHT HASH   pixels, options as in resnet_image_options
  resize FILE FILTER WIDTH HEIGHT HASH                    RESNET_FILTER_*, after a default decode
  prepare FILE RECIPE SIZE HASH                           float32 [3][SIZE][SIZE], little-endian
  refuse FILE STATUS                                      resnet_status of decoding it
"""
import io
import pathlib
import struct
import subprocess
import zlib

import numpy as np
from PIL import Image, ImageOps

HERE = pathlib.Path(__file__).parent / "image"
FILTERS = [Image.Resampling.NEAREST, Image.Resampling.BILINEAR, Image.Resampling.BICUBIC]
WHITE = 0xFFFFFF
FORMAT, UNSUPPORTED = -4, -6
rng = np.random.default_rng(2024)
lines = []


def fnv(data):
    value = 0xCBF29CE484222325
    for byte in bytes(data):
        value = (value ^ byte) * 0x100000001B3 & 0xFFFFFFFFFFFFFFFF
    return f"{value:016x}"


def picture(width, height):
    """Shapes over a gradient, with noise: smooth parts, hard edges and every frequency."""
    y, x = np.mgrid[0:height, 0:width]
    base = np.stack([x * 255 / width, y * 255 / height, (x + y) * 255 / (width + height)], -1)
    base[(x - width / 3) ** 2 + (y - height / 2) ** 2 < (height / 4) ** 2] = (250, 30, 20)
    base[height // 2 :, width * 2 // 3 :] = (10, 200, 240)
    noise = rng.normal(0, 18, base.shape) * (x > width / 2)[..., None]
    return np.clip(base + noise, 0, 255).astype(np.uint8)


def write(name, data):
    (HERE / name).write_bytes(data)
    return name


def expect_decode(name, pixels, orient=1, alpha=0, background=WHITE):
    height, width = pixels.shape[:2]
    lines.append(f"decode {name} {orient} {alpha} {background:06x} {width} {height} {fnv(pixels)}")


def with_pillow(name, orient=1):
    image = Image.open(HERE / name)
    if orient:
        image = ImageOps.exif_transpose(image)
    return np.asarray(image.convert("RGB"))


# ---------------------------------------------------------------------------------------- JPEG


def pillow_jpeg(image, **options):
    out = io.BytesIO()
    image.save(out, "JPEG", **options)
    return out.getvalue()


def cjpeg(pixels, *options):
    header = b"P6 %d %d 255\n" % (pixels.shape[1], pixels.shape[0])
    command = ["cjpeg", "-quality", "85", *options]
    return subprocess.run(command, input=header + pixels.tobytes(), stdout=subprocess.PIPE,
                          check=True).stdout


def without_segment(jpeg, marker):
    at = jpeg.index(bytes([0xFF, marker]))
    return jpeg[:at] + jpeg[at + 2 + struct.unpack(">H", jpeg[at + 2 : at + 4])[0] :]


def exif_block(orientation, order):
    """A TIFF header and one directory with one tag."""
    mark = {"<": b"II*\0", ">": b"MM\0*"}[order]
    entry = struct.pack(order + "HHIHH", 0x0112, 3, 1, orientation, 0)
    return mark + struct.pack(order + "IH", 8, 1) + entry + bytes(4)


def make_jpegs():
    big, odd, tiny = picture(64, 48), picture(37, 29), picture(3, 2)
    files = {
        "baseline-444.jpg": cjpeg(odd, "-sample", "1x1"),
        "baseline-422.jpg": cjpeg(odd, "-sample", "2x1"),
        "baseline-420.jpg": cjpeg(odd, "-sample", "2x2"),
        "baseline-440.jpg": cjpeg(odd, "-sample", "1x2"),
        "baseline-411.jpg": cjpeg(odd, "-sample", "4x1"),
        "baseline-410.jpg": cjpeg(odd, "-sample", "4x2"),
        "baseline-big.jpg": cjpeg(big, "-sample", "2x2"),
        "baseline-tiny.jpg": cjpeg(tiny, "-sample", "2x2"),
        "baseline-pixel.jpg": cjpeg(tiny[:1, :1], "-sample", "2x2"),
        "baseline-tables16.jpg": cjpeg(odd, "-quality", "3"),
        "optimized.jpg": cjpeg(odd, "-optimize"),
        "restart.jpg": cjpeg(big, "-restart", "1B"),
        "progressive-420.jpg": cjpeg(odd, "-progressive", "-sample", "2x2"),
        "progressive-444-restart.jpg": cjpeg(odd, "-progressive", "-sample", "1x1", "-restart", "2B"),
        "arithmetic.jpg": cjpeg(odd, "-arithmetic"),
        "arithmetic-progressive.jpg": cjpeg(odd, "-arithmetic", "-progressive"),
        "gray.jpg": cjpeg(odd, "-grayscale"),
        "gray-progressive.jpg": cjpeg(odd, "-grayscale", "-progressive"),
        "rgb.jpg": cjpeg(odd, "-rgb"),
    }
    wide = picture(150, 40)
    for sample in ("1x1", "2x1", "2x2", "1x2", "4x1"):
        files[f"wide-{sample}.jpg"] = cjpeg(wide, "-sample", sample)
    files["wide-progressive.jpg"] = cjpeg(wide, "-progressive", "-sample", "2x2")
    ink = np.concatenate([odd, picture(37, 29)[..., :1] // 2], -1)
    cmyk = pillow_jpeg(Image.fromarray(ink, "CMYK"), quality=85)
    adobe = cmyk.index(b"\xff\xee\x00\x0eAdobe")
    files["cmyk-adobe.jpg"] = cmyk
    files["cmyk-plain.jpg"] = without_segment(cmyk, 0xEE)
    files["ycck-adobe.jpg"] = cmyk[: adobe + 15] + b"\x02" + cmyk[adobe + 16 :]
    files["stray-bytes.jpg"] = files["baseline-420.jpg"][:-2] + b"\x11\x22" + b"\xff\xd9"
    for name, data in files.items():
        expect_decode(write(name, data), with_pillow(name))
    return files


def make_oriented():
    small = picture(23, 17)
    plain = cjpeg(small, "-sample", "2x1")
    for orientation in [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]:
        block = b"Exif\0\0" + exif_block(orientation, "<>"[orientation % 2])
        segment = b"\xff\xe1" + struct.pack(">H", len(block) + 2) + block
        name = write(f"oriented-{orientation}.jpg", plain[:2] + segment + plain[2:])
        expect_decode(name, with_pillow(name))
        if orientation == 6:
            expect_decode(name, with_pillow(name, orient=0), orient=0)


def make_damaged(files):
    jpeg, progressive = files["baseline-big.jpg"], files["progressive-420.jpg"]
    lines.append(f"refuse {write('cut.jpg', jpeg[: len(jpeg) * 2 // 3])} {FORMAT}")
    lines.append(f"refuse {write('cut-header.jpg', jpeg[:100])} {FORMAT}")
    lines.append(f"refuse {write('cut-closed.jpg', jpeg[: len(jpeg) // 2] + jpeg[-2:])} {FORMAT}")
    lines.append(f"refuse {write('cut-scans.jpg', progressive[:-40])} {FORMAT}")
    at = jpeg.index(b"\xff\xc0") + 5
    huge = jpeg[:at] + struct.pack(">HH", 65500, 65500) + jpeg[at + 4 :]
    lines.append(f"refuse {write('huge.jpg', huge)} {UNSUPPORTED}")
    twelve = jpeg[: at - 1] + b"\x0c" + jpeg[at:]
    lines.append(f"refuse {write('twelve-bit.jpg', twelve)} {UNSUPPORTED}")


# ----------------------------------------------------------------------------------------- PNG

CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
DEPTHS = {0: [1, 2, 4, 8, 16], 2: [8, 16], 3: [1, 2, 4, 8], 4: [8, 16], 6: [8, 16]}
ADAM7 = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def paeth(a, b, c):
    p = a.astype(int) + b - c
    pa, pb, pc = abs(p - a), abs(p - b), abs(p - c)
    return np.where((pa <= pb) & (pa <= pc), a, np.where(pb <= pc, b, c))


def filtered(rows, step):
    """Each row with the next of the five PNG filters before it."""
    out, above = b"", np.zeros(rows.shape[1], np.uint8)
    for number, row in enumerate(rows):
        shifted = lambda line: np.concatenate([np.zeros(step, np.uint8), line])[: len(line)]
        left, corner = shifted(row), shifted(above)
        mean = ((left.astype(int) + above) // 2).astype(np.uint8)
        guess = [0 * row, left, above, mean, paeth(left, above, corner).astype(np.uint8)][number % 5]
        out, above = out + bytes([number % 5]) + (row - guess).astype(np.uint8).tobytes(), row
    return out


def packed(samples, depth):
    """[height][width][channels] samples to rows of bytes."""
    flat = samples.reshape(samples.shape[0], -1)
    if depth == 16:
        return flat.astype(">u2").view(np.uint8).reshape(flat.shape[0], -1)
    if depth == 8:
        return flat.astype(np.uint8)
    bits = (flat[..., None] >> np.arange(depth - 1, -1, -1)) & 1
    return np.packbits(bits.reshape(flat.shape[0], -1).astype(np.uint8), axis=1)


def png(samples, kind, depth, interlaced, *chunks):
    height, width = samples.shape[:2]
    step = max(1, CHANNELS[kind] * depth // 8)
    passes = ADAM7 if interlaced else [(0, 0, 1, 1)]
    parts = [samples[y::dy, x::dx] for x, y, dx, dy in passes]
    data = b"".join(filtered(packed(p, depth), step) for p in parts if p.size)
    header = struct.pack(">IIBBBBB", width, height, depth, kind, 0, 0, interlaced)
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + b"".join(chunks)
            + chunk(b"IDAT", zlib.compress(data, 9)) + chunk(b"IEND", b""))


def to_eight(samples, depth):
    return samples >> 8 if depth == 16 else samples * (255 // (2**depth - 1))


def meaning(samples, kind, depth, palette, key):
    """RGBA, 8 bits, as the PNG standard defines it; of 16 bits the high byte."""
    if kind == 3:
        return palette[samples[..., 0]]
    eight = to_eight(samples, depth)
    colours = eight[..., :3] if kind in (2, 6) else np.repeat(eight[..., :1], 3, -1)
    if kind in (4, 6):
        return np.concatenate([colours, eight[..., -1:]], -1)
    opaque = np.full(samples.shape[:2] + (1,), 255)
    if key is not None:
        opaque[(samples == key).all(-1)] = 0
    return np.concatenate([colours, opaque], -1)


def over(rgba, background):
    """Pillow's alpha_composite over an opaque background."""
    under = Image.new("RGBA", rgba.shape[1::-1], ((background >> 16), background >> 8 & 255,
                                                 background & 255, 255))
    return np.asarray(Image.alpha_composite(under, Image.fromarray(rgba, "RGBA")))[..., :3]


def expect_png(name, rgba):
    """Default, another background, and alpha dropped."""
    rgba = rgba.astype(np.uint8)
    expect_decode(name, over(rgba, WHITE))
    if (rgba[..., 3] != 255).any():
        expect_decode(name, over(rgba, 0x204060), background=0x204060)
        expect_decode(name, rgba[..., :3], alpha=1)
    image = Image.open(HERE / name)
    image.info.pop("transparency", None) # Pillow compares 1- to 4-bit and 16-bit keys unscaled
    if image.mode != "I": # whose conversion in Pillow clips instead of scaling
        assert (np.asarray(image.convert("RGB")) == rgba[..., :3]).all(), name


def make_png(kind, depth, interlaced, transparent):
    samples = rng.integers(0, 2**depth, (13, 17, CHANNELS[kind]))
    palette = key = None
    chunks = []
    if kind == 3:
        palette = rng.integers(0, 256, (2**depth, 4))
        palette[:, 3] = palette[:, 3] if transparent else 255
        chunks.append(chunk(b"PLTE", palette[:, :3].astype(np.uint8).tobytes()))
        if transparent:
            chunks.append(chunk(b"tRNS", palette[:-1, 3].astype(np.uint8).tobytes()))
            palette[-1, 3] = 255 # an entry that tRNS leaves out is opaque
    elif transparent:
        key = samples[2, 3]
        samples[5, 5:9] = key
        chunks.append(chunk(b"tRNS", key.astype(">u2").tobytes()))
    name = f"type{kind}-{depth}bit{'-adam7' * interlaced}{'-trns' * transparent}.png"
    write(name, png(samples, kind, depth, interlaced, *chunks))
    expect_png(name, meaning(samples, kind, depth, palette, key))


def make_pngs():
    for kind, depths in DEPTHS.items():
        for depth in depths:
            for interlaced in (0, 1):
                make_png(kind, depth, interlaced, False)
            if kind in (0, 2, 3):
                make_png(kind, depth, 0, True)
    samples = picture(17, 13).astype(int)
    plain = meaning(samples, 2, 8, None, None)
    bomb = zlib.compress(bytes(10_000_000), 9)
    texts = [chunk(b"iCCP", b"x\0\0" + bomb), chunk(b"zTXt", b"x\0\0" + bomb)]
    bombs = write("bombs.png", png(samples, 2, 8, 0, *texts)) # Pillow refuses it
    expect_decode(bombs, samples.astype(np.uint8))
    turned = write("oriented-6.png", png(samples, 2, 8, 0, chunk(b"eXIf", exif_block(6, ">"))))
    expect_decode(turned, with_pillow(turned))
    whole = png(samples, 2, 8, 0)
    late = whole[:-12] + chunk(b"eXIf", exif_block(3, "<")) + whole[-12:]
    late = write("oriented-3-late.png", late)
    expect_decode(late, with_pillow(late))
    expect_decode(write("no-end.png", whole[:-12]), plain[..., :3].astype(np.uint8))
    lines.append(f"refuse {write('cut.png', whole[: len(whole) // 2])} {FORMAT}")
    broken = bytearray(whole)
    broken[len(whole) // 2] ^= 0x10
    lines.append(f"refuse {write('flipped-bit.png', broken)} {FORMAT}")
    header = struct.pack(">IIBBBBB", 65500, 65500, 8, 2, 0, 0, 0)
    huge = whole[:8] + chunk(b"IHDR", header) + whole[33:]
    lines.append(f"refuse {write('huge.png', huge)} {UNSUPPORTED}")


# ---------------------------------------------------------------------------- other kinds of file


def make_others():
    out = io.BytesIO()
    Image.fromarray(picture(9, 7)).save(out, "GIF")
    others = {"picture.gif": (out.getvalue(), UNSUPPORTED), "text.jpg": (b"not an image", UNSUPPORTED),
              "empty.jpg": (b"", FORMAT), "two-bytes.jpg": (b"\xff\xd8", FORMAT)}
    for name, (data, status) in others.items():
        lines.append(f"refuse {write(name, data)} {status}")


# ------------------------------------------------------------------------------ resize and recipes


def make_resizes():
    for name in ["baseline-444.jpg", "baseline-tiny.jpg", "baseline-pixel.jpg", "type2-8bit.png"]:
        image = Image.fromarray(with_pillow(name))
        sizes = [(1, 1), (2, 31), (37, 29), (37, 5), (16, 29), (64, 64), (9, 7), (131, 3), (100, 77)]
        for number, resample in enumerate(FILTERS):
            for width, height in sizes:
                pixels = np.asarray(image.resize((width, height), resample))
                lines.append(f"resize {name} {number} {width} {height} {fnv(pixels)}")


def short_edge(image, size, resample):
    width, height = image.size
    if width <= height:
        return image.resize((size, int(size * height / width)), resample)
    return image.resize((int(size * width / height), size), resample)


def center_crop(image, size):
    left, top = (int(round((side - size) / 2.0)) for side in image.size)
    return image.crop((left, top, left + size, top + size))


def normalized(image, divisor, mean, std):
    pixels = np.asarray(image).astype(np.float32).transpose(2, 0, 1)
    column = lambda values: np.array(values, np.float32)[:, None, None]
    return (pixels / np.float32(divisor) - column(mean)) / column(std)


def make_recipes():
    mean, std, ones = [0.485, 0.456, 0.406], [0.229, 0.224, 0.225], [1, 1, 1]
    nearest, bilinear, bicubic = FILTERS
    name = "baseline-big.jpg"
    image = Image.fromarray(with_pillow(name))
    for size in (33, 32, 40):
        square = lambda resample: image.resize((size, size), resample)
        crop = lambda full, resample: center_crop(short_edge(image, size * full // 224, resample), size)
        bgr = Image.fromarray(np.asarray(square(nearest))[..., ::-1].copy())
        inputs = {
            "torchvision-v1": normalized(crop(256, bilinear), 255, mean, std),
            "torchvision-v2": normalized(crop(232, bilinear), 255, mean, std),
            "keras": normalized(bgr, 1, [103.939, 116.779, 123.68], ones),
            "timm": normalized(crop(235, bicubic), 255, mean, std),
            "unit": normalized(square(bilinear), 255, [0, 0, 0], ones),
            "signed": normalized(square(bilinear), 127.5, ones, ones),
        }
        for recipe, values in inputs.items():
            lines.append(f"prepare {name} {recipe} {size} {fnv(values.astype('<f4').tobytes())}")


def make_rare_samplings():
    """Those that libjpeg-turbo's partial decoding gets wrong in scaled pictures."""
    for sample in ("2x4", "4x2"):
        name = write(f"wide-{sample}.jpg", cjpeg(picture(150, 40), "-sample", sample))
        expect_decode(name, with_pillow(name))


# ---------------------------------------------------------------------------- WebP


def pillow_webp(image, **options):
    out = io.BytesIO()
    image.save(out, "WEBP", **options)
    return out.getvalue()


def riff(*chunks):
    body = b"WEBP" + b"".join(k + struct.pack("<I", len(d)) + d + bytes(len(d) % 2) for k, d in chunks)
    return b"RIFF" + struct.pack("<I", len(body)) + body


def riff_chunks(data):
    at = 12
    while at < len(data):
        size = struct.unpack("<I", data[at + 4 : at + 8])[0]
        yield data[at : at + 4], data[at + 8 : at + 8 + size]
        at += 8 + size + size % 2


def expect_webp(name, data):
    image = Image.open(HERE / write(name, data))
    expect_decode(name, np.asarray(image.convert("RGB")) if image.mode == "RGB" else
                  over(np.asarray(image.convert("RGBA")), WHITE))
    if image.mode == "RGBA":
        expect_decode(name, over(np.asarray(image), 0x204060), background=0x204060)
        expect_decode(name, with_pillow(name), alpha=1)


def make_webps():
    odd, pixel = picture(37, 29), picture(3, 2)[:1, :1]
    rgba = np.concatenate([odd, picture(37, 29)[..., :1]], -1)
    rgba[5:9, 5:9, 3], rgba[12:15, :, 3] = 0, 255
    colours, cutout = Image.fromarray(odd), Image.fromarray(rgba, "RGBA")
    flat = Image.fromarray(odd // 64 * 64)
    expect_webp("lossy.webp", pillow_webp(colours, quality=80))
    expect_webp("lossy-rough.webp", pillow_webp(colours, quality=5))
    expect_webp("lossy-alpha.webp", pillow_webp(cutout, quality=80))
    expect_webp("lossless.webp", pillow_webp(colours, lossless=True))
    expect_webp("lossless-palette.webp", pillow_webp(flat, lossless=True))
    expect_webp("lossless-alpha.webp", pillow_webp(cutout, lossless=True, exact=True))
    expect_webp("pixel.webp", pillow_webp(Image.fromarray(pixel), quality=80))
    moving = Image.fromarray(np.roll(rgba, 3, axis=1), "RGBA")
    frames = pillow_webp(cutout, save_all=True, append_images=[moving], duration=100, lossless=True)
    expect_webp("frames.webp", frames)
    lossless = dict(riff_chunks(pillow_webp(colours, lossless=True)))[b"VP8L"]
    u24 = lambda *values: b"".join(struct.pack("<I", v)[:3] for v in values)
    inner = b"VP8L" + struct.pack("<I", len(lossless)) + lossless + bytes(len(lossless) % 2)
    frame = (b"ANMF", u24(2, 1, 36, 28, 100) + b"\0" + inner)
    canvas = lambda flags: (b"VP8X", bytes([flags, 0, 0, 0]) + u24(49, 39))
    for name, flags in {"frame-opaque.webp": 0x02, "frame-alpha.webp": 0x12}.items():
        expect_webp(name, riff(canvas(flags), (b"ANIM", bytes(6)), frame))
    plain = pillow_webp(colours, quality=80)
    turned = pillow_webp(colours, quality=80, exif=exif_block(6, "<"))
    expect_decode(write("oriented-6.webp", turned), with_pillow("oriented-6.webp"))
    prefixed = pillow_webp(colours, quality=80, exif=b"Exif\0\0" + exif_block(8, ">"))
    expect_decode(write("oriented-8.webp", prefixed), with_pillow("oriented-8.webp"))
    told = pillow_webp(colours, quality=80, xmp=xmp_packet(3))
    upright = np.asarray(Image.open(HERE / "lossy.webp"))
    expect_decode(write("xmp-3.webp", told), upright[::-1, ::-1]) # Pillow before 11 does not look
    for name, cut in {"cut.webp": len(plain) // 2, "cut-last.webp": len(plain) - 1,
                      "cut-header.webp": 11, "cut-first.webp": 3}.items():
        lines.append(f"refuse {write(name, plain[:cut])} {FORMAT}")
    whole = pillow_webp(colours, lossless=True)
    lines.append(f"refuse {write('cut-lossless.webp', whole[: len(whole) * 4 // 5])} {FORMAT}")
    lines.append(f"refuse {write('outside.webp', riff(canvas(2), (b'ANIM', bytes(6)), (b'ANMF', u24(20, 1, 36, 28, 100) + bytes(1) + inner)))} {FORMAT}")
    lines.append(f"refuse {write('damaged.webp', riff((b'VP8 ', bytes(40))))} {FORMAT}")
    huge = b"\x2f" + struct.pack("<I", 16383 | 16383 << 14) + bytes(8)
    lines.append(f"refuse {write('huge.webp', riff((b'VP8L', huge)))} {UNSUPPORTED}")
    lines.append(f"refuse {write('sound.webp', b'RIFF' + struct.pack('<I', 36) + b'WAVE' + bytes(32))} {UNSUPPORTED}")


# ---------------------------------------------------------------- orientation outside of EXIF


def xmp_packet(orientation, form='tiff:Orientation="%d"/>'):
    head = '<?xpacket begin=""?><x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF><rdf:Description '
    return (head + form % orientation + "</rdf:RDF></x:xmpmeta>").encode()


ELEMENT = "><tiff:Orientation>%d</tiff:Orientation></rdf:Description>"


def raw_profile(kind, data):
    """As ImageMagick writes it: hexadecimal digits in lines of 72."""
    digits = data.hex()
    rows = [digits[at : at + 72] for at in range(0, len(digits), 72)]
    return "\n".join(["", kind, "%8d" % len(data), *rows, ""]).encode()


def make_told_orientations():
    small = picture(23, 17)
    jpeg = cjpeg(small, "-sample", "2x1")
    stored = np.asarray(Image.open(io.BytesIO(jpeg)))
    turned = {1: stored, 3: stored[::-1, ::-1], 6: np.rot90(stored, -1), 8: np.rot90(stored)}
    segment = lambda block: b"\xff\xe1" + struct.pack(">H", len(block) + 2) + block
    xmp = lambda *form: segment(b"http://ns.adobe.com/xap/1.0/\0" + xmp_packet(*form))
    exif = lambda orientation: segment(b"Exif\0\0" + exif_block(orientation, ">"))
    no_tag = segment(b"Exif\0\0" + exif_block(1, "<").replace(struct.pack("<H", 0x112), b"\0\1"))
    cases = {"xmp-6.jpg": (xmp(6), 6), "xmp-8-element.jpg": (xmp(8, ELEMENT), 8),
             "xmp-3-quoted.jpg": (xmp(3, "tiff:Orientation = '%d' />"), 3),
             "xmp-12.jpg": (xmp(12), 1), "xmp-after-exif.jpg": (exif(3) + xmp(6), 3),
             "xmp-after-upright.jpg": (exif(1) + xmp(6), 1), "xmp-after-no-tag.jpg": (no_tag + xmp(6), 6)}
    for name, (segments, orientation) in cases.items():
        write(name, jpeg[:2] + segments + jpeg[2:])
        expect_decode(name, turned[orientation]) # Pillow before 11 does not look into a JPEG's XMP
        expect_decode(name, stored, orient=0)
    samples = small.astype(int)
    text = lambda key, value: chunk(b"tEXt", key + b"\0" + value)
    packed_text = lambda key, value: chunk(b"zTXt", key + b"\0\0" + zlib.compress(value))
    itext = lambda value: chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + value)
    packed_itext = lambda value: chunk(b"iTXt", b"XML:com.adobe.xmp\0\1\0\0\0" + zlib.compress(value))
    key = b"Raw profile type "
    block = b"Exif\0\0" + exif_block(6, "<")
    bomb = chunk(b"zTXt", key + b"exif\0\0" + zlib.compress(bytes(10_000_000), 9))
    known = {"xmp-6.png": itext(xmp_packet(6)), "xmp-8-packed.png": packed_itext(xmp_packet(8, ELEMENT)),
             "raw-exif.png": packed_text(key + b"exif", raw_profile("exif", block)),
             "raw-exif-plain.png": text(key + b"exif", raw_profile("exif", block)),
             "raw-after-chunk.png": chunk(b"eXIf", exif_block(3, ">"))
             + text(key + b"exif", raw_profile("exif", block))}
    for name, chunks in known.items():
        write(name, png(samples, 2, 8, 0, chunks))
        expect_decode(name, with_pillow(name))
        expect_decode(name, small, orient=0)
    unknown = {"raw-app1.png": text(key + b"APP1", raw_profile("generic", block)),
               "raw-xmp.png": packed_text(key + b"xmp", raw_profile("xmp", xmp_packet(6))),
               "raw-app1-xmp.png": text(key + b"APP1", raw_profile("generic", b"http://ns.adobe.com/xap/1.0/\0" + xmp_packet(6))),
               "raw-bomb.png": bomb + itext(xmp_packet(6))}
    for name, chunks in unknown.items(): # what Pillow 9.4 does not look at
        expect_decode(write(name, png(samples, 2, 8, 0, chunks)), np.rot90(small, -1))


def main():
    HERE.mkdir(exist_ok=True)
    for old in HERE.iterdir():
        old.unlink()
    make_damaged(make_jpegs())
    make_oriented()
    make_pngs()
    make_others()
    make_resizes()
    make_recipes()
    make_rare_samplings()
    make_told_orientations()
    make_webps()
    (HERE / "expected.txt").write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
