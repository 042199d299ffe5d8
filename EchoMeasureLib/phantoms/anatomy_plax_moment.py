"""The curves of a parasternal long axis at one moment of the beat; see `anatomy_plax`."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from EchoMeasureLib.phantoms import anatomy as an
from EchoMeasureLib.phantoms.anatomy import Curve, Interface, Points, Pose, Tissue, stack
from EchoMeasureLib.phantoms.anatomy_plax_heart import LongAxisHeart
from EchoMeasureLib.phantoms.motion import HeartState


class LongAxisMoment:
    """The curves of a heart at one moment, in its own frame, in cm.

    All that more than one structure hangs on is computed at once, so the structures
    can be asked for in any order.
    """

    def __init__(self, heart: LongAxisHeart, state: HeartState) -> None:
        self.heart, self.state = heart, state
        self.half = heart.lvid / 2 * (1 - heart.shortening * state.contraction)
        self.base = -(0.6 + 0.03 * heart.lvid) * state.contraction * heart.shortening / 0.33
        self.apex = -heart.length * heart.lvid
        self.station = self.base - heart.station
        self.x: Curve = np.linspace(self.apex, self.base, 90)
        self.thick = 1 + heart.thickening * state.contraction
        self.upper, self.lower = -self.septal(self.x), self.posterior(self.x)
        self.right_edge = self.upper - self.septum(self.x)
        self.epicardium = self.lower + self.wall(self.x)
        annulus = min(0.76 * heart.root, 1.05 * self.half)
        self.annulus = annulus
        top = float(-self.septal(np.array(self.base)))
        self.hinge_front = np.array([self.base, top + annulus])
        self.hinge_back = np.array([self.base - 0.1, float(self.posterior(np.array(self.base)))])
        lean = heart.lean + 0.12 * state.contraction
        self.aortic = Pose(-lean, (self.base, top + annulus / 2))
        self.scale = heart.root / 3.4
        self._lay_right_ventricle()
        self._lay_aorta()
        self._lay_atrium()

    def _lay_right_ventricle(self) -> None:
        """Its inner outline: the free wall above, the septum below."""
        x = np.concatenate([self.x, np.linspace(self.base, self.base + 4.0, 30)[1:]])
        edge = np.concatenate([self.right_edge, np.full(29, self.right_edge[-1])])
        falls = np.maximum(x - self.base, 0) * 0.35
        height = self.heart.rv * (1 - 0.2 * self.state.contraction)
        rise = height * an.eased(x, [(self.apex, 0.15), (self.base - 1.0, 1.0), (9.0, 0.55)])
        self.lid, self.floor = stack(x, edge - falls - rise), stack(x, edge + 0.5)

    def _lay_aorta(self) -> None:
        """Both walls, inside and outside, from the annulus on."""
        along = np.linspace(-0.15, 7.0, 60)
        lumen = self.radius(np.maximum(along, 0))
        thick = self.heart.wall * np.where(along < 0, 0.7, 1.0)
        place = self.aortic.place
        self.front = place(stack(along, -lumen))
        self.front_outside = place(stack(along, -lumen - thick))
        self.back = place(stack(along, lumen))
        self.back_outside = place(stack(along, lumen + thick))

    def _lay_atrium(self) -> None:
        """Where it stands along the aortic axis, and its upper and lower end there."""
        la = self.heart.la * (1 - 0.18 * (1 - self.state.contraction))
        self.atrium_half = la / 2
        along = 1.3 * self.scale
        top = float(self.radius(along)) + self.heart.wall
        self.atrium = (along, top, top + 2 * self.atrium_half)

    def tissues(self) -> tuple[Tissue, ...]:
        """Every structure, from behind to the front: later ones cover earlier ones."""
        return (
            *self.right_ventricle(),
            *self.behind(),
            *self.left_ventricle(),
            *self.left_atrium(),
            *self.aorta(),
            *self.valves(),
        )

    def _taper(self, x: Curve) -> Curve:
        """Half width of the cavity as a share of that at the station."""
        part = (self.base - x) / (self.base - self.apex)
        widest = self.heart.station / -self.apex
        to_apex = np.sqrt(np.clip(1 - (np.maximum(part - widest, 0) / (1 - widest)) ** 2, 0, 1))
        to_base = 1 - 0.1 * (np.maximum(widest - part, 0) / widest) ** 2
        return np.asarray(to_apex * to_base)

    def _uneven(self, x: Curve, turn: float) -> Curve:
        phase, height = self.heart.ripple
        return np.asarray(height * np.sin(1.7 * (x - self.base) + phase + turn))

    def septal(self, x: Curve) -> Curve:
        """Distance of the septal endocardium from the axis, cm, at these x."""
        bulge = self.heart.bulge * np.exp(-(((x - self.base + 0.8) / 0.6) ** 2))
        return np.asarray(self._taper(x) * self.half - bulge * 0.6 + self._uneven(x, 0.0))

    def posterior(self, x: Curve) -> Curve:
        """Distance of the posterior endocardium from the axis, cm, at these x."""
        return np.asarray(self._taper(x) * self.half + self._uneven(x, 2.1))

    def septum(self, x: Curve) -> Curve:
        """Thickness of the septum, cm, at these x."""
        bulge = self.heart.bulge * np.exp(-(((x - self.base + 0.8) / 0.6) ** 2))
        return np.asarray(self.heart.ivs * self.thick + 0.4 * bulge + 0.5 * self._uneven(x, 4.0))

    def wall(self, x: Curve) -> Curve:
        """Thickness of the posterior wall, cm, at these x."""
        return np.asarray(self.heart.lvpw * self.thick + 0.5 * self._uneven(x, 1.0))

    def radius(self, along: npt.ArrayLike) -> Curve:
        """Half width of the aortic lumen, cm, at a distance from the annulus (cm)."""
        heart, k = self.heart, self.scale
        root, tube = (heart.root - heart.wall) / 2, (heart.aorta - heart.wall) / 2
        waist = min(root * 0.9, tube)
        nodes = [(0.0, self.annulus / 2), (1.3 * k, root), (2.5 * k, waist), (4.2 * k, tube)]
        return an.eased(along, [*nodes, (9.0, tube)])

    def right_ventricle(self) -> tuple[Tissue, ...]:
        """Its free wall and its cavity."""
        wall = 0.35 + 0.12 * self.state.contraction
        outside = self.lid - np.array([0.0, wall])
        return (
            Tissue(np.concatenate([outside, self.floor[::-1]]), an.RV_WALL),
            Tissue(np.concatenate([self.lid, self.floor[::-1]]), an.BLOOD),
        )

    def behind(self) -> tuple[Tissue, ...]:
        """Pericardium, the fat of the groove, the descending aorta."""
        bright = np.concatenate(
            [
                stack(self.x, self.epicardium - 0.02),
                stack(self.x, self.epicardium + 0.3)[::-1],
            ]
        )
        glow = [
            self._under(0.05 + 0.5 * k, 0.6 + 0.5 * k, 10.0 - 1.7 * k) for k in (5, 4, 3, 2, 1, 0)
        ]
        groove = an.ellipse((self.base + 0.1, self.epicardium[-1] - 0.1), 0.7, 0.55)
        x = self.base + 1.3
        z = self.epicardium[-1] + 1.7
        vessel = self.heart.descending
        return (
            *glow,
            Tissue(an.ellipse((x, z), vessel + 0.15, vessel + 0.1), an.OUTSIDE + 3),
            Tissue(an.ellipse((x, z), vessel, vessel), an.BLOOD + 8),
            Tissue(bright, an.PERICARDIUM),
            Tissue(groove, an.FAT),
        )

    def _under(self, start: float, end: float, level: float) -> Tissue:
        """A layer of the bright tissue behind the heart, cm below the epicardium."""
        x = np.concatenate([self.x, self.base + np.array([0.6, 2.0, 5.0, 9.0])])
        z = np.concatenate([self.epicardium, np.full(4, self.epicardium[-1])])
        drop = np.maximum(x - self.base, 0) * 0.2
        return Tissue(
            np.concatenate([stack(x, z + drop + start), stack(x, z + drop + end)[::-1]]), level
        )

    def left_ventricle(self) -> tuple[Tissue, ...]:
        """Its muscle, its cavity and a papillary muscle."""
        outer = [stack(self.x, self.right_edge), stack(self.x, self.epicardium)[::-1]]
        inner = [stack(self.x, self.upper), stack(self.x, self.lower)[::-1]]
        x = self.station - 1.7
        muscle = an.ellipse((x, float(self.posterior(np.array(x))) - 0.25), 0.9, 0.55)
        return (
            Tissue(np.concatenate(outer), an.MYOCARDIUM),
            Tissue(np.concatenate(inner), an.BLOOD),
            Tissue(muscle, an.MYOCARDIUM - 2),
        )

    def left_atrium(self) -> tuple[Tissue, ...]:
        """Its wall, its cavity and the opening to the ventricle."""
        (along, top, bottom), half = self.atrium, self.atrium_half
        length = max(0.85 * half, min(1.25 * half, 3.1))
        centre = (along + 0.25 * length, top + half)
        body = _level_ellipse(centre, length, half, along)
        rim = _level_ellipse(centre, length + 0.25, half + 0.25, along)
        place = self.aortic.place
        mouth = np.array(
            [
                self.hinge_front + np.array([-0.15, 0.05]),
                place(stack(along, top + 0.1)),
                place(stack(along, bottom - 0.15)),
                self.hinge_back + np.array([-0.15, -0.05]),
            ]
        )
        funnel = np.concatenate([np.linspace(mouth[k], mouth[(k + 1) % 4], 8) for k in range(4)])
        return (
            Tissue(place(rim), an.ATRIAL_WALL),
            Tissue(place(body), an.BLOOD),
            Tissue(funnel, an.BLOOD),
        )

    def aorta(self) -> tuple[Tissue, ...]:
        """Its wall and its lumen."""
        return (
            Tissue(np.concatenate([self.front_outside, self.back_outside[::-1]]), an.VESSEL_WALL),
            Tissue(np.concatenate([self.front, self.back[::-1]]), an.BLOOD),
        )

    def valves(self) -> tuple[Tissue, ...]:
        """The leaflets and a cord of the mitral valve, and two cusps of the aortic one."""
        return (*self._mitral(), *self._aortic())

    def _mitral(self) -> tuple[Tissue, ...]:
        front, back, part = self.hinge_front, self.hinge_back, self.state.mitral
        meeting = front * 0.42 + back * 0.58 + np.array([-0.85, 0.0])
        septum_z = float(-self.septal(np.array(self.base - 1.8)))
        open_front = np.array([self.base - 1.75, septum_z + 0.55])
        open_back = back + np.array([-1.05, -0.25])
        thick = self.heart.leaflet
        width = np.linspace(0.8 * thick, 1.25 * thick, 16)
        tip_front = meeting * (1 - part) + open_front * part
        tip_back = meeting * (1 - part) + open_back * part + np.array([0.05, 0.06])
        pull = np.array([0.1, -0.35]) * (1 - part) + np.array([-0.3, 0.3]) * part
        leaf = an.bezier(front, (front + tip_front) / 2 + pull, tip_front)
        short = an.bezier(back, (back + tip_back) / 2 + np.array([0.2, 0.0]), tip_back)
        muscle = np.array([self.station - 1.3, float(self.posterior(np.array(self.station))) - 0.5])
        cord = an.bezier(tip_front, (tip_front + muscle) / 2 + np.array([0, 0.1]), muscle)
        more = [
            an.bezier(
                tip_front if number % 2 else tip_back,
                (tip_front + muscle) / 2 + np.array([-0.2, 0.25 * number]),
                muscle + np.array([-0.45 * number, 0.15 * number]),
            )
            for number in range(1, self.heart.cords)
        ]
        return (
            Tissue(an.ribbon(cord, 0.06), an.VALVE - 12),
            *(Tissue(an.ribbon(one, 0.1), an.VALVE - 9) for one in more),
            Tissue(an.ribbon(leaf, width), an.VALVE),
            Tissue(an.ribbon(short, width), an.VALVE),
        )

    def _aortic(self) -> tuple[Tissue, ...]:
        part, half, k = self.state.aortic, self.annulus / 2, self.scale
        cusps = []
        for side in (-1.0, 1.0):
            hinge = np.array([0.05, side * half])
            closed = np.array([0.75 * k, side * 0.03])
            opened = np.array([1.15 * k, side * 0.82 * half])
            tip = closed * (1 - part) + opened * part
            pull = np.array([0.15, -side * 0.1]) * (1 - part)
            line = an.bezier(hinge, (hinge + tip) / 2 + pull, tip, 12)
            cusps.append(Tissue(self.aortic.place(an.ribbon(line, self.heart.cusp)), an.VALVE - 2))
        return tuple(cusps)

    def interfaces(self) -> tuple[Interface, ...]:
        """Bright surfaces, drawn just inside the tissue so that no edge moves."""
        along, _, bottom = self.atrium
        rear = stack(np.linspace(along - 1, along + 2, 12), bottom + 0.07)
        return (
            Interface(stack(self.x, self.upper - 0.06), 9.0),
            Interface(stack(self.x, self.right_edge + 0.06), 11.0),
            Interface(stack(self.x, self.lower + 0.06), 10.0),
            Interface(stack(self.x, self.epicardium + 0.14), 25.0, 0.2),
            Interface(self.lid + np.array([0, -0.06]), 6.0),
            Interface((self.front + self.front_outside) / 2, 17.0),
            Interface(self.back + np.array([0, 0.1]), 19.0, 0.1),
            Interface(self.aortic.place(rear), 17.0, 0.12),
        )

    def calipers(self) -> dict[str, tuple[Points, Points]]:
        """End points of each measurement, square to the long axis or to that of the aorta."""
        at = np.array(self.station)
        up, down = float(-self.septal(at)), float(self.posterior(at))
        x = self.station
        septum, wall = float(self.septum(at)), float(self.wall(at))
        result = {
            "ivs": (stack(x, up - septum), stack(x, up)),
            "lvid": (stack(x, up), stack(x, down)),
            "lvpw": (stack(x, down), stack(x, down + wall)),
        }
        for id, along in (("aortic_root", 1.3 * self.scale), ("aorta", 4.4 * self.scale)):
            lumen = float(self.radius(along))
            ends = stack(along, [-lumen - self.heart.wall, lumen])
            result[id] = (self.aortic.place(ends[0]), self.aortic.place(ends[1]))
        along, top, bottom = self.atrium
        result["la"] = (
            self.aortic.place(stack(along, top)),
            self.aortic.place(stack(along, bottom)),
        )
        return result


def _level_ellipse(centre: tuple[float, float], long: float, half: float, at: float) -> Points:
    """A boxy ellipse whose top and bottom lie at `at` instead of its centre."""
    outline = an.ellipse(centre, long, half, 2.4)
    # Shear x so that the extremes stand at the station; heights stay.
    height = np.clip((outline[:, 1] - centre[1]) / half, -1, 1)
    outline[:, 0] += (at - centre[0]) * height**4
    return outline
