"""Tests of what a student reads."""
