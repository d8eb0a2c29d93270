import { generateKeyPairSync, sign } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { monitorEventLoopDelay, performance } from 'node:perf_hooks'
import { parseArgs } from 'node:util'
import { createAuthority } from '../../node/discovery/index/authority.js'
import { createDiscoveryIndex } from '../../node/discovery/index/discovery-index.js'
import { createReadingPool, findReadingWorker } from '../../node/discovery/index/reading-pool.js'
import type { ChangeFeed, ListingChange } from '../../node/discovery/change-feed.js'
import type { Listing } from '../../node/discovery/listing.js'
import { createMovableClock, epochSeconds, systemClock } from '../../node/kernel/clock.js'
import { silentLog } from '../../node/kernel/log.js'
import type { Outbound } from '../../node/kernel/outbound.js'
import { openLevelStore } from '../../node/stores/level.js'
import { createBenchParties, type BenchParty } from './network-catalogues.js'
import { percentile } from './statistics.js'

const usage = `Usage: npm run bench:index [-- --parties N] [-- --directory DIR]

Builds the index of a network of N parties (8350 unless given: the country) from nothing, searches it, and lets a day pass.
The parties' hosts are in this process, so nothing of the network is measured; the store is a real one.`

const service = 'netwerk'
const searches = 2_000
const day = 86_400

async function main({ count, directory }: { readonly count: number; readonly directory: string }): Promise<void> {
  const entry = findReadingWorker()
  if (entry === undefined) throw new Error('build first: there is no compiled worker')
  const settings = { loopback: false }
  const clock = createMovableClock(systemClock)
  const home = await mkdtemp(join(directory, 'bronnet-bench-index-'))
  const store = await openLevelStore({ directory: home, clock, log: silentLog })
  const pool = createReadingPool({ settings, entry })
  const web = new Map<string, { readonly body: string; readonly etag: string }>()
  const asked = { whole: 0, same: 0 }
  try {
    const parties = createBenchParties(count)
    const list = createList()
    let readAt = clock.now()
    const deps = {
      store,
      clock,
      log: silentLog,
      outbound: createWeb(web, asked),
      resolver: { resolve: nowhere, keyFor: nowhere },
      feed: list,
      authority: createAuthority(undefined),
      read: pool.read,
      meter: { countLook: () => undefined, setIndex: () => undefined },
      services: [service],
      readAt: async () => readAt,
    }
    const index = createDiscoveryIndex(deps)

    // What nobody can leave out: each document must be read once. It also gives the digests to register.
    const readStart = performance.now()
    const digests = await Promise.all(parties.map((party) => publish(party, 1)))
    const reading = performance.now() - readStart
    say(`reading ${String(count)} catalogues, and no more: ${seconds(reading)}`)

    register(parties.map((party, place) => ({ party, digest: digests[place] ?? '' })))
    const delay = monitorEventLoopDelay({ resolution: 5 })
    delay.enable()
    const building = await timed(settle)
    delay.disable()
    const { datasets, catalogues } = index.live.count()
    say(
      `index from nothing: ${seconds(building)} for ${String(catalogues)} catalogues, ${String(datasets)} datasets; ` +
        `${percent(reading / building)} of the speed of reading alone; this thread held up for ` +
        `${milliseconds(delay.percentile(99) / 1e6)} at p99, ${milliseconds(delay.max / 1e6)} at most`,
    )

    const again = await timed(async () => {
      const other = createDiscoveryIndex(deps)
      await other.follow()
      if (other.live.count().datasets !== datasets) throw new Error('the index is another after a restart')
    })
    say(`into memory at a start: ${seconds(again)}; memory of this process: ${megabytes(process.memoryUsage().rss)}`)
    await searchMany()
    await passDay()

    async function searchMany(): Promise<void> {
      const questions = [
        { q: 'indicatie', filters: {} },
        { q: 'voorzieningen gemeente', filters: {} },
        { q: 'patient noordstad', filters: {} },
        { q: 'zorg', filters: { role: 'zorgaanbieder' } },
        { filters: { spatial: 'gm0363' } },
        { filters: { conformsTo: 'https://modellen.netwerk.example/jeugdhulp/1' } },
        { q: 'huisarts', filters: { theme: 'HEAL' } },
        { q: 'leveringen', filters: { grondslag: 'BWBR0035917' } },
        { filters: {} },
      ]
      const took: number[] = []
      const before = process.cpuUsage()
      for (let turn = 0; turn < searches; turn += 1) {
        const question = questions[turn % questions.length]
        if (question === undefined) continue
        const kind = turn % 3 === 0 ? 'party' : 'dataset'
        took.push(await timed(() => index.search.find(kind, { ...question, limit: 20 })))
      }
      const { user, system } = process.cpuUsage(before)
      say(
        `search: ${milliseconds((user + system) / 1000 / took.length)} of CPU time; p50 ${milliseconds(percentile(took, 0.5))}, p95 ${milliseconds(percentile(took, 0.95))}, ` +
          `p99 ${milliseconds(percentile(took, 0.99))} of ${String(searches)}`,
      )
    }

    /** A sixth of the parties renews, one in a hundred has a new catalogue, one in five hundred leaves; all are looked at. */
    async function passDay(): Promise<void> {
      clock.move(day * 0.9)
      const renewing = parties.filter((_, place) => place % 6 === 0)
      const changing = parties.filter((_, place) => place % 100 === 1)
      const leaving = parties.filter((_, place) => place % 500 === 2)
      const changed = await Promise.all(changing.map((party) => publish(party, 2)))
      asked.whole = 0
      asked.same = 0
      const took = await timed(async () => {
        readAt = clock.now()
        register([
          ...renewing.map((party) => ({ party, digest: digests[parties.indexOf(party)] ?? '' })),
          ...changing.map((party, place) => ({ party, digest: changed[place] ?? '' })),
        ])
        for (const { did } of leaving) list.leave(did, readAt)
        await settle()
      })
      const total = asked.whole + asked.same
      say(
        `a day: ${String(renewing.length)} renewed, ${String(changing.length)} changed, ${String(leaving.length)} left, ` +
          `${String(total)} catalogues asked, ${percent(asked.same / total)} of them the same by 304; ${seconds(took)}, ` +
          `${percent(took / 1000 / day)} of the day`,
      )
      if (index.live.count().parties !== count - leaving.length) throw new Error('somebody is there too many')
    }

    async function publish(party: BenchParty, version: number): Promise<string> {
      const body = JSON.stringify(party.document(version))
      const read = await pool.read(body, 'application/ld+json')
      if (!read.conforms) throw new Error(`the catalogue is not good: ${read.violations.join('; ')}`)
      web.set(party.url, { body, etag: `"${String(version)}"` })
      return read.digest
    }

    function register(all: readonly { readonly party: BenchParty; readonly digest: string }[]): void {
      for (const { party, digest } of all) list.enter(listingOf(party, digest, clock.now()))
    }

    async function settle(): Promise<void> {
      await index.takeListings()
      await index.lookAtDue()
    }
  } finally {
    await pool.close()
    await store.close()
    await rm(home, { recursive: true, force: true })
  }
}

const nowhere = (): Promise<never> => Promise.reject(new Error('nothing is resolved'))

const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })

function signJwt(kid: string, claims: object): string {
  const input = [{ alg: 'ES256', typ: 'JWT', kid }, claims]
    .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .join('.')
  return `${input}.${sign('sha256', Buffer.from(input), { key: privateKey, dsaEncoding: 'ieee-p1363' }).toString('base64url')}`
}

const stelsel = 'did:web:stelsel.netwerk.example'
let made = 0
function listingOf(party: BenchParty, digest: string, now: number): Listing {
  made += 1
  const timestamp = made
  const { did, url, organization } = party
  const second = epochSeconds(now)
  const exp = second + 14 * day
  const credential = (issuer: string, type: string, subject: object): string =>
    signJwt(`${issuer}#0`, {
      iss: issuer,
      sub: did,
      jti: `${issuer}#${String(timestamp)}`,
      nbf: second,
      exp,
      vc: {
        '@context': ['https://www.w3.org/2018/credentials/v1'],
        type: ['VerifiableCredential', type],
        credentialSubject: { id: did, ...subject },
      },
    })
  const parameters = { authServerURL: `${url}/oauth2`, catalogURL: url, catalogDigest: digest, catalogVersion: '1' }
  const presentation = signJwt(`${did}#0`, {
    iss: did,
    sub: did,
    jti: `${did}#vp-${String(timestamp)}`,
    nbf: second,
    exp,
    vp: {
      '@context': ['https://www.w3.org/2018/credentials/v1'],
      type: ['VerifiablePresentation'],
      verifiableCredential: [
        credential(stelsel, 'LedenadministratieCredential', { organization }),
        credential(did, 'DiscoveryRegistrationCredential', parameters),
      ],
    },
  })
  return {
    service,
    timestamp,
    signer: did,
    presentationId: `${did}#vp-${String(timestamp)}`,
    presentation,
    registeredAt: second * 1000,
    expiresAt: exp * 1000,
    fields: {},
    parameters,
    credentials: [
      { type: 'LedenadministratieCredential', issuer: stelsel, subject: { id: did, organization } },
      { type: 'DiscoveryRegistrationCredential', issuer: did, subject: { id: did, ...parameters } },
    ],
    verifiedAt: now,
  }
}

/** A list of which everything was verified before. */
function createList(): Pick<ChangeFeed, 'changesSince'> & {
  enter(listing: Listing): void
  leave(signer: string, at: number): void
} {
  const changes: ListingChange[] = []
  return {
    enter: (listing) =>
      void changes.push({ sequence: changes.length + 1, kind: 'listed', signer: listing.signer, listing }),
    leave: (signer, at) => void changes.push({ sequence: changes.length + 1, kind: 'gone', signer, at }),
    async changesSince(_service, position, limit) {
      const after = position?.sequence ?? 0
      const page = changes.slice(after, after + limit)
      const sequence = after + page.length
      return { feed: 'bench', sequence, startsAnew: false, changes: page, more: sequence < changes.length }
    },
  }
}

function createWeb(
  web: ReadonlyMap<string, { readonly body: string; readonly etag: string }>,
  asked: { whole: number; same: number },
): Pick<Outbound, 'request'> {
  return {
    async request({ url, headers = {} }) {
      const found = web.get(url)
      const isSame = found !== undefined && headers['if-none-match'] === found.etag
      if (isSame) asked.same += 1
      else asked.whole += 1
      const given: Readonly<Record<string, string>> = { 'content-type': 'application/ld+json', etag: found?.etag ?? '' }
      return {
        status: found === undefined ? 404 : isSame ? 304 : 200,
        headers: { get: (name) => given[name] },
        mediaType: 'application/ld+json',
        body: Buffer.from(isSame ? '' : (found?.body ?? '')),
      }
    },
  }
}

function parseOptions(): { readonly count: number; readonly directory: string } | undefined {
  try {
    const { values } = parseArgs({
      options: {
        parties: { type: 'string', default: '8350' },
        directory: { type: 'string', default: tmpdir() },
        help: { type: 'boolean', short: 'h', default: false },
      },
    })
    const count = Number(values.parties)
    if (!values.help && Number.isSafeInteger(count) && count > 0) return { count, directory: values.directory }
    process.stdout.write(`${usage}\n`)
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n\n${usage}\n`)
    process.exitCode = 64
  }
  return undefined
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now()
  await work()
  return performance.now() - start
}

const say = (line: string): void => void process.stdout.write(`${line}\n`)
const seconds = (time: number): string => `${(time / 1000).toFixed(1)} s`
const milliseconds = (time: number): string => `${time.toFixed(2)} ms`
const percent = (share: number): string => `${(share * 100).toFixed(share < 0.01 ? 3 : 0)} %`
const megabytes = (bytes: number): string => `${String(Math.round(bytes / 1024 / 1024))} MB`

const options = parseOptions()
if (options !== undefined) await main(options)
