import type { Replay } from '../audit/replay.js'
import { remove } from '../stores/contracts.js'
import { shownFor, tokens } from './token-store.js'

/** Takes a token that was revoked out of a restored store. One that is not there is gone already. */
export const replayRevocation: Replay = async ({ object }) =>
  object?.token === undefined ? [] : [remove(tokens, [object.token]), remove(shownFor, [object.token])]
