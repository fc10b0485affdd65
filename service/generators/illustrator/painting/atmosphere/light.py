"""The light of a scene: the colours of the sky, and what time and weather do to every colour."""

from __future__ import annotations

from dataclasses import dataclass, replace

from service.generators.illustrator.scene import Scene
from service.generators.illustrator.sprites.art import Tint
from service.generators.illustrator.sprites.colours import RGB, grey_share, mix


@dataclass(frozen=True, slots=True)
class Light:
    """Skies run from the top to the horizon."""

    sky: tuple[str, str, str]
    sun: str
    land: RGB
    """What the light leaves of each channel of the landscape's colours."""
    subject: RGB
    """The same for subjects: gentler, they are what the picture is about."""
    dark: float
    """0 in daylight, 1 at night: how much lamps and windows shine."""
    grey: float = 0.0

    @property
    def haze(self) -> str:
        return self.sky[2]

    def on_land(self, far: float = 0.0) -> Tint:
        return Tint(self.land, self.grey, self.haze, far)

    def on_subjects(self) -> Tint:
        return Tint(self.subject, self.grey * 0.5, self.haze, 0.0)

    def of(self, colour: str, far: float = 0.0) -> str:
        """A landscape colour in this light, `far` (0 … 1) lost in the haze."""
        return self.on_land(far).of(colour)


TIMES = {
    "day": Light(("#2a86dd", "#79c0f3", "#dff2fd"), "#fffbe6", (1, 1, 1), (1, 1, 1), 0.0),
    "dawn": Light(
        ("#6f9edb", "#f5bda6", "#ffe7c4"), "#fff3cf", (1.0, 0.93, 0.86), (1.0, 0.97, 0.93), 0.1
    ),
    "sunset": Light(
        ("#3b2a73", "#d0527a", "#ffb566"), "#fff0b8", (0.84, 0.70, 0.80), (1.0, 0.90, 0.86), 0.5
    ),
    "night": Light(
        ("#060b28", "#13225c", "#36509a"), "#f4f1dc", (0.34, 0.42, 0.68), (0.78, 0.83, 1.0), 1.0
    ),
    "space": Light(
        ("#05041a", "#140b38", "#2a1658"), "#ffffff", (0.8, 0.8, 0.95), (0.96, 0.95, 1.0), 1.0
    ),
}

GREY_SKIES = {"day": "#9fb0be", "dawn": "#b9aeb0", "sunset": "#7d6380", "night": "#1d2742"}


def light_of(scene: Scene) -> Light:
    light = TIMES["space" if scene.place == "space" else scene.time]
    top, middle, low = light.sky
    if scene.place == "space":
        return light
    if scene.has("neon"):
        light = replace(light, sky=("#0d0628", "#3a0f5e", "#a22a7e"), dark=1.0)
    elif scene.weather in ("rain", "storm", "fog"):
        grey = GREY_SKIES[scene.time]
        deep = 0.35 if scene.weather == "storm" else 0.0
        sky = tuple(
            mix(mix(grey_share(colour, 0.45), grey, 0.55), "#2b3444", deep * weight)
            for colour, weight in ((top, 1.5), (middle, 1.0), (low, 0.5))
        )
        wet = tuple(part * (0.93 - 0.3 * deep) for part in light.land)
        light = replace(
            light,
            sky=(sky[0], sky[1], sky[2]),
            land=(wet[0], wet[1], wet[2] * 1.03),
            grey=0.25,
            dark=max(light.dark, 0.35),
        )
    elif scene.weather == "snow" and scene.time == "day":
        light = replace(
            light, sky=(mix(top, "#b9cbe0", 0.6), mix(middle, "#d6e3f0", 0.6), "#eef5fb"), grey=0.1
        )
    elif scene.has("golden"):
        light = replace(light, sky=("#7aa7d9", "#ffd79a", "#fff0cc"), land=(1.0, 0.92, 0.74))
    return light
