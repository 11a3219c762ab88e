"""Sizes, masses and inertias of LIBERO's objects, measured on the files named with each.

Measured by compiling LIBERO's file with MuJoCo 3.3.2 (joints at zero) and taking the axis-aligned
extent of all geoms of a group in the frame of the body `object`. Mass and inertia are those of the
colliding geoms, which is what robosuite's simulations use. LIBERO's collision shapes are up to 10 mm
smaller than what is drawn; the built-in pack follows each in its own group.
"""

from __future__ import annotations

from dataclasses import dataclass

Corner = tuple[float, float, float]


@dataclass(frozen=True)
class Measured:
    """One object of LIBERO: lengths in m, mass in kg, inertia in kg m2."""

    file: str
    """Path in the asset tree of the file that was measured."""
    collision: tuple[Corner, Corner]
    """Lowest and highest corner of everything that collides."""
    visual: tuple[Corner, Corner]
    """Lowest and highest corner of everything that is drawn."""
    placement: tuple[float, float, float]
    """Height of the bottom site, of the top site, and both coordinates of the radius site."""
    mass: float = 0.0
    """0 for fixtures, which never move."""
    com: Corner = (0.0, 0.0, 0.0)
    inertia: tuple[float, float, float] = (0.0, 0.0, 0.0)
    """About the centre of mass, along the object's axes; the products are negligible."""


OBJECTS = {
    "akita_black_bowl": Measured(
        file="stable_scanned_objects/akita_black_bowl/akita_black_bowl.xml",
        collision=((-0.0538, -0.0539, 0.0016), (0.0534, 0.0531, 0.0521)),
        visual=((-0.0537, -0.0539, 0.0016), (0.0534, 0.0531, 0.0521)),
        mass=0.005591,
        com=(0.0023, 0.0005, 0.0227),
        inertia=(5.72e-06, 6.1e-06, 9.08e-06),
        placement=(-0.06, 0.04, 0.025),
    ),
    "alphabet_soup": Measured(
        file="stable_hope_objects/alphabet_soup/alphabet_soup.xml",
        collision=((-0.0313, -0.0386, -0.0349), (0.0311, 0.0376, 0.0275)),
        visual=((-0.033, -0.042, -0.0357), (0.033, 0.0416, 0.0354)),
        mass=0.02585,
        com=(0, -0.0008, -0.0027),
        inertia=(1.82e-05, 1.34e-05, 1.87e-05),
        placement=(-0.04, 0.04, 0.025),
    ),
    "basket": Measured(
        file="stable_scanned_objects/basket/basket.xml",
        collision=((-0.0841, -0.0785, 0.0042), (0.0854, 0.0788, 0.1457)),
        visual=((-0.0841, -0.0785, 0.0042), (0.0854, 0.0788, 0.1457)),
        mass=0.1361,
        com=(0.0013, 0.0001, 0.0609),
        inertia=(0.000639, 0.000684, 0.000817),
        placement=(-0.06, 0.04, 0.025),
    ),
    "bbq_sauce": Measured(
        file="stable_hope_objects/bbq_sauce/bbq_sauce.xml",
        collision=((-0.0235, -0.0146, -0.0546), (0.0235, 0.0146, 0.0525)),
        visual=((-0.0249, -0.0167, -0.0571), (0.0249, 0.0167, 0.0571)),
        mass=0.01218,
        com=(0, 0, -0.0076),
        inertia=(1.12e-05, 1.21e-05, 2.6e-06),
        placement=(-0.06, 0.06, 0.015),
    ),
    "butter": Measured(
        file="stable_hope_objects/butter/butter.xml",
        collision=((-0.0381, -0.0198, -0.0087), (0.0381, 0.0198, 0.0087)),
        visual=((-0.0387, -0.0196, -0.009), (0.0387, 0.0201, 0.009)),
        mass=0.005247,
        com=(0, 0, 0),
        inertia=(8.16e-07, 2.67e-06, 3.22e-06),
        placement=(-0.02, 0.02, 0.02),
    ),
    "chocolate_pudding": Measured(
        file="stable_hope_objects/chocolate_pudding/chocolate_pudding.xml",
        collision=((-0.0406, -0.0232, -0.0131), (0.0396, 0.0232, 0.0143)),
        visual=((-0.0417, -0.0247, -0.0149), (0.0417, 0.0248, 0.015)),
        mass=0.01019,
        com=(-0.0005, 0, 0.0006),
        inertia=(2.46e-06, 6.1e-06, 7.28e-06),
        placement=(-0.06, 0.04, 0.025),
    ),
    "cookies": Measured(
        file="stable_hope_objects/cookies/cookies.xml",
        collision=((-0.031, -0.0413, -0.0094), (0.031, 0.0413, 0.0094)),
        visual=((-0.0307, -0.0418, -0.01), (0.0307, 0.0418, 0.01)),
        mass=0.009643,
        com=(0, 0, 0),
        inertia=(5.77e-06, 3.38e-06, 8.58e-06),
        placement=(-0.06, 0.04, 0.025),
    ),
    "cream_cheese": Measured(
        file="stable_hope_objects/cream_cheese/cream_cheese.xml",
        collision=((-0.0406, -0.0213, -0.0089), (0.0406, 0.0213, 0.0089)),
        visual=((-0.0413, -0.0214, -0.0097), (0.0416, 0.0212, 0.0097)),
        mass=0.006194,
        com=(0, 0, 0),
        inertia=(1.1e-06, 3.57e-06, 4.34e-06),
        placement=(-0.025, 0.025, 0.03),
    ),
    "flat_stove": Measured(
        file="articulated_objects/flat_stove.xml",
        collision=((-0.052, -0.095, -0.02), (0.245, 0.095, 0.05)),
        visual=((-0.0495, -0.095, -0.02), (0.245, 0.095, 0.0539)),
        placement=(-0.045, 0.045, 0.045),
    ),
    "glazed_rim_porcelain_ramekin": Measured(
        file="stable_scanned_objects/glazed_rim_porcelain_ramekin/glazed_rim_porcelain_ramekin.xml",
        collision=((-0.0447, -0.0444, 0.0007), (0.0447, 0.0447, 0.0427)),
        visual=((-0.0444, -0.0444, 0), (0.0443, 0.0443, 0.0433)),
        mass=0.00966,
        com=(-0.0025, 0.0001, 0.0168),
        inertia=(7.37e-06, 7.99e-06, 1.22e-05),
        placement=(-0.06, 0.04, 0.025),
    ),
    "ketchup": Measured(
        file="stable_hope_objects/ketchup/ketchup.xml",
        collision=((-0.0277, -0.0724, -0.0176), (0.0286, 0.0732, 0.0191)),
        visual=((-0.0323, -0.0743, -0.0217), (0.0323, 0.0743, 0.0217)),
        mass=0.02322,
        com=(0.0004, -0.009, 0.0008),
        inertia=(3.79e-05, 6.99e-06, 4.03e-05),
        placement=(-0.06, 0.04, 0.025),
    ),
    "milk": Measured(
        file="stable_hope_objects/milk/milk.xml",
        collision=((-0.0264, -0.0698, -0.0263), (0.0266, 0.0614, 0.0263)),
        visual=((-0.0271, -0.0714, -0.0272), (0.027, 0.0714, 0.0277)),
        mass=0.03167,
        com=(0.0004, -0.012, 0),
        inertia=(4.33e-05, 1.45e-05, 4.34e-05),
        placement=(-0.06, 0.04, 0.03),
    ),
    "orange_juice": Measured(
        file="stable_hope_objects/orange_juice/orange_juice.xml",
        collision=((-0.0266, -0.0698, -0.0263), (0.0264, 0.0614, 0.0263)),
        visual=((-0.0269, -0.0722, -0.0273), (0.0268, 0.0722, 0.0273)),
        mass=0.03167,
        com=(-0.0004, -0.012, 0),
        inertia=(4.33e-05, 1.45e-05, 4.34e-05),
        placement=(-0.06, 0.04, 0.025),
    ),
    "plate": Measured(
        file="stable_scanned_objects/plate/plate.xml",
        collision=((-0.068, -0.0684, -0.0025), (0.0696, 0.0691, 0.0164)),
        visual=((-0.0686, -0.0685, 0), (0.0686, 0.0685, 0.0166)),
        mass=0.01152,
        com=(0.0003, 0.0051, 0.0064),
        inertia=(1.51e-05, 1.29e-05, 2.76e-05),
        placement=(-0.06, 0.04, 0.025),
    ),
    "salad_dressing": Measured(
        file="stable_hope_objects/salad_dressing/salad_dressing.xml",
        collision=((-0.0273, -0.0727, -0.018), (0.0254, 0.0728, 0.0176)),
        visual=((-0.0327, -0.0737, -0.0218), (0.0313, 0.0737, 0.0218)),
        mass=0.02178,
        com=(-0.0005, -0.0056, 0.0002),
        inertia=(3.4e-05, 5.19e-06, 3.52e-05),
        placement=(-0.06, 0.04, 0.025),
    ),
    "tomato_sauce": Measured(
        file="stable_hope_objects/tomato_sauce/tomato_sauce.xml",
        collision=((-0.0312, -0.0386, -0.0341), (0.031, 0.0376, 0.0275)),
        visual=((-0.0332, -0.0414, -0.0351), (0.0332, 0.0414, 0.0351)),
        mass=0.02663,
        com=(0.0006, -0.0008, -0.0023),
        inertia=(1.88e-05, 1.39e-05, 1.94e-05),
        placement=(-0.06, 0.04, 0.025),
    ),
    "wine_bottle": Measured(
        file="turbosquid_objects/wine_bottle/wine_bottle.xml",
        collision=((-0.0207, -0.022, 0.0011), (0.0219, 0.0222, 0.158)),
        visual=((-0.0216, -0.0218, 0), (0.0216, 0.0216, 0.1588)),
        mass=0.01539,
        com=(0.0002, 0, 0.0561),
        inertia=(2.29e-05, 2.29e-05, 2.54e-06),
        placement=(-0.06, 0.04, 0.025),
    ),
    "wine_rack": Measured(
        file="turbosquid_objects/wine_rack/wine_rack.xml",
        collision=((-0.1344, -0.1244, -0.0022), (0.1344, 0.1295, 0.3282)),
        visual=((-0.135, -0.1315, 0), (0.135, 0.1341, 0.3236)),
        mass=0.1527,
        com=(0, -0.0122, 0.1111),
        inertia=(0.00206, 0.00221, 0.00109),
        placement=(-0.06, 0.04, 0.025),
    ),
    "wooden_cabinet": Measured(
        file="articulated_objects/wooden_cabinet.xml",
        collision=((-0.1234, -0.1093, 0.0046), (0.1312, 0.1117, 0.223)),
        visual=((-0.1247, -0.1101, 0.0046), (0.1318, 0.1117, 0.2216)),
        placement=(-0.045, 0.045, 0.045),
    ),
}
