"""From whatever went wrong while a bot file was loaded to a `BotFileError`: one sentence, a remedy, the place.

exception ── where: the deepest frame in the author's folder ──┐
          ── why:   by type of exception ──────────────────────┴─ "main.py, line 3 imports 'foo', which …"
"""

from __future__ import annotations

import importlib.util
import os
import traceback
from dataclasses import dataclass
from pathlib import Path

from rookery.hosting.model import BotFileError
from rookery.hosting.user_folder import UserFolder

__all__ = ["BotFileFault", "explain"]

MESSAGE_LIMIT = 300
"""Characters of an exception's own message that fit in the sentence; `details` has it whole."""

DISTRIBUTIONS = {
    "PIL": "pillow",
    "bs4": "beautifulsoup4",
    "cv2": "opencv-python",
    "dotenv": "python-dotenv",
    "fastapi_poe": "fastapi-poe",
    "google": "google-genai",
    "modal": "rookery[modal]",
    "sklearn": "scikit-learn",
    "yaml": "pyyaml",
}
"""Packages that are installed under another name than they are imported by."""


class BotFileFault(Exception):
    """Something in the file that the loader itself refuses; `explain` adds where.

    `problem` continues a sentence that begins with the place: "puts two bots on the path '/'".
    """

    def __init__(self, problem: str, remedy: str) -> None:
        super().__init__(problem)
        self.problem = problem
        self.remedy = remedy


@dataclass(frozen=True, slots=True)
class _Place:
    file: Path
    line: int | None

    def describe(self, folder: UserFolder) -> str:
        name = folder.relative_name(self.file)
        return name if self.line is None else f"{name}, line {self.line},"


def explain(error: BaseException, file: Path) -> BotFileError:
    """The `BotFileError` for an exception that came out of loading `file`."""
    if isinstance(error, BotFileError):
        return error
    folder = UserFolder(file.parent)
    place = _find_place(error, folder) or _Place(file, None)
    problem, remedy = _explain_by_type(error, file, place)
    return BotFileError(
        f"{place.describe(folder)} {problem}.",
        remedy=remedy,
        file=place.file,
        line=place.line,
        details="" if isinstance(error, BotFileFault) else _format_details(error, folder),
    )


def _find_place(error: BaseException, folder: UserFolder) -> _Place | None:
    if isinstance(error, SyntaxError) and error.filename and Path(error.filename) in folder:
        return _Place(Path(error.filename), error.lineno)
    frames = [(frame.f_code.co_filename, line) for frame, line in traceback.walk_tb(error.__traceback__) if line]
    for filename, line in reversed(frames):
        if Path(filename) in folder:
            return _Place(Path(filename), line)
    return None


def _explain_by_type(error: BaseException, file: Path, place: _Place) -> tuple[str, str]:
    """Problem and remedy. The order matters: special cases come before the classes they belong to."""
    match error:
        case BotFileFault():
            return error.problem, error.remedy
        case SyntaxError() if place.line is not None and place.line == error.lineno:
            return f"is not valid Python: {error.msg}", "Correct that line and start again."
        case AttributeError() | ImportError() if place.file == file and _got(file.stem, error):
            return _name_problem(file)
        case ModuleNotFoundError(name=str(name)):
            return _missing_module(name)
        case ImportError() if "attempted relative import" in str(error):
            return (
                "uses a relative import, but a bot file is not part of a package",
                "Import the module by its plain name: the file's folder is on the import path.",
            )
        case SystemExit():
            return (
                f"ended the program ({_describe_exit(error)}) while it was being loaded",
                "Let the file go on to make a bot; what it printed before tells why it stopped.",
            )
        case KeyError(args=(str(name), *_)) if _is_from_environment(error):
            return (
                f"needs the environment variable {name}, which is not set",
                f"Set it before starting: export {name}=… (values of a Modal image or secret do not reach "
                "a bot that runs here).",
            )
    where = f"line {place.line} of {place.file.name}" if place.line is not None else file.name
    return f"raised {_describe(error)}", f"Correct {where} and start again."


def _missing_module(name: str) -> tuple[str, str]:
    package = name.partition(".")[0]
    if name != package and importlib.util.find_spec(package) is not None:
        return (
            f"imports '{name}', which the installed '{package}' does not have",
            f"Check the name, or install a version of '{package}' that has it.",
        )
    distribution = DISTRIBUTIONS.get(package, package)
    quoted = f"'{distribution}'" if "[" in distribution else distribution
    return f"imports '{package}', which is not installed", f"pip install {quoted}"


def _name_problem(file: Path) -> tuple[str, str]:
    return (
        f"imports '{file.stem}', but gets itself: the file has the name of that package",
        f"Rename {file.name}.",
    )


def _got(name: str, error: AttributeError | ImportError) -> bool:
    """Whether something was missed in the module `name`. Raised in the file of that name, it missed it in itself."""
    if isinstance(error, ModuleNotFoundError):
        return False
    if isinstance(error, ImportError):
        return error.name == name
    return str(error).startswith(f"module '{name}' has no attribute")


def _is_from_environment(error: KeyError) -> bool:
    frames = list(traceback.walk_tb(error.__traceback__))
    return bool(frames) and frames[-1][0].f_code is type(os.environ).__getitem__.__code__


def _describe_exit(error: SystemExit) -> str:
    if error.code is None or isinstance(error.code, int):
        return f"exit status {error.code or 0}"
    return _first_line(str(error.code))


def _describe(error: BaseException) -> str:
    message = _first_line(str(error))
    return f"{type(error).__name__}: {message}" if message else type(error).__name__


def _first_line(text: str) -> str:
    line = text.strip().partition("\n")[0].rstrip(" .:")
    return line if len(line) <= MESSAGE_LIMIT else f"{line[:MESSAGE_LIMIT]}…"


def _format_details(error: BaseException, folder: UserFolder) -> str:
    summary = traceback.TracebackException.from_exception(error)
    _keep_user_frames(summary, folder)
    return "".join(summary.format()).rstrip()


def _keep_user_frames(summary: traceback.TracebackException, folder: UserFolder) -> None:
    summary.stack = traceback.StackSummary.from_list(
        [frame for frame in summary.stack if Path(frame.filename) in folder]
    )
    linked = [summary.__cause__, summary.__context__, *(summary.exceptions or ())]
    for other in linked:
        if other is not None:
            _keep_user_frames(other, folder)
