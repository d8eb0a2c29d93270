import type { Audit } from '../../audit/audit.js'
import type { Clock } from '../../kernel/clock.js'
import { NodeError } from '../../kernel/errors.js'
import type { Log } from '../../kernel/log.js'
import type { Trace } from '../../kernel/trace.js'
import { canonicalId, type Membership } from '../../notifications/memberships.js'
import type { Enqueue } from '../../notifications/outbox/enqueue.js'
import type { Receive } from '../../notifications/receive.js'
import type { Operation } from '../../stores/contracts.js'
import type { Message } from '../../../schemas/wire/notification.js'
import type { TransitionGap } from './find-gap.js'
import type { TransitionCheck } from './transition-records.js'

/**
 * Tells of days without care: puts a message in the own inbox, and gives the operations that tell the zorgkantoor that the
 * indicatie names. Messages point at records and say nothing of days.
 *
 * The message in the own inbox has the moment at which the check was due: made again after a kill it is the same one, and
 * is not stored twice. A party without an inbox is told by the journal and the log alone.
 */
export type TellGap = (about: {
  readonly check: TransitionCheck
  readonly gap: TransitionGap
  readonly zorgkantoor: string | undefined
  readonly trace: Trace
}) => Promise<readonly Operation[]>

const by = 'node: overgang'

export function createTellGap(deps: {
  readonly clock: Clock
  readonly log: Log
  readonly audit: Pick<Audit, 'operation'>
  readonly enqueue: Enqueue
  readonly receive: Receive
  readonly findMemberships: (party: string) => Promise<readonly Membership[]>
}): TellGap {
  const { clock, log, audit, enqueue } = deps

  async function tellOwn(
    { party, dueAt }: TransitionCheck,
    indicatie: string,
    { toewijzingen }: TransitionGap,
    trace: Trace,
  ): Promise<void> {
    const memberships = await deps.findMemberships(party)
    const own = memberships.find(({ role }) => role.startsWith('gemeente'))
    if (own === undefined) return
    const message: Message = {
      timestamp: new Date(dueAt).toISOString(),
      afzenderIDType: own.idType,
      afzenderID: own.id,
      ontvangerIDType: own.idType,
      ontvangerID: own.id,
      eventType: 'OVERGANGSGAT_GEMEENTE',
      subjectList: toewijzingen.map((id) => ({ subject: indicatie, recordID: `Toewijzing/${id}` })),
    }
    const from = { organization: { idType: own.idType, id: own.id }, roles: [own.role], isOwn: true } as const
    try {
      await deps.receive({ party, kind: 'notificatie', input: message, from, trace, encoding: 'graphql' })
    } catch (cause) {
      const code = NodeError.codeOf(cause)
      if (!code.startsWith('request.') && !code.startsWith('notification.')) throw cause
      log.warn('a gap could not be put into the own inbox', { party, code })
    }
  }

  return async ({ check, gap, zorgkantoor, trace }) => {
    const { party, recordID } = check
    const indicatie = recordID.split('/').slice(-2).join('/')
    await tellOwn(check, indicatie, gap, trace)
    const account = audit.operation({
      code: 'transition.flagged',
      action: 'create',
      outcome: 'success',
      party,
      actor: { user: { id: by } },
      object: { service: 'OVERGANGSGAT', recordCount: gap.toewijzingen.length },
      purpose: 'WMO_UITVOERING',
      trace,
    })
    // What a source answers is not looked at before: a number that is none names nobody.
    const id = zorgkantoor === undefined ? undefined : canonicalId('UZOVI', zorgkantoor)
    if (id === undefined) {
      log.warn('an indicatie names no zorgkantoor to tell of a gap', { party })
      return [account]
    }
    const told = enqueue({
      party,
      kind: 'notificatie',
      eventType: 'OVERGANGSGAT_ZORGKANTOOR',
      receiver: { idType: 'UZOVI', id },
      subjects: [{ subject: indicatie, recordID: indicatie }],
      recordID: indicatie,
      version: clock.now(),
      by,
      trace,
    })
    return [account, ...told]
  }
}
