import { connect, type Socket } from 'node:net'
import { setTimeout } from 'node:timers/promises'
import { serveCommands } from './worker.js'

/** What differs between requests of a run. */
export interface LoadRequest {
  readonly headers?: readonly string[]
  readonly body: string
}

/** What a run sends. */
export interface Load {
  readonly port: number
  /** Request line and headers that all have, without `Host` and `Content-Length`. */
  readonly head: readonly string[]
  /** Each is sent once; a single one is sent `count` times. */
  readonly requests: readonly LoadRequest[]
  readonly count: number
  /** How many become due each second, whatever was answered; without it every connection asks again at once. */
  readonly perSecond?: number | undefined
}

/** What a run was like for those who asked. */
export interface LoadResult {
  /** Milliseconds per request, from when it was due, or else from the first byte sent, to the last byte received. */
  readonly latencies: Float64Array
  /** How many answers had another status than 200, by status. */
  readonly failures: Readonly<Record<string, number>>
  /** What was answered, per second of the whole run. */
  readonly perSecond: number
  /** The share of the time in which this process worked: near 1 means that it held the server up. */
  readonly busy: number
}

/** The commands of the load generator. */
export interface LoadCommands {
  /** Opens the connections and lays the requests ready, so that a run does nothing but send and receive. */
  readonly prepare: (load: Load) => Promise<void>
  /** Sends everything over 32 connections, each with one request at a time, and closes them. */
  readonly run: () => Promise<LoadResult>
}

const connections = 32
const endOfHead = Buffer.from('\r\n\r\n')

interface Prepared extends Pick<Load, 'count' | 'perSecond'> {
  readonly sockets: readonly Socket[]
  readonly requests: readonly Buffer[]
}

serveCommands({ ...createLoadCommands() }, () => Promise.resolve())

function createLoadCommands(): LoadCommands {
  let prepared: Prepared = { sockets: [], requests: [], count: 0 }
  return {
    async prepare({ port, head, requests: asked, ...load }) {
      const requests = asked.map(({ headers = [], body }) => {
        const lines = [...head, ...headers, `Host: localhost:${port}`, `Content-Length: ${Buffer.byteLength(body)}`]
        return Buffer.from(`${lines.join('\r\n')}\r\n\r\n${body}`)
      })
      const sockets = await Promise.all(Array.from({ length: connections }, () => open(port)))
      prepared = { sockets, requests, ...load }
    },
    async run() {
      const cpuBefore = process.cpuUsage()
      const startedAt = performance.now()
      const result = await sendAll(prepared)
      const { user, system } = process.cpuUsage(cpuBefore)
      const milliseconds = performance.now() - startedAt
      prepared.sockets.forEach((socket) => socket.destroy())
      const busy = (user + system) / 1000 / milliseconds
      return { ...result, perSecond: (prepared.count / milliseconds) * 1000, busy }
    },
  }
}

interface Due {
  readonly index: number
  readonly request: Buffer
  /** Absent when it is due as soon as there is a connection for it. */
  readonly at?: number
}

/** Returns when everything was answered. */
function sendAll({
  sockets,
  requests,
  count,
  perSecond,
}: Prepared): Promise<Pick<LoadResult, 'latencies' | 'failures'>> {
  const latencies = new Float64Array(count)
  const failures: Record<string, number> = {}
  const waiting: Due[] = []
  const resting: Connection[] = []
  const offer = (index: number, at?: number): void => {
    const request = requests[index] ?? requests[0]
    if (request === undefined) return
    const due = at === undefined ? { index, request } : { index, request, at }
    const connection = resting.pop()
    if (connection === undefined) waiting.push(due)
    else connection.send(due)
  }
  return new Promise((resolve, reject) => {
    let answered = 0
    let taken = 0
    const onAnswer = (connection: Connection, { index }: Due, milliseconds: number, status: string): void => {
      latencies[index] = milliseconds
      if (status !== '200') failures[status] = (failures[status] ?? 0) + 1
      answered += 1
      if (answered === count) resolve({ latencies, failures })
      const next = waiting[taken]
      if (next === undefined) resting.push(connection)
      else {
        taken += 1
        connection.send(next)
      }
    }
    for (const socket of sockets) resting.push(converse(socket, onAnswer, reject))
    if (perSecond !== undefined) void pace(count, perSecond, offer)
    else for (let index = 0; index < count; index += 1) offer(index)
  })
}

/** Offers so many a second, by the clock: what is slow makes others wait, as it does in use. */
async function pace(count: number, perSecond: number, offer: (index: number, at: number) => void): Promise<void> {
  const startedAt = performance.now()
  for (let index = 0; index < count; await setTimeout(1)) {
    const now = performance.now()
    for (; index < count && index < ((now - startedAt) * perSecond) / 1000; index += 1) offer(index, now)
  }
}

function open(port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true })
    socket.once('error', reject)
    socket.once('connect', () => resolve(socket))
  })
}

/** Carries one request at a time. */
interface Connection {
  send(due: Due): void
}

function converse(
  socket: Socket,
  onAnswer: (connection: Connection, due: Due, milliseconds: number, status: string) => void,
  onBroken: (error: Error) => void,
): Connection {
  let underway: Due | undefined
  let since = 0
  let received: Buffer = Buffer.alloc(0)
  const connection: Connection = {
    send(due) {
      underway = due
      since = due.at ?? performance.now()
      socket.write(due.request)
    },
  }
  socket.on('data', (chunk: Buffer) => {
    received = received.length === 0 ? chunk : Buffer.concat([received, chunk])
    const end = endOfAnswer(received)
    if (end === undefined || received.length < end || underway === undefined) return
    const status = received.toString('latin1', 9, 12)
    received = received.subarray(end)
    onAnswer(connection, underway, performance.now() - since, status)
  })
  socket.once('error', onBroken)
  socket.once('close', () => onBroken(new Error('the server closed a connection during a run')))
  return connection
}

/** Where the first answer in `received` ends; `undefined` while its head is not there. */
function endOfAnswer(received: Buffer): number | undefined {
  const headEnd = received.indexOf(endOfHead)
  if (headEnd < 0) return undefined
  const length = /\r\ncontent-length: (\d+)/i.exec(received.toString('latin1', 0, headEnd))?.[1]
  if (length === undefined) throw new Error('an answer without a length cannot be measured')
  return headEnd + endOfHead.length + Number(length)
}
