"""How names are taken apart: what is the same by rule, and what stays apart."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.catalog.spelling import Spelling, cut, parted, spelled


@pytest.mark.parametrize(
    ("part", "expected"),
    [
        ("claude-opus-4.8", Spelling("claude-4-8-opus")),
        ("claude-opus-4-8", Spelling("claude-4-8-opus")),
        ("claude-4.8-opus-20260528", Spelling("claude-4-8-opus", "0528")),
        ("GPT 5.6 Luna", Spelling("gpt-5-6-luna")),
        ("gpt_5.6_luna", Spelling("gpt-5-6-luna")),
        ("DeepSeek V4 Flash 0731", Spelling("deepseek-v4-flash", "0731")),
        ("deepseek-v4-flash-20260731", Spelling("deepseek-v4-flash", "0731")),
        ("deepseek-v4-flash-20260423", Spelling("deepseek-v4-flash", "0423")),
        ("gpt-4o-2024-08-06", Spelling("gpt-4o", "0806")),
        ("claude-haiku-4-5@20251001", Spelling("claude-4-5-haiku", "1001")),
        ("doubao-pro-251201", Spelling("doubao-pro", "1201")),
        ("gemini-2.5-pro-preview-06-05", Spelling("gemini-2-5-pro", "preview-0605")),
        ("gemini-2.5-flash-preview-09-2025", Spelling("gemini-2-5-flash", "preview-2509")),
        ("command-r-08-2024", Spelling("command-r", "2408")),
        ("mistral-medium-3-1-2508", Spelling("mistral-3-1-medium", "2508")),
        ("grok-4-07-09", Spelling("grok-4", "0709")),
        ("gemini-1.5-flash-001", Spelling("gemini-1-5-flash", "001")),
        ("gemini-flash-1.5", Spelling("gemini-1-5-flash")),
        ("claude-opus-4-0", Spelling("claude-4-opus")),
        ("glm-4p7", Spelling("glm-4-7")),
        ("qwen3-8b", Spelling("qwen-3-8b")),
        ("Command R+", Spelling("command-r-plus")),
        ("claude-3-5-haiku-latest", Spelling("claude-3-5-haiku", moving=True)),
        ("gpt-oss:20b", Spelling("gpt-oss-20b")),
        # no date, no version: they stay in the name
        ("text-embedding-004", Spelling("text-embedding-004")),
        ("r1-1776", Spelling("r1-1776")),
        ("mixtral-8x7b-32768", Spelling("mixtral-8x7b-32768")),
        ("kimi-k2.5", Spelling("kimi-k2-5")),
        ("qwen3-0.6b", Spelling("qwen-3-0-6b")),
        ("model-3-11-25", Spelling("model-3-11-25")),
        ("2401", Spelling("2401")),
        ("", Spelling("")),
    ],
)
def test_a_name_is_taken_apart(part: str, expected: Spelling) -> None:
    """Points, blanks, case, the place of the version and the form of a date mean nothing; sizes and words do."""
    assert spelled(part) == expected


@pytest.mark.parametrize(
    ("model", "expected"),
    [
        ("z-ai/glm-5.2:free", ("z-ai/glm-5.2", "free")),
        ("ft:gpt-4o-2024-08-06", ("gpt-4o-2024-08-06", "ft")),
        ("gpt-oss:20b-cloud", ("gpt-oss:20b-cloud", "")),
        ("anthropic.claude-opus-4-6-v1:0", ("anthropic.claude-opus-4-6-v1:0", "")),
        (":free", (":free", "")),
        ("", ("", "")),
    ],
)
def test_a_variant_is_a_word_behind_a_colon(model: str, expected: tuple[str, str]) -> None:
    """A tag with digits is a part of the name."""
    assert cut(model) == expected


@given(st.text(alphabet="aB09-/:.~@p \u00df\u4e2d", max_size=16))
def test_any_text_is_taken_apart(text: str) -> None:
    """No name raises, and taking apart what is apart changes nothing."""
    name = spelled(text).name
    assert spelled(text.swapcase()).name == name or not text.isascii()
    assert parted(parted(text)) == parted(text)
