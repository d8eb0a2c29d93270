import { connect, type Socket } from 'node:net'
import { serveCommands } from './worker.js'

/** What a run sends. */
export interface Load {
  readonly port: number
  /** Request line and headers, without `Host` and `Content-Length`. */
  readonly head: readonly string[]
  /** Each is sent once; a single one is sent `count` times. */
  readonly bodies: readonly string[]
  readonly count: number
}

/** What a run was like for those who asked. */
export interface LoadResult {
  /** Milliseconds from the first byte sent to the last byte received, per request. */
  readonly latencies: Float64Array
  /** How many answers had another status than 200, by status. */
  readonly failures: Readonly<Record<string, number>>
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

interface Prepared {
  readonly sockets: readonly Socket[]
  readonly requests: readonly Buffer[]
  readonly count: number
}

serveCommands({ ...createLoadCommands() }, () => Promise.resolve())

function createLoadCommands(): LoadCommands {
  let prepared: Prepared = { sockets: [], requests: [], count: 0 }
  return {
    async prepare({ port, head, bodies, count }) {
      const requests = bodies.map((body) => {
        const lines = [...head, `Host: localhost:${port}`, `Content-Length: ${Buffer.byteLength(body)}`]
        return Buffer.from(`${lines.join('\r\n')}\r\n\r\n${body}`)
      })
      const sockets = await Promise.all(Array.from({ length: connections }, () => open(port)))
      prepared = { sockets, requests, count }
    },
    async run() {
      const { sockets, requests, count } = prepared
      const cpuBefore = process.cpuUsage()
      const startedAt = performance.now()
      const latencies = new Float64Array(count)
      const failures: Record<string, number> = {}
      let sent = 0
      const take = (): Taken | undefined => {
        if (sent === count) return undefined
        const index = sent
        sent += 1
        const request = requests[index] ?? requests[0]
        return request && { index, request }
      }
      const tell = (index: number, milliseconds: number, status: string): void => {
        latencies[index] = milliseconds
        if (status !== '200') failures[status] = (failures[status] ?? 0) + 1
      }
      await Promise.all(sockets.map((socket) => converse(socket, take, tell)))
      const { user, system } = process.cpuUsage(cpuBefore)
      const busy = (user + system) / 1000 / (performance.now() - startedAt)
      sockets.forEach((socket) => socket.destroy())
      return { latencies, failures, busy }
    },
  }
}

function open(port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true })
    socket.once('error', reject)
    socket.once('connect', () => resolve(socket))
  })
}

interface Taken {
  readonly index: number
  readonly request: Buffer
}

/** Sends one request after the other until `take` has no more. */
function converse(
  socket: Socket,
  take: () => Taken | undefined,
  tell: (index: number, milliseconds: number, status: string) => void,
): Promise<void> {
  return new Promise((resolve, reject) => {
    let taken: Taken | undefined
    let sentAt = 0
    let received: Buffer = Buffer.alloc(0)
    const send = (): void => {
      taken = take()
      if (taken === undefined) return resolve()
      sentAt = performance.now()
      socket.write(taken.request)
    }
    socket.on('data', (chunk: Buffer) => {
      received = received.length === 0 ? chunk : Buffer.concat([received, chunk])
      const end = endOfAnswer(received)
      if (end === undefined || received.length < end || taken === undefined) return
      tell(taken.index, performance.now() - sentAt, received.toString('latin1', 9, 12))
      received = received.subarray(end)
      send()
    })
    socket.once('error', reject)
    socket.once('close', () => reject(new Error('the server closed a connection during a run')))
    send()
  })
}

/** Where the first answer in `received` ends; `undefined` while its head is not there. */
function endOfAnswer(received: Buffer): number | undefined {
  const headEnd = received.indexOf(endOfHead)
  if (headEnd < 0) return undefined
  const length = /\r\ncontent-length: (\d+)/i.exec(received.toString('latin1', 0, headEnd))?.[1]
  if (length === undefined) throw new Error('an answer without a length cannot be measured')
  return headEnd + endOfHead.length + Number(length)
}
