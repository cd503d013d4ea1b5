"""What schemathesis must be told to ask the registry: how the text of a file is written."""

import schemathesis


@schemathesis.serializer("application/x-ndjson")
def ndjson(_context, value):
    if isinstance(value, bytes):
        return value
    # What is no text can only be sent as bytes that are none.
    return value.encode() if isinstance(value, str) else b"\xff\xfe"


@schemathesis.serializer("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")
def workbook(_context, value):
    return value if isinstance(value, bytes) else b"\xff\xfe"
