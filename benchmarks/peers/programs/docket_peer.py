"""docket, with as many jobs at once as the others."""

import asyncio
import sys

from docket import Docket, Worker
from front import CONCURRENCY, REDIS_URL, Store, serve, use_uvloop

docket = Docket("peer", REDIS_URL)
store = Store()


async def content(id_: str, prompt: str, tag: str) -> None:
    store.generate(id_, prompt, tag)


async def lifespan(_app):
    async with docket:
        docket.register(content)
        yield


async def enqueue(id_, prompt, tag):
    await docket.add(content, key=id_)(id_, prompt, tag)


async def work():
    async with docket, Worker(docket, concurrency=CONCURRENCY) as worker:
        docket.register(content)
        await worker.run_forever()


if __name__ == "__main__":
    use_uvloop()
    if sys.argv[1:]:
        asyncio.run(work())
    else:
        serve(enqueue, lifespan)
