import { replayJournal, type ReplayTable } from '../audit/replay.js'
import { createReplayWithdrawal } from '../catalogue/replay-withdrawal.js'
import { replayWalletRemoval } from '../credentials/replay-wallet.js'
import { createReplayStatus } from '../credentials/status/replay-status.js'
import { createReplayDeactivation } from '../discovery/replay-deactivation.js'
import type { KeyStore } from '../identity/key-store.js'
import { createReplayParties } from '../identity/replay-parties.js'
import type { Clock } from '../kernel/clock.js'
import type { Log } from '../kernel/log.js'
import { createReplayConsent } from '../sources/consents/replay-consent.js'
import { replayAbonnement } from '../notifications/abonnement/replay-abonnement.js'
import type { Store } from '../stores/contracts.js'
import { replayRevocation } from '../tokens/replay-revocation.js'

export interface ReplaysDeps {
  readonly store: Store
  readonly keyStore: Pick<KeyStore, 'deleteKey'>
  readonly clock: Clock
}

/** Does again what the journal of a restored store knows to have ended. @throws as `replayJournal` */
export function replayRestored(deps: ReplaysDeps & { readonly log: Log }): Promise<void> {
  return replayJournal({ ...deps, replays: createReplays(deps) })
}

/**
 * What a restored node does again of what its journal says: whatever ends a right. What gives one stays lost, because the
 * journal holds no keys, credentials or tokens: whoever had it asks again. A new code has no place until this is decided.
 */
export function createReplays(deps: ReplaysDeps): ReplayTable {
  const status = createReplayStatus(deps)
  const parties = createReplayParties(deps)
  return {
    // Rights that end.
    'credential.revoked': status.withdrawn,
    'credential.suspended': status.withdrawn,
    'credential.removed': replayWalletRemoval,
    'token.revoked': replayRevocation,
    'party.removed': parties.partyRemoved,
    'key.removed': parties.keyRemoved,
    'registration.accepted': createReplayWithdrawal(deps),
    'discovery.deactivated': createReplayDeactivation(deps),
    'consent.changed': createReplayConsent(deps),
    'abonnement.changed': replayAbonnement,

    // What makes an end possible, or takes one back that stands in the same journal.
    'credential.issued': status.issued,
    'credential.resumed': status.resumed,

    // Stays lost: the account does not hold the document, the key or the settings.
    'credential.received': undefined,
    'party.created': undefined,
    'party.changed': undefined,
    'key.made': undefined,
    'discovery.activated': undefined,
    'addressbook.imported': undefined,
    'catalogue.published': undefined,
    'register.changed': undefined,
    // The key of before signs again, and is in every document that others have had since it was published.
    'key.promoted': undefined,
    'key.retired': undefined,
    // The list of another node has it, and the listing is renewed or withdrawn with what the backup knows.
    'registration.sent': undefined,

    // The list of another node has it.
    'registration.forwarded': undefined,
    // The status list says so still: it is dropped again at the first look.
    'registration.dropped': undefined,

    // Every token of before the restore is invalid.
    'token.granted': undefined,
    // The token is another node's, and is asked again.
    'token.requested': undefined,
    // What was spent cannot be spent again: none is granted for as long as a presentation of before is good.
    'credential.presented': undefined,
    // Retention removes again what is too old.
    'journal.trimmed': undefined,

    // Changed nothing but the journal.
    'credential.verified': undefined,
    'credential.collected': undefined,
    'addressbook.exported': undefined,
    'token.refused': undefined,
    'registration.refused': undefined,
    'requests.throttled': undefined,
    'gateway.checked': undefined,
    'read.decided': undefined,
    'read.answered': undefined,
    'read.refused': undefined,
    'read.failed': undefined,
    'read.unknown': undefined,
    'register.read': undefined,
    'consent.read': undefined,
    'sign-in.accepted': undefined,
    'sign-in.refused': undefined,
    'sign-in.changed': undefined,
    'audit.read': undefined,
    'audit.exported': undefined,
    'audit.checkpoint': undefined,
    'node.started': undefined,
    'node.stopped': undefined,
    'storage.saved': undefined,
    'storage.restored': undefined,
    'storage.confirmed': undefined,
    // The cases say what is to be asked, and asking again gives the same.
    'abonnement.asked': undefined,
    // Its state at the bronhouder is seen again at the first renewal.
    'abonnement.ordered': undefined,
    // What was sent and received is with whoever sent and received it.
    'notification.queued': undefined,
    'notification.failed': undefined,
    'notification.discarded': undefined,
    'notification.compared': undefined,
    'notification.sent': undefined,
    'fact.established': undefined,
    // The packs lie beside the store.
    'policy.reloaded': undefined,
    'notification.received': undefined,
    'overview.asked': undefined,
    // Handed over again, to a system that knows the numbers.
    'notification.handed-over': undefined,
    'notification.acknowledged': undefined,
    'melding.changed': undefined,
    'notification.webhook': undefined,
    'transition.flagged': undefined,
  }
}
