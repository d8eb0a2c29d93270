import type { LoadedConfiguration } from '../../config.js'
import type { Configuration } from '../../../schemas/configuration.js'
import type { Clock } from '../../kernel/clock.js'
import { NodeError, systemCodeOf } from '../../kernel/errors.js'
import type { Outbound } from '../../kernel/outbound.js'
import { CommandFailure } from '../command.js'
import type { CallNode } from '../node-client.js'
import type { OpenStoreAt } from '../store-options.js'

/** What was found of one thing, in plain words. */
export interface Finding {
  readonly about: string
  /** `attention`: it works, or that cannot be told; and somebody should look at it. */
  readonly status: 'ok' | 'attention' | 'broken'
  readonly says: string
  /** What to do. */
  readonly mend?: string
}

/** The node that is looked at. */
export interface Patient extends LoadedConfiguration {
  readonly clock: Clock
  readonly version: string
  /** Its internal interface; absent when it does not run. */
  readonly call: CallNode | undefined
  /** Whether who looks has something to sign in with; and the file of the key, where it is one. */
  readonly signsIn: boolean
  readonly signInKeyFile: string | undefined
  /** PEM; these count beside the authorities of the platform. */
  readonly authorities: readonly string[]
  /** The way to the address of a URL and to no other. */
  readonly outboundTo: (url: string) => Outbound
  readonly openStoreAt: OpenStoreAt
  /** Opens the place of the keys and closes it again. @throws with a note for the operator */
  readonly tryKeys: (configuration: Configuration) => Promise<void>
  /** Where private keys lie that are files. */
  readonly keyDirectoryOf: (configuration: Configuration) => string
}

/** Looks at one thing. What it throws is a finding too. */
export type Look = (patient: Patient) => Promise<readonly Finding[]>

export const ok = (about: string, says: string): Finding => ({ about, status: 'ok', says })
export const attention = (about: string, says: string, mend?: string): Finding =>
  toFinding('attention', about, says, mend)
export const broken = (about: string, says: string, mend?: string): Finding => toFinding('broken', about, says, mend)

function toFinding(status: Finding['status'], about: string, says: string, mend: string | undefined): Finding {
  return { about, status, says, ...(mend === undefined ? {} : { mend }) }
}

/** Why something failed, without what it was about. */
export function reasonOf(cause: unknown): string {
  if (cause instanceof CommandFailure) return cause.lines.join('; ')
  if (NodeError.is(cause)) return cause.notes[0] ?? (NodeError.is(cause.cause) ? cause.cause.code : cause.code)
  return systemCodeOf(cause) ?? (cause instanceof Error ? cause.message : 'unknown')
}
