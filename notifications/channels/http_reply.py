"""Reading an HTTP/1.1 answer from bytes as they come (RFC 9112); whatever is not plain is refused, never guessed."""

from dataclasses import dataclass, field

MOST_BYTES = 16 * 2**20  # a page of a thousand messages is far below
MOST_HEAD_BYTES = 64 * 2**10
_INTERIM, _FINAL, _WITHOUT_BODY = range(100, 200), range(200, 600), frozenset((204, 304))


class UnreadableReplyError(ConnectionError):
    """The answer is not HTTP as agreed: nobody can know what became of the request."""


@dataclass(frozen=True, slots=True)
class Reply:
    """One whole answer. Names of `headers` are in small letters; `last` when the line is closed after it."""

    status: int
    headers: dict[str, str]
    body: bytes
    last: bool


@dataclass(slots=True)
class ReplyReader:
    """Takes bytes in any portions and gives the answer once it is whole; one reader for each answer."""

    _read: bytearray = field(default_factory=bytearray)
    _status: int = 0
    _headers: dict[str, str] = field(default_factory=dict)
    _body: bytearray = field(default_factory=bytearray)
    _last: bool = False
    _length: int | None = (
        None  # what is still to come of the body or of a chunk; None until a chunk's size is read
    )
    _chunked: bool = False
    _until_end: bool = False

    def feed(self, data: bytes) -> Reply | None:
        """Take more bytes; None while the answer is not whole.

        Raises:
            UnreadableReplyError: this is no answer, or one that is too long.
        """
        self._read += data
        if len(self._read) + len(self._body) > MOST_BYTES:
            raise UnreadableReplyError("The answer is too long.")
        try:
            while not self._status:
                if not self._take_head():
                    return None
            return self._take_body()
        except (ValueError, IndexError) as error:
            raise UnreadableReplyError("The answer is not HTTP.") from error

    def end(self) -> Reply | None:
        """Take in that the other side closed; gives an answer whose length was told by that alone."""
        if self._status and self._until_end:
            return self._reply(bytes(self._read))
        return None

    def _take_head(self) -> bool:
        end = self._read.find(b"\r\n\r\n")
        if end < 0:
            if len(self._read) > MOST_HEAD_BYTES:
                raise UnreadableReplyError("The answer's head is too long.")
            return False
        first, *lines = self._read[:end].decode("latin-1").split("\r\n")
        del self._read[: end + 4]
        version, status = first[:9], int(first[9:12])
        if version not in ("HTTP/1.1 ", "HTTP/1.0 ") or not (status in _INTERIM or status in _FINAL):
            raise ValueError(first)
        if status in _INTERIM:
            return True  # the real answer follows
        self._status = status
        for line in lines:
            name, colon, value = line.partition(":")
            if not colon or name != name.strip():
                raise ValueError(line)
            self._headers[name.lower()] = value.strip()
        self._frame(version)
        return True

    def _frame(self, version: str) -> None:
        said = self._headers.get
        connection = said("connection", "").lower()
        self._last = "close" in connection or (version == "HTTP/1.0 " and "keep-alive" not in connection)
        coding = said("transfer-encoding", "").lower()
        if self._status in _WITHOUT_BODY:
            self._length = 0
        elif coding:
            if coding != "chunked" or "content-length" in self._headers:
                raise ValueError(coding)
            self._chunked = True
        elif (length := said("content-length")) is not None:
            if not (length.isascii() and length.isdigit()):
                raise ValueError(length)
            self._length = int(length)
        else:
            self._until_end = self._last = True

    def _take_body(self) -> Reply | None:
        if self._chunked:
            return self._take_chunks()
        if self._until_end or self._length is None or len(self._read) < self._length:
            return None
        if len(self._read) > self._length:
            raise UnreadableReplyError("More came than was announced.")
        return self._reply(bytes(self._read))

    def _take_chunks(self) -> Reply | None:
        while True:
            if self._length is None:
                end = self._read.find(b"\r\n")
                if end < 0:
                    return None
                self._length = int(self._read[:end].split(b";")[0].strip(), 16)
                if self._length < 0:
                    raise ValueError(self._length)
                del self._read[: end + 2]
            if self._length == 0:
                return self._take_trailer()
            if len(self._read) < self._length + 2:
                return None
            if self._read[self._length : self._length + 2] != b"\r\n":
                raise ValueError(self._length)
            self._body += self._read[: self._length]
            del self._read[: self._length + 2]
            self._length = None

    def _take_trailer(self) -> Reply | None:
        if self._read.startswith(b"\r\n"):
            end = 2
        else:
            found = self._read.find(b"\r\n\r\n")
            if found < 0:
                return None
            end = found + 4
        if len(self._read) > end:
            raise UnreadableReplyError("More came than was announced.")
        return self._reply(bytes(self._body))

    def _reply(self, body: bytes) -> Reply:
        return Reply(self._status, self._headers, body, self._last)
