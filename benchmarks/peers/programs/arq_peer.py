"""arq, with more jobs at once and less waiting than its defaults."""

import logging

from arq import create_pool
from arq.connections import RedisSettings
from front import CONCURRENCY, REDIS_URL, Store, serve, use_uvloop

use_uvloop()
SETTINGS = RedisSettings.from_dsn(REDIS_URL)


async def content(ctx, id_, prompt, tag):
    ctx["store"].generate(id_, prompt, tag)


async def startup(ctx):
    ctx["store"] = Store()
    logging.getLogger("arq").setLevel(logging.WARNING)


class WorkerSettings:
    functions = (content,)
    redis_settings = SETTINGS
    on_startup = startup
    keep_result = 0
    max_jobs = CONCURRENCY
    poll_delay = 0.02  # seconds


class Front:
    pool = None

    async def lifespan(self, _app):
        self.pool = await create_pool(SETTINGS)
        yield
        await self.pool.aclose()

    async def enqueue(self, id_, prompt, tag):
        await self.pool.enqueue_job("content", id_, prompt, tag)


if __name__ == "__main__":
    front = Front()
    serve(front.enqueue, front.lifespan)
