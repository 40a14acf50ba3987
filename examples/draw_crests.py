"""Draw the crests of twenty football clubs that do not exist: a picture of each, and photographs of them.

    python examples/draw_crests.py                  a sheet with all the crests, and a file for each
    python examples/draw_crests.py --photos 10      ten photographs of each, in a folder for each club

A photograph is the crest as a camera might see it: rotated, near or far, partly out of the picture, on some background, in
uneven light, blurred, with noise. `crests.py` learns to recognize the clubs in such photographs. The folders that
`--photos` writes have the form that `crests.py --images DIR` reads, so they show how your own folders should look.

Flows in: the table of clubs below. Flows out: PNG files.
"""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple


def options() -> argparse.ArgumentParser:
    """The command line."""
    parser = argparse.ArgumentParser(description="Draw the crests of twenty football clubs that do not exist.")
    option = parser.add_argument
    option("--photos", type=int, default=0, metavar="N", help="also take N photographs of each crest (0)")
    option("--size", type=int, default=64, metavar="PIXELS", help="how high and wide a photograph is (64)")
    option("--seed", type=int, default=0, help="the seed for all photographs (0)")
    option("--out", type=Path, default="output/draw_crests", metavar="DIR", help="folder to write into (output/draw_crests)")
    return parser


try:
    import numpy as np
    from PIL import Image, ImageDraw, ImageFilter
except ImportError as error:
    options().parse_known_args()  # answers --help
    missing = "Pillow" if error.name == "PIL" else error.name
    sys.exit(f"This example needs {missing}. In the project's folder, run: python -m pip install -e '.[examples]'")


class Club(NamedTuple):
    """What a crest is made of: a shape with a pattern of two colours, and an emblem on it, perhaps on a disc."""

    name: str
    shape: str
    pattern: str
    colours: tuple[str, str]
    emblem: str
    emblem_colour: str
    disc: str | None


CLUBS = [
    Club("Ashwick", "shield", "stripes", ("red", "white"), "star", "white", "navy"),
    Club("Bellmoor", "round", "plain", ("navy", "navy"), "ball", "white", None),
    Club("Copperhill", "diamond", "halves", ("orange", "black"), "mountain", "white", None),
    Club("Dunmere", "shield", "hoops", ("sky", "white"), "anchor", "white", "navy"),
    Club("Elmford", "round", "quarters", ("green", "white"), "star", "gold", "green"),
    Club("Foxley", "hexagon", "chevron", ("claret", "gold"), "ball", "white", "claret"),
    Club("Gullrock", "notched", "waves", ("teal", "white"), "tower", "gold", "teal"),
    Club("Hartwick", "shield", "sash", ("white", "red"), "crown", "black", None),
    Club("Inglemere", "round", "stripes", ("navy", "sky"), "crown", "gold", "navy"),
    Club("Juniper", "diamond", "plain", ("green", "green"), "tree", "white", None),
    Club("Kingsferry", "notched", "quarters", ("purple", "gold"), "crown", "gold", "purple"),
    Club("Larkhill", "hexagon", "halves", ("sky", "claret"), "ball", "white", "claret"),
    Club("Millhaven", "round", "saltire", ("navy", "white"), "anchor", "white", "red"),
    Club("Norwell", "shield", "chevron", ("navy", "gold"), "star", "white", None),
    Club("Oakhurst", "square", "checks", ("red", "white"), "tower", "white", "black"),
    Club("Pinewold", "notched", "stripes", ("green", "white"), "tree", "white", "green"),
    Club("Quarrybank", "diamond", "sash", ("black", "gold"), "ball", "white", None),
    Club("Redstone", "hexagon", "rays", ("red", "gold"), "mountain", "white", "black"),
    Club("Stormley", "shield", "halves", ("black", "gold"), "bolt", "white", None),
    Club("Thornbay", "round", "hoops", ("teal", "white"), "tower", "white", "black"),
]

COLOURS = {
    "red": "#C8202F", "white": "#F8F5EC", "navy": "#16295C", "gold": "#F2B21B", "orange": "#E4651C", "black": "#1D1D22",
    "sky": "#74B9E8", "green": "#1C7A48", "claret": "#731B3C", "teal": "#12777C", "purple": "#573A8C",
}  # fmt: skip

# --- Everything is a polygon in the square from -1 to 1, with y downwards ---------------------------------------------

Polygon = list[tuple[float, float]]


def box(left: float, top: float, width: float, height: float) -> Polygon:
    right, bottom = left + width, top + height
    return [(left, top), (right, top), (right, bottom), (left, bottom)]


def bar(x: float, y: float, u: float, v: float, width: float) -> Polygon:
    """A straight line from (x, y) to (u, v), with a width."""
    dx, dy = width / 2 * (y - v) / math.hypot(u - x, v - y), width / 2 * (u - x) / math.hypot(u - x, v - y)
    return [(x + dx, y + dy), (u + dx, v + dy), (u - dx, v - dy), (x - dx, y - dy)]


def ring(x: float, y: float, radii: Sequence[float], corners: int, start: float = 0, end: float = 2 * math.pi) -> Polygon:
    """Points around (x, y), clockwise from the top: a regular polygon; with two radii in turn, a star; with many, a disc."""
    angles = np.linspace(start, end, corners, endpoint=False).tolist()
    return [(x + r * math.sin(a), y - r * math.cos(a)) for r, a in zip([*radii] * corners, angles)]


def disc(x: float, y: float, radius: float) -> Polygon:
    return ring(x, y, [radius], 64)


def mirrored(right: Polygon) -> Polygon:
    """A polygon whose left half is the mirror image of its right half, which is given from the top to the bottom."""
    return [*right, *((-x, y) for x, y in right[::-1])]


SIDE = [(0.86 * (1 - t**2.4), 0.98 * t) for t in np.linspace(0, 1, 24).tolist()]  # of a shield, from its waist to its tip
HALF = np.linspace(0, math.pi, 48).tolist()
SHAPES = {
    "round": disc(0, 0, 0.96),
    "diamond": ring(0, 0, [0.98, 0.86], 4),
    "hexagon": ring(0, 0, [0.98], 6),
    "square": mirrored(
        [(0.82 * math.sin(a) ** 0.3, -0.82 * math.copysign(abs(math.cos(a)) ** 0.3, math.cos(a))) for a in HALF]
    ),
    "shield": mirrored([(0.86, -0.9), *SIDE]),
    "notched": mirrored([(0.0, -0.78), (0.45, -0.95), (0.86, -0.72), *SIDE]),
}
FIFTHS = [(math.sin(a), -math.cos(a)) for a in np.linspace(0, 2 * math.pi, 5, endpoint=False).tolist()]  # round the clock
SEAMS = [bar(0.3 * x, 0.3 * y, 0.66 * x, 0.66 * y, 0.09) for x, y in FIFTHS]
PATCHES = [
    [(0.6 * x, 0.6 * y), (0.86 * x - 0.3 * y, 0.86 * y + 0.3 * x), (0.86 * x + 0.3 * y, 0.86 * y - 0.3 * x)]
    for x, y in FIFTHS
]
WAVE = [(x, 0.07 * math.sin(2 * math.pi * x / 0.6)) for x in np.linspace(-1, 1, 80).tolist()]
PATTERNS: dict[str, list[Polygon]] = {  # the second colour, on the first
    "plain": [],
    "stripes": [box(-0.66, -1, 0.44, 2), box(0.22, -1, 0.44, 2)],
    "hoops": [box(-1, y, 2, 0.3) for y in (-0.65, -0.05, 0.55)],
    "halves": [box(0, -1, 1, 2)],
    "quarters": [box(0, -1, 1, 1), box(-1, 0, 1, 1)],
    "sash": [bar(-1.1, -0.95, 1.1, 0.95, 0.5)],
    "saltire": [bar(-1, -1, 1, 1, 0.3), bar(1, -1, -1, 1, 0.3)],
    "chevron": [[(0, 0.15), (1, 0.95), (1, 0.45), (0, -0.35), (-1, 0.45), (-1, 0.95)]],
    "checks": [box(-0.9 + 0.3 * j, -0.9 + 0.3 * i, 0.3, 0.3) for i in range(6) for j in range(i % 2, 6, 2)],
    "rays": [[(0, 0), *ring(0, 0, [2], 2, a, a + math.pi / 4)] for a in np.linspace(-math.pi / 8, 13 * math.pi / 8, 8)],
    "waves": [[*((x, y + v) for x, v in WAVE), *((x, y + 0.24 + v) for x, v in WAVE[::-1])] for y in (-0.55, -0.05, 0.45)],
}
EMBLEMS: dict[str, tuple[list[Polygon], list[Polygon]]] = {  # what has the colour of the emblem; and the holes in it
    "star": ([ring(0, 0, [0.95, 0.38], 10)], []),
    "ball": ([disc(0, 0, 0.92)], [ring(0, 0, [0.34], 5), *SEAMS, *PATCHES]),
    "crown": (
        [mirrored([(0, -0.75), (0.42, 0), (0.95, -0.5), (0.75, 0.45)]), box(-0.75, 0.55, 1.5, 0.25),
         disc(-0.95, -0.58, 0.14), disc(0, -0.83, 0.14), disc(0.95, -0.58, 0.14)], []),
    "anchor": (
        [box(-0.1, -0.5, 0.2, 1.35), box(-0.45, -0.37, 0.9, 0.18), disc(0, -0.7, 0.26),
         [*ring(0, 0.1, [0.85], 30, 1.8, 4.5), *ring(0, 0.0, [0.62], 30, 4.5, 1.8)]], [disc(0, -0.7, 0.11)]),
    "mountain": ([[(-1, 0.65), (-0.3, -0.75), (0.12, 0.05), (0.38, -0.35), (1, 0.65)]], []),
    "tree": ([box(-0.12, 0.5, 0.24, 0.45), *(mirrored([(0, y), (w, y + 0.75)]) for y, w in
              [(-0.95, 0.42), (-0.55, 0.6), (-0.1, 0.78)])], []),
    "tower": (
        [*(box(x, -0.85, 0.32, 0.45) for x in (-0.6, -0.16, 0.28)), box(-0.6, -0.5, 1.2, 0.3),
         mirrored([(0.45, -0.3), (0.55, 0.85)])], [disc(0, 0.4, 0.2), box(-0.2, 0.4, 0.4, 0.46)]),
    "bolt": ([[(0.25, -1), (-0.6, 0.15), (-0.08, 0.15), (-0.3, 1), (0.6, -0.25), (0.06, -0.25)]], []),
}  # fmt: skip

# --- A crest, and a photograph of it ----------------------------------------------------------------------------------

DETAIL, SIZE = 512, 128  # pixels of a drawing, and of a crest: made smaller, edges become smooth


def fill(image: Any, polygons: Sequence[Polygon], colour: Any, scale: float = 1.0, lift: float = 0.0) -> None:
    """Fill polygons, made smaller by `scale` and moved up by `lift`."""
    half = DETAIL / 2
    for polygon in polygons:
        ImageDraw.Draw(image).polygon([(half * (1 + scale * x), half * (1 - lift + scale * y)) for x, y in polygon], colour)


def draw_crest(club: Club) -> Any:
    """The crest of a club on a transparent ground: an image of Pillow, RGBA."""
    first, second = club.colours
    outline, (solid, holes) = SHAPES[club.shape], EMBLEMS[club.emblem]
    lift = 0.06 if club.shape in ("shield", "notched") else 0.0  # the middle of a shield is above the middle of the square
    crest, pattern, inside = (Image.new(mode, (DETAIL, DETAIL)) for mode in ("RGBA", "RGBA", "L"))
    for scale, colour in [(1.0, "black"), (0.965, "white"), (0.9, "black")]:  # an edge of three lines
        fill(crest, [outline], COLOURS[colour], scale)
    fill(pattern, [box(-1, -1, 2, 2)], COLOURS[first])
    fill(pattern, PATTERNS[club.pattern], COLOURS[second])
    fill(inside, [outline], 255, 0.875)
    crest.paste(pattern, mask=inside)
    if club.disc:
        fill(crest, [disc(0, 0, 0.5)], COLOURS[club.emblem_colour], 1, lift)
        fill(crest, [disc(0, 0, 0.455)], COLOURS[club.disc], 1, lift)
    size, behind = (0.32, club.disc) if club.disc else (0.44, "black" if "black" in club.colours else first)
    fill(crest, solid, COLOURS[club.emblem_colour], size, lift)
    fill(crest, holes, COLOURS[behind], size, lift)
    return crest.reduce(DETAIL // SIZE)


def photograph(crest: Any, size: int, rng: np.random.Generator) -> np.ndarray:
    """A crest, or any other image of Pillow, as a camera might see it: shape (3, size, size), float32, from 0 to 1."""
    wide = 2 * size  # made twice as large as it will be, so that edges are smooth
    clouds = rng.integers(40, 216, 3) + 45 * rng.standard_normal((*rng.integers(1, 6, 2), 3))  # the background
    picture = Image.fromarray(np.clip(clouds, 0, 255).astype(np.uint8)).resize((wide, wide), Image.Resampling.BICUBIC)
    scale, stretch = rng.uniform(0.5, 1.1), rng.uniform(0.88, 1.12)  # near or far, and from the side
    small = crest.resize((round(wide * scale * stretch), round(wide * scale / stretch)), Image.Resampling.BILINEAR)
    turned = small.rotate(rng.uniform(-40, 40), Image.Resampling.BILINEAR, expand=True)
    corner = [round((wide - side) / 2 + wide * rng.uniform(-0.15, 0.15)) for side in turned.size]  # partly outside
    picture.paste(turned, tuple(corner), turned)
    picture = picture.filter(ImageFilter.GaussianBlur(rng.uniform(0, 2))).reduce(2)
    across = np.linspace(-1, 1, size)
    light = rng.uniform(0.55, 1.25) + 0.25 * (rng.uniform(-1, 1) * across + rng.uniform(-1, 1) * across[:, None])
    tint, noise = rng.uniform(0.85, 1.15, (3, 1, 1)), rng.uniform(0, 0.08) * rng.standard_normal((3, size, size))
    return np.clip(np.asarray(picture).transpose(2, 0, 1) / 255 * light * tint + noise, 0, 1).astype(np.float32)


# --- The command line -------------------------------------------------------------------------------------------------


def main(argv: Sequence[str] | None = None) -> int:
    """Write the files."""
    parser = options()
    args = parser.parse_args(argv)
    if args.photos < 0 or args.size < 8:
        parser.error("--photos takes a number from 0 on, and --size a number of pixels from 8 on")
    try:
        (args.out / "crests").mkdir(parents=True, exist_ok=True)
        crests = {club.name: draw_crest(club) for club in CLUBS}
        sheet = Image.new("RGB", (5 * 150, 4 * 150), "white")
        for i, (name, crest) in enumerate(crests.items()):
            crest.save(args.out / "crests" / f"{name}.png")
            sheet.paste(crest, (150 * (i % 5) + 11, 150 * (i // 5) + 11), crest)
        sheet.save(args.out / "sheet.png")
        rng = np.random.default_rng(args.seed)
        for name, crest in crests.items() if args.photos else ():
            (args.out / "photos" / name).mkdir(parents=True, exist_ok=True)
            for i in range(args.photos):
                pixels = photograph(crest, args.size, rng).transpose(1, 2, 0)
                Image.fromarray((255 * pixels).round().astype(np.uint8)).save(args.out / "photos" / name / f"{i:03}.png")
    except OSError as error:
        parser.error(f"--out: cannot write into {args.out}: {error.strerror}")
    print(f"In {args.out}: sheet.png, and the folder crests with {len(CLUBS)} files.")
    if args.photos:
        print(f"The folder photos has {args.photos} photographs of each crest. To learn from them:")
        print(f"  python examples/crests.py --images {args.out / 'photos'}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
