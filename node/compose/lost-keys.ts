import type { PartyKeys } from '../identity/party-keys.js'
import type { Parties } from '../identity/parties.js'
import type { Log } from '../kernel/log.js'

/**
 * Says in the log which keys of parties have no private half where the keys are kept, such as with another directory than
 * before. The node goes on: it verifies and answers without, and a new key can only be made by a node that runs.
 */
export async function reportLostKeys(deps: {
  readonly parties: Pick<Parties, 'list'>
  readonly partyKeys: Pick<PartyKeys, 'list'>
  readonly log: Pick<Log, 'error'>
}): Promise<void> {
  for (const { subject } of await deps.parties.list()) {
    for (const { keyId, lost } of await deps.partyKeys.list(subject)) {
      if (lost === true)
        deps.log.error('the private key of a party is not where the keys are kept', { party: subject, detail: keyId })
    }
  }
}
