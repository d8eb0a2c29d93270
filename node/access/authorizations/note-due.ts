import { readDay } from '../../policy/day.js'
import type { RegisterRecord } from '../../sources/register/check-record.js'
import { put, type Operation } from '../../stores/contracts.js'
import type { AuthorizationData } from '../../../schemas/pack.js'
import type { OnRegisterChange } from '../served-sources.js'
import { dueAuthorizations, type WantedAuthorization } from './records.js'

/**
 * Notes for every changed record whose authorization should be another one now, in the batch of the change: so none is
 * forgotten, whatever ends the process.
 * @param findRules what the keeper of a source gives by itself; none for a source that does not
 */
export function createNoteDue(
  findRules: (party: string, source: string) => readonly AuthorizationData[],
): OnRegisterChange {
  return ({ party, source }, changes, view) => {
    const operations = new Map<string, Operation>()
    for (const rule of findRules(party, source)) {
      for (const { type, key, record } of changes) {
        if (type !== rule.type) continue
        const wanted = wantedOf(rule, record ?? undefined)
        if (isSame(wanted, wantedOf(rule, view.before(type, key)))) continue
        const place = [party, source, rule.id, key]
        operations.set(place.join('\n'), put(dueAuthorizations, place, { wanted, due: 'now' }))
      }
    }
    return [...operations.values()]
  }
}

function wantedOf({ holder, end }: AuthorizationData, record: RegisterRecord | undefined): WantedAuthorization | null {
  const identifier = record?.[holder.field]
  if (typeof identifier !== 'string' || identifier === '') return null
  const days = end.fields.flatMap((field) => readDay(record?.[field]) ?? [])
  return { identifier, end: days.sort()[0] ?? null }
}

function isSame(one: WantedAuthorization | null, other: WantedAuthorization | null): boolean {
  return one?.identifier === other?.identifier && one?.end === other?.end
}
