import { NodeError } from '../kernel/errors.js'
import type { Log } from '../kernel/log.js'
import type { Outbound } from '../kernel/outbound.js'

/** The path of a node that takes checkpoints of others. */
export const anchorPath = '/audit/checkpoints'

export interface AnchorDeps {
  readonly outbound: Pick<Outbound, 'request'>
  readonly checkpoints: { list(): readonly string[] }
  readonly log: Log
  /** The public URL of the node that keeps them. */
  readonly anchor: string
}

/**
 * Returns a function that sends the newest checkpoint to another node, unless that has it. A checkpoint covers everything
 * before it, so those that were made while the other node was away are not sent after.
 * @throws `outbound.*`; `audit.checkpoint_contradicts` when the other node knows another past of this journal
 */
export function createAnchor({ outbound, checkpoints, log, anchor }: AnchorDeps): () => Promise<void> {
  let told: string | undefined
  return async () => {
    const newest = checkpoints.list().at(-1)
    if (newest === undefined || newest === told) return
    const { status } = await outbound.request({
      method: 'POST',
      url: `${anchor.replace(/\/+$/, '')}${anchorPath}`,
      headers: { 'content-type': 'application/json' },
      accept: 'application/json, application/problem+json',
      body: JSON.stringify({ checkpoint: newest }),
    })
    if (status === 409) {
      log.error('another node says that this journal was rewritten', { address: anchor, status })
      throw new NodeError('audit.checkpoint_contradicts', { detail: 'an anchor refuses the newest checkpoint' })
    }
    if (status < 200 || status > 299)
      throw new NodeError('outbound.bad_answer', { detail: `an anchor answered with status ${String(status)}` })
    told = newest
  }
}
