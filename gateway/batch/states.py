"""The lives of a large document and of the session in which it is uploaded."""

from __future__ import annotations

from enum import StrEnum

from gateway.base.states import Machine, Move
from schemas.findings import Text


class BatchState(StrEnum):
    RECEIVED = "received"
    PROCESSING = "processing"
    DONE = "done"


class UploadState(StrEnum):
    """It is not stored: a session with a submission is completed."""

    OPEN = "open"
    COMPLETED = "completed"


BATCHES = Machine(
    "batch",
    Text("大文件", "Large document"),
    BatchState,
    [
        Move(None, BatchState.RECEIVED, Text("文件已保存，等待读取", "the document is stored and answered with 202")),
        Move(BatchState.RECEIVED, BatchState.RECEIVED, Text("读取一段", "a chunk has been cut")),
        Move(BatchState.RECEIVED, BatchState.PROCESSING, Text("读完，或无法继续读取", "it is read as far as can be")),
        Move(BatchState.PROCESSING, BatchState.DONE, Text("每行均有结果，回执已签名", "every row has its fate")),
    ],
)
UPLOADS = Machine(
    "upload",
    Text("上传会话", "Upload session"),
    UploadState,
    [
        Move(None, UploadState.OPEN, Text("建立会话", "it is asked for")),
        Move(UploadState.OPEN, UploadState.COMPLETED, Text("各部分齐全并合成文件", "its parts make the document")),
    ],
)
