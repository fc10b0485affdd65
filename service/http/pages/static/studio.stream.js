// Server-Sent Events read with fetch: unlike EventSource it can send a key as a header, where no
// address bar, history or proxy log keeps it.

const SILENCE_MS = 30_000; // the service sends a heartbeat every 15 s

/** The events at an address after the one with the id `last`, as { id, name, data }, until the stream
 * ends or `stop` is aborted; `opened` is called when it begins. Throws the response if it is not a
 * stream, and what fetch throws if the connection breaks or falls silent. */
export async function* events(address, { last, headers, stop, opened }) {
  let timer;
  const restartTimer = () => {
    clearTimeout(timer);
    timer = setTimeout(() => stop.abort(), SILENCE_MS);
  };
  restartTimer();
  try {
    const response = await fetch(address, {
      headers: { ...headers, Accept: "text/event-stream", ...(last && { "Last-Event-ID": last }) },
      cache: "no-store",
      signal: stop.signal,
    });
    if (response.status !== 200) throw response;
    opened();
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    let rest = "";
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      restartTimer();
      const blocks = (rest + value).split("\n\n");
      rest = blocks.pop();
      yield* blocks.map(eventOf).filter(({ data }) => data);
    }
  } finally {
    clearTimeout(timer);
    stop.abort(); // also if the reader stops early
  }
}

/** The fields of a block of lines; this service sends data as one line of JSON. */
function eventOf(block) {
  const fields = Object.fromEntries(block.split("\n").map((line) => line.split(/: (.*)/s, 2)));
  return { id: fields.id, name: fields.event, data: fields.data && JSON.parse(fields.data) };
}
