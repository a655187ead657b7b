"""The class folders of these tests are made as those of the pipeline's."""

import pytest

from tests.pipeline.conftest import _seeds_that_vanish, chapter  # noqa: F401

pytest.register_assert_rewrite("tests.hostile.batch")
