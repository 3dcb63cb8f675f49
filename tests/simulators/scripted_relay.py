"""A relay that offers PIPELINING and answers by a script, to act out what real ones do inside a pipeline."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field

Script = Callable[
    [str, str], str | None
]  # (command, address of the mail) -> reply, or None for the usual; "drop", "silent", "half" (closes its side)


@dataclass
class ScriptedRelay:
    script: Script = lambda _command, _address: None
    port: int = 0
    kept: list[tuple[str, bytes]] = field(default_factory=list)
    connections: int = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        writer.write(b"220 scripted\r\n")
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            await self._converse(reader, writer)
            writer.close()

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        address, stage = "", ""
        while line := (await reader.readline()).decode():
            word = line.split(maxsplit=1)[0].upper()
            if word == "QUIT":
                return
            if word == "EHLO":
                writer.write(b"250-scripted\r\n250-PIPELINING\r\n250 8BITMIME\r\n")
                continue
            if word == "MAIL":  # the recipient is looked up in what came along with it
                waiting = bytes(reader._buffer).decode(errors="replace")  # type: ignore[attr-defined]
                address, stage = waiting.partition("RCPT TO:<")[2].partition(">")[0], ""
            reply = self.script(word, address) or self.usual(word, stage)
            if reply == "drop":
                writer.transport.abort()
                return
            if reply == "silent":
                await reader.read()
                return
            writer.write(f"{reply}\r\n".encode())
            stage = word if reply.startswith("250") else stage if word != "MAIL" else ""
            if reply.startswith("354") and not await self._text(reader, writer, address, stage == "RCPT"):
                return
            if reply.startswith("421"):
                return

    async def _text(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, address: str, wanted: bool
    ) -> bool:
        content = b""
        while (part := await reader.readline()) != b".\r\n":
            content += part[1:] if part.startswith(b"..") else part
        verdict = self.script("BODY", address) or ("250 kept" if wanted else "554 no recipients")
        if verdict.startswith("250") or verdict == "drop_after":
            self.kept.append((address, content))
        if verdict in ("drop", "drop_after"):
            writer.transport.abort()
            return False
        if verdict == "half":
            writer.write_eof()
            await reader.read()
            return False
        if verdict == "silent":
            await reader.read()
            return False
        writer.write(f"{verdict}\r\n".encode())
        return True

    def usual(self, word: str, stage: str) -> str:
        wanted = {"RCPT": "MAIL", "DATA": "RCPT"}.get(word, stage)
        if stage != wanted:
            return "503 bad sequence of commands"
        return "354 go ahead" if word == "DATA" else "250 ok"


@contextlib.asynccontextmanager
async def relay(script: Script) -> AsyncIterator[ScriptedRelay]:
    scripted = ScriptedRelay(script)
    server = await asyncio.start_server(scripted.serve, "127.0.0.1", 0)
    scripted.port = server.sockets[0].getsockname()[1]
    try:
        yield scripted
    finally:
        server.close()
