import type { Instant } from '../kernel/clock.js'
import type { StatusEvidence } from '../credentials/status/check-status.js'
import type { Collection } from '../stores/contracts.js'

/** How far a hosted list is. Every change of the list writes this record: another version says that the list is another. */
export interface ListState {
  readonly seed: string
  /** The number of the last registration. */
  readonly timestamp: number
}

/** A registration on a hosted list. */
export interface ListEntry {
  readonly timestamp: number
  readonly presentation: string
  readonly presentationId: string
  readonly signer: string
  readonly expiresAt: Instant
  /** What its credentials say of their status; absent for none. */
  readonly status?: readonly StatusEvidence[]
}

/** Where the registration of a signer is. */
export type ListedSigner = Pick<ListEntry, 'timestamp' | 'presentationId' | 'signer' | 'expiresAt'>

/** By service. */
export const states: Collection<ListState> = { name: 'discovery-list-state' }
/** By service and number. */
export const entries: Collection<ListEntry> = { name: 'discovery-list' }
/** By service and signer. */
export const bySigner: Collection<ListedSigner> = { name: 'discovery-list-signer' }
