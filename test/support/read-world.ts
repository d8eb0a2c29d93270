import { openServedSources } from '../../node/access/served-sources.js'
import { createServeRead, type ReadRequest, type ReadResult, type ServeReadDeps } from '../../node/access/serve-read.js'
import type { AuditEvent } from '../../node/audit/event.js'
import { createFixedClock } from '../../node/kernel/clock.js'
import { NodeError } from '../../node/kernel/errors.js'
import { packageFile } from '../../node/kernel/package-root.js'
import { createDecide } from '../../node/policy/decide.js'
import type { DataSource, SourceRequest } from '../../node/sources/data-source.js'
import type { Store } from '../../node/stores/contracts.js'
import type { TokenGrant } from '../../node/tokens/token-store.js'
import { createDumpableStore, moment } from './node-parts.js'
import { plainFace } from './source-face.js'
import { createTokenWorld, tokenRequest, type TokenWorld } from './token-world.js'

const query = `query ($id: UUID!, $kantoor: String!) {
  wlzIndicatie(where: { wlzindicatieID: { eq: $id }, initieelVerantwoordelijkZorgkantoor: { eq: $kantoor } }) {
    wlzindicatieID
    bsn
  }
}`

/** A record of the seed, and the zorgkantoor (regional office that arranges long-term care) that may read it. */
export const own = { id: '53089759-97a5-4a50-b1c9-bae97b8e73f0', kantoor: '5999' }
export const trace = { traceId: '0123456789abcdef0123456789abcdef', spanId: '0123456789abcdef' }

/** The indicatieregister (register of care indications) of the bronhouder, and a grant of the zorgkantoor. */
export interface ReadWorld extends TokenWorld {
  /** What happened, in order: journal entries by their code, reads of the source, answers. */
  readonly happened: string[]
  /** Codes of the events that the journal does not take. */
  readonly refusing: Set<string>
  readonly source: DataSource
  readonly grantOfZorgkantoor: TokenGrant
  request(variables?: Record<string, string>): SourceRequest
  read(
    variables?: Record<string, string>,
    changes?: Partial<ReadRequest> & Partial<Pick<ServeReadDeps, 'decide' | 'profilesOf'>>,
  ): Promise<ReadResult>
  /** What the journal says of reads. */
  events(): Promise<readonly AuditEvent[]>
  /** Everything that the node stores, as text. */
  dump(): Promise<string>
}

export async function createReadWorld(): Promise<ReadWorld> {
  const happened: string[] = []
  const refusing = new Set<string>()
  const clock = createFixedClock(moment)
  const { store, dump } = createDumpableStore(clock)
  const world = await createTokenWorld({ store: watchJournal(store, happened, refusing), clock })
  const { node } = world
  const servedSources = await openServedSources({
    ...node,
    policiesDirectory: packageFile('policies'),
    configured: [
      {
        subject: 'ciz',
        sources: [
          {
            name: 'indicatieregister',
            ...plainFace,
            kind: 'register',
            schema: 'indicatieregister-2',
            pack: 'indicatieregister',
            seed: packageFile('scripts', 'demo', 'seed', 'indicatieregister.json'),
          },
        ],
      },
    ],
  })
  const served = servedSources.find('ciz', 'indicatieregister')
  if (served === undefined) throw new Error('the source is not served')
  const source = watchSource(served.source, happened)
  const ordinary = createDecide({
    packFor: (party, name) => servedSources.find(party, name)?.pack,
    // A network in which nobody else is.
    askFact: () => Promise.resolve({ holds: false, source: '' }),
  })
  const { access_token } = await world.grant(tokenRequest(world))
  const grant = await world.tokenStore.get(access_token, 'ciz')
  happened.length = 0
  const request = (variables: Record<string, string> = own): SourceRequest => source.parse({ query, variables })
  return {
    ...world,
    happened,
    refusing,
    source,
    grantOfZorgkantoor: grant,
    request,
    async read(variables = own, { decide = ordinary, profilesOf = servedSources.profilesOf, ...changes } = {}) {
      const serveRead = createServeRead({ audit: node.audit, clock, decide, profilesOf })
      const result = await serveRead({ party: 'ciz', source, request: request(variables), grant, trace, ...changes })
      happened.push('answer')
      return result
    },
    events: async () => (await node.journal()).filter(({ code }) => code.startsWith('read.')),
    dump,
  }
}

/** The same store, with a record of what its journal took and with refusals. */
function watchJournal(store: Store, happened: string[], refusing: ReadonlySet<string>): Store {
  return {
    ...store,
    async write(operations) {
      const codes = operations.flatMap((operation) => ('text' in operation ? [codeOf(operation.text)] : []))
      if (codes.some((code) => refusing.has(code))) throw new NodeError('store.unavailable')
      const numbers = await store.write(operations)
      happened.push(...codes)
      return numbers
    },
  }
}

function codeOf(text: string): string {
  const { event } = JSON.parse(text) as { event: AuditEvent } // What the audit room writes.
  return event.code
}

/** The same source, with a record of when it is read. */
function watchSource(watched: DataSource, happened: string[]): DataSource {
  return {
    name: watched.name,
    party: watched.party,
    parse: (body) => watched.parse(body),
    async read(permit, request) {
      happened.push('read')
      return watched.read(permit, request)
    },
  }
}
