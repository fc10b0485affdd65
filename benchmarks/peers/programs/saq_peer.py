"""saq, with as many jobs at once as the others."""

from front import CONCURRENCY, REDIS_URL, Store, serve, use_uvloop
from saq import Queue

use_uvloop()
queue = Queue.from_url(REDIS_URL)


async def content(ctx, *, id_, prompt, tag):
    ctx["store"].generate(id_, prompt, tag)


async def startup(ctx):
    ctx["store"] = Store()


settings = {
    "queue": queue,
    "functions": [content],
    "concurrency": CONCURRENCY,
    "startup": startup,
    "timers": {"sweep": 10},
}


async def lifespan(_app):
    await queue.connect()
    yield
    await queue.disconnect()


async def enqueue(id_, prompt, tag):
    await queue.enqueue(
        "content", id_=id_, prompt=prompt, tag=tag, key=id_, retries=3, ttl=-1
    )  # ttl -1: no result is kept


if __name__ == "__main__":
    serve(enqueue, lifespan)
