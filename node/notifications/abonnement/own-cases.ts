import { z } from 'zod'
import type { ReadOwn } from '../../access/read-own.js'
import type { ServedSources } from '../../access/served-sources.js'
import type { Clock } from '../../kernel/clock.js'
import { NodeError } from '../../kernel/errors.js'
import { dayOf, type Day } from '../../policy/day.js'
import type { AbonnementRule } from '../../../schemas/abonnement-rules.js'

/** A toewijzing that runs today. */
export interface RunningToewijzing {
  readonly toewijzingID: string
  /** AGB code. */
  readonly aanbieder: string
  readonly ingangsdatum: Day
  /** Its last day; `null` as long as it has no end. */
  readonly einddatum: Day | null
}

/** An own case: a person for whom a toewijzing runs today. */
export interface ActiveCase {
  readonly clientID: string
  /** For use in memory only. */
  readonly bsn: string
  readonly toewijzingen: readonly RunningToewijzing[]
}

type Domein = NonNullable<AbonnementRule['zaak']>['domein']

/** Where the cases are: a source of a party, and the law under which they are ones. */
export interface CasePlace {
  readonly party: string
  readonly source: string
  readonly domein: Domein
}

/** The own cases of a party, in the toewijzingsregister that it keeps. */
export interface OwnCases {
  /** The case of this client, when it is one today. In the journal, with `purpose`. @throws as `ReadOwn` */
  find(place: CasePlace, clientID: string, purpose: string): Promise<ActiveCase | undefined>
  /** The same for the client with this BSN. */
  findByBsn(place: CasePlace, bsn: string, purpose: string): Promise<ActiveCase | undefined>
  /** The keys of all clients with a case today. Goes through the whole register. @throws `source.unknown`, `source.unavailable` */
  listActive(place: CasePlace): Promise<ReadonlySet<string>>
}

const fields =
  '{ clientID bsn decisions: besluit { domein toewijzing { toewijzingID aanbieder ingangsdatum einddatum } } }'
const byClient = `query ($clientID: UUID) { client(where: { clientID: { eq: $clientID } }) ${fields} }`
const byPerson = `query ($bsn: String) { client(where: { bsn: { eq: $bsn } }) ${fields} }`

const periodSchema = z.object({ ingangsdatum: z.string(), einddatum: z.string().nullable() })
const clientSchema = z.object({
  clientID: z.string(),
  bsn: z.string(),
  decisions: z.array(
    z.object({
      domein: z.string(),
      toewijzing: z.array(periodSchema.extend({ toewijzingID: z.string(), aanbieder: z.string() })),
    }),
  ),
})
const decisionSchema = z.object({ besluitID: z.string(), clientID: z.string(), domein: z.string() })
const toewijzingSchema = periodSchema.partial({ einddatum: true }).extend({ besluitID: z.string() })

/** What the journal says of who goes through the register. */
const actor = 'node: volgindicaties'

export function createOwnCases(deps: {
  readonly clock: Clock
  readonly readOwn: ReadOwn
  readonly servedSources: Pick<ServedSources, 'find'>
}): OwnCases {
  const { clock, readOwn, servedSources } = deps

  async function read(
    { party, source, domein }: CasePlace,
    query: string,
    variables: Readonly<Record<string, string>>,
    purpose: string,
  ): Promise<ActiveCase | undefined> {
    const today = dayOf(clock.now())
    for (const record of await readOwn({ party, source, query, variables, purpose })) {
      const { clientID, bsn, decisions } = clientSchema.parse(record)
      const toewijzingen = decisions
        .filter((each) => each.domein === domein)
        .flatMap(({ toewijzing }) => toewijzing.filter((each) => runs(each, today)))
      if (toewijzingen.length > 0) return { clientID: clientID.toLowerCase(), bsn, toewijzingen }
    }
    return undefined
  }

  return {
    find: (place, clientID, purpose) => read(place, byClient, { clientID }, purpose),
    findByBsn: (place, bsn, purpose) => read(place, byPerson, { bsn }, purpose),
    async listActive({ party, source, domein }) {
      const administration = servedSources.find(party, source)?.register?.administration
      if (administration === undefined) throw new NodeError('source.unknown')
      const today = dayOf(clock.now())
      const clients = new Map<string, string>()
      const active = new Set<string>()
      // Types come each after those that they refer to.
      for await (const { type, record } of await administration.exportRecords({ by: actor })) {
        if (type === 'Besluit') {
          const decision = decisionSchema.parse(record)
          if (decision.domein === domein) clients.set(decision.besluitID.toLowerCase(), decision.clientID.toLowerCase())
        } else if (type === 'Toewijzing') {
          const { besluitID, ingangsdatum, einddatum = null } = toewijzingSchema.parse(record)
          const found = clients.get(besluitID.toLowerCase())
          if (found !== undefined && runs({ ingangsdatum, einddatum }, today)) active.add(found)
        }
      }
      return active
    },
  }
}

/** Both days count; what has no end ends after every day. */
function runs({ ingangsdatum, einddatum }: z.output<typeof periodSchema>, today: Day): boolean {
  return ingangsdatum <= today && (einddatum === null || today <= einddatum)
}
