"""Maps the folder `app/` to the package `animaweave`; everything else is in pyproject.toml."""

from setuptools import find_packages, setup

setup(
    packages=["animaweave" + name.removeprefix("app") for name in find_packages(include=["app", "app.*"])]
    + ["animaweave.resources"],
    package_dir={"animaweave": "app", "animaweave.resources": "resources"},
    package_data={
        "animaweave": ["py.typed"],
        "animaweave.resources": ["*.json", "theme/*.json", "fonts/*.otf", "fonts/*.ttf", "fonts/*.txt"],
    },
    include_package_data=False,
)
