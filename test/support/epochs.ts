import type { Epoch } from '../../node/tokens/epoch.js'

/** That of a store which was never restored. */
export const firstEpoch: Epoch = {
  startedAt: 0,
  tokensFrom: 0,
  requireReading: async () => {},
  requireGranting: () => {},
  confirm: async () => {},
}
