import { connect, type Socket } from 'node:net'

/** One answer, as it came over the wire. */
export interface WireAnswer {
  readonly status: number
  /** By name in lower case. */
  readonly headers: ReadonlyMap<string, string>
  readonly body: string
}

/** A connection on which a test writes what it likes. */
export interface Connection {
  write(text: string): void
  /** The next answer; `withoutBody` for the answer to HEAD. */
  answer(options?: { readonly withoutBody?: boolean }): Promise<WireAnswer>
  /** Resolves when the other side has closed. */
  readonly closed: Promise<void>
  end(): void
}

/** Opens a connection to a listener on this machine. Never closes its own half by itself. */
export function openConnection(port: number): Connection {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true })
  socket.setEncoding('latin1')
  let received = ''
  let wake = (): void => {}
  socket.on('data', (text: string) => {
    received += text
    wake()
  })
  let ended = false
  const closed = new Promise<void>((resolve) => {
    const finish = (): void => {
      ended = true
      wake()
      resolve()
    }
    socket.once('end', finish)
    socket.once('close', finish)
    socket.once('error', finish)
  })

  async function answer({ withoutBody = false } = {}): Promise<WireAnswer> {
    for (;;) {
      const parsed = parseAnswer(received, withoutBody)
      if (parsed !== undefined) {
        received = received.slice(parsed.length)
        return parsed.answer
      }
      if (ended) throw new Error(`the connection ended after: ${received.slice(0, 200)}`)
      await new Promise<void>((resolve) => {
        wake = resolve
      })
    }
  }

  return { write: (text) => void socket.write(text), answer, closed, end: () => destroy(socket) }
}

function destroy(socket: Socket): void {
  socket.destroy()
}

function parseAnswer(
  text: string,
  withoutBody: boolean,
): { readonly answer: WireAnswer; readonly length: number } | undefined {
  const end = text.indexOf('\r\n\r\n')
  if (end < 0) return undefined
  const [first = '', ...lines] = text.slice(0, end).split('\r\n')
  const headers = new Map(
    lines.map((line) => [line.split(':', 1)[0]?.toLowerCase() ?? '', line.replace(/^[^:]*: /, '')]),
  )
  const bodyLength = withoutBody ? 0 : Number(headers.get('content-length') ?? 0)
  const length = end + 4 + bodyLength
  if (text.length < length) return undefined
  const body = Buffer.from(text.slice(end + 4, length), 'latin1').toString('utf8')
  return { answer: { status: Number(first.split(' ')[1]), headers, body }, length }
}

/** Sends one request as it stands and gives the answer; the connection is not used again. */
export async function send(port: number, text: string): Promise<WireAnswer> {
  const connection = openConnection(port)
  try {
    connection.write(text)
    return await connection.answer({ withoutBody: text.startsWith('HEAD ') })
  } finally {
    connection.end()
  }
}

/** The text of a request: the target as it stands, `Host` and these header lines, the body with its length. */
export function requestText(method: string, target: string, lines: readonly string[] = [], body?: string): string {
  const length = body === undefined ? [] : [`Content-Length: ${Buffer.byteLength(body)}`]
  return [`${method} ${target} HTTP/1.1`, 'Host: node.example', ...lines, ...length, '', body ?? ''].join('\r\n')
}
