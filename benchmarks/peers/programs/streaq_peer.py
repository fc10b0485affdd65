"""streaq, with as many jobs at once as the others; no result is kept."""

from contextlib import asynccontextmanager

from front import CONCURRENCY, REDIS_URL, Store, serve
from streaq import Worker


@asynccontextmanager
async def context():
    yield Store()


worker = Worker(
    redis_url=REDIS_URL,
    concurrency=CONCURRENCY,
    lifespan=context,
    anyio_kwargs={"use_uvloop": True},
)


@worker.task(ttl=0, silent=True)
async def content(id_: str, prompt: str, tag: str) -> None:
    worker.context.generate(id_, prompt, tag)


async def lifespan(_app):
    async with worker:
        yield


async def enqueue(id_, prompt, tag):
    await content.enqueue(id_, prompt, tag)


if __name__ == "__main__":
    serve(enqueue, lifespan)
