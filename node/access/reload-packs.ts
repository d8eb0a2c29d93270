import type { Audit } from '../audit/audit.js'
import { NodeError } from '../kernel/errors.js'
import type { Trace } from '../kernel/trace.js'
import type { ServedSources } from './served-sources.js'

/** A pack that counts from now on. */
export interface LoadedPack {
  readonly id: string
  readonly version: string
  readonly rules: number
}

/**
 * Reads the packs anew while the node serves: all of them, or none when one is not good. A read that was decided goes on
 * under the rule that permitted it.
 * @throws `policy.reload_refused` with a note per fault; the rules are as they were
 */
export type ReloadPacks = (asked: {
  readonly by?: string | undefined
  readonly trace: Trace
}) => Promise<readonly LoadedPack[]>

export function createReloadPacks(deps: {
  readonly audit: Audit
  readonly servedSources: Pick<ServedSources, 'reload'>
  /** Done when other rules count: what is published about them follows. Does not fail for what it finds. */
  readonly afterwards?: () => Promise<void>
}): ReloadPacks {
  return async ({ by, trace }) => {
    const account = {
      code: 'policy.reloaded',
      action: 'update',
      ...(by === undefined ? {} : { actor: { user: { id: by } } }),
      trace,
    } as const
    try {
      const { packs, apply } = await deps.servedSources.reload()
      const loaded = packs.map(({ id, version, rules }) => ({ id, version, rules: rules.length }))
      // In the journal before it counts: who looks back finds which rules were in force.
      await deps.audit.record({
        ...account,
        outcome: 'success',
        reasons: loaded.map(({ id, version, rules }) => `${id} ${version}: ${String(rules)} rules`),
      })
      apply()
      await deps.afterwards?.()
      return loaded
    } catch (cause) {
      if (!NodeError.is(cause) || !/^(policy\.pack_invalid|config\.invalid)$/.test(cause.code)) throw cause
      const reasons = cause.notes.slice(0, 20)
      await deps.audit.record({ ...account, outcome: 'refused', error: cause.code, reasons })
      throw new NodeError('policy.reload_refused', { cause, notes: reasons })
    }
  }
}
