import type { Replay } from '../audit/replay.js'
import { put, remove } from '../stores/contracts.js'
import { wallet, walletStates } from './wallet.js'

/** Throws a credential away again. An id that the journal does not hold in full, because of a number in it, stays. */
export const replayWalletRemoval: Replay = async ({ party, object }) =>
  party === undefined || object?.credential === undefined
    ? []
    : [remove(wallet, [party, object.credential]), put(walletStates, [party], null)]
