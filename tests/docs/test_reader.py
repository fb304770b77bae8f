"""The reader of tutorials does what a page says, and can fail."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.docs.reader import Reader
from tests.docs.steps import Command, File, Wrong, steps_of

PAGE = """# A page

Text with `code`. `things/greet.py`:

```python
print("hello,    world at 127.0.0.1:8000")
```

A server, `serve.py`:

```python
import sys
from http.server import HTTPServer, SimpleHTTPRequestHandler

HTTPServer(("127.0.0.1", int(sys.argv[2])), SimpleHTTPRequestHandler).serve_forever()
```

Run the first:

```console
$ export WHO=me
$ mkdir -p deep
$ cd deep
$ python3 ../things/greet.py
hello, … at 127.0.0.1:8000
$ echo "$WHO in ${PWD##*/}"
me in deep
```

<!-- fails -->
```console
$ cat nothing
…No such file…
```

<!-- another terminal: http://127.0.0.1:8000/ -->
```console
$ echo "${WHO:-nobody}"
nobody
$ python3 serve.py --port 8000
```
"""


@pytest.fixture
def reader(tmp_path: Path) -> Iterator[Reader]:
    for name in ("reader", "notes"):
        (tmp_path / name).mkdir()
    with Reader(tmp_path / "reader", tmp_path / "notes", {}) as found:
        yield found


def test_a_page_is_files_and_commands_in_its_order() -> None:
    first, second, *commands = steps_of(PAGE)
    assert isinstance(first, File)
    assert isinstance(second, File)
    assert (first.path, first.line) == ("things/greet.py", 5)
    assert second.path == "serve.py"
    typed = [one for one in commands if isinstance(one, Command)]
    assert [one.line for one in typed] == [21, 22, 23, 24, 26, 32, 38, 40]
    assert [one.fails for one in typed] == [False] * 5 + [True] + [False] * 2
    assert [one.elsewhere for one in typed] == [False] * 6 + [True] * 2
    assert typed[3].prints == ("hello, … at 127.0.0.1:8000",)
    assert typed[-1].answers == "http://127.0.0.1:8000/"


def test_a_page_that_is_right_is_done_to_its_end(reader: Reader, tmp_path: Path) -> None:
    reader.does(PAGE)
    written = (tmp_path / "reader" / "things" / "greet.py").read_text(encoding="utf-8")
    assert ":8000" not in written, "another port, so that readers may read at once"


@pytest.mark.parametrize(
    ("right", "wrong", "says"),
    [
        ("hello, …", "goodbye, …", "does not print, or not here: goodbye, …"),
        ("me in deep\n", "me in deep\nme in deep\n", "does not print, or not here: me in deep"),
        ("$ mkdir -p deep", "$ mkdir deep/deeper", "`mkdir deep/deeper` ended with 1"),
        ("<!-- fails -->\n", "", "`cat nothing` ended with 1"),
        ("$ cat nothing\n", "$ echo No such file\n", "`echo No such file` ended with 0"),
        ("<!-- fails -->\n", "<!-- failes -->\n", "line 31: nobody knows what"),
        ("`things/greet.py`:", "A file:", "line 5: neither commands nor a file"),
        ("$ export WHO=me\n", "WHO=me\n", "line 21: output without a command"),
        ("\nnobody\n", "\nsomebody\n", "does not print, or not here: somebody"),
        ("serve.py --port", "server.py --port", "nothing answers at http://127.0.0.1:"),
    ],
)  # fmt: skip
def test_a_page_that_is_wrong_fails(reader: Reader, right: str, wrong: str, says: str) -> None:
    assert right in PAGE
    with pytest.raises(Wrong) as told:
        reader.does(PAGE.replace(right, wrong))
    assert says in str(told.value)
