import { readFileSync } from 'node:fs'
import type { AuditEntry } from '../../node/audit/audit.js'
import { packageFile } from '../../node/kernel/package-root.js'
import type { Value } from '../../node/stores/contracts.js'
import type { LoadRequest } from './load.js'
import type { LimitTask } from './limits.js'
import type { Ports } from './server.js'
import { names, type BenchWorld, type TokenKind } from './world.js'

/** One hot path of the node. */
export interface BenchPath {
  readonly title: string
  /** Requests in a run of the full length; the cheaper the path, the more. */
  readonly requests: number
  /** Requests before the first run: until then the compiler is still at work on the path. */
  readonly warmUpRequests: number
  /** The share of these requests that a quick benchmark sends, 0 to 1; with 0 it leaves the path out. */
  readonly quickShare: number
  /**
   * Whether callers sign in. Then the path is held against the same node without sign-in, not against limits: they are those
   * of the path without.
   */
  readonly signsIn: boolean
  /** Makes ready what the requests and the limits need, with a node that serves. */
  readonly open: (world: BenchWorld, ports: Ports) => Promise<OpenPath>
}

/** How one running node is asked, and what a limit must do for the same. */
export interface OpenPath {
  readonly port: number
  readonly target: string
  readonly headers: readonly string[]
  /** The requests of a run; a single one is sent again and again. */
  readonly makeRequests: (count: number) => Promise<readonly LoadRequest[]>
  readonly task: LimitTask
}

/** The paths, in the order in which they are measured and shown. */
export const benchPaths: readonly BenchPath[] = [
  tokenPath('token grant, 1 known credential', { shown: 'membership', fresh: false }, 1),
  tokenPath('token grant, 2 known credentials', { shown: 'authorization', fresh: false }, 1),
  tokenPath('token grant, 1 new credential', { shown: 'membership', fresh: true }, 0),
  // Every request brings two more signatures, which somebody has to make first.
  tokenPath('token grant, 2 new credentials', { shown: 'authorization', fresh: true }, 0.3),
  { title: 'guarded read', requests: 2_000, warmUpRequests: 6_000, quickShare: 1, signsIn: false, open: openRead },
  introspectionPath('introspection', 'nobody', 1),
  introspectionPath('introspection, signed in', 'once', 1),
  introspectionPath('introspection, each signed in anew', 'each time', 0.2),
]

const tokenTarget = `/oauth2/${names.bronhouder}/token`
const readTarget = `/sources/${names.bronhouder}/${names.source}/graphql`
const introspectionTarget = '/internal/auth/v2/accesstoken/introspect'
const formHeader = 'Content-Type: application/x-www-form-urlencoded'

function tokenPath(title: string, kind: TokenKind, quickShare: number): BenchPath {
  return {
    title,
    requests: 1_000,
    warmUpRequests: 7_000,
    quickShare,
    signsIn: false,
    async open(world, ports) {
      const { answer, token } = await obtainToken(world, ports, kind)
      const grant = await ask(ports.internal, introspectionTarget, [formHeader], `token=${token}`)
      const credentialLengths = world.lengthsToCheck(kind)
      return {
        port: ports.public,
        target: tokenTarget,
        headers: [formHeader],
        makeRequests: async (count) => (await world.signTokenRequests(kind, count)).map((body) => ({ body })),
        task: { path: 'token', requesterKey: world.requesterKey, credentialLengths, grant, answer },
      }
    },
  }
}

const membership: TokenKind = { shown: 'membership', fresh: false }

async function openRead(world: BenchWorld, ports: Ports): Promise<OpenPath> {
  const { token } = await obtainToken(world, ports, membership)
  const grant = await ask(ports.internal, introspectionTarget, [formHeader], `token=${token}`)
  const [record] = parseSeed(readFileSync(packageFile('scripts', 'demo', 'seed', 'indicatieregister.json'), 'utf8'))
  if (record === undefined) throw new Error('the seed has no indicatie of the zorgkantoor')
  const variables = { id: record.wlzindicatieID, uzovi: record.initieelVerantwoordelijkZorgkantoor }
  const body = JSON.stringify({ query, variables })
  const headers = ['Content-Type: application/json', `Authorization: Bearer ${token}`]
  const answer = await ask(ports.public, readTarget, headers, body)
  const journal = parseJournal(await ask(ports.internal, '/internal/bronnet/v1/audit?limit=1000', []))
  const events = journal.filter(({ event }) => event.code === 'read.decided' || event.code === 'read.answered')
  return {
    port: ports.public,
    target: readTarget,
    headers,
    makeRequests: () => Promise.resolve([{ body }]),
    task: {
      path: 'read',
      token,
      grant,
      record,
      events: events.map(({ time, event }) => toValue({ time, event })),
      answer,
    },
  }
}

/** Signs in by one token for all requests, as an application does that keeps it, or by a new one for each. */
function introspectionPath(title: string, signsIn: 'nobody' | 'once' | 'each time', quickShare: number): BenchPath {
  return {
    title,
    requests: 6_000,
    warmUpRequests: 15_000,
    quickShare,
    signsIn: signsIn !== 'nobody',
    async open(world, ports) {
      const opened = await openIntrospection(world, ports)
      const [{ body } = { body: '' }] = await opened.makeRequests(1)
      const anew = (): LoadRequest => ({ headers: [signInHeader(world)], body })
      if (signsIn === 'nobody') return opened
      const once = [anew()]
      return {
        ...opened,
        makeRequests: (count) => Promise.resolve(signsIn === 'once' ? once : Array.from({ length: count }, anew)),
      }
    },
  }
}

/** A node without sign-in does not look at it. */
function signInHeader(world: BenchWorld): string {
  return `Authorization: Bearer ${world.makeSignInToken()}`
}

async function openIntrospection(world: BenchWorld, ports: Ports): Promise<OpenPath> {
  const { token } = await obtainToken(world, ports, membership)
  const body = `token=${token}`
  const answer = await ask(ports.internal, introspectionTarget, [formHeader, signInHeader(world)], body)
  return {
    port: ports.internal,
    target: introspectionTarget,
    headers: [formHeader],
    makeRequests: () => Promise.resolve([{ body }]),
    task: { path: 'introspection', token, grant: answer, answer },
  }
}

/** What a zorgkantoor asks about a client of its own. */
const query = `query Indicatie($id: UUID!, $uzovi: String!) {
  wlzIndicatie(where: { wlzindicatieID: { eq: $id }, initieelVerantwoordelijkZorgkantoor: { eq: $uzovi } }) {
    wlzindicatieID bsn besluitnummer soortWlzindicatie afgiftedatum ingangsdatum einddatum meerzorg vervaldatum
    grondslag { grondslagID grondslag volgorde }
    geindiceerdZorgzwaartepakket { geindiceerdZorgzwaartepakketID zzpCode ingangsdatum einddatum financiering }
    beperking { beperkingID categorie duur }
    client { clientID geslachtsnaam voornamen geboorteDatum geslacht communicatieVorm }
  }
}`

async function obtainToken(
  world: BenchWorld,
  ports: Ports,
  kind: TokenKind,
): Promise<{ readonly answer: Answer; readonly token: string }> {
  const [body = ''] = await world.signTokenRequests(kind, 1)
  const answer = await ask(ports.public, tokenTarget, [formHeader], body)
  return { answer, token: parseToken(answer) }
}

type Answer = Readonly<Record<string, Value>>

/** Asks once, as the runs do, so that what is measured is known to work. @throws Error unless the answer is 200 */
async function ask(port: number, target: string, headers: readonly string[], body?: string): Promise<Answer> {
  const response = await fetch(`http://127.0.0.1:${port}${target}`, {
    headers: headers.map((line): [string, string] => {
      const colon = line.indexOf(':')
      return [line.slice(0, colon), line.slice(colon + 1).trim()]
    }),
    ...(body === undefined ? {} : { method: 'POST', body }),
  })
  if (response.status !== 200) throw new Error(`${target} was answered with ${response.status}`)
  return parseAnswer(await response.text())
}

function parseAnswer(text: string): Answer {
  return JSON.parse(text) as Answer
}

function parseToken(answer: Answer): string {
  return answer['access_token'] as string
}

function parseJournal(answer: Answer): readonly AuditEntry[] {
  return answer['entries'] as unknown as readonly AuditEntry[]
}

interface Indicatie {
  readonly [name: string]: Value
  readonly wlzindicatieID: string
  readonly initieelVerantwoordelijkZorgkantoor: string
}

function parseSeed(text: string): readonly Indicatie[] {
  const { wlzIndicatie } = JSON.parse(text) as { readonly wlzIndicatie: readonly Indicatie[] }
  return wlzIndicatie.filter((record) => record.initieelVerantwoordelijkZorgkantoor === '5999')
}

/** An event travelled as JSON, so it is a `Value`. */
function toValue(value: object): Value {
  return value as Value // Its type cannot say so: an interface has no index signature.
}
