/** An event as it came. */
export interface ReadEvent {
  readonly id: string
  readonly event: string
  readonly data: Readonly<Record<string, unknown>>
}

/** Server-sent events, read one by one as the HTML standard writes them: by nothing of ours. */
export function readEvents(
  url: string,
  headers: Readonly<Record<string, string>> = {},
): { next(): Promise<ReadEvent>; end(): Promise<void> } {
  const stop = new AbortController()
  const events = parse(url, headers, stop.signal)
  return {
    async next() {
      const { value, done } = await events.next()
      if (done === true) throw new Error('the stream has ended')
      return value
    },
    async end() {
      stop.abort()
      await events.next().catch(() => undefined)
    },
  }
}

async function* parse(
  url: string,
  headers: Readonly<Record<string, string>>,
  signal: AbortSignal,
): AsyncGenerator<ReadEvent, void> {
  const answer = await fetch(url, { headers: { accept: 'text/event-stream', ...headers }, signal })
  if (!answer.ok || answer.body === null) throw new Error(`answered with ${String(answer.status)}`)
  const decoder = new TextDecoder()
  let text = ''
  for await (const part of answer.body) {
    text += decoder.decode(part as Uint8Array, { stream: true }) // The parts of a body are bytes; its type does not say so.
    for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
      const fields = new Map(text.slice(0, end).split('\n').map(splitField))
      text = text.slice(end + 2)
      const data = fields.get('data')
      if (data !== undefined)
        yield {
          id: fields.get('id') ?? '',
          event: fields.get('event') ?? 'message',
          data: JSON.parse(data) as ReadEvent['data'], // Looked at by the tests.
        }
    }
  }
}

function splitField(line: string): readonly [string, string] {
  const colon = line.indexOf(':')
  return [line.slice(0, colon), line.slice(colon + 1).replace(/^ /, '')]
}
