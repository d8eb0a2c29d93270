import { NodeError } from '../../kernel/errors.js'
import type { Log } from '../../kernel/log.js'
import type { Trace } from '../../kernel/trace.js'
import { memberIdTypes } from '../../../schemas/credentials/ledenadministratie.js'
import { idTypeOf, type MessageParty } from '../../../schemas/wire/notification.js'
import type { Overview } from '../../../schemas/wire/overview.js'
import { lastTwo } from './melding-records.js'
import type { ReportFaults } from './report-faults.js'
import type { MeldingFault } from './rules.js'

/** A fault with the organisation whose record it is: an identifier with its kind, or a DID. */
export interface FoundFault extends MeldingFault {
  readonly holder: string
}

/**
 * Tells each bronhouder what is wrong with its records, and says of each fault whether it was told now. Who is known by no
 * number cannot be told. That telling fails takes nothing away from what was read: it is found again the next time.
 */
export type TellFaults = (found: {
  readonly party: string
  readonly faults: readonly FoundFault[]
  readonly by: string
  readonly trace: Trace
}) => Promise<Overview['faults']>

export function createTellFaults(deps: { readonly log: Log; readonly reportFaults: ReportFaults }): TellFaults {
  return async ({ party, faults, by, trace }) => {
    const once = [...new Map(faults.map((fault) => [`${fault.rule.code} ${lastTwo(fault.recordID)}`, fault])).values()]
    const told = new Set<string>()
    for (const holder of new Set(once.map((fault) => fault.holder))) {
      const receiver = receiverOf(holder)
      if (receiver === undefined) continue
      const mine = once.filter((fault) => fault.holder === holder)
      const report = {
        party,
        receiver,
        by,
        trace,
        faults: mine.map(({ rule, recordID }) => ({ rule: rule.code, recordID })),
      }
      try {
        for (const { rule, recordID } of await deps.reportFaults(report)) told.add(`${rule} ${recordID}`)
      } catch (cause) {
        deps.log.warn('faults could not be told', { party, code: NodeError.codeOf(cause) })
      }
    }
    return once.map(({ rule, recordID, holder }) => ({
      rule: rule.code,
      omschrijving: rule.omschrijving,
      recordID,
      organization: holder,
      told: told.has(`${rule.code} ${recordID}`),
    }))
  }
}

function receiverOf(holder: string): MessageParty | undefined {
  const [kind, id = ''] = holder.split(':')
  const idType = memberIdTypes.find((known) => known === kind)
  return idType === undefined || id === '' ? undefined : { idType: idTypeOf[idType], id }
}
