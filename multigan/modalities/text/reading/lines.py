"""Lines of text from files that may be anything: read in parts of bounded size, judged line by line."""

from __future__ import annotations

import gzip
import textwrap
import zlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import BinaryIO

from multigan.data.folders import suffix_of
from multigan.data.wording import counted
from multigan.errors import DataError
from multigan.modalities.text.reading.columns import pick
from multigan.modalities.text.reading.cut import LONGEST, cut_lines
from multigan.modalities.text.reading.encodings import HEAD, decoded, reading_of
from multigan.modalities.text.reading.guess import guess_encoding
from multigan.modalities.text.reading.oddities import Oddities, shape_notes
from multigan.modalities.text.reading.records import SUFFIXES, Records, records_in
from multigan.modalities.text.tokens import BLANK

__all__ = ["LONGEST", "Lines", "tidy"]

# Bytes of all lines that are used, which training keeps in memory.
MOST = 1 << 30
# Bytes of lines in another encoding that are kept, so that it can be guessed.
_SAMPLE = 1 << 16

# What other programs take for the end of a line, and tabs: a text is written as one line. U+2581 is sentencepiece's.
# A byte order mark within a text is left of files that were put together.
_TIDY = {ord(c): " " for c in "\t\n\r\x0b\x0c\x1c\x1d\x1e\x1f\x85\u2028\u2029"} | {ord(BLANK): "_", 0xFEFF: None}


def tidy(line: str) -> str:
    """Returns a line as training sees it: tabs and unusual line breaks as blanks, none of these at its ends."""
    return line.translate(_TIDY).strip()


@dataclass
class Lines:
    """What was found in one place's files.

    Args:
        encoding: of files without a byte order mark, as `check_encoding` returns it.
        column: the field of files that hold records; empty for files of lines.

    Attributes:
        texts: lines as `tidy` returns them, in their order, none of them empty.
        bad: (place, reason) of every line, or whole file, that cannot be used.
        blank: how many lines had nothing in them.
        bytes: of all texts.
    """

    encoding: str = "utf-8"
    column: str = ""
    texts: list[str] = field(default_factory=list)
    bad: list[tuple[str, str]] = field(default_factory=list)
    blank: int = 0
    bytes: int = 0
    _odd: Oddities = field(default_factory=Oddities)
    _marks: Counter = field(default_factory=Counter)
    _empty: list[str] = field(default_factory=list)
    _records: list[tuple[str, Records]] = field(default_factory=list)
    _foreign: bytearray = field(default_factory=bytearray)
    _utf8: Counter = field(default_factory=Counter)
    _several: int = 0
    _strings: Counter = field(default_factory=Counter)
    _headings: list[Sequence[str]] = field(default_factory=list)
    _most: tuple[int, str] = (0, "")

    def add(self, line: str, place: str = "") -> None:
        """Takes one line, and where it stands, for notes.

        Raises:
            DataError: it is one too many to be held in memory.
        """
        self._odd.see(line, place)
        text = tidy(line)
        if not text:
            self.blank += 1
            return
        self.texts.append(text)
        self.bytes += len(line)
        if self.bytes > MOST:
            raise DataError(f"more than {MOST >> 30} GiB of text, which training keeps in memory; give a part of it")

    def read(self, file: BinaryIO, name: str, title: str = "") -> None:
        """Takes the lines of a file, gzipped or not, or a field of its records.

        Args:
            file: open for reading, from its beginning, and seekable.
            name: of the file, for `bad`; empty where the place is this one file.
            title: of the place.

        Raises:
            DataError: as `add`; or the file holds records, and `column` does not say which field.
        """
        before = len(self.texts), len(self.bad)
        whole = name or "the file"
        try:
            if file.read(2) == b"\x1f\x8b":
                file.seek(0)
                file = gzip.GzipFile(fileobj=file)
            file.seek(0)
            head = file.read(HEAD)
            file.seek(0)
            reading = reading_of(head, self.encoding)
            if reading.reason:
                self.bad.append((whole, reading.reason))
                return
            if reading.mark:
                self._marks[reading.mark] += 1
            suffix = suffix_of((name or title).lower().removesuffix(".gz"))
            records = records_in(head.decode(reading.encoding, "replace"), suffix)
            parts, encoding = decoded(file, reading)
            place = f"{name}: " if name else ""
            taken = bool(self.column)
            if not taken and records and records.items == "texts" and suffix in SUFFIXES:
                self._strings[whole] += 1
                taken = True
            if taken:
                self._take_column(records, cut_lines(parts), encoding, place, f"{title}: {name}" if name else title)
            else:
                self._refuse_or_note(records, suffix, name, title)
                for number, line in enumerate(cut_lines(parts), start=1):
                    self._take(line, number, f"{place}line {number}", encoding)
        except (OSError, EOFError, zlib.error) as error:
            self.bad.append((whole, f"cannot be read to its end ({error})"))
        if (len(self.texts), len(self.bad)) == before:
            self._empty.append(whole)

    def notes(self) -> list[str]:
        """Returns notes on how files were read, and on what is odd in them."""
        notes = [
            f"read as {name}, as a byte order mark says: {count:,} file{'s' * (count != 1)}"
            for name, count in self._marks.items()
        ]
        if self.encoding != "utf-8":
            notes.append(f"read as {self.encoding} (option encoding)")
        if self._utf8[True] and not self._utf8[False]:
            notes.append(
                f"every line is UTF-8 as well; if letters look wrong, leave out -o encoding={self.encoding} "
                f"({counted(self._utf8[True], 'line')} with letters beyond ASCII)"
            )
        if self._empty:
            notes.append(f"files without a text: {len(self._empty):,} (first {self._empty[0]})")
        if self._records:
            name, records = self._records[0]
            which = f", in {counted(len(self._records), 'file')}, first {name}" if name else ""
            option = "NAME" if records.named else "NUMBER"
            how = f"-o column={option} takes one field alone"
            how = "a file called .jsonl is read as JSON says" if records.items == "texts" else how
            notes.append(f"{records}?{which}; read as lines; {how}")
        if self._strings:
            notes.append("the texts are JSON strings, read as JSON says: no quotation marks around them, no escapes")
        if self._headings:
            row = textwrap.shorten(", ".join(self._headings[0]), 60, placeholder=" ...")
            notes.append(f"the first row ({row}) is read as a text, since -o column gives a number")
        if self._several:
            most, place = self._most
            notes.append(f"texts of several lines, read as one: {self._several:,} (the longest {most:,}, {place})")
        return [*notes, *self._odd.notes(), *(() if self.column else shape_notes(self.texts))]

    def hint(self) -> str:
        """Returns how lines that are not in the option's encoding may be read, as the end of a sentence; or nothing."""
        encoding, words = guess_encoding(bytes(self._foreign)) if self._foreign else ("", "")
        if not encoding:
            return ""
        return f"; as {encoding} such lines read {words!r}: if that is right, give -o encoding={encoding}"

    def ends(self) -> str:
        """Returns what else may have ended the lines, as the end of a sentence; or nothing."""
        return f" ({self._odd.told('break')}; save them as plain line ends)" if self._odd.told("break") else ""

    def _refuse_or_note(self, records: Records | None, suffix: str, name: str, title: str) -> None:
        if records is None:
            return
        single = records.kind == "a table" and len(records.fields) == 1
        if single and not (records.quoted or records.named):
            return
        if suffix not in SUFFIXES or name or (single and not records.quoted):
            self._records.append((name, records))
            return
        if single:
            option = f"-o column={records.likely or 1}"
            raise DataError(f"{title}: {records}, with quotation marks around texts; {option} reads what they hold")
        if records.holds:
            raise DataError(f"{title}: {records}, and texts are read from a list; save {records.list_alone} alone")
        if records.items == "lists":
            option = f", e.g. -o column={records.likely}" if records.likely else ", by -o column=NUMBER"
            raise DataError(f"{title}: {records}; say by its number which value is the text{option}")
        if records.doubled:
            raise DataError(
                f"{title}: a table in which several columns have one name ({', '.join(records.fields[:8])}); give each "
                "one of its own"
            )
        if not records.named:
            first = textwrap.shorten(", ".join(records.fields), 60, placeholder=" ...")
            option = f", e.g. -o column={records.likely}" if records.likely else ""
            raise DataError(
                f"{title}: a table by its name, and its first row looks like no heading ({first}); for one text a line "
                f"call it .txt, or say which column is the text by its number{option}"
            )
        if records.fields and not records.likely:
            raise DataError(f"{title}: {records}; none looks like text; if one is, give -o column=NAME")
        if records.fields:
            raise DataError(f"{title}: {records}; say which of them is the text, e.g. -o column={records.likely}")
        raise DataError(f"{title}: {records}; save a text a line, or a list of objects and give -o column=NAME")

    def _take_column(self, records, lines, encoding, place, title) -> None:
        if records is None:
            raise DataError(
                f"{title}: no records in it to take {self.column} from (looked for JSON lines, a JSON array and a "
                "table); leave out -o column"
            )
        if records.items == "texts" and self.column:
            raise DataError(
                f"{title}: {records}, which have no fields; leave out -o column, and each is read as a text"
            )
        by_number = records.kind == "a table" and self.column.isdecimal() and self.column not in records.fields
        if by_number and (records.named or records.doubled):
            self._headings.append(records.fields)
        for where, text, reason in pick(records, lines, self.column, encoding, title):
            if reason:
                self.bad.append((place + where, reason))
            else:
                if breaks := text.strip().count("\n"):
                    self._several += 1
                    self._most = max(self._most, (breaks + 1, place + where))
                self._judge(text, place + where)

    def _take(self, line: bytes | None, number: int, place: str, encoding: str) -> None:
        if line is None:
            self.bad.append((place, f"longer than {LONGEST >> 20} MiB; give one text a line"))
            return
        try:
            text = line.decode(encoding)
        except UnicodeDecodeError as error:
            shown = "UTF-8" if encoding == "utf-8" else encoding
            self.bad.append((place, f"not {shown} (byte {error.object[error.start]:#04x} after {error.start} others)"))
            if len(self._foreign) < _SAMPLE:
                self._foreign += line[:_SAMPLE] + b"\n"
            return
        if encoding != "utf-8" and not text.isascii():
            self._utf8[_is_utf8(line)] += 1
        self._judge(text.removeprefix("\ufeff") if number == 1 else text, place)

    def _judge(self, text: str, place: str) -> None:
        if "\0" in text:
            self.bad.append((place, "a NUL character in it, as in binary files"))
        else:
            self.add(text, place)


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode()
    except UnicodeDecodeError:
        return False
    return True
