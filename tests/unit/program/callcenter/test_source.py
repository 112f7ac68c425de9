"""Preprocessing as FreeSWITCH does it: includes, variables, and what is not carried out."""

from __future__ import annotations

from pathlib import Path

import pytest

from acdengine.program.installation.callcenter.source import Unreadable, read


def tree(folder: Path, **files: str) -> Path:
    """Files of a configuration; returns the main one."""
    for name, text in files.items():
        path = folder / name.replace("__", "/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder / "main"


def test_includes_are_relative_to_their_file_and_in_the_order_of_names(tmp_path: Path) -> None:
    main = tree(
        tmp_path,
        main='<?xml version="1.0"?><c><X-PRE-PROCESS cmd="include" data="d/*.xml"/></c>',
    )
    (tmp_path / "d").mkdir()
    (tmp_path / "d" / "1.xml").write_text('<?xml version="1.0"?><a/>')
    (tmp_path / "d" / "2.xml").write_text('<X-PRE-PROCESS cmd="include" data="more/x.xml"/>')
    (tmp_path / "d" / "more").mkdir()
    (tmp_path / "d" / "more" / "x.xml").write_text("<b/>")
    assert read(main, {}).xml == '<?xml version="1.0"?><c><a/><b/></c>'


def test_variables_hold_from_where_they_are_set(tmp_path: Path) -> None:
    main = tree(
        tmp_path,
        main="<c a=\"$${x}\"><X-PRE-PROCESS cmd='set' data='x=1=2'/><b a=\"$${x} $${y} $${z}\"/>"
        '<!--#set "z=3"--><d a="$${z}"/></c>',
    )
    xml = read(main, {"y": "given"}).xml
    assert xml == '<c a="$${x}"><b a="1=2 given $${z}"/><d a="3"/></c>'


def test_comments_are_no_commands(tmp_path: Path) -> None:
    main = tree(tmp_path, main='<c><!-- <X-PRE-PROCESS cmd="include" data="no.xml"/> --></c>')
    source = read(main, {})
    assert (source.xml, source.remarks) == ("<c></c>", [])


def test_what_is_not_carried_out_is_told(tmp_path: Path) -> None:
    main = tree(
        tmp_path,
        main='<c><X-PRE-PROCESS cmd="exec" data="rm -rf /"/>'
        '<X-PRE-PROCESS cmd="include" data="no"/></c>',
    )
    assert read(main, {}).remarks == [
        "main: the command 'exec' is not carried out: 'rm -rf /'",
        "main: includes 'no', and there is no such file",
    ]


@pytest.mark.parametrize(
    "text", ['<X-PRE-PROCESS cmd="include" data="main"/>', '<!--#include "other"-->']
)
def test_circles_are_refused(tmp_path: Path, text: str) -> None:
    main = tree(tmp_path, main=text, other='<!--#include "main"-->')
    with pytest.raises(Unreadable, match="includes itself"):
        read(main, {})


def test_unreadable_files_are_named(tmp_path: Path) -> None:
    with pytest.raises(Unreadable, match="main: No such file"):
        read(tmp_path / "main", {})
    (tmp_path / "main").write_bytes(b"\xff\xfe")
    with pytest.raises(Unreadable, match="main: it is no UTF-8"):
        read(tmp_path / "main", {})
    doubling = '<!--#include "a"--><!--#include "a"-->'
    main = tree(tmp_path, main=doubling, a="x" * 6_000_000)
    with pytest.raises(Unreadable, match="larger"):
        read(main, {})
