"""The things the nano model can draw: ten basic shapes and a set of icons, as small vector drawings.

Every drawing works in units of the object's radius (-1..1, y down) through a Pen. `colour` is the named main
colour; other parts have fixed colours or shades of it.
"""
import math

from PIL import ImageDraw

PALETTE = dict(
    red=(222, 42, 42), orange=(247, 140, 32), yellow=(252, 216, 50), green=(52, 165, 74),
    turquoise=(48, 190, 190), blue=(44, 98, 220), purple=(132, 62, 184), pink=(247, 134, 180),
    brown=(134, 84, 48), black=(28, 28, 34), white=(247, 247, 247), gray=(146, 146, 152))
COLOURS = list(PALETTE)

INK, PAPER = (28, 28, 34), (250, 250, 250)


def mix(a, b, t):
    return tuple(int(x + (y - x) * t) for x, y in zip(a, b))


def dark(c, t=0.25):
    return mix(c, (0, 0, 0), t)


def light(c, t=0.3):
    return mix(c, (255, 255, 255), t)


def ink_on(c):
    """A colour for eyes and mouths that shows on `c`."""
    return INK if sum(c) > 200 else (240, 240, 240)


class Pen:
    """Draws filled parts around a centre. `flat` overrides all colours (used for masks)."""

    def __init__(self, image, cx, cy, r, flat=None):
        self.draw = ImageDraw.Draw(image)
        self.cx, self.cy, self.r, self.flat = cx, cy, r, flat

    def points(self, pts):
        return [(self.cx + x * self.r, self.cy + y * self.r) for x, y in pts]

    def colour(self, c):
        return c if self.flat is None else self.flat

    def poly(self, pts, c):
        self.draw.polygon(self.points(pts), fill=self.colour(c))

    def ellipse(self, x0, y0, x1, y1, c):
        (a, b), (e, f) = self.points([(x0, y0), (x1, y1)])
        self.draw.ellipse([a, b, e, f], fill=self.colour(c))

    def disc(self, x, y, r, c):
        self.ellipse(x - r, y - r, x + r, y + r, c)

    def rect(self, x0, y0, x1, y1, c):
        self.poly([(x0, y0), (x1, y0), (x1, y1), (x0, y1)], c)

    def rounded(self, x0, y0, x1, y1, radius, c):
        (a, b), (e, f) = self.points([(x0, y0), (x1, y1)])
        self.draw.rounded_rectangle([a, b, e, f], radius * self.r, fill=self.colour(c))

    def stroke(self, pts, c, width):
        self.draw.line(self.points(pts), fill=self.colour(c), width=max(2, int(width * self.r)), joint="curve")

    def arc(self, x0, y0, x1, y1, start, end, c, width):
        (a, b), (e, f) = self.points([(x0, y0), (x1, y1)])
        self.draw.arc([a, b, e, f], start, end, fill=self.colour(c), width=max(2, int(width * self.r)))


def around(angles, rx=1.0, ry=1.0, x=0.0, y=0.0):
    return [(x + rx * math.cos(math.radians(a)), y + ry * math.sin(math.radians(a))) for a in angles]


# ---------------------------------------------------------------------------------------------- basic shapes

def circle(p, c):
    p.disc(0, 0, 0.9, c)


def square(p, c):
    p.rect(-0.82, -0.82, 0.82, 0.82, c)


def triangle(p, c):
    p.poly([(0, -0.92), (0.98, 0.78), (-0.98, 0.78)], c)


def star(p, c):
    p.poly([(k * math.cos(math.radians(-90 + 36 * i)), k * math.sin(math.radians(-90 + 36 * i)) + 0.06)
            for i in range(10) for k in [1.0 if i % 2 == 0 else 0.42]], c)


def heart(p, c):
    points = []
    for i in range(60):
        a = 2 * math.pi * i / 60
        y = 13 * math.cos(a) - 5 * math.cos(2 * a) - 2 * math.cos(3 * a) - math.cos(4 * a)
        points.append((math.sin(a) ** 3 * 0.98, -y / 16.5 - 0.08))
    p.poly(points, c)


def diamond(p, c):
    p.poly([(0, -1), (0.72, 0), (0, 1), (-0.72, 0)], c)


def hexagon(p, c):
    p.poly(around(range(0, 360, 60), 0.98, 0.98), c)


def ring(p, c):
    p.arc(-0.92, -0.92, 0.92, 0.92, 0, 360, c, 0.38)


def moon(p, c):
    outer = around(range(40, 321, 8))
    inner = around(range(304, 55, -8), 0.80, 0.80, 0.42)
    p.poly([(x + 0.15, y) for x, y in outer + inner], c)


def cross(p, c):
    a, b = 0.3, 0.9
    p.poly([(-a, -b), (a, -b), (a, -a), (b, -a), (b, a), (a, a), (a, b), (-a, b), (-a, a), (-b, a), (-b, -a), (-a, -a)], c)


# ---------------------------------------------------------------------------------------------- icons

def cat(p, c):
    k = ink_on(c)
    for s in (-1, 1):
        p.poly([(s * 0.86, -0.98), (s * 0.9, -0.05), (s * 0.2, -0.58)], c)
        p.poly([(s * 0.75, -0.74), (s * 0.77, -0.3), (s * 0.42, -0.54)], (240, 160, 170))
    p.ellipse(-0.92, -0.66, 0.92, 0.9, c)
    for s in (-1, 1):
        p.ellipse(s * 0.4 - 0.2, -0.22, s * 0.4 + 0.2, 0.2, (190, 230, 100))
        p.ellipse(s * 0.4 - 0.09, -0.2, s * 0.4 + 0.09, 0.18, INK)
        p.stroke([(s * 0.5, 0.42), (s * 1.0, 0.32)], k, 0.05)
        p.stroke([(s * 0.5, 0.52), (s * 1.0, 0.58)], k, 0.05)
    p.poly([(-0.15, 0.3), (0.15, 0.3), (0, 0.47)], (240, 120, 145))
    p.arc(-0.26, 0.34, 0, 0.66, 0, 170, k, 0.06)
    p.arc(0, 0.34, 0.26, 0.66, 10, 180, k, 0.06)


def dog(p, c):
    k = ink_on(c)
    p.ellipse(-0.78, -0.85, 0.78, 0.85, c)
    ear = dark(c, 0.38) if sum(c) > 150 else light(c, 0.28)
    for s in (-1, 1):
        p.ellipse(min(s * 0.52, s * 1.0), -0.8, max(s * 0.52, s * 1.0), 0.4, ear)
    p.ellipse(-0.45, 0.0, 0.45, 0.76, light(c, 0.6))
    for s in (-1, 1):
        p.disc(s * 0.3, -0.24, 0.14, k)
    p.ellipse(-0.2, 0.06, 0.2, 0.34, INK)
    p.ellipse(-0.14, 0.46, 0.14, 0.86, (238, 110, 125))


def fish(p, c):
    p.poly([(0.4, 0), (0.98, -0.55), (0.98, 0.55)], dark(c, 0.2))
    p.poly([(-0.3, -0.4), (0.25, -0.82), (0.35, -0.3)], dark(c, 0.2))
    p.ellipse(-0.97, -0.55, 0.62, 0.55, c)
    p.disc(-0.57, -0.12, 0.17, PAPER)
    p.disc(-0.6, -0.12, 0.09, INK)
    p.arc(-0.45, -0.38, -0.05, 0.38, -75, 75, dark(c, 0.3), 0.08)


def bird(p, c):
    p.poly([(0.5, 0.1), (1.0, -0.25), (0.95, 0.35)], dark(c, 0.2))
    p.ellipse(-0.6, -0.35, 0.72, 0.7, c)
    p.disc(-0.4, -0.38, 0.45, c)
    p.poly([(-0.78, -0.5), (-1.0, -0.3), (-0.78, -0.2)], (247, 150, 40))
    p.ellipse(-0.15, -0.1, 0.55, 0.42, dark(c, 0.22))
    p.disc(-0.5, -0.45, 0.12, PAPER)
    p.disc(-0.52, -0.45, 0.065, INK)
    for x in (-0.1, 0.2):
        p.rect(x - 0.05, 0.62, x + 0.05, 0.95, (247, 150, 40))


def house(p, c):
    p.rect(0.4, -0.85, 0.62, -0.2, (120, 70, 60))
    p.rect(-0.74, -0.12, 0.74, 0.9, c)
    p.poly([(0, -0.97), (1.0, -0.08), (-1.0, -0.08)], dark((190, 66, 54) if c[0] < 200 or c[1] > 100 else (110, 60, 60), 0.05))
    p.rect(-0.19, 0.32, 0.19, 0.9, (96, 62, 42))
    for x in (-0.47, 0.47):
        p.rect(x - 0.17, 0.08, x + 0.17, 0.42, (255, 232, 140))


def tree(p, c):
    p.rect(-0.14, 0.2, 0.14, 0.97, (120, 78, 45))
    p.ellipse(-0.85, -0.5, 0.15, 0.45, dark(c, 0.12))
    p.ellipse(-0.15, -0.5, 0.85, 0.45, dark(c, 0.12))
    p.ellipse(-0.58, -0.97, 0.58, 0.22, c)


def pine(p, c):
    p.rect(-0.12, 0.6, 0.12, 0.97, (115, 74, 44))
    for k, (y0, y1, w) in enumerate([(-0.07, 0.68, 0.76), (-0.57, 0.25, 0.58), (-0.97, -0.2, 0.4)]):
        p.poly([(0, y0), (w, y1), (-w, y1)], mix(dark(c, 0.2), c, k / 2))


def flower(p, c):
    p.stroke([(0, 0.1), (0, 0.97)], (60, 150, 70), 0.13)
    p.ellipse(0.02, 0.48, 0.55, 0.74, (60, 150, 70))
    p.ellipse(-0.55, 0.58, -0.02, 0.84, (60, 150, 70))
    for x, y in around(range(30, 390, 60), 0.42, 0.42, 0, -0.32):
        p.disc(x, y, 0.27, c)
    p.disc(0, -0.32, 0.25, (250, 205, 60) if c[0] < 245 or c[1] < 190 else (150, 90, 40))


def mushroom(p, c):
    p.rounded(-0.3, -0.05, 0.3, 0.92, 0.18, (246, 228, 200))
    p.poly(around(range(180, 361, 8), 0.95, 0.98, 0, 0.14), c)
    for x, y, r in ((-0.48, -0.2, 0.17), (0.05, -0.52, 0.2), (0.5, -0.15, 0.15)):
        p.disc(x, y, r, (252, 248, 240))


def cactus(p, c):
    p.rounded(-0.22, -0.92, 0.22, 0.94, 0.22, c)
    for s, y in ((-1, 0.1), (1, -0.15)):
        p.rounded(min(s * 0.72, s * 0.1), y, max(s * 0.72, s * 0.1), y + 0.3, 0.14, c)
        p.rounded(min(s * 0.44, s * 0.74), y - 0.5, max(s * 0.44, s * 0.74), y + 0.28, 0.15, c)
    for x, y in ((0, -0.55), (0, -0.15), (0, 0.25), (0, 0.6)):
        p.rect(x - 0.04, y - 0.1, x + 0.04, y + 0.1, light(c, 0.55))


def smiley(p, c):
    k = ink_on(c)
    p.disc(0, 0, 0.92, c)
    for s in (-1, 1):
        p.ellipse(s * 0.34 - 0.13, -0.46, s * 0.34 + 0.13, -0.08, k)
    p.arc(-0.55, -0.5, 0.55, 0.58, 18, 162, k, 0.13)


def car(p, c):
    p.poly([(-0.62, -0.05), (-0.4, -0.55), (0.36, -0.55), (0.66, -0.05)], c)
    p.rounded(-0.98, -0.12, 0.98, 0.4, 0.16, c)
    p.poly([(-0.46, -0.08), (-0.31, -0.42), (-0.04, -0.42), (-0.04, -0.08)], (190, 226, 250))
    p.poly([(0.05, -0.08), (0.05, -0.42), (0.28, -0.42), (0.48, -0.08)], (190, 226, 250))
    for x in (-0.52, 0.52):
        p.disc(x, 0.4, 0.27, (40, 40, 46))
        p.disc(x, 0.4, 0.12, (200, 200, 205))


def boat(p, c):
    p.rect(-0.05, -0.95, 0.05, 0.4, (110, 75, 45))
    p.poly([(0.1, -0.92), (0.82, 0.22), (0.1, 0.22)], (250, 244, 228))
    p.poly([(-0.1, -0.7), (-0.1, 0.22), (-0.62, 0.22)], light(c, 0.45))
    p.poly([(-0.95, 0.34), (0.95, 0.34), (0.62, 0.85), (-0.62, 0.85)], c)


def rocket(p, c):
    p.poly([(-0.22, 0.6), (0.22, 0.6), (0, 1.0)], (250, 160, 40))
    for s in (-1, 1):
        p.poly([(s * 0.25, 0.1), (s * 0.68, 0.72), (s * 0.25, 0.62)], c)
    p.poly([(0, -0.98), (0.28, -0.5), (0.36, 0), (0.3, 0.64), (-0.3, 0.64), (-0.36, 0), (-0.28, -0.5)], (232, 232, 238))
    p.poly([(0, -0.98), (0.3, -0.44), (-0.3, -0.44)], c)
    p.disc(0, -0.12, 0.19, (90, 170, 225))


def balloon(p, c):
    p.stroke([(0, 0.35), (0.08, 0.6), (-0.05, 0.8), (0.03, 0.98)], (120, 120, 125), 0.06)
    p.ellipse(-0.66, -0.97, 0.66, 0.4, c)
    p.poly([(0, 0.32), (0.14, 0.52), (-0.14, 0.52)], c)
    p.ellipse(-0.38, -0.74, -0.1, -0.36, light(c, 0.55))


def apple(p, c):
    p.ellipse(-0.88, -0.5, 0.2, 0.92, c)
    p.ellipse(-0.2, -0.5, 0.88, 0.92, c)
    p.stroke([(0, -0.36), (0.06, -0.9)], (110, 70, 40), 0.12)
    p.ellipse(0.08, -0.9, 0.58, -0.58, (70, 165, 70))


def cup(p, c):
    p.arc(0.25, -0.28, 0.95, 0.45, -100, 100, c, 0.17)
    p.poly([(-0.68, -0.45), (0.6, -0.45), (0.5, 0.85), (-0.58, 0.85)], c)
    p.ellipse(-0.68, -0.6, 0.6, -0.3, dark(c, 0.35) if sum(c) > 150 else light(c, 0.3))
    for x in (-0.3, 0.2):
        p.stroke([(x, -0.68), (x + 0.08, -0.78), (x - 0.04, -0.88), (x + 0.04, -0.99)], (170, 170, 175), 0.07)


def cloud(p, c):
    p.ellipse(-0.97, -0.1, -0.1, 0.54, c)
    p.ellipse(0.1, -0.15, 0.97, 0.54, c)
    p.ellipse(-0.55, -0.6, 0.45, 0.42, c)
    p.rounded(-0.7, 0.1, 0.7, 0.54, 0.2, c)


def sun(p, c):
    for i in range(10):
        a, q = math.radians(36 * i - 90), math.radians(12)
        p.poly([(0.6 * math.cos(a - q), 0.6 * math.sin(a - q)), (math.cos(a), math.sin(a)),
                (0.6 * math.cos(a + q), 0.6 * math.sin(a + q))], c)
    p.disc(0, 0, 0.58, c)


def snowman(p, c):
    snow = (240, 244, 250)
    p.disc(0, 0.45, 0.53, snow)
    p.disc(0, -0.25, 0.4, snow)
    p.rect(-0.46, -0.62, 0.46, -0.5, c)
    p.rect(-0.28, -0.98, 0.28, -0.58, c)
    for s in (-1, 1):
        p.disc(s * 0.14, -0.3, 0.06, INK)
    p.poly([(0, -0.22), (0.36, -0.15), (0, -0.08)], (245, 140, 40))
    p.rounded(-0.36, 0.02, 0.36, 0.17, 0.06, c)
    for y in (0.4, 0.68):
        p.disc(0, y, 0.07, INK)


def ghost(p, c):
    p.poly(around(range(180, 361, 8), 0.72, 0.78, 0, -0.18) +
           [(0.72, 0.95), (0.48, 0.72), (0.24, 0.95), (0, 0.72), (-0.24, 0.95), (-0.48, 0.72), (-0.72, 0.95)], c)
    k = ink_on(c)
    for s in (-1, 1):
        p.ellipse(s * 0.28 - 0.14, -0.42, s * 0.28 + 0.14, -0.02, k)
    p.disc(0, 0.24, 0.13, k)


def umbrella(p, c):
    p.stroke([(0, -0.9), (0, 0.75)], (110, 75, 45), 0.1)
    p.arc(-0.32, 0.52, 0.05, 0.96, 0, 180, (110, 75, 45), 0.1)
    p.poly(around(range(180, 361, 8), 0.97, 0.92, 0, 0.08), c)
    p.poly(around(range(180, 361, 8), 0.36, 0.92, 0, 0.08), light(c, 0.4) if sum(c) < 640 else dark(c, 0.2))


def crown(p, c):
    p.poly([(-0.9, 0.7), (-0.95, -0.55), (-0.45, 0.05), (0, -0.85), (0.45, 0.05), (0.95, -0.55), (0.9, 0.7)], c)
    for x, y in ((-0.93, -0.6), (0, -0.85), (0.93, -0.6)):
        p.disc(x * 0.95, y, 0.13, c)
    p.rect(-0.9, 0.42, 0.9, 0.7, dark(c, 0.28) if sum(c) > 150 else light(c, 0.28))
    for x in (-0.5, 0, 0.5):
        p.disc(x, 0.22, 0.11, (230, 60, 80) if c[0] < 200 or c[1] > 100 else (70, 130, 240))


SHAPES = dict(circle=circle, square=square, triangle=triangle, star=star, heart=heart, diamond=diamond,
              hexagon=hexagon, ring=ring, moon=moon, cross=cross)
ICONS = dict(cat=cat, dog=dog, fish=fish, bird=bird, house=house, tree=tree, pine=pine, flower=flower,
             mushroom=mushroom, cactus=cactus, smiley=smiley, car=car, boat=boat, rocket=rocket, balloon=balloon,
             apple=apple, cup=cup, cloud=cloud, sun=sun, snowman=snowman, ghost=ghost, umbrella=umbrella, crown=crown)
OBJECTS = dict(SHAPES, **ICONS)

# the colour of a thing whose colour the caption does not name
NATURAL = dict(circle="red", square="blue", triangle="green", star="yellow", heart="red", diamond="turquoise",
               hexagon="orange", ring="purple", moon="yellow", cross="red", cat="orange", dog="brown", fish="orange",
               bird="blue", house="yellow", tree="green", pine="green", flower="pink", mushroom="red", cactus="green",
               smiley="yellow", car="red", boat="red", rocket="red", balloon="red", apple="red", cup="turquoise",
               cloud="white", sun="yellow", snowman="black", ghost="white", umbrella="purple", crown="yellow")

# what captions call them (the first name is the usual one)
NAMES = dict(circle=["circle", "disc", "dot"], moon=["moon", "crescent moon", "crescent"], cross=["cross", "plus sign"],
             pine=["pine tree", "fir tree", "christmas tree"], cat=["cat", "cat face", "kitten"],
             dog=["dog", "dog face", "puppy"], smiley=["smiley", "smiley face", "happy face", "smiling face"],
             boat=["boat", "sailboat", "ship"], cup=["cup", "mug", "cup of coffee", "cup of tea"], flower=["flower", "daisy"],
             house=["house", "cottage", "home"], ring=["ring", "donut"], diamond=["diamond", "rhombus"], car=["car", "taxi"],
             tree=["tree"], rocket=["rocket", "spaceship"], balloon=["balloon"], mushroom=["mushroom", "toadstool"])
PLURALS = {"fish": "fish", "cross": "crosses", "box": "boxes", "daisy": "daisies", "puppy": "puppies", "cup of coffee": "cups of coffee",
           "cup of tea": "cups of tea", "plus sign": "plus signs", "taxi": "taxis"}


def names(kind):
    return NAMES.get(kind, [kind])


def plural(name):
    return PLURALS.get(name, name + "s")
