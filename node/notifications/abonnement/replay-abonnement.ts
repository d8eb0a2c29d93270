import type { Replay } from '../../audit/replay.js'
import { remove } from '../../stores/contracts.js'
import { abonnementen } from './abonnement-records.js'

/** Ends an abonnement again in a restored store: who no longer wants to be told is not told. */
export const replayAbonnement: Replay = async ({ party, action, outcome, actor, object }) => {
  const abonnementID = object?.selection?.['abonnementID']
  const { role, identifier } = actor ?? {}
  if (action !== 'delete' || outcome !== 'success') return []
  if (party === undefined || role === undefined || identifier === undefined || abonnementID === undefined) return []
  return [remove(abonnementen, [party, `${role} ${identifier}`, abonnementID])]
}
