import { z } from 'zod'
import type { ReadOwn } from '../../access/read-own.js'
import type { Audit } from '../../audit/audit.js'
import { personPseudonym } from '../../audit/person.js'
import type { Wallet } from '../../credentials/wallet.js'
import type { Parties } from '../../identity/parties.js'
import type { Clock } from '../../kernel/clock.js'
import { NodeError } from '../../kernel/errors.js'
import type { Trace } from '../../kernel/trace.js'
import { dayOf, readDay, type Day } from '../../policy/day.js'
import type { AskPlace } from '../ask-place.js'
import type { Locate } from '../locate.js'
import { findOwnRoles } from '../own-roles.js'
import { groundLacking, type OverviewQuestion, type RemoteOverviewQuestion } from '../questions.js'
import { findTransitionGap, type CasePeriod, type TransitionGap } from './find-gap.js'
import type { TransitionCheck } from './transition-records.js'

/** What came of looking at a transition. */
export type TransitionReading =
  | {
      readonly kind: 'looked'
      readonly gap: TransitionGap | undefined
      /** Uzovi-nummer of the zorgkantoor that the indicatie names. */
      readonly zorgkantoor: string | undefined
      /** False when the indicatie has begun or is gone: nothing more can come of it. */
      readonly goesOn: boolean
    }
  | { readonly kind: 'refused' | 'unreachable'; readonly reasons: readonly string[] }

export interface ReadTransitionDeps {
  readonly clock: Clock
  readonly audit: Pick<Audit, 'record' | 'pseudonym'>
  readonly parties: Pick<Parties, 'get'>
  readonly wallet: Pick<Wallet, 'list'>
  readonly readOwn: ReadOwn
  readonly locate: Locate
  readonly askPlace: AskPlace
  readonly questions: readonly OverviewQuestion[]
  readonly sandbox: boolean
}

const purpose = 'WMO_UITVOERING'
const ownQuery = `query ($clientID: UUID) {
  client(where: { clientID: { eq: $clientID } }) {
    bsn
    decisions: besluit(where: { domein: { eq: WMO } }) { toewijzing { toewijzingID ingangsdatum einddatum } }
  }
}`

const clientSchema = z.object({
  bsn: z.string(),
  decisions: z.array(
    z.object({
      toewijzing: z.array(
        z.object({ toewijzingID: z.string(), ingangsdatum: z.iso.date(), einddatum: z.iso.date().nullable() }),
      ),
    }),
  ),
})

const indicatieSchema = z.object({
  ingangsdatum: z.string(),
  initieelVerantwoordelijkZorgkantoor: z.string().nullish(),
})

/**
 * Looks at the own case and at the indicatie at its source, and says whether days lie between. Asks under the rule that the
 * desk of the gemeente has for an indicatie that it was told of; what comes back is not kept. In the journal, with the doel.
 * @throws `audit.unavailable`, `store.unavailable`, `source.unavailable`
 */
export function createReadTransition(deps: ReadTransitionDeps) {
  const question = deps.questions.find(
    (each): each is RemoteOverviewQuestion => each.kind === 'remote' && each.id === 'overgang-wmo',
  )
  if (question === undefined) throw new NodeError('internal.fault', { detail: 'there is no question for a transition' })

  return async function readTransition(check: TransitionCheck, trace: Trace): Promise<TransitionReading> {
    const { clock } = deps
    const own = await readCase(check, trace)
    // The case is gone: nobody is asked about somebody who is no client any more.
    if (own === undefined) return { kind: 'looked', gap: undefined, zorgkantoor: undefined, goesOn: false }
    const party = await deps.parties.get(check.party)
    const roles = await findOwnRoles(deps.wallet, party)
    const role = roles.find((each) => question.roles.includes(each.role))
    const lacking = groundLacking(question, { sandbox: deps.sandbox, now: clock.now() })
    if (role === undefined || lacking !== undefined)
      return { kind: 'refused', reasons: [lacking ?? 'the party has no role in which it may ask'] }
    const { places, missing } = await deps.locate(question, [])
    const [place] = places
    if (place === undefined) return { kind: 'unreachable', reasons: missing }
    await deps.audit.record({
      code: 'overview.asked',
      action: 'read',
      outcome: 'success',
      party: check.party,
      actor: { did: party.did, user: { id: 'node: overgang' } },
      persons: [personPseudonym(deps.audit, own.bsn)],
      purpose,
      object: { operation: question.id, peer: place.url },
      trace,
    })
    const answer = await deps.askPlace({
      party,
      role: roles.length > 1 ? role.role : undefined,
      place,
      scope: question.scope,
      query: question.query,
      variables: { id: check.recordID.split('/').at(-1) ?? '', bsn: own.bsn },
      trace,
    })
    if (answer.kind !== 'answered') return answer
    return judge(answer.records, own.toewijzingen, clock)
  }

  async function readCase({ party, source, clientID }: TransitionCheck, trace: Trace) {
    const [record] = await deps.readOwn({ party, source, query: ownQuery, variables: { clientID }, purpose, trace })
    const parsed = clientSchema.safeParse(record)
    if (!parsed.success) return undefined
    const toewijzingen = parsed.data.decisions.flatMap(({ toewijzing }) =>
      toewijzing.map(({ toewijzingID, ingangsdatum: start, einddatum: end }): CasePeriod => ({
        toewijzingID,
        start,
        end,
      })),
    )
    return toewijzingen.length === 0 ? undefined : { bsn: parsed.data.bsn, toewijzingen }
  }
}

export type ReadTransition = ReturnType<typeof createReadTransition>

function judge(records: readonly unknown[], toewijzingen: readonly CasePeriod[], clock: Clock): TransitionReading {
  const parsed = indicatieSchema.safeParse(records[0])
  const ingangsdatum: Day | undefined = parsed.success ? readDay(parsed.data.ingangsdatum) : undefined
  if (!parsed.success || ingangsdatum === undefined)
    return { kind: 'looked', gap: undefined, zorgkantoor: undefined, goesOn: false }
  return {
    kind: 'looked',
    gap: findTransitionGap(toewijzingen, ingangsdatum, clock.now()),
    zorgkantoor: parsed.data.initieelVerantwoordelijkZorgkantoor ?? undefined,
    goesOn: ingangsdatum > dayOf(clock.now()),
  }
}
