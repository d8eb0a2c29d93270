import { readFileSync } from 'node:fs'
import { packageFile } from '../../node/kernel/package-root.js'
import type { Value } from '../../node/stores/contracts.js'
import { ask, formHeader, introspectionTarget, obtainToken, readEvents, tokenTarget } from './asking.js'
import type { BenchPath, OpenPath, RunningBench } from './bench-path.js'
import { fhirPaths } from './fhir-paths.js'
import type { LoadRequest } from './load.js'
import { names, type BenchWorld, type TokenKind } from './world.js'

/** The paths, in the order in which they are measured and shown. */
export const benchPaths: readonly BenchPath[] = [
  tokenPath('token grant, 1 known credential', { shown: 'membership', fresh: false }, 1),
  tokenPath('token grant, 2 known credentials', { shown: 'authorization', fresh: false }, 1),
  tokenPath('token grant, 1 new credential', { shown: 'membership', fresh: true }, 0),
  // Every request brings two more signatures, which somebody has to make first.
  tokenPath('token grant, 2 new credentials', { shown: 'authorization', fresh: true }, 0.3),
  { title: 'guarded read', requests: 2_000, warmUpRequests: 6_000, quickShare: 1, signsIn: false, open: openRead },
  ...fhirPaths,
  introspectionPath('introspection', 'nobody', 1),
  introspectionPath('introspection, signed in', 'once', 1),
  introspectionPath('introspection, each signed in anew', 'each time', 0.2),
]

const readTarget = `/sources/${names.bronhouder}/${names.source}/graphql`

function tokenPath(title: string, kind: TokenKind, quickShare: number): BenchPath {
  return {
    title,
    requests: 1_000,
    warmUpRequests: 7_000,
    quickShare,
    signsIn: false,
    async open({ world, ports }) {
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

async function openRead({ world, ports }: RunningBench): Promise<OpenPath> {
  const { token } = await obtainToken(world, ports, membership)
  const grant = await ask(ports.internal, introspectionTarget, [formHeader], `token=${token}`)
  const [record] = parseSeed(readFileSync(packageFile('scripts', 'demo', 'seed', 'indicatieregister.json'), 'utf8'))
  if (record === undefined) throw new Error('the seed has no indicatie of the zorgkantoor')
  const variables = { id: record.wlzindicatieID, uzovi: record.initieelVerantwoordelijkZorgkantoor }
  const body = JSON.stringify({ query, variables })
  const headers = ['Content-Type: application/json', `Authorization: Bearer ${token}`]
  const answer = await ask(ports.public, readTarget, headers, body)
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
      events: await readEvents(ports),
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
    async open(running) {
      const { world } = running
      const opened = await openIntrospection(running)
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

async function openIntrospection({ world, ports }: RunningBench): Promise<OpenPath> {
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

interface Indicatie {
  readonly [name: string]: Value
  readonly wlzindicatieID: string
  readonly initieelVerantwoordelijkZorgkantoor: string
}

function parseSeed(text: string): readonly Indicatie[] {
  const { wlzIndicatie } = JSON.parse(text) as { readonly wlzIndicatie: readonly Indicatie[] }
  return wlzIndicatie.filter((record) => record.initieelVerantwoordelijkZorgkantoor === '5999')
}
