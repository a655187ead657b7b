"""The class folders of these tests are made as those of the pipeline's."""

from tests.pipeline.conftest import _seeds_that_vanish, chapter  # noqa: F401
