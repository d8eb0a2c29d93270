import { mkdtemp, rm } from 'node:fs/promises'
import { Agent, request as httpRequest } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import type { ConfigurationInput } from '../../schemas/configuration.js'
import { systemCodeOf } from '../../node/kernel/errors.js'
import { percentile } from '../bench/statistics.js'
import { startWorker, type Worker } from '../bench/worker.js'
import { isGrowing, type Memory } from './memory.js'
import { createRequests, createStranger, issueMembership, type Granted, type SoakRequest } from './requests.js'
import type { SoakCommands } from './server.js'

const usage = `Usage: npm run soak:tokens [-- --minutes N | --tokens N] [-- --load SHARE]

Sends good and bad token requests and introspections to one node for a while. Ends with status 1 when an answer was not the
one that was meant, or when the heap of the node grows.

  --minutes N    how long; default 10
  --tokens N     until so many tokens were granted, as fast as it goes; most of the requests are for tokens then
  --load SHARE   the share of what the node can do, which is measured first; default 0.7, not with --tokens`

const scope = 'registers/wlzindicatieregister/indicaties/indicatie:read'
const url = 'http://localhost:7998'
const measureMilliseconds = 10_000
const concurrency = 16
const samples = 30
/** The node is a process beside this one; more at a time would only wait in it. */
const maxUnderway = 500
/** Of the requests before each of the others, where tokens are counted. */
const extraTokens = 5
/** A thirtieth of a million tokens takes half a minute; when it takes this long, tokens are no longer granted. */
const longestPartMilliseconds = 20 * 60_000
/** Fewer than the node takes of one address. */
const maxConnections = 48
const mebibyte = 1024 * 1024
/** Of all requests so far. */
let sent = 0

await main()

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      minutes: { type: 'string' },
      tokens: { type: 'string' },
      load: { type: 'string', default: '0.7' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  })
  const load = Number(values.load)
  const aim = parseAim(values)
  if (values.help || aim === undefined || !(load > 0 && load <= 1)) {
    process.stdout.write(`${usage}\n`)
    process.exitCode = values.help ? 0 : 64
    return
  }
  const directory = await mkdtemp(join(tmpdir(), 'bronnet-soak-'))
  const worker = startWorker<SoakCommands>('../soak/server.js', { core: undefined, nodeOptions: ['--expose-gc'] })
  try {
    process.exitCode = (await soak({ worker, directory, aim, load })) ? 0 : 1
  } finally {
    await worker.end()
    await rm(directory, { recursive: true, force: true })
  }
}

/** When it is enough. */
type Aim = { readonly minutes: number } | { readonly tokens: number }

function parseAim({ minutes, tokens }: { readonly minutes?: string; readonly tokens?: string }): Aim | undefined {
  if (minutes !== undefined && tokens !== undefined) return undefined
  const number = Number(tokens ?? minutes ?? 10)
  if (!(number > 0)) return undefined
  return tokens === undefined ? { minutes: number } : { tokens: number }
}

interface Tally {
  readonly answered: Map<string, number>
  readonly unmeant: Map<string, number>
  latencies: number[]
}

/** True when every answer was the one that was meant and the heap did not grow. */
async function soak(options: {
  readonly worker: Worker<SoakCommands>
  readonly directory: string
  readonly aim: Aim
  readonly load: number
}): Promise<boolean> {
  const { worker, directory, aim, load } = options
  const [stelselbeheerder, member] = [createStranger(), createStranger()]
  const ports = await worker.call('start', configure(directory, stelselbeheerder.did))
  const issuer = `${url}/oauth2/ciz`
  const membership = issueMembership(stelselbeheerder, member)
  const extra = 'tokens' in aim ? extraTokens : 0
  const requests = createRequests({ member, membership, issuer, scope, extraTokens: extra })
  const tally: Tally = { answered: new Map(), unmeant: new Map(), latencies: [] }
  const agent = new Agent({ keepAlive: true, maxSockets: maxConnections })
  let latest: Granted = { token: '', form: '' }
  const ask = async (): Promise<void> => {
    const asked = requests.next(latest)
    const answer = await send(agent, ports[asked.listener], asked)
    count(tally, asked, answer)
    const found = asked.kind === 'granted' ? /"access_token":"([^"]+)"/.exec(answer.text)?.[1] : undefined
    if (found !== undefined) latest = { token: found, form: asked.body }
  }
  await ask()

  const runPart =
    'tokens' in aim ? createCountedPart(ask, tally, aim.tokens) : await createPacedPart(ask, aim.minutes, load)
  tally.latencies = []
  const memories: Memory[] = []
  const startedAt = performance.now()
  for (let sample = 1; sample <= samples; sample += 1) {
    await runPart(sample)
    const memory = await worker.call('memory', undefined)
    memories.push(memory)
    const { latencies } = tally
    tally.latencies = []
    const [p50, p99] = [percentile(latencies, 0.5), percentile(latencies, 0.99)]
    const [heap, rss] = [memory.heap / mebibyte, memory.rss / mebibyte]
    const minutes = (performance.now() - startedAt) / 60_000
    tell(
      `${minutes.toFixed(1)} min, ${grantedOf(tally)} tokens: p50 ${p50.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms, ` +
        `heap ${heap.toFixed(1)} MB, RSS ${rss.toFixed(1)} MB`,
    )
  }
  agent.destroy()
  return report(tally, memories)
}

/** Sends a share of what the node can do, which is measured first, for a part of the time. */
async function createPacedPart(ask: () => Promise<void>, minutes: number, load: number): Promise<() => Promise<void>> {
  const perSecond = (await askUntil(ask, (milliseconds) => milliseconds >= measureMilliseconds)) * load
  tell(`${Math.round(perSecond)} requests a second (${load} of what it can do here), ${minutes} minutes`)
  return () => pace(ask, perSecond, (minutes * 60_000) / samples)
}

/** Sends as much as the node can do, until that part of the tokens was granted. */
function createCountedPart(ask: () => Promise<void>, tally: Tally, tokens: number): (sample: number) => Promise<void> {
  tell(`${tokens} tokens, as fast as it goes`)
  return async (sample) => {
    const enough = (tokens * sample) / samples
    await askUntil(ask, (milliseconds) => grantedOf(tally) >= enough || milliseconds > longestPartMilliseconds)
  }
}

function report({ answered, unmeant }: Tally, memories: readonly Memory[]): boolean {
  const growing = isGrowing(memories.map(({ heap }) => heap))
  tell('\nAs meant:')
  for (const [kind, number] of answered) tell(`  ${kind}: ${number}`)
  tell(unmeant.size === 0 ? 'Not as meant: none' : 'Not as meant:')
  for (const [kind, number] of unmeant) tell(`  ${kind}: ${number}`)
  tell(growing ? 'The heap grows.' : 'The heap does not grow.')
  return unmeant.size === 0 && !growing
}

function grantedOf({ answered }: Tally): number {
  return (answered.get('granted') ?? 0) + (answered.get('granted to a key') ?? 0)
}

function tell(line: string): void {
  process.stdout.write(`${line}\n`)
}

function configure(directory: string, trusted: string): ConfigurationInput {
  return {
    strictmode: false,
    url,
    name: 'soak',
    storage: { url: `level:${join(directory, 'store')}` },
    keys: { directory: join(directory, 'keys'), passphrase: 'only for the soak' },
    http: {
      // Every request seems to come from somebody else, or the bad ones would soon be turned away.
      public: { host: '127.0.0.1', port: 0, clientAddressHeader: 'x-soak-address' },
      internal: { host: '127.0.0.1', port: 0 },
    },
    parties: [
      {
        subject: 'ciz',
        sources: [
          { name: 'indicatieregister', kind: 'register', schema: 'indicatieregister-2', pack: 'indicatieregister' },
        ],
      },
    ],
    trust: { LedenadministratieCredential: [trusted] },
  }
}

interface SoakAnswer {
  readonly status: number
  readonly text: string
  readonly milliseconds: number
}

function send(agent: Agent, port: number, asked: SoakRequest): Promise<SoakAnswer> {
  const { path, body, headers } = asked
  sent += 1
  const startedAt = performance.now()
  const address = `10.${(sent >> 16) & 255}.${(sent >> 8) & 255}.${sent & 255}`
  return new Promise((resolve) => {
    const failed = (cause: Error): void => {
      // The node closed a connection that rested; nothing of this request was read.
      if (outgoing.reusedSocket && systemCodeOf(cause) === 'ECONNRESET') resolve(send(agent, port, asked))
      else resolve({ status: 0, text: cause.message, milliseconds: 0 })
    }
    const outgoing = httpRequest(
      {
        agent,
        port,
        path,
        host: '127.0.0.1',
        method: 'POST',
        headers: {
          host: 'localhost',
          'content-type': 'application/x-www-form-urlencoded',
          'content-length': Buffer.byteLength(body),
          'x-soak-address': address,
          ...headers,
        },
      },
      (incoming) => {
        const parts: Buffer[] = []
        incoming.on('data', (part: Buffer) => parts.push(part))
        incoming.once('error', failed)
        incoming.once('end', () => {
          const text = Buffer.concat(parts).toString()
          resolve({ status: incoming.statusCode ?? 0, text, milliseconds: performance.now() - startedAt })
        })
      },
    )
    outgoing.once('error', failed)
    outgoing.end(body)
  })
}

function count({ answered, unmeant, latencies }: Tally, asked: SoakRequest, answer: SoakAnswer): void {
  const isMeant = answer.status === asked.status && answer.text.includes(asked.holds)
  const kind = isMeant ? asked.kind : `${asked.kind}: ${answer.status} ${answer.text.slice(0, 120)}`
  const into = isMeant ? answered : unmeant
  into.set(kind, (into.get(kind) ?? 0) + 1)
  latencies.push(answer.milliseconds)
}

/** Asks 16 at a time until it is over, and returns how many requests a second were answered. */
async function askUntil(ask: () => Promise<void>, isOver: (milliseconds: number) => boolean): Promise<number> {
  const startedAt = performance.now()
  let done = 0
  const work = async (): Promise<void> => {
    while (!isOver(performance.now() - startedAt)) {
      await ask()
      done += 1
    }
  }
  await Promise.all(Array.from({ length: concurrency }, work))
  return (done * 1000) / (performance.now() - startedAt)
}

/** Sends so many a second, whether or not those before were answered. */
async function pace(ask: () => Promise<void>, perSecond: number, milliseconds: number): Promise<void> {
  const startedAt = performance.now()
  const underway = new Set<Promise<void>>()
  let begun = 0
  for (;;) {
    const passed = performance.now() - startedAt
    if (passed >= milliseconds) break
    while (begun < (passed * perSecond) / 1000 && underway.size < maxUnderway) {
      begun += 1
      const asked = ask().finally(() => underway.delete(asked))
      underway.add(asked)
    }
    await setTimeout(5)
  }
  await Promise.all(underway)
}
