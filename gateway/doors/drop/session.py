"""What a client may do once it is in: put files into its inboxes, fetch and delete answers. Nothing else exists."""

from __future__ import annotations

import asyncio
import os
import stat
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import Any, NoReturn

import asyncssh
from asyncssh import SFTPAttrs, SFTPName, constants

from gateway.doors.drop.admission import Account, Completion
from gateway.doors.drop.files import BLOCK, OverQuota
from gateway.doors.drop.places import MARKER, BadName, Place, virtual

_WRITING = constants.FXF_WRITE | constants.FXF_APPEND | constants.FXF_CREAT | constants.FXF_TRUNC
_FLAGS = {
    constants.FXF_CREAT: os.O_CREAT,
    constants.FXF_TRUNC: os.O_TRUNC,
    constants.FXF_EXCL: os.O_EXCL,
    constants.FXF_APPEND: os.O_APPEND,
}
_KINDS = {stat.S_IFDIR: constants.FILEXFER_TYPE_DIRECTORY, stat.S_IFREG: constants.FILEXFER_TYPE_REGULAR}
_MOST_HANDLES = 100
_MOST_READ = 1 << 18


@dataclass(slots=True)
class Handle:
    """An open file. `size` is as far as it reaches, for the quota."""

    descriptor: int
    place: Place
    writes: bool
    appends: bool
    size: int


class Session(asyncssh.SFTPServer):
    """One SFTP session. `arrived` is told of files that may be complete, `touch` of every request.

    Before a file is opened, `is_good` says whether the credential still is.
    """

    def __init__(
        self,
        channel: asyncssh.SSHServerChannel,
        account: Account,
        is_good: Callable[[], Awaitable[bool]],
        arrived: Callable[[Account], None],
        *,
        touch: Callable[[], None],
    ) -> None:
        super().__init__(channel)
        self._account = account
        self._files = account.files
        self._handles = 0
        self._is_good = is_good
        self._arrived = arrived
        self._touch = touch

    async def open(self, path: bytes, pflags: int, attrs: SFTPAttrs) -> Handle:
        place = self._file(path)
        if not await self._is_good():
            raise asyncssh.SFTPPermissionDenied("凭证已失效 / the credential is no longer good")
        if self._handles >= _MOST_HANDLES:
            raise asyncssh.SFTPFailure(f"同时打开的文件不得超过 {_MOST_HANDLES} 个 / at most so many open files")
        handle = self._opened(place, pflags)
        self._handles += 1
        return handle

    def _opened(self, place: Place, pflags: int) -> Handle:
        if not pflags & _WRITING:
            return Handle(self._files.open(place), place, writes=False, appends=False, size=0)
        self._must_be_writable(place)
        self._reserve(BLOCK)
        access = os.O_RDWR if pflags & constants.FXF_READ else os.O_WRONLY
        descriptor = self._files.open(place, access | sum(os_ for flag, os_ in _FLAGS.items() if pflags & flag))
        self._files.written[place] += 1
        appends = bool(pflags & constants.FXF_APPEND)
        return Handle(descriptor, place, writes=True, appends=appends, size=os.fstat(descriptor).st_size)

    def open56(self, path: bytes, desired_access: int, flags: int, attrs: SFTPAttrs) -> NoReturn:
        raise asyncssh.SFTPOpUnsupported("SFTP version 3 only")

    def read(self, file_obj: object, offset: int, size: int) -> bytes:
        return os.pread(self._handle(file_obj).descriptor, min(size, _MOST_READ), offset)

    def write(self, file_obj: object, offset: int, data: bytes) -> int:
        handle = self._handle(file_obj)
        if not handle.writes:
            raise asyncssh.SFTPPermissionDenied("未以写方式打开 / not opened for writing")
        end = (handle.size if handle.appends else offset) + len(data)
        grown = max(end - handle.size, 0)
        if grown:
            self._reserve(grown)
        handle.size += grown
        view, written = memoryview(data), 0
        while written < len(data):
            written += os.pwrite(handle.descriptor, view[written:], offset + written)
        return written

    async def close(self, file_obj: object) -> None:
        """What was written is on disk, name and all, before the client hears that the file is closed."""
        handle = self._handle(file_obj)
        self._handles -= 1
        if not handle.writes:
            os.close(handle.descriptor)
            return
        try:
            await asyncio.to_thread(os.fsync, handle.descriptor)
            await asyncio.to_thread(self._files.sync, handle.place.folder)
        finally:
            os.close(handle.descriptor)
            self._files.written[handle.place] -= 1
        if handle.place.name.endswith(MARKER):
            self._arrived(self._account)

    async def fsync(self, file_obj: object) -> None:
        await asyncio.to_thread(os.fsync, self._handle(file_obj).descriptor)

    async def rename(self, oldpath: bytes, newpath: bytes) -> None:
        """Within the inboxes, and never over another file: what waits there has not been answered yet."""
        old, new = self._file(oldpath), self._file(newpath)
        inboxes = self._files.layout.inboxes
        if old.folder not in inboxes or new.folder not in inboxes:
            raise asyncssh.SFTPPermissionDenied("只能在 in/ 内改名 / files are renamed within in/ only")
        self._must_be_free(old, new)
        await asyncio.to_thread(self._files.rename, old, new)
        if self._account.completion is Completion.RENAME or new.name.endswith(MARKER):
            self._arrived(self._account)

    posix_rename = rename

    async def remove(self, path: bytes) -> None:
        place = self._file(path)
        self._must_be_free(place)
        await asyncio.to_thread(self._files.remove, place)

    def lstat(self, path: bytes) -> SFTPAttrs:
        return _attributes(self._files.stat(self._place(path)))

    stat = lstat

    def fstat(self, file_obj: object) -> SFTPAttrs:
        return _attributes(os.fstat(self._handle(file_obj).descriptor))

    def setstat(self, path: bytes, attrs: SFTPAttrs) -> None:
        """Times, modes and owners are ours and stay as they are, without an error, since clients set them unasked."""
        self._files.stat(self._place(path))
        _must_keep_size(attrs)

    lsetstat = setstat

    def fsetstat(self, file_obj: object, attrs: SFTPAttrs) -> None:
        self._handle(file_obj)
        _must_keep_size(attrs)

    async def scandir(self, path: bytes) -> AsyncIterator[SFTPName]:
        place = self._place(path)
        own = _attributes(self._files.stat(place))
        for name in (b".", b".."):
            yield SFTPName(name, attrs=own)
        for name, found in self._files.listing(self._folder(place)):
            yield SFTPName(os.fsencode(name), attrs=_attributes(found))

    def realpath(self, path: bytes) -> bytes:
        self._touch()
        return virtual(path)

    def _denied(self, *_: Any, **__: Any) -> Any:
        raise asyncssh.SFTPPermissionDenied("此操作不提供 / not offered here")

    mkdir = rmdir = symlink = link = readlink = statvfs = fstatvfs = _denied

    def _place(self, path: bytes) -> Place:
        self._touch()
        try:
            return self._files.layout.place(path)
        except BadName as error:
            raise asyncssh.SFTPFailure(str(error)) from None

    def _file(self, path: bytes) -> Place:
        place = self._place(path)
        if not place.name:
            raise asyncssh.SFTPFailure("这是目录 / this is a folder")
        return place

    def _folder(self, place: Place) -> str:
        if place.name:
            raise asyncssh.SFTPNoSuchFile("没有这个目录 / there is no such folder")
        return place.folder

    def _handle(self, file_obj: object) -> Handle:
        self._touch()
        assert isinstance(file_obj, Handle)  # noqa: S101 - made by open()
        return file_obj

    def _must_be_writable(self, place: Place) -> None:
        if not self._account.may_hold(place):
            inboxes = " | ".join(f"{inbox}/" for inbox in self._files.layout.inboxes)
            suffix = self._files.layout.partial[0] if self._account.completion is Completion.RENAME else ""
            raise asyncssh.SFTPPermissionDenied(
                f"请写入 {inboxes} 下的 <文件名>{suffix} / write to <name>{suffix} in {inboxes}"
            )
        if place in self._files.taken:
            raise asyncssh.SFTPPermissionDenied("文件正在处理 / the file is being processed")

    def _must_be_free(self, *places: Place) -> None:
        if any(self._files.is_busy(place) for place in places):
            raise asyncssh.SFTPFailure("文件未关闭或正在处理 / the file is open or being processed")

    def _reserve(self, more: int) -> None:
        try:
            self._files.reserve(more)
        except OverQuota:
            limit = self._files.quota_bytes >> 20
            raise asyncssh.SFTPQuotaExceeded(
                f"超过配额 {limit} MB，请删除已读的回执 / over the quota of {limit} MB: delete receipts you have read"
            ) from None


def _attributes(found: os.stat_result) -> SFTPAttrs:
    """Type, size and times. Who owns what on the server is nobody's business."""
    folder = stat.S_ISDIR(found.st_mode)
    return SFTPAttrs(
        type=_KINDS[stat.S_IFMT(found.st_mode)],
        size=0 if folder else found.st_size,
        permissions=stat.S_IFDIR | 0o700 if folder else stat.S_IFREG | 0o600,
        atime=int(found.st_atime),
        mtime=int(found.st_mtime),
    )


def _must_keep_size(attrs: SFTPAttrs) -> None:
    if attrs.size is not None:
        raise asyncssh.SFTPOpUnsupported("不能改变文件长度 / the size of a file is not set")
