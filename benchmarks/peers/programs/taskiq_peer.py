"""taskiq with its broker on Redis Streams."""

from front import REDIS_URL, Store, serve
from taskiq import TaskiqEvents
from taskiq_redis import RedisStreamBroker

broker = RedisStreamBroker(REDIS_URL)


@broker.on_event(TaskiqEvents.WORKER_STARTUP)
async def startup(state):
    state.store = Store()


@broker.task(task_name="content")
async def content(id_: str, prompt: str, tag: str) -> None:
    broker.state.store.generate(id_, prompt, tag)


async def lifespan(_app):
    await broker.startup()
    yield
    await broker.shutdown()


async def enqueue(id_, prompt, tag):
    await content.kiq(id_, prompt, tag)


if __name__ == "__main__":
    serve(enqueue, lifespan)
