"""Where the configuration keeps pictures. Nothing above knows."""

from __future__ import annotations

from pathlib import Path

from service.config import MediaConfig
from service.store.errors import MediaUnavailable
from service.store.media.folder import MediaFolder
from service.store.media.home import Media

NO_CLIENT = (
    "[media] url names a bucket, and its client is not installed: "
    "python -m pip install 'feedmill[s3]'"
)


def open_media(config: MediaConfig, folder: Path, node: str) -> Media:
    """The home of pictures. Raises MediaUnavailable if it cannot be used at all."""
    if not config.url:
        return MediaFolder(folder, node)
    try:
        from service.store.media.bucket import MediaBucket
    except ModuleNotFoundError as error:
        raise MediaUnavailable(NO_CLIENT) from error
    return MediaBucket(config, folder, node)


async def check_media(config: MediaConfig) -> None:
    """Check that the bucket answers, if there is one; nothing is changed.

    Raises MediaUnavailable.
    """
    if not config.url:
        return
    try:
        from service.store.media.objects import Bucket
    except ModuleNotFoundError as error:
        raise MediaUnavailable(NO_CLIENT) from error
    await Bucket(config).check()
