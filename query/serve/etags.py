"""What is asked again and has not changed is answered with 304."""

import hashlib
import re

from fastapi import Request, Response

_TAG = re.compile(r'(?:W/)?("[^"]*")')


def tagged(request: Request, response: Response) -> Response:
    """Give a whole answer its ETag, or 304 in its place where the asker has it already."""
    tag = f'"{hashlib.sha256(bytes(response.body)).hexdigest()[:32]}"'
    response.headers["ETag"] = tag
    if not _holds(request.headers.get("if-none-match", ""), tag):
        return response
    kept = ("etag", "cache-control", "link", "vary", "content-location")
    headers = {name: value for name, value in response.headers.items() if name in kept}
    return Response(status_code=304, headers=headers)


def _holds(header: str, tag: str) -> bool:
    return header.strip() == "*" or tag in _TAG.findall(header)
