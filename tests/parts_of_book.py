"""A Sphinx extension for small books: of the real one what stands in the modules ``parts``."""

from sphinx.application import Sphinx

from chipbook.extension import register


def setup(app: Sphinx) -> None:
    app.add_config_value("parts", [], "env")
    register(app, [name.removeprefix("chipbook.") for name in app.config.parts])
