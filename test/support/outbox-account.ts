import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { packageFile } from '../../node/kernel/package-root.js'
import { randomId } from '../../node/kernel/random.js'
import type { Collection } from '../../node/stores/contracts.js'

/** A message as the child processes send it. */
export interface SentMessage {
  readonly recordID: string
  readonly version: number
  readonly eventType: string
  readonly timestamp: string
  readonly receiver: string
}

/** What was changed, in the batch that tells of it. */
export const changedThings: Collection<{ readonly recordID: string; readonly version: number }> = { name: 'changed' }
/** Who is told of each change. */
export const receivers = ['5999', '5998', '5997'] as const

/** Takes messages in: each once, by what makes it that message; of every tenth the answer is lost. */
export interface AccountingReceiver {
  readonly url: string
  /** What took effect, in the order in which it did. */
  readonly effects: readonly SentMessage[]
  /** How often something came that had come before. */
  repeats(): number
  /** Takes nothing from now on, or everything again. */
  setDown(isDown: boolean): void
  close(): Promise<void>
}

export async function startAccountingReceiver(): Promise<AccountingReceiver> {
  const known = new Map<string, string>()
  const effects: SentMessage[] = []
  let seen = 0
  let repeats = 0
  let down = false
  const server = createServer((request, response) => {
    void request.toArray().then((chunks) => {
      if (down) return request.socket.destroy()
      const message = JSON.parse(Buffer.concat(chunks).toString()) as SentMessage
      const { receiver, recordID, eventType, timestamp } = message
      const name = [receiver, recordID, eventType, timestamp].join(' ')
      const id = known.get(name) ?? randomId()
      if (known.has(name)) repeats += 1
      else effects.push(message)
      known.set(name, id)
      seen += 1
      if (seen % 10 === 0) request.socket.destroy()
      else response.end(id)
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${String(port)}/`,
    effects,
    repeats: () => repeats,
    setDown(isDown) {
      down = isDown
    },
    async close() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

/** A process that changes and delivers. */
export interface OutboxProcess {
  /** The changes that it was told are stored. */
  readonly acknowledged: readonly string[]
  /** Until it has said so many. */
  untilSaid(count: number): Promise<void>
  kill(): Promise<void>
  /** Until it ends by itself. @throws with what it said when it failed */
  ended(): Promise<void>
}

export function startOutboxProcess(place: string, url: string, round: string, changes: number): OutboxProcess {
  const words = [packageFile('test', 'support', 'outbox-process.ts'), place, url, round, String(changes)]
  const child = spawn(process.execPath, ['--import', packageFile('test', 'support', 'ts-loader.mjs'), ...words], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const acknowledged: string[] = []
  let rest = ''
  let problems = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => (problems += text))
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    const lines = (rest + text).split('\n')
    rest = lines.pop() ?? ''
    acknowledged.push(...lines)
  })
  const exited = once(child, 'close')
  return {
    acknowledged,
    async untilSaid(count) {
      while (acknowledged.length < count) {
        if (child.exitCode !== null) throw new Error(`the process ended: ${problems}`)
        await new Promise((resolve) => setTimeout(resolve, 10))
      }
    },
    async kill() {
      child.kill('SIGKILL')
      await exited
    },
    async ended() {
      await exited
      if (child.exitCode !== 0) throw new Error(`the process failed: ${problems}`)
    },
  }
}
